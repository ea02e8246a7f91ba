# SPDX-License-Identifier: MIT
"""Each call that can fail fails while a server starts: it ends with one error that says what and
where, or it starts all the same and serves.
"""

import collections
import errno
import os
import signal
import tempfile
import unittest
from pathlib import Path

import faults
from faults import BLOCK, END_OF_FILE, SANITIZED, Server, ask, mixed, name_of, tell, wait_until
import tap

HELLO = mixed(b"")[0]
# kind -> errors, and how many of the calls are not ours to make good: the C++ library's and the
# command line's constants are made before main begins, and libuv has a pipe for signals and a
# first table without which it ends the process.
FAULTS = {
    "open": ((errno.EMFILE, errno.EACCES), 0),
    "descriptor": ((errno.EMFILE, errno.ENFILE), 1),
    "thread": ((errno.EAGAIN,), 0),
    "fork": ((errno.EAGAIN, errno.ENOMEM), 0),
    "file read": ((errno.EIO, END_OF_FILE), 0),
    "heap": ((errno.ENOMEM,), 40),
}
# Reading a command line takes two thousand pieces of memory, which need not all be tried; what
# comes behind it is the server.
FIRST, LAST, STEP = 30, 120, 23


class Start(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="csgi-faults-")
        self.addCleanup(self.folder.cleanup)

    def begin(self, kind, error, at, workers):
        """What became of it, how many calls there were, and whether one failed."""
        with Server("--access-log", Path(self.folder.name) / "access", workers=workers,
                    before=lambda control: control.arm(kind, error, at)) as server:
            if server.address is None:
                status, said = server.process.wait(faults.PATIENCE), server.said()
                counted = server.control.calls, server.control.failed > 0
                if status == -signal.SIGABRT:
                    return "aborted", *counted
                self.assertEqual(status, 1, said)
                self.assertRegex(said, BLOCK)
                self.assertEqual(said.count("csgi: error:"), 1, said)
                return "error", *counted
            server.control.disarm()
            counted = server.control.calls, server.control.failed > 0
            self.assertEqual(ask(server, HELLO), "right")
            self.assertEqual(server.end(), 0, server.said())
            return "serves", *counted

    def sweep(self, kind, workers):
        errors, not_ours = FAULTS[kind]
        calls = self.begin(kind, errors[0], 1 << 30, workers)[1]
        for error in errors:
            tally, at = collections.Counter(), 1
            # Two workers do not always do the same.
            while at <= calls + 20:
                with self.subTest(error=name_of(error), call=at, workers=workers):
                    outcome, _, failed = self.begin(kind, error, at, workers)
                    tally[outcome] += failed
                at += STEP if FIRST < at < calls - LAST else 1
            print(f"# {kind}, {name_of(error)}, {workers} workers, {calls} calls: {tell(tally)}")
            self.assertGreater(sum(tally.values()), 0)
            self.assertLessEqual(tally["aborted"], not_ours)

    def test_open(self):
        """a file that cannot be opened at the start is one error, or nothing that matters"""
        self.sweep_both("open")

    def test_descriptor(self):
        """a descriptor that cannot be had at the start is one error"""
        self.sweep_both("descriptor")

    def test_thread(self):
        """a thread that cannot be started at the start is one error"""
        self.sweep_both("thread")

    def test_fork(self):
        """a process that cannot be started at the start is one error"""
        self.sweep_both("fork")

    def test_read(self):
        """a module that cannot be read, or not to its end, is one error"""
        self.sweep("file read", 0)

    def test_heap(self):
        """memory that runs out at the start is one error, or nothing that matters"""
        if SANITIZED:
            self.skipTest("the sanitizer has its own heap, which cannot be told to fail")
        self.sweep_both("heap")

    def sweep_both(self, kind):
        for workers in (0, 2):
            self.sweep(kind, workers)


class Replace(unittest.TestCase):
    """A supervisor that cannot do at once what is to be done does it later."""

    def judge(self, server, victim):
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: server.control.failed, lambda: "a failing call")
        server.control.disarm()

        # What connects meanwhile waits, or is lost with a worker that does not come up.
        wait_until(lambda: server.children() - {victim} and ask(server, HELLO) == "right",
                   lambda: server.said()[-2000:])

    def test_fork(self):
        """a process that cannot be started is tried again, and told"""
        with Server(workers=1) as server:
            server.control.arm("fork", errno.EAGAIN, 1)
            self.judge(server, *server.children())
            self.assertIn("no worker can be started", server.said())
            self.assertEqual(server.end(), 0, server.said())

    def test_heap(self):
        """memory that runs out while a dead worker is replaced costs time, not the server"""
        if SANITIZED:
            self.skipTest("the sanitizer has its own heap, which cannot be told to fail")
        for at in range(1, 40, 3):
            with self.subTest(call=at), Server(workers=1) as server:
                server.control.arm("heap", errno.ENOMEM, at, 3)
                self.judge(server, *server.children())
                self.assertEqual(server.end(), 0, server.said())


if __name__ == "__main__":
    tap.main()
