# SPDX-License-Identifier: MIT
"""Where `csgi run` listens: unix sockets, sockets of a service manager, and what it tells that."""

import contextlib
import os
import re
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from command import CSGI, HELLO, PATIENCE, Server, csgi, judge_block, state
import tap

# What systemd does before it starts a service: sets the process's id, which the process that is to
# be has already.
ACTIVATE = ('import os, sys; os.environ["LISTEN_PID"] = str(os.getpid()); '
            'os.execv(sys.argv[1], sys.argv[1:])')


def ask(family, address):
    with socket.socket(family) as client:
        client.settimeout(PATIENCE)
        client.connect(address)
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        received = b""
        while chunk := client.recv(4096):
            received += chunk
    return received


class Started:
    """`csgi run` with a prepared environment; `sockets` become descriptors 3 and up."""

    def __init__(self, *arguments, sockets=(), **environment):
        numbers = [one.fileno() for one in sockets]

        def place():
            copies = [os.dup2(number, 100 + at) for at, number in enumerate(numbers)]
            for at, copy in enumerate(copies):
                os.dup2(copy, 3 + at)  # inheritable, as dup2 leaves it

        command = [str(CSGI), "run", str(HELLO), *map(str, arguments)]
        if sockets:
            command = ["python3", "-c", ACTIVATE, *command]
            environment["LISTEN_FDS"] = str(len(sockets))
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=place,
            close_fds=not sockets, env={**os.environ, **environment})

    def lines(self, count):
        return [self.process.stdout.readline().decode() for _ in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err.decode()


class Unix(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "csgi.sock")

    def test_mode(self):
        """a unix socket is for its owner and group, or for whom ,mode= names"""
        for suffix, mode in (("", 0o660), (",mode=0666", 0o666), (",mode=600", 0o600)):
            with self.subTest(suffix=suffix), \
                    Server(HELLO, address=f"unix:{self.path}{suffix}") as server:
                self.assertEqual(server.line, f"csgi: listening on http+unix:{self.path}\n")
                self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), mode)
                self.assertIn(b"Hello", ask(socket.AF_UNIX, self.path))
                self.assertEqual(server.end()[0], 0)
            self.assertFalse(os.path.exists(self.path))

    def test_bad_mode(self):
        """a mode that is none is wrong usage"""
        for mode in ("", "8", "rw", "07777", "1000"):
            with self.subTest(mode=mode):
                address = f"unix:{self.path},mode={mode}"
                judge_block(self, csgi("run", HELLO, "--http", address), 2, "octal", address)

    def test_worker_leaves_it(self):
        """a worker that dies or is replaced leaves the socket's file alone"""
        with Server(HELLO, address=f"unix:{self.path}") as server:
            server.process.send_signal(signal.SIGHUP)
            while "reloaded" not in server.process.stderr.readline().decode():
                pass
            time.sleep(0.2)
            self.assertIn(b"Hello", ask(socket.AF_UNIX, self.path))
            pid = server.process.pid
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                os.kill(int(child), signal.SIGKILL)
            self.assertIn(b"Hello", ask(socket.AF_UNIX, self.path))
            self.assertEqual(server.end()[0], 0)
        self.assertFalse(os.path.exists(self.path))

    def test_stale(self):
        """a file that a killed server left is taken over, one that is in use is not"""
        with Server(HELLO, address=f"unix:{self.path}") as server:
            pid = server.process.pid
            (worker,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            server.process.kill()
            server.process.wait()
            until = time.monotonic() + PATIENCE
            while state(worker) not in "ZX" and time.monotonic() < until:
                time.sleep(0.01)  # it dies with its supervisor, a moment later
            self.assertTrue(os.path.exists(self.path))
            with Server(HELLO, address=f"unix:{self.path}") as heir:
                self.assertIn(b"Hello", ask(socket.AF_UNIX, self.path))
                judge_block(self, csgi("run", HELLO, "--http", f"unix:{self.path}"), 1,
                            "address already in use", self.path)
                self.assertIn(b"Hello", ask(socket.AF_UNIX, self.path))
                self.assertEqual(heir.end()[0], 0)

    def test_not_ours(self):
        """a file that another has put in its place is not removed"""
        with Server(HELLO, address=f"unix:{self.path}") as server:
            os.unlink(self.path)
            with socket.socket(socket.AF_UNIX) as other:
                other.bind(self.path)
                self.assertEqual(server.end()[0], 0)
                self.assertTrue(os.path.exists(self.path))


class Several(unittest.TestCase):
    def test_six(self):
        """IPv6 and IPv4 at once, from every worker"""
        with socket.socket(socket.AF_INET6) as probe:
            try:
                probe.bind(("::1", 0))
            except OSError:
                self.skipTest("this machine has no ::1")
        with Server(HELLO, "--workers", 2, "--http", "[::1]:0") as server:
            second = server.process.stdout.readline().decode()
            ports = {("[::1]" in line): int(line.rsplit(":", 1)[1]) for line in
                     (server.line, second)}
            self.assertIn(b"Hello", ask(socket.AF_INET6, ("::1", ports[True])))
            self.assertIn(b"Hello", ask(socket.AF_INET, ("127.0.0.1", ports[False])))
            self.assertEqual(server.end()[0], 0)


class Manager(unittest.TestCase):
    def test_activation(self):
        """without --http the sockets that systemd passes on are listened on"""
        for workers in (0, 1, 2):
            with self.subTest(workers=workers), socket.create_server(("127.0.0.1", 0)) as one, \
                    socket.create_server(("127.0.0.1", 0)) as two, \
                    Started("--workers", workers, sockets=[one, two]) as server:
                ports = [s.getsockname()[1] for s in (one, two)]
                self.assertEqual(server.lines(2),
                                 [f"csgi: listening on http://127.0.0.1:{port}\n" for port in ports])
                for port in ports:
                    self.assertIn(b"Hello", ask(socket.AF_INET, ("127.0.0.1", port)))
                self.assertEqual(server.end(), (0, ""))

    def test_not_for_us(self):
        """LISTEN_FDS for another process is nothing to us"""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            with Started("--http", "127.0.0.1:0", LISTEN_PID="1", LISTEN_FDS="1") as server:
                (line,) = server.lines(1)
                self.assertRegex(line, r"listening on http://127\.0\.0\.1:\d+\n")
                self.assertNotIn(f":{taken.getsockname()[1]}\n", line)
                self.assertEqual(server.end(), (0, ""))

    def test_watchdog(self):
        """a manager that asks for it hears WATCHDOG again and again"""
        for workers in (0, 2):
            with self.subTest(workers=workers), tempfile.TemporaryDirectory() as folder, \
                    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                name = os.path.join(folder, "notify")
                manager.bind(name)
                manager.settimeout(PATIENCE)
                with Started("--http", "127.0.0.1:0", "--workers", workers, NOTIFY_SOCKET=name,
                             WATCHDOG_USEC="100000") as server:
                    heard = set()
                    # READY may come before or behind the first pulse.
                    while "READY=1" not in heard:
                        heard |= set(manager.recv(4096).decode().splitlines())
                    for _ in range(5):
                        self.assertEqual(manager.recv(4096), b"WATCHDOG=1\n")
                    self.assertEqual(server.end(), (0, ""))
                    manager.setblocking(False)
                    rest = b""
                    with contextlib.suppress(BlockingIOError):
                        while True:
                            rest += manager.recv(4096)
                    self.assertIn(b"STOPPING=1\n", rest)

    def test_no_watchdog(self):
        """without the variable, with another process's, or with nonsense there is no pulse"""
        for environment in ({}, {"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"},
                            {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "-5"}):
            with self.subTest(**environment), tempfile.TemporaryDirectory() as folder, \
                    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                name = os.path.join(folder, "notify")
                manager.bind(name)
                manager.settimeout(PATIENCE)
                with Started("--http", "127.0.0.1:0", "--workers", 0, NOTIFY_SOCKET=name,
                             **environment) as server:
                    # A pulse would be the first: it begins before the server is ready.
                    self.assertIn(b"READY=1", manager.recv(4096))
                    self.assertEqual(server.end(), (0, ""))
                    self.assertEqual(manager.recv(4096), b"STOPPING=1\n")

    def test_notify(self):
        """the manager hears READY, RELOADING with the time and READY again, and STOPPING"""
        with tempfile.TemporaryDirectory() as folder, socket.socket(
                socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            for name in (os.path.join(folder, "notify"), f"\0csgi-test-{os.getpid()}"):
                with self.subTest(name=name), socket.socket(
                        socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                    manager.bind(name)
                    manager.settimeout(PATIENCE)

                    def heard():
                        return manager.recv(4096).decode().splitlines()

                    with Started("--http", "127.0.0.1:0", "--workers", 2,
                                 NOTIFY_SOCKET=name.replace("\0", "@")) as server:
                        self.assertIn("READY=1", heard())
                        server.lines(1)  # it was told before
                        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
                        server.process.send_signal(signal.SIGHUP)
                        first, second = heard()
                        self.assertEqual(first, "RELOADING=1")
                        moment = int(re.fullmatch(r"MONOTONIC_USEC=(\d+)", second)[1])
                        self.assertLessEqual(before, moment)
                        self.assertLessEqual(
                            moment, time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
                        self.assertIn("READY=1", heard())
                        server.process.send_signal(signal.SIGTERM)
                        self.assertEqual(heard(), ["STOPPING=1"])
                        self.assertEqual(server.process.wait(PATIENCE), 0)


if __name__ == "__main__":
    tap.main()
