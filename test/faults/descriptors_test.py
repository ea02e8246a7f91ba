# SPDX-License-Identifier: MIT
"""Descriptors, memory for descriptors and disks that really run out."""

import contextlib
import errno
import os
import resource
import tempfile
import time
import unittest

import faults
from faults import ALWAYS, Server, ask, mixed, wait_until
import tap

HELLO = mixed(b"")[0]


def seconds_used(pid):
    """Of processor time."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Descriptors(unittest.TestCase):
    def test_few(self):
        """40 descriptors, 120 clients: who gets in is served, the others are let go, nothing spins"""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.ExitStack() as stack:
            resource.setrlimit(resource.RLIMIT_NOFILE, (40, hard))
            try:
                server = stack.enter_context(Server())
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            self.assertEqual(ask(server, HELLO), "right")
            wait_until(lambda: server.descriptors() < 20, lambda: "few descriptors")
            before = server.descriptors()
            clients = [stack.enter_context(server.connect()) for _ in range(120)]
            for one in clients:
                one.send(HELLO.data)
            outcomes = [HELLO.judge(one) for one in clients]
            self.assertEqual(set(outcomes), {"right", "broken"})
            self.assertGreater(outcomes.count("right"), 10)
            print(f"# {faults.tell({one: outcomes.count(one) for one in outcomes})}")
            # The descriptors are still all taken, and more clients come.
            used, more = seconds_used(server.process.pid), []
            for _ in range(20):
                more.append(stack.enter_context(server.connect()))
                time.sleep(0.05)
            self.assertLess(seconds_used(server.process.pid) - used, 0.5, "it spins")
            for one in (*clients, *more):
                one.close()
            wait_until(lambda: server.descriptors() <= before, lambda: "descriptors given back")
            for request in mixed(None)[:6]:
                self.assertEqual(ask(server, request), "right", request.name)
            self.assertEqual(server.end(), 0, server.said()[-2000:])

    def test_growth(self):
        """two hundred clients make no table grow: libuv would end the process if it could not"""
        if faults.SANITIZED:
            self.skipTest("the sanitizer has its own heap, which cannot be told to fail")
        with Server() as server, contextlib.ExitStack() as stack:
            server.control.arm("growth", errno.ENOMEM, 1, ALWAYS)
            clients = [stack.enter_context(server.connect()) for _ in range(200)]
            for one in clients:
                one.send(HELLO.data)
            self.assertEqual({HELLO.judge(one) for one in clients}, {"right"})
            self.assertEqual(server.control.calls, 0)
            self.assertEqual(server.end(), 0, server.said()[-2000:])

    def test_full(self):
        """a log on a full disk costs its lines, and no answer"""
        for workers in (0, 2):
            with self.subTest(workers=workers), \
                    Server("--error-log", "/dev/full", "--access-log", "/dev/full",
                           workers=workers) as server:
                for _ in range(20):
                    for request in mixed(None)[:6]:
                        self.assertEqual(ask(server, request), "right", request.name)
                    self.assertEqual(ask(server, mixed(None)[-1]), "refused")
                self.assertEqual(server.end(), 0)


if __name__ == "__main__":
    tap.main()
