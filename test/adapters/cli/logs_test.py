# SPDX-License-Identifier: MIT
"""The access log and the log: formats, escapes, files that are renamed, disks that are full."""

import json
import os
import re
import signal
import socket
import tempfile
import time
import unittest
from pathlib import Path

from command import CONFORM, HELLO, PATIENCE, Server, broken, csgi, judge_block
import tap

# The combined format, as Apache documents it: %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"
COMBINED = re.compile(
    r'(?P<peer>\S+) - - \[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] '
    r'"(?P<request>[^"]*)" (?P<status>\d{3}) (?P<bytes>\d+) "(?P<referer>[^"]*)" '
    r'"(?P<agent>[^"]*)"')


def lines_of(path, least):
    """The file's lines, once there are so many; each has its end."""
    until = time.monotonic() + PATIENCE
    while True:
        text = path.read_bytes() if path.exists() else b""
        if text.count(b"\n") >= least:
            return text.decode("ascii").splitlines()
        if time.monotonic() > until:
            raise AssertionError(f"{least} lines never came: {text}")
        time.sleep(0.01)


def send(server, text):
    """Sends bytes and reads until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
        client.sendall(text)
        received = b""
        while chunk := client.recv(65536):
            received += chunk
    return received


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "access.log"


class Format(Folder):
    def test_combined(self):
        """a line is Apache's combined format"""
        with Server(CONFORM, "--access-log", self.path) as server:
            server.request("GET", "/hello?a=b", headers={"Referer": "http://a.test/",
                                                         "User-Agent": "probe/1.0"})
            server.request("GET", "/nowhere")
            found, missing = [COMBINED.fullmatch(line) for line in lines_of(self.path, 2)]
            self.assertEqual(found.group("peer", "request", "status", "bytes", "referer", "agent"),
                             ("127.0.0.1", "GET /hello?a=b HTTP/1.1", "200", "13",
                              "http://a.test/", "probe/1.0"))
            self.assertEqual(missing.group("request", "status", "referer", "agent"),
                             ("GET /nowhere HTTP/1.1", "404", "-", "-"))
            said = time.strptime(found["time"], "%d/%b/%Y:%H:%M:%S %z")
            self.assertLess(abs(time.mktime(said) - said.tm_gmtoff + time.localtime().tm_gmtoff
                                - time.time()), 60)

    def test_escapes(self):
        """bytes that could forge a line, end a quote or move a cursor are spelt \\xHH"""
        nasty = b'a"b\\c\x80\xff\td'
        for log, spelt in ((self.path, r"a\x22b\x5Cc\x80\xFF\x09d"),
                           (f"json:{self.path}", 'a"b\\c\x80\xff\td')):
            with self.subTest(log=log), Server(HELLO, "--access-log", log) as server:
                self.path.unlink(missing_ok=True)
                server.process.send_signal(signal.SIGUSR1)
                lines_of(self.path, 0)
                while not self.path.exists():
                    time.sleep(0.01)
                send(server, b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: " +
                     nasty + b"\r\nReferer: " + nasty + b"\r\n\r\n")
                (line,) = lines_of(self.path, 1)
                self.assertTrue(all(0x20 <= byte < 0x7f for byte in line.encode("ascii")))
                if "json" in str(log):
                    entry = json.loads(line)
                    self.assertEqual((entry["user_agent"], entry["referer"]), (spelt, spelt))
                else:
                    self.assertEqual(COMBINED.fullmatch(line).group("agent", "referer"),
                                     (spelt, spelt))

    def test_refused(self):
        """a request that is refused has a line, and only one, whatever bytes it had"""
        with Server(HELLO, "--access-log", self.path) as server:
            for text in (b"GET /\x1b[31m HTTP/1.1\r\nHost: a\r\n\r\n",
                         b'GET /%0d%0a"x" HTTP/9.9\r\n\r\n', b"\x00\x01\r\n\r\n"):
                self.assertRegex(send(server, text), rb"^HTTP/1.1 (400|505) ")
            lines = lines_of(self.path, 3)
            self.assertEqual(len(lines), 3)
            for line in lines:
                self.assertIn(COMBINED.fullmatch(line)["status"], ("400", "505"), line)

    def test_json(self):
        """json lines are objects with the request's and the answer's values"""
        with Server(CONFORM, "--access-log", f"json:{self.path}") as server:
            server.request("POST", "/echo?x=1", b"twelve bytes")
            (entry,) = map(json.loads, lines_of(self.path, 1))
            self.assertEqual(
                {key: entry[key] for key in ("peer", "method", "target", "host", "version",
                                             "status", "bytes", "complete")},
                {"peer": "127.0.0.1", "method": "POST", "target": "/echo?x=1",
                 "host": f"127.0.0.1:{server.port}", "version": "1.1", "status": 200, "bytes": 12,
                 "complete": True})
            self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.assertGreater(entry["us"], 0)

    def test_standard_output(self):
        """- and json write to standard output, behind the address"""
        for log, begins in (("-", "127.0.0.1 - - ["), ("json", '{"time":')):
            with self.subTest(log=log), Server(HELLO, "--access-log", log) as server:
                server.request("GET", "/")
                status, out, err = server.end()
                self.assertEqual((status, err), (0, ""))
                self.assertTrue(out.startswith(begins), out)
                self.assertEqual(out.count("\n"), 1)

    def test_left(self):
        """a client that leaves before its answer has a line with 499"""
        with Server(CONFORM, "--access-log", self.path) as server:
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(b"GET /defer?ms=400 HTTP/1.1\r\nHost: a\r\n\r\n")
                time.sleep(0.1)
            (line,) = lines_of(self.path, 1)
            self.assertEqual(COMBINED.fullmatch(line).group("request", "status"),
                             ("GET /defer?ms=400 HTTP/1.1", "499"))


class Files(Folder):
    def test_reopen(self):
        """after a rename and USR1 lines go to a new file, from all workers, and none is lost"""
        moved = self.folder / "access.log.1"
        with Server(HELLO, "--workers", 2, "--access-log", self.path) as server:
            for _ in range(50):
                server.request("GET", "/before")
            lines_of(self.path, 50)
            os.rename(self.path, moved)
            server.request("GET", "/before")  # the open file is still the old one
            server.process.send_signal(signal.SIGUSR1)
            until = time.monotonic() + PATIENCE
            while True:
                server.request("GET", "/after")
                if self.path.exists() and self.path.read_text().count("/after") >= 20:
                    break
                self.assertLess(time.monotonic(), until)
            pids = {os.readlink(f"/proc/{pid}/fd/{fd}")
                    for pid in children(server) for fd in os.listdir(f"/proc/{pid}/fd")
                    if "access.log" in os.readlink(f"/proc/{pid}/fd/{fd}")}
            self.assertEqual(pids, {str(self.path)})
            self.assertEqual(moved.read_text().count("/before"), 51)
            self.assertNotIn("/before", self.path.read_text())
            self.assertEqual(server.end()[0], 0)

    def test_alone(self):
        """USR1 works without a supervisor, too"""
        with Server(HELLO, "--workers", 0, "--access-log", self.path) as server:
            server.request("GET", "/")
            lines_of(self.path, 1)
            os.rename(self.path, self.folder / "old")
            server.process.send_signal(signal.SIGUSR1)
            until = time.monotonic() + PATIENCE
            while not self.path.exists():
                self.assertLess(time.monotonic(), until)
                time.sleep(0.01)
            server.request("GET", "/")
            lines_of(self.path, 1)
            self.assertEqual(server.end()[0], 0)

    def test_full(self):
        """a full disk costs lines, not answers; it is told once"""
        with Server(HELLO, "--access-log", "/dev/full") as server:
            for _ in range(20):
                self.assertEqual(server.request("GET", "/")[0].status, 200)
            status, _, err = server.end()
            self.assertEqual(status, 0)
            self.assertEqual(err.count("the access log loses lines"), 1, err)
            self.assertIn("No space left on device", err)

    def test_error_log(self):
        """--error-log has what else would be on standard error, with the time; USR1 opens it again"""
        log = self.folder / "error.log"
        with Server(broken("logs"), "--error-log", log) as server:
            server.request("GET", "/")
            (line,) = lines_of(log, 1)
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[\d+\] "
                                   r"csgi: warning: red .+\[31m alert")
            os.rename(log, self.folder / "old")
            server.process.send_signal(signal.SIGUSR1)
            until = time.monotonic() + PATIENCE
            while not (log.exists() and log.read_text()):
                server.request("GET", "/")
                self.assertLess(time.monotonic(), until)
            self.assertEqual(server.end(), (0, "", ""))

    def test_error_log_of_supervisor(self):
        """what happens to workers is in the error log as well"""
        log = self.folder / "error.log"
        with Server(HELLO, "--error-log", log) as server:
            for pid in children(server):
                os.kill(pid, signal.SIGKILL)
            self.assertRegex(lines_of(log, 1)[0], r"Z \[\d+\] csgi: error: worker 0 \(pid \d+\) was "
                                                  r"ended by signal 9 \(Killed\); it is replaced")
            self.assertEqual(server.end(), (0, "", ""))

    def test_no_folder(self):
        """a log that cannot be opened is an error before anything is served"""
        for option in ("--access-log", "--error-log"):
            path = self.folder / "none/file.log"
            with self.subTest(option=option):
                judge_block(self, csgi("run", HELLO, "--http", "127.0.0.1:0", option, path), 1,
                            "the log cannot be opened", path)


def children(server):
    pid = server.process.pid
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


if __name__ == "__main__":
    tap.main()
