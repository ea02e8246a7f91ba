# SPDX-License-Identifier: MIT
"""A mixed load through reload, the death of workers and the end: what is lost is what a dead worker
held, and nothing else.

A fourth argument says how many seconds it takes (15), a fifth with which numbers it begins.
"""

import os
import random
import signal
import tempfile
import time
import unittest

import faults
from faults import Server, tell, wait_until
from load import Load
import tap

SECONDS = int(tap.arguments[3]) if len(tap.arguments) > 3 else 15
SEED = int(tap.arguments[4]) if len(tap.arguments) > 4 else 1
NAMES = ("sent", "verified", "aborted", "nonsense", "behind the last", "lost", "refused")


class Soak(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.file = random.Random(SEED).randbytes(300_000)
        cls.path = tempfile.NamedTemporaryFile(prefix="csgi-soak-")
        cls.addClassCleanup(cls.path.close)
        cls.path.write(cls.file)
        cls.path.flush()

    def start(self):
        return Server("--drain", "60", "--hang", "30", config=f"file={self.path.name}", workers=2,
                      shim=False)

    def judge(self, load, what):
        count = load.count
        print(f"# {what}: " + ", ".join(f"{count[name]} {name}" for name in NAMES))
        self.assertEqual(load.wrong, [])
        self.assertGreater(count["verified"], 100)

    def grown(self, load, much=20):
        before = load.count["verified"]
        wait_until(lambda: load.wrong or load.count["verified"] >= before + much, lambda: "answers")

    def descriptors(self, server):
        def count(pid):
            try:
                return len(os.listdir(f"/proc/{pid}/fd"))
            except OSError:
                return 1 << 20  # it is going
        return max(count(pid) for pid in server.children())

    def test_reload(self):
        """ten reloads under a mixed load lose nothing and refuse nobody, and nothing is left behind"""
        with self.start() as server:
            before = self.descriptors(server)
            with Load(server.address, self.file, SEED) as load:
                for _ in range(10):
                    old = server.children()
                    server.process.send_signal(signal.SIGHUP)
                    time.sleep(SECONDS / 50)
                    wait_until(lambda: not old & server.children(), lambda: "the end of the old")
                    self.grown(load)
            self.judge(load, "ten reloads")
            self.assertEqual((load.lost, load.count["refused"]), ([], 0))
            wait_until(lambda: self.descriptors(server) <= before, lambda: "descriptors given back")
            self.assertEqual(server.end(), 0, server.said()[-2000:])

    def test_kill(self):
        """workers that are killed under a mixed load lose what they held, and refuse nobody"""
        times, victims = [], []
        with self.start() as server:
            rng = random.Random(SEED)
            with Load(server.address, self.file, SEED + 1) as load:
                self.grown(load)
                for _ in range(max(SECONDS * 4 // 3, 3)):
                    old = server.children()
                    victims.append(rng.choice(sorted(old)))
                    times.append(time.monotonic())
                    os.kill(victims[-1], signal.SIGKILL)
                    wait_until(lambda: server.children() - old, lambda: "a new worker")
                    self.grown(load)
            self.judge(load, f"{len(victims)} workers killed")
            self.assertEqual(load.count["refused"], 0)
            # What was lost was on a connection that a dead worker can have had.
            for lost in load.lost:
                self.assertTrue(any(lost.opened <= at <= lost.noticed for at in times), lost)
            self.assertLessEqual(len(load.lost), len(victims) * len(load.clients))
            for pid in victims:
                self.assertIn(f"(pid {pid})", server.said())
            self.assertEqual(server.end(), 0, server.said()[-2000:])

    def test_end(self):
        """TERM under a mixed load: every request that it took is answered, whole; then nobody is there"""
        for run in range(max(SECONDS // 5, 2)):
            with self.subTest(run=run), self.start() as server:
                with Load(server.address, self.file, SEED + 2 + run) as load:
                    self.grown(load, 200)
                    ended = time.monotonic()
                    server.process.send_signal(signal.SIGTERM)
                    self.assertEqual(server.process.wait(2 * faults.PATIENCE), 0, server.said()[-2000:])
                self.judge(load, "TERM")
                # Who connects while it ends may find nobody on the other side.
                cut = [one for one in load.lost if not (one.fresh and one.noticed > ended)]
                self.assertEqual(cut, [])


if __name__ == "__main__":
    tap.main()
