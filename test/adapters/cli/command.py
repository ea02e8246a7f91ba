# SPDX-License-Identifier: MIT
"""Runs the csgi program for the tests beside this file; their arguments say where things are."""

import os
import http.client
import re
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import tap

CSGI, MODULES, EXAMPLES = (Path(argument).resolve() for argument in tap.arguments[:3])
HELLO = EXAMPLES / "hello_c/hello_c.so"
CONFORM = EXAMPLES / "conform/conform.so"
LAYERS = EXAMPLES / "middleware_c"
# Long enough for a sanitized build on a busy machine; nothing waits for it to pass.
PATIENCE = 60


def broken(name):
    return MODULES / f"{name}.so"


class Result:
    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def lines(self, word):
        """The lines of a report that begin with ok, FAIL or note."""
        return [line[6:] for line in self.out.splitlines() if line.startswith(word.ljust(6))]


def csgi(*arguments, cwd=None):
    return Result(subprocess.run(
        [CSGI, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, errors="replace",
        timeout=PATIENCE, stdin=subprocess.DEVNULL))


BLOCK = re.compile(r"csgi: error: (?P<what>.+)\n  where: (?P<where>.+)\n  what to do: (?P<todo>.+)\n")


def judge_block(case, result, status, what, where):
    """One block and nothing else on stderr: what, where and what to do."""
    case.assertEqual(result.status, status, result.err)
    block = BLOCK.fullmatch(result.err)
    case.assertIsNotNone(block, result.err)
    case.assertIn(what, block["what"])
    case.assertIn(str(where), block["where"])


def state(pid):
    """The process's letter in /proc; Z or X when it is dead, and all it had open is closed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


class Server:
    """`csgi run` until the end of a with block; its address is known when the block begins."""

    def __init__(self, *arguments, address="127.0.0.1:0", pass_fds=(), asan=""):
        # `asan`: what the address sanitizer leaves alone, for who wants to see a process die by itself.
        environment = dict(os.environ)
        if asan:
            environment["ASAN_OPTIONS"] = f"{environment.get('ASAN_OPTIONS', '')}:{asan}".strip(":")
        self.process = subprocess.Popen(
            [CSGI, "run", *map(str, arguments), "--http", address], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, pass_fds=pass_fds, env=environment,
            bufsize=0)  # so that no line is read and kept back
        # Ends with its output if the server ends; the test's own time limit sees to the rest.
        self.line = self.process.stdout.readline().decode()
        self.port = int(match[1]) if (match := re.search(r":(\d+)$", self.line)) else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def request(self, method, path, body=None, headers={}):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def end(self, number=signal.SIGTERM):
        """(status, rest of stdout, stderr)"""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out.decode(), err.decode(errors="replace")
