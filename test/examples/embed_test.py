# SPDX-License-Identifier: MIT
"""A program that embeds a server answers while its own loop goes on, and ends cleanly."""
import re
import signal
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap

PROGRAM = tap.arguments[0]


class Embed(unittest.TestCase):
    def serve(self):
        process = subprocess.Popen([PROGRAM, "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        line = process.stdout.readline()
        return process, re.search(r"http://\S+", line).group(0)

    def ticks(self, url):
        with urllib.request.urlopen(url, timeout=30) as answer:
            return int(answer.read().split()[0])

    def test_shared_loop(self):
        """the program's timer and the server share one loop"""
        process, url = self.serve()
        first = self.ticks(url)
        while self.ticks(url) == first:
            pass
        process.send_signal(signal.SIGTERM)
        self.assertRegex(process.stdout.read(), r"stopped after \d+ ticks \(OK\)")
        self.assertEqual(process.wait(timeout=30), 0)

    def test_busy_port(self):
        """a port that is taken is an error in words, and no crash"""
        _, url = self.serve()
        port = url.rsplit(":", 1)[1].strip("/")
        second = subprocess.run([PROGRAM, f"127.0.0.1:{port}"], capture_output=True, text=True,
                                timeout=30, check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn("address already in use", second.stderr)


tap.main()
