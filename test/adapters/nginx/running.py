# SPDX-License-Identifier: MIT
"""An nginx with a configuration of the test's own, and what its folder holds.

Arguments of each test: the build folder, what sanitizes it ("none").
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TEST = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TEST / "conformance"), str(TEST)]
import client
import nginx
import servers
import tap

BUILD = servers.Build(*tap.arguments[:2])
CONFORM = BUILD.module(servers.CONFORM)
MODULE = BUILD.folder / nginx.MODULE


class Kind:
    """What nginx.Server asks of whom it belongs to."""

    def __init__(self):
        self.build, self.has_lint = BUILD, False
        self.scratch = tempfile.TemporaryDirectory(prefix="csgi-nginx-")
        os.chmod(self.scratch.name, 0o755)


class Case(unittest.TestCase):
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.kind = Kind()
        cls.addClassCleanup(cls.kind.scratch.cleanup)

    def setUp(self):
        if why := nginx.why_not(BUILD):
            self.skipTest(why)

    def serve(self, inside, of_main="", of_http="", files=(), listen=""):
        """A Server of one server block; its `inside` may say @/ for its folder, in which `files`
        are (name -> bytes).
        """
        server = nginx.Server(self.kind, inside, "", of_main, of_http, files, listen)
        self.addCleanup(server.kill)
        self.assertTrue(server.wait_started(), server.log())
        return server

    def ask(self, server, target, status=200, method="GET", fields=(), body=None):
        with server.connect() as connection:
            connection.send(client.request(method, target, *fields, body=body))
            response = connection.response(method)
        self.assertIsNotNone(response, server.log()[-2000:])
        self.assertEqual(response.status, status, f"{response}\n{server.log()[-2000:]}")
        return response

    def stop(self, server):
        self.assertEqual(server.stop(), 0, server.log()[-3000:])
        self.assertEqual(server.breaches(), [])


def run(command, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, timeout=client.PATIENCE, **more)
