# SPDX-License-Identifier: MIT
"""csgi run --fastcgi: addresses, workers, reload and drain, asked by a front of the suite's."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "conformance"))
import records
from command import CONFORM, CSGI, HELLO, PATIENCE, broken, csgi, judge_block
from supervisor_test import Deployed, wait_until, workers
import tap

FIRST, SECOND = broken("deployed_first"), broken("deployed_second")
LISTENING = re.compile(r"csgi: listening on fastcgi(?:://([\d.]+):(\d+)|\+unix:(\S+))\n")


class Server:
    def __init__(self, *arguments, address=None, stdin=subprocess.DEVNULL):
        self.folder = tempfile.TemporaryDirectory()
        address = address or f"unix:{self.folder.name}/s"
        self.process = subprocess.Popen(
            [CSGI, "run", *map(str, arguments), "--fastcgi", address], stdin=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.line = self.process.stdout.readline().decode()
        match = LISTENING.fullmatch(self.line)
        self.address = match and (match[3] or (match[1], int(match[2])))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        self.folder.cleanup()

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out.decode(), err.decode(errors="replace")


class Connection:
    """A kept connection, used as nginx uses one: a request that it loses by its end is sent again."""

    def __init__(self, address):
        self.address, self.socket, self.used, self.again = address, None, False, 0

    def open(self):
        family = socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET
        self.socket, self.used = socket.socket(family), False
        self.socket.settimeout(PATIENCE)
        self.socket.connect(self.address)
        self.reader = records.Reader()

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def get(self, path="/"):
        while True:
            if not self.socket:
                self.open()
            answer = self.ask(path)
            if answer is not None:
                self.used = True
                return answer
            fresh = not self.used
            self.close()
            if fresh:
                raise AssertionError("a new connection ended without an answer")
            self.again += 1

    def ask(self, path):
        """The body of the answer; None when the connection ended before one byte of it."""
        params = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", path), ("SERVER_PROTOCOL", "HTTP/1.1"),
                  ("HTTP_HOST", "a")]
        out = b""
        try:
            self.socket.sendall(records.begin(1) + records.params(1, params)
                                + records.record(records.STDIN, 1))
            while data := self.socket.recv(65536):
                for kind, _, content in self.reader.feed(data):
                    if kind == records.END:
                        return out.partition(b"\r\n\r\n")[2]
                    out += content if kind == records.STDOUT else b""
        except (BrokenPipeError, ConnectionResetError):
            pass
        if out:
            raise AssertionError(f"an answer that ended early: {out!r}")
        return None


class Addresses(unittest.TestCase):
    def test_unix(self):
        """a unix socket is for its group, and gone behind the server"""
        with Server(HELLO, "--workers", 0) as server:
            self.assertTrue(stat.S_ISSOCK(os.stat(server.address).st_mode))
            self.assertEqual(stat.S_IMODE(os.stat(server.address).st_mode), 0o660)
            self.assertIn(b"Hello", Connection(server.address).get())
            self.assertEqual(server.end()[0], 0)
            self.assertFalse(os.path.exists(server.address))

    def test_tcp(self):
        """a port of the kernel's choice is told"""
        with Server(HELLO, "--workers", 1, address="127.0.0.1:0") as server:
            self.assertIn(b"Hello", Connection(server.address).get())
            self.assertEqual(server.end()[0], 0)

    def test_descriptor_0(self):
        """descriptor 0 is taken over, as spawn-fcgi and mod_fcgid pass it"""
        for family, where in ((socket.AF_UNIX, None), (socket.AF_INET, ("127.0.0.1", 0))):
            with self.subTest(family=family), tempfile.TemporaryDirectory() as folder, \
                    socket.socket(family) as listener:
                listener.bind(where or f"{folder}/s")
                listener.listen(64)
                with Server(HELLO, "--workers", 0, address="fd:0", stdin=listener) as server:
                    self.assertIn(b"Hello", Connection(listener.getsockname()).get())
                    self.assertEqual(server.end()[0], 0)

    def test_wrong(self):
        """an address that others can reach has to be meant, and HTTP is another process's"""
        for address in (":9000", "0.0.0.0:9000", "192.0.2.1:9000", "[::]:9000"):
            judge_block(self, csgi("run", HELLO, "--fastcgi", address), 2, "other machines",
                        f"--fastcgi {address}")
        judge_block(self, csgi("run", HELLO, "--fastcgi", "foo"), 2, "not an address",
                    "--fastcgi foo")
        for more in (["--http", ":0"], ["--https", ":0"], ["--tls", "a,b"]):
            judge_block(self, csgi("run", HELLO, "--fastcgi", "unix:/s", *more), 2, "not both",
                        "--fastcgi unix:/s")
        judge_block(self, csgi("run", HELLO, "--fastcgi", "fd:77"), 1, "not open", "fd:77")
        with Server(HELLO, "--workers", 0, "--fastcgi-public", address="0.0.0.0:0") as server:
            self.assertIn(b"Hello", Connection(("127.0.0.1", server.address[1])).get())

    def test_needs(self):
        """a module that needs what FastCGI cannot do is refused"""
        for count in (0, 1):
            result = csgi("run", broken("needs_trailers"), "--fastcgi", "127.0.0.1:0", "--workers",
                          count)
            self.assertEqual(result.status, 1, result.err)
            self.assertIn("TRAILERS_OUT", result.err)


class Load:
    def __init__(self, address, keep, threads=3):
        self.address, self.keep, self.stop = address, keep, False
        self.answers, self.lost, self.again, self.lock = {}, [], 0, threading.Lock()
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop = True
        for thread in self.threads:
            thread.join()

    @property
    def count(self):
        with self.lock:
            return sum(self.answers.values())

    def run(self):
        connection = Connection(self.address)
        while not self.stop:
            try:
                body = connection.get()
                with self.lock:
                    self.answers[body] = self.answers.get(body, 0) + 1
            except (AssertionError, OSError) as error:
                self.lost.append(error)
                connection.close()
            if not self.keep:
                connection.close()
        connection.close()
        with self.lock:
            self.again += connection.again


class Life(unittest.TestCase):
    def test_reload(self):
        """HUP serves what the file holds now, and no request is lost or refused"""
        for keep in (False, True):
            with self.subTest(keep=keep), Deployed(FIRST) as module, \
                    Server(module.path, "--workers", 2) as server:
                with Load(server.address, keep) as load:
                    for number in range(6):
                        module.put(SECOND if number % 2 == 0 else FIRST)
                        old, before = workers(server), load.count
                        server.process.send_signal(signal.SIGHUP)
                        wait_until(lambda: not old & workers(server), "the end of the old workers")
                        wait_until(lambda: load.count > before + 10, "answers")
                self.assertEqual(load.lost, [])
                self.assertEqual(set(load.answers), {b"first\n", b"second\n"})
                print(f"# {'kept' if keep else 'fresh'} connections: {load.count} answers, "
                      f"{load.again} sent again, {len(load.lost)} lost")
                self.assertEqual(server.end()[0], 0)

    def test_drain(self):
        """TERM lets answers in flight end, closes what is idle, and ends with status 0"""
        with Server(CONFORM, "--workers", 2) as server:
            idle, busy, got = Connection(server.address), Connection(server.address), []
            idle.get("/hello")
            thread = threading.Thread(target=lambda: got.append(busy.get("/stream?n=8&delay=100")))
            thread.start()
            wait_until(lambda: busy.socket, "the connection")
            Connection(server.address).get("/defer?ms=100")  # it has been read by now
            status, _, err = server.end()
            thread.join()
            self.assertEqual((status, got[0].count(b"chunk")), (0, 8), err)
            self.assertEqual(idle.socket.recv(1), b"")

    def test_last(self):
        """a kept connection is answered once more, and nginx is told that it was the last"""
        for software, told in (("nginx/1.22.1", [records.VALUES]), ("lighttpd/1.4", []), ("", [])):
            with self.subTest(software), Server(
                    CONFORM, "--workers", 0, "--healthz", "/h", "--drain", 60) as server, \
                    socket.socket(socket.AF_UNIX) as front:
                front.settimeout(PATIENCE)
                front.connect(server.address)
                reader, kinds, drains = records.Reader(), [], False
                ask = (records.begin(1) + records.params(1, [
                    ("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/h"),
                    ("SERVER_PROTOCOL", "HTTP/1.1"), ("HTTP_HOST", "a"),
                    ("SERVER_SOFTWARE", software)])
                    + records.record(records.STDIN, 1))
                answer = b""
                while b"503" not in answer:
                    if answer and not drains:  # it serves, and nothing is odd about it
                        self.assertEqual(kinds[-1], records.END)
                        server.process.send_signal(signal.SIGTERM)
                    drains, answer, kinds = bool(answer), b"", []
                    front.sendall(ask)
                    while records.END not in kinds:
                        data = front.recv(65536)
                        self.assertTrue(data, "the connection ended without an answer")
                        for kind, _, content in reader.feed(data):
                            kinds.append(kind)
                            answer += content if kind == records.STDOUT else b""
                while data := front.recv(65536):
                    kinds += [kind for kind, _, _ in reader.feed(data)]
                self.assertEqual(kinds[kinds.index(records.END) + 1:], told)
                self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_crash(self):
        """a worker that dies is replaced"""
        with Server(FIRST, "--workers", 1) as server:
            connection = Connection(server.address)
            with self.assertRaises(AssertionError):
                connection.get("/crash")
            self.assertEqual(connection.get(), b"first\n")
            self.assertEqual(server.end()[0], 0)


if __name__ == "__main__":
    tap.main()
