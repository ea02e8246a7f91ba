# SPDX-License-Identifier: MIT
"""`csgi run` and its workers: death, hanging, reload, the end; under load where that matters."""

import fcntl
import http.client
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import termios
import threading
import time
import unittest
from pathlib import Path

from command import CONFORM, CSGI, HELLO, PATIENCE, Server, broken, csgi, judge_block, state
import tap

FIRST, SECOND = broken("deployed_first"), broken("deployed_second")


def workers(server):
    """Process ids of those that serve; the dead that are not yet buried are not among them."""
    pid = server.process.pid
    ids = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(one) for one in ids if state(one) not in "ZX"}


def wait_until(true, what):
    until = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > until:
            raise AssertionError(f"never came: {what}")
        time.sleep(0.005)


def read_until(server, text):
    """What the log says up to the line with this text."""
    log = ""
    while text not in log:
        line = server.process.stderr.readline().decode()
        if not line:
            raise AssertionError(f"ended without '{text}': {log}")
        log += line
    return log


def get(server, path="/"):
    return server.request("GET", path)[1]


class Load:
    """Threads that ask and check every answer; `lost` are requests that got none, or a wrong one."""

    def __init__(self, server, texts, keep, threads=3):
        self.server, self.texts, self.keep = server, texts, keep
        self.answers, self.lost, self.over = {}, [], threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def run(self):
        connection = None
        while not self.over.is_set():
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.server.port,
                                                            timeout=PATIENCE)
                connection.request("GET", "/")
                answer = connection.getresponse()
                text = answer.read()
                with self.lock:
                    self.answers[text] = self.answers.get(text, 0) + 1
                    if answer.status != 200 or text not in self.texts:
                        self.lost.append((answer.status, text))
                if not self.keep or answer.will_close:
                    connection.close()
                    connection = None
            except (OSError, http.client.HTTPException) as error:
                with self.lock:
                    self.lost.append(repr(error))
                connection.close()
                connection = None

    @property
    def count(self):
        with self.lock:
            return sum(self.answers.values())


class Deployed:
    """A module's file that is replaced by rename, as deployment does it."""

    def __init__(self, module):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "app.so"
        self.put(module)

    def put(self, module):
        fresh = self.path.with_suffix(".new")
        shutil.copy(module, fresh)
        os.rename(fresh, self.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()


class Death(unittest.TestCase):
    def test_crashes(self):
        """twenty crashes: each is named and counted, the other worker serves on, both come back"""
        with Server(FIRST, "--workers", 2, asan="handle_segv=0") as server:
            for number in range(20):
                with Load(server, [b"first\n"], keep=False, threads=1) as load:
                    begun = workers(server)
                    with self.assertRaises((OSError, http.client.HTTPException)):
                        get(server, "/crash")
                    before = load.count
                    wait_until(lambda: load.count > before + 2, "answers after a crash")
                    # Its sockets are closed a moment before the process counts as dead.
                    wait_until(lambda: workers(server) - begun and len(workers(server)) == 2,
                               "a new worker")
                    self.assertEqual(len(workers(server) - begun), 1)
                # What waited in the dead one's queue of accepted connections may be lost, no more.
                self.assertLessEqual(len(load.lost), 1, load.lost)
            status, _, err = server.end()
            self.assertEqual(status, 0)
            named = re.findall(r"(?m)^csgi: error: worker [01] \(pid \d+\) was ended by signal 11 "
                               r"\(Segmentation fault.*\); it is replaced.* \(replacement (\d+)\)$",
                               err)
            self.assertEqual(len(named), 20, err)
            self.assertGreaterEqual(max(map(int, named)), 10)

    def test_delay(self):
        """a worker that dies again and again without use is replaced later and later"""
        # A sanitizer's report takes longer than a worker that is of no use may live.
        with Server(FIRST, asan="handle_segv=0") as server:
            for number in range(4):
                wait_until(lambda: workers(server), "a worker")
                with self.assertRaises((OSError, http.client.HTTPException)):
                    get(server, "/crash")
            wait_until(lambda: workers(server), "a worker")
            self.assertEqual(get(server), b"first\n")
            err = server.end()[2]
            self.assertEqual(re.findall(r"it is replaced(?: in (\d+) ms)?", err),
                             ["", "100", "200", "400"], err)

    def test_by_force(self):
        """workers do not outlive a supervisor that is killed"""
        with Server(HELLO, "--workers", 2) as server:
            ids = workers(server)
            self.assertEqual(len(ids), 2)
            server.process.kill()
            wait_until(lambda: all(state(one) in "ZX" for one in ids), "their end")

    def test_exit(self):
        """a worker that an application ends is named with its status"""
        # What the process had is not given back by an exit in its midst.
        with Server(broken("exits"), asan="detect_leaks=0") as server:
            with self.assertRaises((OSError, http.client.HTTPException)):
                get(server)
            read_until(server, "ended with status 3; it is replaced")
            self.assertEqual(server.end()[0], 0)

    def test_hang(self):
        """a worker whose loop stands still is replaced; the other serves meanwhile"""
        with Server(FIRST, "--workers", 2, "--hang", "0.5") as server:
            begun = workers(server)
            with socket.create_connection(("127.0.0.1", server.port)) as victim:
                victim.sendall(b"GET /hang HTTP/1.1\r\nHost: a\r\n\r\n")
                wait_until(lambda: workers(server) - begun, "another worker")
                self.assertEqual(get(server), b"first\n")
                victim.settimeout(PATIENCE)
                try:
                    self.assertEqual(victim.recv(100), b"")
                except ConnectionResetError:
                    pass
            wait_until(lambda: len(workers(server)) == 2, "two workers")
            status, _, err = server.end()
            self.assertEqual(status, 0, err)
            self.assertRegex(err, r"worker [01] \(pid \d+\) has not come back to its loop .*--hang")


class Reload(unittest.TestCase):
    def test_new_code(self):
        """HUP serves what the file holds now, and no request is lost or refused; ten times"""
        for keep in (False, True):
            with self.subTest(keep=keep), Deployed(FIRST) as module, \
                    Server(module.path, "--workers", 2) as server:
                with Load(server, [b"first\n", b"second\n"], keep) as load:
                    for number in range(10):
                        module.put(SECOND if number % 2 == 0 else FIRST)
                        old = workers(server)
                        before = load.count
                        server.process.send_signal(signal.SIGHUP)
                        wait_until(lambda: not old & workers(server), "the end of the old workers")
                        wait_until(lambda: load.count > before + 10, "answers")
                    module.put(SECOND)
                    old = workers(server)
                    server.process.send_signal(signal.SIGHUP)
                    wait_until(lambda: not old & workers(server), "the end of the old workers")
                    self.assertEqual(get(server), b"second\n")
                self.assertEqual(load.lost, [])
                self.assertGreater(load.answers[b"first\n"], 0)
                self.assertGreater(load.answers[b"second\n"], 0)
                tell = ", ".join(f"{n} {text.decode().strip()}" for text, n in load.answers.items())
                print(f"# {'kept' if keep else 'fresh'} connections: {tell}, lost {len(load.lost)}")
                status, _, err = server.end()
                self.assertEqual(status, 0, err)

    def test_one_worker(self):
        """without --workers HUP works as well"""
        with Deployed(FIRST) as module, Server(module.path) as server:
            self.assertEqual(get(server), b"first\n")
            module.put(SECOND)
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: get(server) == b"second\n", "the new text")
            self.assertEqual(server.end()[0], 0)

    def test_broken(self):
        """HUP with code that does not start keeps the workers that serve, and tells why"""
        for name, why in (("create_refuses", "refuses to be set up"), ("crashes_when_loaded", "LOAD-11")):
            with self.subTest(module=name), Deployed(FIRST) as module, \
                    Server(module.path, "--workers", 2) as server:
                begun = workers(server)
                module.put(broken(name))
                server.process.send_signal(signal.SIGHUP)
                log = read_until(server, "the new code does not start")
                self.assertIn(why, log)
                self.assertIn("what to do:", log)
                wait_until(lambda: workers(server) == begun, "the end of the new ones")
                self.assertEqual(get(server), b"first\n")
                module.put(SECOND)
                server.process.send_signal(signal.SIGHUP)
                wait_until(lambda: get(server) == b"second\n", "the new text")
                self.assertEqual(server.end()[0], 0)

    def test_slow_answer(self):
        """an answer that is under way when HUP comes is finished by the old worker"""
        with Server(CONFORM) as server:
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
                client.sendall(b"GET /stream?n=4&delay=400 HTTP/1.0\r\n\r\n")
                received = client.recv(16)
                server.process.send_signal(signal.SIGHUP)
                while chunk := client.recv(65536):
                    received += chunk
            self.assertIn(b"chunk 3", received)
            self.assertEqual(server.end()[0], 0)


class Start(unittest.TestCase):
    def test_refused(self):
        """a module that does not start is one error, however many workers there are"""
        for count in (1, 3):
            with self.subTest(workers=count):
                judge_block(self, csgi("run", broken("start_refuses"), "--http", "127.0.0.1:0",
                                       "--workers", count), 1, "", "start_refuses")

    def test_once(self):
        """where it listens is told once, when all workers are ready"""
        with Server(HELLO, "--workers", 3) as server:
            self.assertEqual(len(workers(server)), 3)
            self.assertEqual(server.end(), (0, "", ""))

    def test_alone(self):
        """--workers 0 serves in the process that was started"""
        with Server(HELLO, "--workers", 0) as server:
            self.assertEqual(workers(server), set())
            self.assertEqual(get(server), b"Hello, world!\n")
            self.assertEqual(server.end(), (0, "", ""))


class End(unittest.TestCase):
    def test_group(self):
        """TERM to all processes at once, as service managers send it, cuts nothing off"""
        with Server(CONFORM, "--workers", 2) as server:
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
                client.sendall(b"GET /stream?n=4&delay=300 HTTP/1.0\r\n\r\n")
                received = client.recv(16)
                for pid in (server.process.pid, *workers(server)):
                    os.kill(pid, signal.SIGTERM)
                while chunk := client.recv(65536):
                    received += chunk
            self.assertIn(b"chunk 3", received)
            self.assertEqual(server.end(0)[0], 0)

    def test_kept(self):
        """a client that was not told before TERM that its connection ends is answered once more"""
        with Server(CONFORM, "--workers", 2) as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
            connection.request("GET", "/stream?n=4&delay=100")
            answer = connection.getresponse()
            server.process.send_signal(signal.SIGTERM)
            self.assertIn(b"chunk 3", answer.read())
            self.assertFalse(answer.will_close)
            connection.request("GET", "/hello")
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, b"Hello, world!"))
            self.assertTrue(answer.will_close)
            connection.close()
            self.assertEqual(server.end(0)[0], 0)

    def test_refuses(self):
        """who connects after TERM is refused, and does not wait for what is still in flight"""
        with Server(broken("never_answers"), "--workers", 2, "--drain", 100) as server:
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                time.sleep(0.2)
                server.process.send_signal(signal.SIGTERM)

                def refused():
                    try:
                        socket.create_connection(("127.0.0.1", server.port), PATIENCE).close()
                    except ConnectionRefusedError:
                        return True
                    except ConnectionResetError:  # closed in this very moment
                        pass
                    return False
                wait_until(refused, "refused connections")
                self.assertTrue(workers(server), "one is in the midst of something")
                self.assertEqual(server.end()[0], 1)

    def test_meanwhile(self):
        """TERM finds a worker anywhere on its way to serving, and ends it at once"""
        for number in range(20):
            with Server(HELLO) as server:
                (pid,) = workers(server)
                os.kill(pid, signal.SIGKILL)
                read_until(server, "it is replaced")
                time.sleep(number / 2000)
                # One that missed it is killed in the end, and that is told.
                self.assertEqual(server.end(), (0, "", ""))

    def test_twice(self):
        """a second TERM cuts off what is in flight"""
        with Server(broken("never_answers"), "--drain", 100) as server:
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                time.sleep(0.2)
                server.process.send_signal(signal.SIGTERM)
                time.sleep(0.2)  # two signals that arrive together are one
                self.assertEqual(server.end()[0], 1)

    def test_terminal(self):
        """the end of its terminal is the server's end, not a reload; nohup keeps it from both"""
        for ignored in (False, True):
            with self.subTest(nohup=ignored):
                keyboard, terminal = pty.openpty()

                def lead():
                    os.setsid()
                    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
                    signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)

                process = subprocess.Popen(
                    [CSGI, "run", HELLO, "--http", "127.0.0.1:0"], stdin=terminal,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=lead)
                os.close(terminal)
                port = int(process.stdout.readline().rsplit(b":", 1)[1])
                os.close(keyboard)
                if ignored:
                    with self.assertRaises(subprocess.TimeoutExpired):
                        process.wait(0.5)
                    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
                        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                        self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 200 "))
                    process.send_signal(signal.SIGTERM)
                _, err = process.communicate(timeout=PATIENCE)
                self.assertEqual((process.returncode, err), (0, b""))

    def test_hanging(self):
        """a worker that never comes back does not keep the server from its end"""
        with Server(FIRST, "--drain", "0.1", "--hang", 0) as server:
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
                client.sendall(b"GET /hang HTTP/1.1\r\nHost: a\r\n\r\n")
                time.sleep(0.2)
                status, _, err = server.end()
                self.assertEqual(status, 1)
                self.assertIn("does not end and is killed", err)

    def test_load(self):
        """TERM under load: every answer that begins is whole"""
        with Server(HELLO, "--workers", 2) as server:
            with Load(server, [b"Hello, world!\n"], keep=True) as load:
                wait_until(lambda: load.count > 200, "answers")
                server.process.send_signal(signal.SIGTERM)
                self.assertEqual(server.process.wait(PATIENCE), 0)
            # Afterwards nobody is there; before, nothing but refused connections and closed ones.
            self.assertEqual([one for one in load.lost if not isinstance(one, str)], [])
            self.assertEqual([one for one in load.lost if "IncompleteRead" in one], [])


if __name__ == "__main__":
    tap.main()
