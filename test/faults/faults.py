# SPDX-License-Identifier: MIT
"""Servers whose calls fail when a test says so, and requests that know what must come of them."""

import errno
import mmap
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "conformance"),
                str(Path(__file__).resolve().parents[1])]
import client
import tap

BUILD, SHIM, SANITIZED = (Path(tap.arguments[0]), Path(tap.arguments[1]).resolve(),
                          tap.arguments[2] not in ("none", ""))
CSGI = BUILD / "adapters/cli/csgi"
CONFORM = BUILD / "examples/conform/conform.so"
PATIENCE = client.PATIENCE = 15

# The same numbers as in shim.c.
KINDS = ("none", "heap", "growth", "receive", "send", "file read", "file write", "sendfile", "accept",
         "open", "descriptor", "thread", "fork")
HALF, END_OF_FILE = 0, -1  # besides errnos: what a call does instead of failing
ALWAYS = 0xffffffff
LISTENING = re.compile(rb"csgi: listening on http://[\d.]+:(\d+)\n")
BLOCK = re.compile(r"csgi: error: .+\n  where: .+\n  what to do: .+\n")


def name_of(error):
    return {HALF: "half", END_OF_FILE: "end of file"}.get(error) or errno.errorcode[error]


class Control:
    """What the shim is told and tells."""
    WORDS = struct.Struct("IIIIIiq")

    def __init__(self):
        self.file = tempfile.NamedTemporaryFile(prefix="csgi-faults-")
        self.file.write(bytes(4096))
        self.file.flush()
        self.page = mmap.mmap(self.file.fileno(), 4096)

    def arm(self, kind, error, at, times=1):
        """The call number `at` of this kind from now on fails, and `times` - 1 behind it."""
        self.disarm()
        struct.pack_into("IIIIi", self.page, 4, at, times, 0, 0, error)
        struct.pack_into("I", self.page, 0, KINDS.index(kind))

    def disarm(self):
        struct.pack_into("I", self.page, 0, 0)

    def word(self, i):
        return self.WORDS.unpack_from(self.page)[i]

    @property
    def calls(self):
        return self.word(3)

    @property
    def failed(self):
        return self.word(4)

    @property
    def blocks(self):
        return self.word(6)

    def close(self):
        self.page.close()
        self.file.close()


def wait_until(true, what):
    until = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > until:
            raise AssertionError(f"never came: {what()}")
        time.sleep(0.002)


class Server:
    """`csgi run` under the shim, in one process unless told otherwise."""

    def __init__(self, *arguments, module=CONFORM, config=None, workers=0, before=None, shim=True):
        self.control = Control()
        if before:
            before(self.control)
        self.log = tempfile.TemporaryFile()
        environment = dict(os.environ)
        if shim:
            environment |= {"LD_PRELOAD": str(SHIM), "FAULTS": self.control.file.name}
        # The shim's read comes before the sanitizer's and calls it; its heap is not in the shim.
        environment["ASAN_OPTIONS"] = f"{environment.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0"
        command = [CSGI, "run", module, "--http", "127.0.0.1:0", "--workers", workers, *arguments]
        if config:
            command += ["--config", config]
        self.process = subprocess.Popen([str(part) for part in command], env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.log, bufsize=0)
        match = LISTENING.fullmatch(self.process.stdout.readline())
        self.address = ("tcp", "127.0.0.1", int(match[1])) if match else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.control.close()

    @property
    def alive(self):
        return self.process.poll() is None

    def connect(self, **options):
        return client.Connection(self.address, **options)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def children(self):
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return {int(one) for one in file.read().split()}

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def end(self):
        """Its exit status after TERM."""
        if self.alive:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


# ---- Requests -------------------------------------------------------------------------------------

class Request:
    """`body` of None: the server itself refuses it, in words of its own."""

    def __init__(self, name, data, status, body, keeps=True):
        self.name, self.data, self.status, self.body = name, data, status, body
        self.keeps = keeps  # the connection goes on behind it

    def judge(self, connection):
        """"right", "refused" for an error status or "broken"; anything else raises."""
        response = connection.response()
        if response is None or response.is_broken:
            return "broken"
        if response.status >= 400 and (response.status != self.status or self.body is None):
            return "refused"
        if (response.status, response.body) != (self.status, self.body):
            raise AssertionError(f"{self.name}: a wrong answer that looks right: {response!r}")
        return "right"


def mixed(file):
    """A small set that goes through all of a server's ways to take and give bytes."""
    body = bytes(range(256)) * 400  # more than one block
    lines = b"".join((b"chunk %d" % i).ljust(3999, b".") + b"\n" for i in range(20))
    three = b"one", b"two" * 9000, b"three"
    return [
        Request("hello", client.get("/hello"), 200, b"Hello, world!"),
        Request("echo", client.request("POST", "/echo", body=body), 200, body),
        Request("echo of chunks", client.request("POST", "/echo", "Transfer-Encoding: chunked")
                + client.chunked(*three), 200, b"".join(three)),
        Request("stream", client.get("/stream?n=20&size=4000"), 200, lines),
        Request("stream in HTTP/1.0", client.get("/stream?n=20&size=4000", version="1.0"), 200,
                lines, keeps=False),
        Request("deferred", client.get("/defer?ms=1"), 200, b"deferred\n"),
        Request("file", client.get("/file"), 200, file),
        Request("nothing there", client.get("/nowhere"), 404, b"not found\n"),
        Request("no HTTP", b"GET\r\n\r\n", 400, None, keeps=False),
    ]


def ask(server, request):
    with server.connect() as connection:
        connection.send(request.data)
        return request.judge(connection)


def ask_pipelined(server, requests):
    """All on one connection at once; how each came out."""
    outcomes = []
    with server.connect() as connection:
        connection.send(b"".join(request.data for request in requests))
        for request in requests:
            over = outcomes and outcomes[-1] != "right"
            outcomes.append("broken" if over else request.judge(connection))
    return outcomes


class Mixed(unittest.TestCase):
    """Servers that are asked for all of mixed(), and what comes of it when nothing fails."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="csgi-faults-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.file = os.path.join(cls.folder.name, "file")
        content = os.urandom(150_000)
        with open(cls.file, "wb") as file:
            file.write(content)
        cls.requests = mixed(content)
        cls.pipelined = [one for one in cls.requests if one.keeps]
        cls.whole = ["refused" if one.body is None else "right" for one in cls.requests]
        cls.whole += ["right"] * len(cls.pipelined)

    def start(self, *arguments):
        return Server("--access-log", os.path.join(self.folder.name, "access"), *arguments,
                      config=f"file={self.file}")

    def run_all(self, server):
        """One after the other, and some at once on one connection."""
        outcomes = [ask(server, request) for request in self.requests]
        return outcomes + ask_pipelined(server, self.pipelined)


def tell(tally):
    return ", ".join(f"{n} {what}" for what, n in sorted(tally.items()))
