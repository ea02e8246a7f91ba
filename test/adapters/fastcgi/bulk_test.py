# SPDX-License-Identifier: MIT
"""Large bodies both ways through FastCGI, in memory that does not grow with them.

Arguments: the program, the conform module, what sanitizes them, how many MiB (64). A gigabyte:

    python3 test/adapters/fastcgi/bulk_test.py build/adapters/cli/csgi \\
        build/examples/conform/conform.so none 1024
"""

import hashlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "conformance"),
                str(Path(__file__).resolve().parents[2])]
import records
import tap

PROGRAM, MODULE, SANITIZE = tap.arguments[:3]
SIZE = int(tap.arguments[3] if len(tap.arguments) > 3 else 64) << 20
MOST = 32 << 20  # that memory may grow by
ALPHABET = b"abcdefghijklmnopqrstuvwxyz"


class Bulk(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = f"{self.folder.name}/s"
        self.process = subprocess.Popen(
            [PROGRAM, "run", MODULE, "--workers", "0", "--max-body", str(SIZE), "--fastcgi",
             f"unix:{self.path}"], stdout=subprocess.PIPE)
        self.assertIn(b"listening", self.process.stdout.readline())
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(120)
        self.socket.connect(self.path)
        self.reader, self.most = records.Reader(), 0
        self.begin("/hello")
        self.answer()
        self.start = self.memory()

    def tearDown(self):
        self.socket.close()
        self.process.terminate()
        self.assertEqual(self.process.wait(60), 0)
        self.process.stdout.close()
        self.folder.cleanup()

    def memory(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) << 10

    def look(self):
        self.most = max(self.most, self.memory() - self.start)

    def begin(self, target, *more, method="GET"):
        params = [("REQUEST_METHOD", method), ("REQUEST_URI", target),
                  ("SERVER_PROTOCOL", "HTTP/1.1"), ("HTTP_HOST", "a"), *more]
        self.socket.sendall(records.begin(1) + records.params(1, params)
                            + (records.record(records.STDIN, 1) if method == "GET" else b""))

    def answer(self, take=lambda data: None):
        """The end of the head's record, and how many bytes of STDOUT came in all."""
        total, head = 0, b""
        while True:
            data = self.socket.recv(1 << 18)
            self.assertTrue(data, "the connection ended")
            for kind, _, content in self.reader.feed(data):
                if kind == records.END:
                    return head, total
                if kind == records.STDOUT:
                    if b"\r\n\r\n" not in head:
                        head += content
                        _, mark, content = head.partition(b"\r\n\r\n")
                        if not mark:
                            continue
                    total += len(content)
                    take(content)

    def judge(self, what, seconds):
        print(f"# {what}: {SIZE >> 20} MiB in {seconds:.1f} s, memory grew by {self.most >> 10} KiB")
        if SANITIZE == "none":
            self.assertLess(self.most, MOST)

    def download(self, target, expected):
        digest, seen, began = hashlib.sha256(), 0, time.monotonic()

        def take(content):
            nonlocal seen
            digest.update(content)
            if (seen >> 23) != (seen + len(content)) >> 23:
                self.look()
            seen += len(content)
        self.begin(target)
        _, total = self.answer(take)
        self.look()
        self.assertEqual(total, SIZE)
        self.assertEqual(digest.hexdigest(), expected)
        self.judge(target.partition("?")[0], time.monotonic() - began)

    def test_download(self):
        """a long answer arrives whole"""
        block, expected = ALPHABET * 40000, hashlib.sha256()
        for at in range(0, SIZE, len(block)):
            expected.update(block[:SIZE - at])
        self.download(f"/__conform/big?n={SIZE}", expected.hexdigest())

    def test_upload(self):
        """a long body arrives whole"""
        digest, piece, began = hashlib.sha256(), bytes(range(256)) * 4096, time.monotonic()
        self.begin("/__inspect", ("CONTENT_LENGTH", str(SIZE)), method="POST")
        raw = records.stream(records.STDIN, 1, piece)
        for at in range(0, SIZE, len(piece)):
            self.socket.sendall(raw)
            digest.update(piece)
            if at >> 23 != (at + len(piece)) >> 23:
                self.look()
        self.socket.sendall(records.record(records.STDIN, 1))
        head, _ = self.answer()
        self.assertIn(digest.hexdigest().encode(), head)
        self.judge("upload", time.monotonic() - began)

    def test_unread(self):
        """a body that nobody reads stops its front"""
        self.begin("/__conform/never?id=bulk", ("CONTENT_LENGTH", str(SIZE)), method="POST")
        self.socket.settimeout(2)
        raw, sent = records.stream(records.STDIN, 1, bytes(1 << 20)), 0
        with self.assertRaises(TimeoutError):
            while sent < SIZE:
                sent += self.socket.send(raw[sent % len(raw):])
        self.look()
        self.judge("unread, after which the front had to stop", sent / 1e6)


tap.main()
