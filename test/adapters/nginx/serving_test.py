# SPDX-License-Identifier: MIT
"""Applications among the rest of nginx: its other handlers, error pages, subrequests, its limits,
its logs."""

import gzip
import hashlib
import json
import os
import re
import time
from pathlib import Path

import running
from client import chunked, request
from running import BUILD, CONFORM, Case, tap

APP = f"csgi_app {CONFORM};"
LAYERS = BUILD.folder / "examples/middleware_c"


class Serving(Case):
    def inspect(self, server, target, **more):
        return json.loads(self.ask(server, target, **more).body)

    def write(self, server, name, text):
        path = Path(server.folder.name, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)

    def test_declined(self):
        """what an application declines is looked for among files, and is 404 when it is not there"""
        server = self.serve(APP + "root @/files;")
        self.write(server, "files/__conform/decline", "a file\n")
        self.assertEqual(self.ask(server, "/__conform/decline").body, b"a file\n")
        os.unlink(f"{server.folder.name}/files/__conform/decline")
        self.ask(server, "/__conform/decline", 404)
        self.ask(server, "/hello")
        self.stop(server)

    def test_off(self):
        """csgi_app of an outer block serves inside too, unless it is off or another handler is there"""
        server = self.serve(APP + "location /hello/off { csgi_app off; }"
                            "location /hello/other { return 204; } location /hello/deep/ { }")
        self.ask(server, "/hello")
        self.ask(server, "/hello/off", 404)
        self.ask(server, "/hello/other", 204)
        self.assertEqual(self.ask(server, "/status/404", 404).body, b"status 404\n")
        self.stop(server)

    def test_layers(self):
        """layers stand in the order of their lines, the first outermost; an inner block has its own"""
        add = f"csgi_middleware {LAYERS}/add_header.so name=x-a,value="
        server = self.serve(f"{add}1; {add}2; {APP} location /hello {{ {add}3; }}"
                            "location /status/ { csgi_middleware off; }")
        self.assertEqual(self.ask(server, "/").all("x-a"), ["2", "1"])
        self.assertEqual(self.ask(server, "/hello").all("x-a"), ["3"])
        self.assertEqual(self.ask(server, "/status/200").all("x-a"), [])
        self.stop(server)

    def test_mount(self):
        """a mount is a prefix of whole segments, of raw bytes; elsewhere the application is not asked"""
        server = self.serve(f"location / {{ {APP} csgi_mount /shop/; }}")
        seen = self.inspect(server, "/shop/__inspect/a%2Fb?c")
        self.assertEqual((seen["script_name"], seen["raw_target"]),
                         ("/shop", "/shop/__inspect/a%2Fb?c"))
        self.ask(server, "/shop")
        for target in ("/shopping", "/sh%6Fp/hello", "/hello"):
            self.assertIn(b"nginx", self.ask(server, target, 404).body)
        self.stop(server)

    def test_error_page(self):
        """error_page stands in for an application's failure; for its own answers when told to"""
        pages = "error_page 500 502 /page.html; error_page 404 =410 /page.html; root @/files;"
        server = self.serve(f"{pages} location / {{ {APP} }} location = /page.html {{ }}"
                            f"location /status/ {{ {APP} csgi_intercept_errors on; }}")
        self.write(server, "files/page.html", "a page\n")
        for target, status in (("/__conform/error", 500), ("/__conform/none", 500),
                               ("/status/404", 410), ("/status/500", 500),
                               ("/__conform/decline", 410)):
            with self.subTest(target):
                self.assertEqual(self.ask(server, target, status).body, b"a page\n")
        self.assertEqual(self.ask(server, "/status/403", 403).body, b"status 403\n")
        self.assertEqual(self.ask(server, "/__conform/abort-early", 500).body, b"a page\n")
        self.assertEqual(server.stop(), 0)

    def test_internal(self):
        """an error page of the application's own is asked for inside: another path, no target"""
        server = self.serve(f"location / {{ error_page 500 /__conform/record?c=d; {APP} }}"
                            f'location /__conform/none {{ error_page 500 "/__inspect/a b"; {APP} }}')
        seen = self.inspect(server, "/__conform/error?id=x", status=500)
        self.assertEqual((seen["path"], seen["query"], seen["target"]),
                         ("/__conform/record", "c=d", ""))
        # The body of what went wrong is not the page's.
        seen = self.inspect(server, "/__conform/none", status=500, method="POST", body=b"hello")
        self.assertEqual((seen["path"], seen["method"], seen["body_length"]),
                         ("/__inspect/a b", "GET", 0))
        self.assertEqual(server.stop(), 0)

    def test_rewritten(self):
        """a named location sees what the client sent, a rewritten path is nginx's"""
        server = self.serve("location / { try_files /none @app; }"
                            f"location @app {{ {APP} }}"
                            f"location /old/ {{ rewrite ^/old(.*)$ /__inspect$1 break; {APP} }}")
        seen = self.inspect(server, "/__inspect/a%2Fb?c", method="POST", body=b"hello")
        self.assertEqual((seen["raw_target"], seen["body_length"]), ("/__inspect/a%2Fb?c", 5))
        seen = self.inspect(server, "/old/a%20b?c", method="POST", body=b"hello")
        self.assertEqual((seen["path"], seen["query"], seen["body_length"]),
                         ("/__inspect/a b", "c", 5))
        seen = self.inspect(server, "/__conform/record?e")
        self.assertEqual((seen["target"], seen["query"]), ("/__conform/record?e", "e"))
        self.stop(server)

    def test_subrequests(self):
        """subrequests are answered, at once and later, in the order of the page"""
        page = "".join(f'<!--# include virtual="{target}" -->' for target in
                       ("/defer?ms=120", "/hello", "/stream?n=3&delay=20", "/defer?ms=5",
                        "/__conform/big?n=100000"))
        server = self.serve(f"{APP} location /page.html {{ csgi_app off; ssi on; root @/files; }}")
        self.write(server, "files/page.html", page)
        for _ in range(3):
            body = self.ask(server, "/page.html").body
            self.assertEqual(body[:9 + 13 + 24 + 9],
                             b"deferred\nHello, world!chunk 0\nchunk 1\nchunk 2\ndeferred\n")
            self.assertEqual(len(body), 9 + 13 + 24 + 9 + 100000)
        self.stop(server)

    def test_subrequest_around(self):
        """an application's answer may have another's around it, and one that leaves is noticed"""
        server = self.serve(f"{APP} location /__inspect/ {{ {APP} addition_types *;"
                            "add_before_body /hello; add_after_body /defer; }")
        body = self.ask(server, "/__inspect/x").body
        self.assertTrue(body.startswith(b"Hello, world!{") and body.endswith(b"}\ndeferred\n"), body)
        with server.connect() as connection:
            connection.send(request("GET", "/__inspect/x"))
        self.ask(server, "/hello")
        self.stop(server)

    def test_subrequest_behind(self):
        """a subrequest that a filter makes of an answer that comes late is run, and the page is whole"""
        server = self.serve(f"{APP} add_after_body /hello; addition_types *;"
                            "location /hello { addition_types nothing/at-all; }")
        for target in ("/defer?ms=5", "/stream?n=1&delay=5", "/status/200"):
            with self.subTest(target):
                self.assertTrue(self.ask(server, target).body.endswith(b"\nHello, world!"))
        self.stop(server)

    def test_auth_request(self):
        """an application can be the judge of another's requests, and sees no body of theirs"""
        server = self.serve(f"location / {{ auth_request /status/200; {APP} }}"
                            f"location /closed {{ auth_request /status/403; {APP} }}"
                            f"location /status/ {{ {APP} }}")
        self.assertEqual(self.inspect(server, "/__inspect", method="POST", body=b"hello")
                         ["body_length"], 5)
        self.ask(server, "/closed", 403)
        self.stop(server)

    def test_buffering(self):
        """with csgi_request_buffering the body is there whole, in memory or in a file"""
        server = self.serve(f"{APP} csgi_request_buffering on; client_body_buffer_size 8k;")
        for n in (1, 5000, 3000000):
            body = bytes(range(256)) * (n // 256 + 1)
            for fields, raw in (([f"Content-Length: {len(body)}"], body),
                                (["Transfer-Encoding: chunked"], chunked(body[:n // 2 + 1],
                                                                         body[n // 2 + 1:]))):
                with self.subTest(n=n, fields=fields), server.connect() as connection:
                    connection.send(request("POST", "/__inspect", *fields) + raw)
                    seen = json.loads(connection.response().body)
                    self.assertEqual(seen["body_sha256"], hashlib.sha256(body).hexdigest())
                    connection.send(request("GET", "/hello"))
                    self.assertEqual(connection.response().body, b"Hello, world!")
        self.assertIn("buffered to a temporary file", server.log())
        self.stop(server)

    def test_limits(self):
        """a body over client_max_body_size is nginx's 413, or LIMIT where its length is not known"""
        server = self.serve(f"{APP} client_max_body_size 10;")
        self.ask(server, "/__inspect", 413, method="POST", body=b"0123456789a")
        self.ask(server, "/__inspect", method="POST", body=b"0123456789")
        with server.connect() as connection:
            connection.send(request("POST", "/__conform/read-all", "Transfer-Encoding: chunked")
                            + chunked(b"0123456789", b"a"))
            self.assertEqual(connection.response().status, 413)
        self.stop(server)

    def test_slow_body(self):
        """an answer is whole though the body that nobody asked for takes longer than nginx lingers"""
        n = 64 << 20
        server = self.serve(f"csgi_app {CONFORM} file=@/large; lingering_timeout 100ms;")
        with open(f"{server.folder.name}/large", "wb") as file:
            os.truncate(file.fileno(), n)
        os.chmod(f"{server.folder.name}/large", 0o644)
        for rest in (b"", b"x" * 999):
            with self.subTest(rest=len(rest)), server.connect() as connection:
                connection.send(request("POST", "/__conform/file", "Content-Length: 1000") + b"x")
                time.sleep(0.5)
                connection.send(rest)
                response = connection.response()
                self.assertEqual((len(response.body), response.ended), (n, "whole"))
                if rest:
                    connection.send(request("GET", "/hello"))
                    self.assertEqual(connection.response().body, b"Hello, world!")
        self.stop(server)

    def test_filters(self):
        """nginx's filters work on answers: gzip on streams, ranges of none"""
        server = self.serve(f"{APP} gzip on; gzip_types *; gzip_min_length 1;")
        response = self.ask(server, "/stream?n=50&delay=1", fields=["Accept-Encoding: gzip"])
        self.assertEqual(response.get("content-encoding"), "gzip")
        self.assertEqual(gzip.decompress(response.body),
                         b"".join(b"chunk %d\n" % i for i in range(50)))
        response = self.ask(server, "/__conform/big?n=1000000", fields=["Accept-Encoding: gzip"])
        self.assertEqual(len(gzip.decompress(response.body)), 1000000)
        self.stop(server)

    def test_small_buffers(self):
        """answers and bodies larger than every buffer of nginx's pass, without sendfile too"""
        server = self.serve(f"{APP} output_buffers 1 1k; client_body_buffer_size 1k; sendfile off;"
                            "postpone_output 0;")
        body = os.urandom(300000)
        seen = self.inspect(server, "/__inspect", method="POST", body=body)
        self.assertEqual(seen["body_sha256"], hashlib.sha256(body).hexdigest())
        self.assertEqual(self.ask(server, "/echo", method="POST", body=body).body, body)
        self.stop(server)

    def test_log(self):
        """the access log knows which application answered, and how it ended"""
        server = self.serve(f"{APP} access_log @/access.log seen;", of_http="log_format seen "
                            "'$request_uri $status $csgi_app $csgi_outcome $body_bytes_sent';")
        self.ask(server, "/hello")
        self.ask(server, "/__conform/error", 500)
        with server.connect() as connection:
            connection.send(request("GET", "/__conform/never"))
            self.ask(server, "/hello")
        path = Path(server.folder.name, "access.log")
        until = time.monotonic() + 20
        while path.read_text().count("\n") < 4 and time.monotonic() < until:
            time.sleep(0.02)
        lines = path.read_text().splitlines()
        self.assertEqual(lines[0], "/hello 200 conform OK 13")
        self.assertTrue(lines[1].startswith("/__conform/error 500 conform APP "), lines)
        self.assertIn("/__conform/never 499 conform GONE 0", lines)
        self.assertEqual(server.stop(), 0)

    def test_failed_start(self):
        """an application that fails in start is 503, the reason is in the log, others are served"""
        witness = BUILD.folder / "test/conformance/witness.so"
        server = self.serve(f'location /w {{ csgi_app {witness} "fail=start"; }}'
                            f"location / {{ {APP} }}")
        self.ask(server, "/w", 503)
        self.ask(server, "/hello")
        log = server.log()
        self.assertRegex(log, r"\[emerg\] .*csgi: \S+witness.so is not served: the witness was told to"
                              r" fail in start \(csgi_app in \S+nginx.conf:\d+\)")
        self.assertEqual(server.stop(), 0)

    def test_poll(self):
        """descriptors are watched by nginx's own events: csgi.poll/1"""
        watching = BUILD.folder / "test/adapters/nginx/watching.so"
        server = self.serve(f"csgi_app {watching};")
        for target, said in (("/in", b"read\n"), ("/out", b"room\n"), ("/bad", b"refused\n")):
            for _ in range(3):
                with self.subTest(target):
                    self.assertEqual(self.ask(server, target).body, said)
        connections = [server.connect() for _ in range(50)]
        for i, connection in enumerate(connections):
            connection.send(request("GET", "/in" if i % 3 else "/out"))
        for i, connection in enumerate(connections):
            if i % 5:  # the others leave
                self.assertEqual(connection.response().body, b"read\n" if i % 3 else b"room\n")
            connection.close()
        with server.connect() as connection:
            connection.send(request("GET", "/in"))
            server.terminate()
            self.assertEqual(connection.response().body, b"read\n")
        self.assertEqual(server.wait(), 0, server.log()[-3000:])
        self.assertEqual(server.breaches(), [])

    def test_crash(self):
        """a worker that an application brings down leaves its name and the request, and is replaced"""
        crashing = BUILD.folder / "test/adapters/nginx/crashing.so"
        server = self.serve(f"csgi_app {crashing};")
        server.takes_alerts = True
        for target, said in (("/null", r'in crashing, request: "GET /null HTTP/1.1"'),
                             ("/later", "in a task of an application's")):
            mark = server.log_size()
            with server.connect() as connection:
                connection.send(request("GET", target))
                self.assertIsNone(connection.response())
            number = "SIG(ABRT|SEGV)" if BUILD.is_sanitized else "SIGSEGV"
            server.wait_log(rf"\[alert\] \d+#0: csgi: the worker crashed with {number} {said}", mark)
            server.wait_log(r"start worker process \d+", mark)
            self.assertEqual(self.ask(server, "/").body, b"fine\n")
        self.assertEqual(server.stop(), 0)

    def test_versions(self):
        """applications made with two versions of the framework live in one worker"""
        folder = BUILD.folder / "test/core/app"
        server = self.serve("".join(
            f"location /{name}/ {{ csgi_app {folder}/versioned_{name}.so; csgi_mount /{name}; }}\n"
            for name in ("newer", "older")))
        sizes = set()
        for _ in range(3):
            for name, kind in (("newer", "html"), ("older", "older")):
                answer = self.ask(server, f"/{name}/type")
                self.assertEqual(answer.all("content-type"), [f"text/{kind}; charset=utf-8"])
                self.assertEqual(self.ask(server, f"/{name}/throw", 502).body, b"thrown")
                self.assertEqual(len(self.ask(server, f"/{name}/stream").body), 10_000)
                sizes.add(self.ask(server, f"/{name}/size").body)
        self.assertEqual(len(sizes), 2)
        self.stop(server)


if __name__ == "__main__":
    tap.main()
