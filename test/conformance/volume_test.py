# SPDX-License-Identifier: MIT
"""Much goes up, and as much comes down, through each server, in bounded memory.

Arguments: the build folder, what sanitizes it ("none"), how many MiB (128; 16 where a sanitizer is
slow, and its memory says nothing about the server's). The whole gibibyte, which takes minutes:

    python3 test/conformance/volume_test.py $PWD/build none 1024
"""

import hashlib
import re
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]
import client
import fastcgi
import fronts
import nginx
import servers
import table
import tap
from client import get, request
from streams import alphabet_digest, pour

BUILD = servers.Build(*tap.arguments[:2])
SIZE = int(tap.arguments[2] if len(tap.arguments) > 2 else 16 if BUILD.is_sanitized else 128) << 20
MOST = 32 << 20  # what a process may grow by
LONG = 600


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Peak:
    """The most memory that processes had, since it was made, over what they had then."""

    def __init__(self, pids):
        self.before = {}
        for pid in pids:
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc(5): resets VmHWM
            self.before[pid] = self.highest(pid)

    @staticmethod
    def highest(pid):
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    def growth(self):
        return max(self.highest(pid) - before for pid, before in self.before.items())


class Volume(table.Case):
    def serve(self, kind, *arguments):
        kind.prepare(BUILD)
        self.addCleanup(kind.tidy)
        if why := getattr(kind, "missing", lambda: None)():
            self.skipTest(why)
        server = kind.start(arguments=arguments)
        self.addCleanup(server.kill)
        pids = [server.pid]
        if front := getattr(server, "front", None):
            pids += children(front.process.pid)
        self.ask(server, "/__conform/big?n=3000000")  # what is only done once is done
        self.ask(server, "/__inspect", method="POST", body=bytes(3000000))
        for way in (self.upload, self.download):
            peak = Peak(pids)
            way(server)
            if not BUILD.is_sanitized:
                self.assertLess(peak.growth(), MOST, way.__name__)
                print(f"# {kind.name} {way.__name__}: {SIZE >> 20} MiB, "
                      f"grown by {peak.growth() >> 10} KiB")
        self.assertEqual(server.stop(), 0, server.log()[-2000:])

    def upload(self, server):
        piece, digest = bytes(range(256)) * 4096, hashlib.sha256()
        with server.connect() as connection:
            connection.socket.settimeout(LONG)
            connection.send(request("POST", "/__inspect", f"Content-Length: {SIZE}"))
            for _ in range(SIZE // len(piece)):
                self.assertTrue(connection.send(piece))
                digest.update(piece)
            seen = self.json(connection.response(patience=LONG))
        self.assertEqual((seen["body_length"], seen["body_sha256"]), (SIZE, digest.hexdigest()))

    def download(self, server):
        with server.connect() as connection:
            connection.send(get(f"/__conform/big?n={SIZE}"))
            self.assertEqual(connection.head(time.monotonic() + client.PATIENCE).status, 200)
            found = pour(connection, SIZE, until=time.monotonic() + LONG)
        self.assertEqual(found, alphabet_digest(SIZE))

    def test_standalone(self):
        """through the standalone server"""
        self.serve(servers.Kind("standalone"), "--max-body", "2G")

    def test_fastcgi(self):
        """through nginx and FastCGI, passed on as it comes"""
        self.serve(fastcgi.FastCgi("nginx -> FastCGI", front=fronts.Nginx), "--max-body", "2G")

    def test_fastcgi_buffering(self):
        """through nginx and FastCGI, with nginx's request buffering"""
        self.serve(fastcgi.FastCgi("nginx -> FastCGI, buffering", front=fronts.NginxBuffering),
                   "--max-body", "2G")

    def test_module(self):
        """through the nginx module, read as it comes"""
        self.serve(nginx.Nginx("nginx module"))

    def test_module_buffering(self):
        """through the nginx module, with request buffering"""
        self.serve(nginx.Nginx("nginx module, buffering"), "--request-buffering", "on")


if __name__ == "__main__":
    tap.main()
