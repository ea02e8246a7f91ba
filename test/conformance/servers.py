# SPDX-License-Identifier: MIT
"""How each server is started, asked about, and stopped.

A server listens where the kernel says, logs to a file that is read for breaches of rules, and must
end with status 0 when it is told to. Only processes started here are ever signalled.
"""

import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from client import Connection, PATIENCE

LISTENING = re.compile(r"listening on (?:http://([\d.]+):(\d+)|http\+unix:(\S+))")
RULE = re.compile(r"\[((?:LOAD|LIFE|REQ|BODY|RES|RET|MW|MEM|EVT|EXT)-\d+)\]")
# The pieces of /file that rows ask for: offset -> bytes. The rest of it is a hole.
MARKS = {0: b"the beginning of a large file\n", (1 << 31) + 7: b"beyond two GiB, at an odd place\n",
         (3 << 30) - 5: b"end.\n"}

# What a host can do, by the names of csgi.h without their prefix.
STANDALONE = {"RAW_TARGET", "RAW_HEADERS", "STREAM_REQUEST", "STREAM_RESPONSE", "FULL_DUPLEX",
              "TRAILERS_OUT", "ABORT_NOTIFY", "BROKEN_END"}


class Build:
    """A build folder: where its program and modules are."""

    def __init__(self, folder, sanitize="none"):
        self.folder = Path(folder)
        self.is_sanitized = sanitize not in ("none", "")
        self.program = self.folder / "adapters/cli/csgi"

    def module(self, name):
        return self.folder / f"{name}.so"


def socket_path(folder):
    return tempfile.mktemp(prefix="s", suffix=".sock", dir=folder)


class Kind:
    """A server to judge: `name`, its capabilities, and the arguments of `csgi run`."""

    def __init__(self, name, unix=False, lint=False, caps=STANDALONE):
        self.name, self.is_unix, self.has_lint, self.caps = name, unix, lint, caps
        self.build = self.scratch = self.file = None

    def prepare(self, build):
        self.build = build
        self.scratch = tempfile.TemporaryDirectory(prefix="csgi-conformance-")
        self.file = Path(self.scratch.name) / "large"
        with open(self.file, "wb") as file:  # sparse: it takes a few blocks
            for offset, mark in MARKS.items():
                file.seek(offset)
                file.write(mark)

    def tidy(self):
        self.scratch.cleanup()

    def excuse(self, _title):
        """Why a row says nothing about this server, or None."""
        return None

    def command(self, module, use, config, arguments):
        listen = "127.0.0.1:0"
        if self.is_unix:
            listen = f"unix:{socket_path(self.scratch.name)}"
        # The process that is started is the one that serves, so that its memory can be looked at.
        command = [self.build.program, "run", self.build.module(module), "--workers", "0",
                   "--http", listen]
        if config is None and module == CONFORM:
            config = f"file={self.file}"
        if config:
            command += ["--config", config]
        for layer, text in use:
            name = str(self.build.module(layer))
            command += ["--use", f"{name}:{text}" if text else name]
        if self.has_lint:
            command.append("--debug")
        return [str(part) for part in [*command, *arguments]]

    def start(self, module=None, use=(), config=None, arguments=()):
        """A Server that listens. `use`: (module, configuration) of each layer, outer first."""
        return Server(self, self.command(module or CONFORM, use, config, arguments))

    def run(self, module, use=(), config=None, arguments=()):
        """(exit status, output) of one that is expected to end by itself."""
        done = subprocess.run(self.command(module, use, config, arguments), timeout=PATIENCE,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.decode(errors="replace")


CONFORM = "examples/conform/conform"
THROWING = "examples/conform_cpp/throwing"
WITNESS = "test/conformance/witness"
LAYERS = "examples/middleware_c"

KINDS = {kind.name: kind for kind in (
    Kind("standalone-tcp"),
    Kind("standalone-unix", unix=True),
    Kind("standalone-tcp-debug", lint=True),
    Kind("standalone-unix-debug", unix=True, lint=True),
)}


class Server:
    listening = LISTENING

    def __init__(self, kind, command):
        self.kind = kind
        self.log_file = tempfile.NamedTemporaryFile(dir=kind.scratch.name, suffix=".log")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log_file,
                                        stderr=self.log_file)
        self.pid = self.process.pid
        try:
            match = self.wait_log(self.listening)
        except AssertionError:
            self.kill()
            raise
        self.address = (("unix", match[3]) if match[3] else ("tcp", match[1], int(match[2])))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def connect(self, **options):
        return Connection(self.address, **options)

    @property
    def is_alive(self):
        return self.process.poll() is None

    # ---- What it says ----

    def log(self, start=0):
        with open(self.log_file.name, "rb") as file:
            file.seek(start)
            return file.read().decode(errors="replace")

    def log_size(self):
        return os.path.getsize(self.log_file.name)

    def wait_log(self, pattern, start=0):
        """The match of a line that is to come; logs are written by and by."""
        until = time.monotonic() + PATIENCE
        while True:
            match = re.search(pattern, self.log(start))
            if match:
                return match
            if not self.is_alive and not re.search(pattern, self.log(start)):
                raise AssertionError(f"ended with {self.process.returncode}: {self.log()[-2000:]}")
            if time.monotonic() > until:
                raise AssertionError(f"no line like {pattern} in: {self.log(start)[-2000:]}")
            time.sleep(0.01)

    def breaches(self, start=0):
        """Rule ids in the log, with their lines."""
        return [(rule, line) for line in self.log(start).splitlines()
                for rule in RULE.findall(line)]

    def memory(self):
        """Resident bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    # ---- Its end ----

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        """Its exit status."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end: {self.log()[-2000:]}") from None

    def stop(self):
        self.terminate()
        return self.wait()

    def kill(self):
        if self.is_alive:
            self.process.kill()
            self.process.wait()
        self.log_file.close()
