# SPDX-License-Identifier: MIT
"""Applications in nginx behind HTTP/2 and TLS: the same answers, and what only streams have."""

import hashlib
import json
import os
import shutil
import subprocess
import time
import unittest
from pathlib import Path

import running
import h2client
from client import PATIENCE
from running import BUILD, CONFORM, Case, tap

APP = f"csgi_app {CONFORM};"
MB = 1 << 20


def make_certificate(folder):
    """Bytes of (certificate, key)."""
    paths = [f"{folder}/made.pem", f"{folder}/made.key"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                    "/CN=conform.test", "-addext", "subjectAltName=IP:127.0.0.1,DNS:conform.test",
                    "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    return [Path(path).read_bytes() for path in paths]


class Http2(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if h2client.MISSING:
            raise unittest.SkipTest(h2client.MISSING)
        if not shutil.which("openssl"):
            raise unittest.SkipTest("the openssl command makes the certificate, and is not here")
        cls.certificate, cls.key = make_certificate(cls.kind.scratch.name)

    def serve(self, inside=APP, **more):
        files = {"cert.pem": self.certificate, "cert.key": self.key, **more.pop("files", {})}
        return super().serve("ssl_certificate @/cert.pem; ssl_certificate_key @/cert.key; " + inside,
                             files=files, listen="ssl http2", **more)

    def connect(self, server, **more):
        return h2client.Client(server.address, **more)

    def record(self, connection, name, done=True):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            answer = connection.get(f"/__conform/record?of={name}")
            if answer.status == 200 and (json.loads(answer.body)["done"] or not done):
                return json.loads(answer.body)
            time.sleep(0.02)
        self.fail(f"no record {name}")

    def test_request(self):
        """a request says HTTP/2.0 and https; what stands in pseudo-fields stands where it belongs"""
        server = self.serve()
        with self.connect(server) as connection:
            seen = json.loads(connection.get("/__inspect/a%2Fb?c", ("x-a", "1"), ("cookie", "a=1"),
                                             ("x-a", "2"), ("cookie", "b=2")).body)
            self.assertEqual([seen[name] for name in ("method", "protocol", "scheme", "path", "raw_target",
                                                      "query", "body_length")],
                             ["GET", "HTTP/2.0", "https", "/__inspect/a/b", "/__inspect/a%2Fb?c", "c", 0])
            fields = seen["headers"]
            self.assertEqual([field for field in fields if field[0] == "x-a"], [["x-a", "1"], ["x-a", "2"]])
            # RFC 9113 8.2.3: crumbs of a cookie are one field to who knows no HTTP/2.
            self.assertEqual([field for field in fields if field[0] == "cookie"], [["cookie", "a=1; b=2"]])
            self.assertEqual([name for name, _ in fields if name.startswith(":")], [])
            seen = json.loads(connection.get("/__conform/record").body)
            self.assertEqual((seen["authority"], seen["http_version"]), ("conform.test", 20))
        self.stop(server)

    def test_bodies(self):
        """bodies arrive whole, with a length and without, of no bytes and of many"""
        server = self.serve()
        with self.connect(server) as connection:
            for n in (0, 1, 65535, 65536, 3 * MB):
                body = os.urandom(n)
                for fields in ([], [("content-length", str(n))]):
                    with self.subTest(n=n, fields=fields):
                        seen = json.loads(connection.get("/__inspect", *fields, method="POST", body=body).body)
                        self.assertEqual((seen["body_length"], seen["body_sha256"]),
                                         (n, hashlib.sha256(body).hexdigest()))
            body = os.urandom(MB)
            self.assertEqual(connection.get("/echo", method="POST", body=body).body, body)
        self.stop(server)

    def test_answers(self):
        """answers have their length, no body where none belongs, and trailers"""
        server = self.serve()
        with self.connect(server) as connection:
            answer = connection.get("/hello")
            self.assertEqual((answer.status, answer.body, answer.all("content-length")),
                             (200, b"Hello, world!", ["13"]))
            answer = connection.get("/hello", method="HEAD")
            self.assertEqual((answer.body, answer.all("content-length")), (b"", ["13"]))
            for status in (204, 304, 404, 599):
                self.assertEqual(connection.get(f"/status/{status}").status, status)
            self.assertEqual(connection.get("/stream?n=3&delay=5").body, b"chunk 0\nchunk 1\nchunk 2\n")
            answer = connection.get("/__conform/trailers", ("te", "trailers"))
            self.assertEqual((answer.body, answer.trailers), (b"trailers\n", [("x-checksum", "abc")]))
            for kind in ("cr", "name-upper", "status", "connection", "transfer-encoding"):
                self.assertEqual(json.loads(connection.get(f"/__conform/inject?kind={kind}").body),
                                 {"rc": "INVAL"})
        self.assertEqual(server.stop(), 0)
        self.assertEqual({rule for rule, _ in server.breaches()}, {"RES-2", "RES-3"})

    def test_many(self):
        """streams of one connection are answered as they are ready"""
        server = self.serve()
        with self.connect(server) as connection:
            late = [connection.ask(f"/defer?ms={300 - i * 10}") for i in range(30)]
            stream = connection.ask("/stream?n=20&delay=10")
            self.assertEqual(connection.get("/hello").body, b"Hello, world!")
            self.assertTrue(all(connection.answers[number].end is None for number in late[:5]))
            for number in late:
                self.assertEqual(connection.wait(number).body, b"deferred\n")
            self.assertEqual(connection.wait(stream).body.count(b"\n"), 20)
        self.stop(server)

    def test_windows(self):
        """a client without room for an answer brakes it, and no other stream"""
        server, n = self.serve(), 5 * MB
        with self.connect(server, reads=False) as connection, self.connect(server) as other:
            self.assertEqual(other.get("/hello").status, 200)
            big = connection.ask(f"/__conform/big?n={n}&id=braked")
            answer = connection.wait(big, lambda answer: len(answer.body) == 65535)
            until = time.monotonic() + PATIENCE
            while not any(result == "PAUSE" for _, result, _ in
                          self.record(other, "braked", done=False)["calls"]):
                self.assertLess(time.monotonic(), until)
            self.assertEqual(len(answer.body), 65535)
            connection.reads = True
            connection.give(big, 65535)
            self.assertEqual(len(connection.wait(big).body), n)
            self.assertEqual(answer.body, (b"abcdefghijklmnopqrstuvwxyz" * (n // 26 + 1))[:n])
            seen = self.record(other, "braked")
            self.assertEqual((seen["outcome"], seen["body_bytes"]), ("OK", n))
        self.stop(server)

    def test_small_frames(self):
        """a body in frames of one byte takes no more memory than its bytes, and some"""
        server, n = self.serve(), 5000
        with self.connect(server) as connection:
            connection.get("/hello")
            before = server.memory()
            number = connection.ask("/__conform/read-all?id=bytes", method="POST", ends=False)
            for _ in range(n):
                connection.send(number, b"x", ends=False)
            self.record(connection, "bytes", done=False)
            if not BUILD.is_sanitized:
                self.assertLess(server.memory() - before, 8 * MB)
            connection.send(number, b"")
            seen = json.loads(connection.wait(number).body)
            self.assertEqual((seen["body_length"], seen["body_sha256"]),
                             (n, hashlib.sha256(b"x" * n).hexdigest()))
        self.stop(server)

    def test_unread(self):
        """a body that nobody reads is not taken without end, and other streams go on"""
        server = self.serve()
        with self.connect(server) as connection:
            waiting = connection.ask("/__conform/never?id=unread", method="POST", ends=False)
            sent = 0
            for _ in range(200):
                room = min(connection.h2.local_flow_control_window(waiting),
                           connection.h2.max_outbound_frame_size)
                if room:
                    connection.h2.send_data(waiting, bytes(room))
                    connection.flush()
                    sent += room
                self.assertEqual(connection.get("/hello").body, b"Hello, world!")
            self.assertLess(sent, MB)
        with self.connect(server) as connection:
            self.assertEqual(self.record(connection, "unread")["outcome"], "GONE")
            answer = connection.get("/__conform/unread", method="POST", body=bytes(1000))
            self.assertEqual(answer.body, b"unread\n")
        self.stop(server)

    def test_reset(self):
        """a stream that its client gives up is ABORT, once, then GONE; the others go on"""
        server = self.serve()
        with self.connect(server) as connection:
            other = connection.ask("/defer?ms=300")
            never = connection.ask("/__conform/never?id=reset")
            self.record(connection, "reset", done=False)
            connection.reset(never)
            seen = self.record(connection, "reset")
            self.assertEqual(seen["calls"], [["event ABORT", "OK", 1], ["send all", "GONE", 1],
                                             ["abort", "STATE", 1]])
            self.assertEqual(seen["outcome"], "GONE")
            long = connection.ask(f"/__conform/big?n={1 << 40}&id=long")
            connection.wait(long, lambda answer: len(answer.body) > 100000)
            connection.reset(long)
            self.assertEqual(self.record(connection, "long")["outcome"], "GONE")
            cut = connection.ask("/__conform/record?id=cut", method="POST", ends=False)
            connection.send(cut, b"hello", ends=False)
            self.record(connection, "cut", done=False)
            connection.reset(cut)
            seen = self.record(connection, "cut")
            self.assertIn(["peek", "TRUNC", 1], seen["calls"])
            self.assertNotIn("EOF", [result for _, result, _ in seen["calls"]])
            self.assertEqual(connection.wait(other).body, b"deferred\n")
        self.stop(server)

    def test_reset_inside(self):
        """a part of a page that waits for another is let go with the page, which the client gives up"""
        server = self.serve(f"csgi_app {CONFORM} file=@/large;"
                            "location /page.html { csgi_app off; ssi on; root @/; }")
        folder = Path(server.folder.name)
        (folder / "page.html").write_text('<!--# include virtual="/__conform/never" -->'
                                          '<!--# include virtual="/__conform/file" -->', "ascii")
        with open(folder / "large", "wb") as file:
            os.truncate(file.fileno(), 64 * MB)
        for name in ("page.html", "large"):
            os.chmod(folder / name, 0o644)
        with self.connect(server, reads=False) as connection:
            # Windows without end, and nobody reads: frames wait for the socket.
            connection.h2.update_settings({h2client.INITIAL_WINDOW: 1 << 30})
            connection.h2.increment_flow_control_window(1 << 30)
            connection.ask("/__conform/file")
            time.sleep(0.3)
            page = connection.ask("/page.html")
            time.sleep(0.2)
            connection.reset(page)
            time.sleep(0.1)
        self.stop(server)

    def test_leaves(self):
        """a client that leaves with its connection ends all its streams"""
        server = self.serve()
        with self.connect(server) as connection:
            for i in range(5):
                connection.ask(f"/__conform/never?id=left-{i}")
                self.record(connection, f"left-{i}", done=False)
            big = connection.ask(f"/__conform/big?n={1 << 40}&id=left-big")
            connection.wait(big, lambda answer: answer.body)
        with self.connect(server) as connection:
            for name in [f"left-{i}" for i in range(5)] + ["left-big"]:
                self.assertEqual(self.record(connection, name)["outcome"], "GONE")
        self.stop(server)

    def test_abort(self):
        """an answer given up is a reset stream, and the connection goes on"""
        server = self.serve()
        with self.connect(server) as connection:
            for target in ("/__conform/abort", "/__conform/abort?mode=fixed", "/__conform/error-late",
                           "/__conform/underrun"):
                with self.subTest(target):
                    answer = connection.get(target)
                    self.assertNotEqual(answer.end, "whole")
                    self.assertEqual(connection.get("/hello").body, b"Hello, world!")
            self.assertEqual(connection.get("/__conform/error").status, 500)
            answer = connection.get("/__conform/overrun")
            self.assertEqual((answer.body, answer.end), (b"12345", "whole"))
        self.assertEqual(server.stop(), 0)

    def test_nginx(self):
        """subrequests, error pages and named locations work as without HTTP/2"""
        server = self.serve(
            f"{APP} error_page 500 /__inspect/page; location @app {{ {APP} }}"
            "location /page.html { csgi_app off; ssi on; root @/; }"
            f"location /__inspect/around {{ {APP} addition_types *; add_after_body /defer; }}"
            "location /tried/ { csgi_app off; try_files /none @app; }",
            files={"page.html": b'<!--# include virtual="/defer?ms=50" --><!--# include virtual="/hello" -->'})
        with self.connect(server) as connection:
            for _ in range(3):
                self.assertEqual(connection.get("/page.html").body, b"deferred\nHello, world!")
                self.assertTrue(connection.get("/__inspect/around").body.endswith(b"}\ndeferred\n"))
            answer = connection.get("/__conform/error", method="POST", body=b"hello")
            self.assertEqual((answer.status, json.loads(answer.body)["path"]), (500, "/__inspect/page"))
            self.assertEqual(connection.get("/tried/x").status, 404)
        self.assertEqual(server.stop(), 0)

    def test_log(self):
        """the access log's variables tell of streams as of requests"""
        server = self.serve(f"{APP} access_log @/access.log seen;", of_http="log_format seen "
                            "'$request_uri $server_protocol $scheme $http2 $status $csgi_app $csgi_outcome "
                            "$body_bytes_sent $sent_http_content_type';")
        with self.connect(server) as connection:
            connection.get("/hello")
            connection.get("/__conform/error")
            never = connection.ask("/__conform/never?id=log")
            self.record(connection, "log", done=False)
            connection.reset(never)
            self.record(connection, "log")
        path, until, lines = Path(server.folder.name, "access.log"), time.monotonic() + PATIENCE, []
        while not any("never" in line for line in lines) and time.monotonic() < until:
            time.sleep(0.02)
            lines = path.read_text().splitlines()
        self.assertEqual(lines[0], "/hello HTTP/2.0 https h2 200 conform OK 13 text/plain")
        self.assertTrue(lines[1].startswith("/__conform/error HTTP/2.0 https h2 500 conform APP "), lines)
        self.assertTrue(any(line.startswith("/__conform/never?id=log HTTP/2.0 https h2 499 conform GONE 0")
                            for line in lines), lines)
        self.assertEqual(server.stop(), 0)

    def test_quit(self):
        """told to quit, a worker ends what is under way on its streams, and takes no new ones"""
        server = self.serve()
        with self.connect(server) as connection:
            late, stream = connection.ask("/defer?ms=600"), connection.ask("/stream?n=10&delay=60")
            polling = connection.ask("/__conform/never?id=poll")
            self.record(connection, "poll", done=False)
            server.terminate()
            self.assertEqual(connection.wait(polling).body, b"draining\n")
            self.assertEqual(connection.wait(late).body, b"deferred\n")
            self.assertEqual(connection.wait(stream).body.count(b"\n"), 10)
            until = time.monotonic() + PATIENCE
            while connection.is_open:
                connection.receive(until)
            self.assertTrue(connection.goes_away)
        self.assertEqual(server.wait(), 0)
        self.assertEqual(server.breaches(), [])

    def test_curl(self):
        """curl agrees, by HTTP/2 and by HTTP/1.1 over TLS"""
        if not shutil.which("curl"):
            self.skipTest("curl is not installed")
        server = self.serve()
        for version in ("--http2", "--http1.1"):
            command = ["curl", "-sS", version, "--max-time", "60", "--cacert",
                       f"{server.folder.name}/cert.pem"]
            url = "https://%s:%d" % tuple(server.address[1:])
            body = os.urandom(2 * MB)
            Path(server.folder.name, "body").write_bytes(body)
            done = running.run([*command, "--data-binary", f"@{server.folder.name}/body", f"{url}/echo"])
            self.assertEqual(done.stdout, body)
            seen = running.run([*command, "-w", " %{http_version} %{http_code}", f"{url}/defer"])
            said = b"2 200" if version == "--http2" else b"1.1 200"
            self.assertEqual(seen.stdout, b"deferred\n " + said)
            # It is broken off, by a reset stream or by a missing last chunk.
            self.assertIn(running.run([*command, f"{url}/__conform/abort"]).returncode, (18, 56, 92))
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    tap.main()
