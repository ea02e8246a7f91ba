# SPDX-License-Identifier: MIT
"""The application in Python, served by libcsgi-serve: its layout, its answers, its errors, its end.

Arguments: those of the command's tests, the folder of libcsgi-serve, what sanitizes it ("none").
"""

import contextlib
import ctypes
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "adapters/cli"),
                str(HERE.parent / "conformance"),
                str(HERE.parents[1] / "examples/hello_python")]
import hello_python
import in_c
import tap
from command import HELLO, PATIENCE, Server
from nginx import sanitizer

LIBRARY, SANITIZE = tap.arguments[3:5]
FILE = Path(hello_python.__file__)
# Applications that go wrong, in what they raise or return.
BROKEN = """
import sys
import hello_python

class Mute(Exception):
    def __str__(self):
        raise ValueError

def broken(method, path):
    if path == b"/raise": raise KeyError("caf\\u00e9\\ud800")
    if path == b"/mute": raise Mute
    if path == b"/exit": sys.exit(3)
    if path == b"/nothing": return None
    if path == b"/field": return 200, b"text/plain\\r\\nx: y", b""
    if path == b"/status": return 99, b"text/plain", b""
    return 200, b"text/plain", method + b" " + path

hello_python.serve(broken, "127.0.0.1:0", "broken")
"""


def environment():
    more = {"LD_LIBRARY_PATH": LIBRARY, "PYTHONPATH": str(FILE.parent)}
    if SANITIZE != "none":
        # Python itself leaves memory behind at its end.
        more |= {"LD_PRELOAD": sanitizer() or "", "ASAN_OPTIONS":
                 os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
    return {**os.environ, **more}


class Program:
    """A program in Python that serves, until the end of a with block."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([sys.executable, *map(str, arguments)], env=environment(),
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        # Ends with its output if the program ends; the test's own time limit sees to the rest.
        line = self.process.stdout.readline().decode()
        self.port = int(match[1]) if (match := re.search(r":(\d+)$", line)) else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    request = Server.request

    def end(self, number=signal.SIGTERM):
        """(status, stderr)"""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err.decode(errors="replace")


def record(answer, body):
    return (answer.status, answer.reason,
            sorted(pair for pair in answer.getheaders() if pair[0] != "date"), body)


class Python(unittest.TestCase):
    def setUp(self):
        if SANITIZE != "none" and not sanitizer():
            self.skipTest("libasan.so is not where gcc says")

    def test_layout(self):
        """every declaration has the offsets, sizes and numbers of the C headers"""
        structs = {name: kind for name, kind in vars(hello_python).items()
                   if isinstance(kind, type) and issubclass(kind, ctypes.Structure)
                   and name.startswith("csgi_")}
        fields = [(name, field[0]) for name, kind in structs.items() for field in kind._fields_]
        # The host's own structs are declared as far as they are read, the options as far as needed.
        whole = [name for name in structs if name not in (
            "csgi_api", "csgi_exchange", "csgi_request", "csgi_serve_options")]
        constants = [name for name in vars(hello_python) if name.startswith("CSGI_")]
        here = {}
        for name, field in fields:
            at = getattr(structs[name], field)
            here |= {f"{name}.{field}": at.offset, f"{name}.{field} size": at.size}
        here |= {name: ctypes.sizeof(structs[name]) for name in whole}
        here |= {name: getattr(hello_python, name) for name in constants}
        self.assertGreater(len(fields), 60)
        self.assertEqual(here, in_c.asked(fields, whole, constants))

    def test_answers(self):
        """it answers as hello_c does, and ends with 0 at TERM"""
        asked = [("GET", "/", None), ("HEAD", "/", None), ("POST", "/any?where", b"x" * 70000)]
        with Server(HELLO) as server, Program(FILE, "127.0.0.1:0") as program:
            for one in asked:
                with self.subTest(one[0]):
                    self.assertEqual(record(*program.request(*one)), record(*server.request(*one)))
            self.assertEqual(program.request("GET", "/")[1], b"Hello, world!\n")
            self.assertEqual(program.end(), (0, ""))

    def test_interrupt(self):
        """Ctrl-C ends it as well, without a traceback"""
        with Program(FILE, "127.0.0.1:0") as program:
            self.assertEqual(program.request("GET", "/")[0].status, 200)
            self.assertEqual(program.end(signal.SIGINT), (0, ""))

    def test_busy_port(self):
        """a port that is taken is an error in words"""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = subprocess.run([sys.executable, FILE, f"127.0.0.1:{port}"], env=environment(),
                                  capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^hello_python: .*address already in use")

    def test_errors(self):
        """what goes wrong in Python is a 500 and a line in the log, and the next request is served"""
        lines = {"/raise": r"KeyError: 'caf\xe9\\+ud800' \(.*:\d+\)", "/mute": None,
                 "/exit": r"SystemExit: 3 \(.*:\d+\)", "/nothing": r"TypeError: .*\(.*:\d+\)",
                 "/field": "content-type", "/status": "99"}
        with Program("-c", BROKEN) as program:
            for path in lines:
                with self.subTest(path):
                    self.assertEqual(program.request("GET", path)[0].status, 500)
                    self.assertEqual(program.request("PUT", "/fine")[1], b"PUT /fine")
            status, err = program.end()
        self.assertEqual(status, 0, err)
        for path, line in lines.items():
            if line:
                self.assertRegex(err, line)
        self.assertGreaterEqual(len(err.splitlines()), len(lines) - 1)

    def test_many(self):
        """forty clients at once are each told what they asked"""
        with Program("-c", BROKEN) as program:
            told = {}

            def ask(number):
                with contextlib.closing(http.client.HTTPConnection(
                        "127.0.0.1", program.port, timeout=PATIENCE)) as connection:
                    for turn in range(25):
                        connection.request("GET", f"/{number}/{turn}")
                        told[number, turn] = connection.getresponse().read()

            threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(told, {(number, turn): b"GET /%d/%d" % (number, turn)
                                    for number in range(40) for turn in range(25)})
            self.assertEqual(program.end(), (0, ""))


if __name__ == "__main__":
    tap.main()
