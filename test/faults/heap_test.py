# SPDX-License-Identifier: MIT
"""Memory runs out at each single place, in a server that has answered nobody yet: it lives, the
exchange that it hit ends visibly, everything is served afterwards, and nothing leaks.
"""

import collections
import contextlib
import errno
import time
import unittest

import faults
from faults import ALWAYS, Mixed, ask, tell, wait_until
import tap



class Heap(Mixed):
    @classmethod
    def setUpClass(cls):
        if faults.SANITIZED:
            raise unittest.SkipTest("the sanitizer has its own heap, which cannot be told to fail")
        super().setUpClass()

    def run_without(self, server):
        """All at once, while there is no memory, which comes back when they have been seen."""
        with contextlib.ExitStack() as stack:
            waiting = [(request, stack.enter_context(server.connect())) for request in self.requests]
            for request, connection in waiting:
                connection.send(request.data)
            wait_until(lambda: server.control.failed or not server.alive, lambda: "a call")
            time.sleep(0.02)  # that some are still to be taken, and some are not, is the point
            server.control.disarm()
            return [request.judge(connection) for request, connection in waiting]

    def left(self, at, times=1):
        """(blocks left at its end, how many calls failed, outcomes) of a server whose calls fail."""
        with self.start() as server:
            server.control.arm("heap", errno.ENOMEM, at, times)
            outcomes = self.run_all(server) if times == 1 else self.run_without(server)
            server.control.disarm()
            self.assertTrue(server.alive, server.said()[-2000:])
            self.assertEqual(self.run_all(server), self.whole, server.said()[-2000:])
            self.assertEqual(server.end(), 0, server.said()[-2000:])
            return server.control.blocks, server.control.failed, outcomes

    def test_each(self):
        """each call for memory fails once: one exchange ends visibly, nothing is lost for good"""
        clean, failed, outcomes = self.left(1 << 30)
        self.assertEqual((failed, outcomes), (0, self.whole))
        tally, reached = collections.Counter(), 0
        for at in range(1, 1000):
            with self.subTest(call=at):
                blocks, failed, outcomes = self.left(at)
                self.assertLessEqual(blocks, clean, "blocks that nobody gave back")
                tally.update(outcomes)
            if not failed:
                break
            reached += 1
        self.assertGreater(reached, 20)
        print(f"# {reached} calls failed: {tell(tally)}")

    def test_all(self):
        """no memory at all from some call on: nothing but errors, and then it serves again"""
        clean = self.left(1 << 30)[0]
        tally = collections.Counter()
        for at in range(1, 25):
            with self.subTest(call=at):
                blocks, failed, outcomes = self.left(at, ALWAYS)
                self.assertGreater(failed, 0)
                self.assertLessEqual(blocks, clean, "blocks that nobody gave back")
                tally.update(outcomes)
        print(f"# {tell(tally)}")


if __name__ == "__main__":
    tap.main()
