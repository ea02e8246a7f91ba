# SPDX-License-Identifier: MIT
"""The test client needs no network: strace sees its tests make no socket.

Arguments: programs of tests that use the client.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import tap

# A leak check by ptrace would need what strace has taken.
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")


def calls_of(*command):
    """The calls to the network that a program made, and what it said."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace")
        done = subprocess.run(["strace", "-f", "-qq", "-e", "trace=%network,execve", "-o", trace, *command],
                              capture_output=True, text=True, env=ENVIRONMENT)
        lines = trace.read_text().splitlines() if trace.exists() else []
    return done, [line for line in lines if "execve(" not in line and "+++" not in line], lines


def why_not():
    if not shutil.which("strace"):
        return "strace is not installed"
    done, _, lines = calls_of("true")
    if done.returncode or not lines:
        return "strace may not look at programs here: " + done.stderr.strip()[:200]
    return None


class Sockets(unittest.TestCase):
    def setUp(self):
        if why := why_not():
            self.skipTest(why)

    def test_client(self):
        """the test client opens no socket, in all of its tests and those of applications"""
        for program in tap.arguments:
            with self.subTest(program=Path(program).name):
                done, network, _ = calls_of(program)
                self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
                self.assertGreater(len(re.findall("^ok ", done.stdout, re.M)), 0)
                self.assertEqual(network, [])

    def test_can_fail(self):
        """a program that opens one is caught"""
        _, network, _ = calls_of(sys.executable, "-c", "import socket; socket.socket()")
        self.assertTrue(any("socket(" in line for line in network), network)


if not tap.arguments:
    sys.exit("usage: sockets_test.py PROGRAM...")
tap.main()
