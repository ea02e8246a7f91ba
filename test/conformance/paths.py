# SPDX-License-Identifier: MIT
"""What an application sees of a request: method, target, fields, addresses."""

import hashlib

import framing
import vectors
from client import chunked, get, request
from table import Table

table = Table()
row = table.row
EMPTY = hashlib.sha256(b"").hexdigest()


def decoded(path):
    """Percent-decoded once, each byte as the code point of the same number."""
    out, i = bytearray(), 0
    while i < len(path):
        if path[i] == 0x25:
            out.append(int(path[i + 1:i + 3], 16))
            i += 3
        else:
            out.append(path[i])
            i += 1
    return out.decode("latin-1")


@row("the inspection document of a plain request is what was sent")
def document(t, server):
    unix = server.kind.is_unix
    seen = t.inspect(server, "/__inspect/a%20b?c=%20&d", fields=["X-A: 1", "Accept: */*"])
    t.assertEqual(seen, {
        "method": "GET", "path": "/__inspect/a b", "raw_target": "/__inspect/a%20b?c=%20&d",
        "query": "c=%20&d", "script_name": "", "scheme": "http", "protocol": "HTTP/1.1",
        "remote_addr": "unix:" if unix else "127.0.0.1",
        "headers": [["host", "conform.test"], ["x-a", "1"], ["accept", "*/*"]],
        "body_length": 0, "body_sha256": EMPTY})


@row("the inspection document of HTTP/1.0, of an absolute target and of a body is what was sent")
def more_documents(t, server):
    with server.connect() as connection:
        connection.send(get("/__inspect", version="1.0", host=None))
        seen = t.json(t.next(connection))
        t.assertEqual((seen["protocol"], seen["headers"]), ("HTTP/1.0", []))
    with server.connect() as connection:
        connection.send(get("http://other.test:81/__inspect/x?y"))
        seen = t.json(t.next(connection))
        t.assertEqual((seen["raw_target"], seen["path"], seen["query"], seen["script_name"]),
                      ("/__inspect/x?y", "/__inspect/x", "y", ""))
        # RFC 9112 3.2.2: the target's authority stands in for Host's.
        t.assertEqual(seen["headers"], [["host", "other.test:81"]])
        connection.send(request("PUT", "/__inspect", "Content-Type: text/plain", body=b"hello"))
        seen = t.json(t.next(connection))
        t.assertEqual((seen["method"], seen["body_length"], seen["body_sha256"]),
                      ("PUT", 5, hashlib.sha256(b"hello").hexdigest()))
        t.assertEqual(seen["headers"], [["host", "conform.test"], ["content-type", "text/plain"],
                                        ["content-length", "5"]])


@row("an absolute target's authority goes before Host (RFC 9112 3.2.2)")
def authority(t, server):
    for target, host, expected in (("/__conform/record", "a.test:8000", "a.test:8000"),
                                   ("/__conform/record", "A.Test", "A.Test"),
                                   ("http://b.test:81/__conform/record", "a.test", "b.test:81")):
        with t.subTest(target), server.connect() as connection:
            connection.send(get(target, host=host))
            seen = t.json(t.next(connection))
            t.assertEqual(seen["authority"], expected)
            t.assertEqual(seen["form"], 2 if target.startswith("http:") else 1)


@row("path and query are as they were sent: escapes, slashes, dots, bytes above 127 [REQ-17]")
def targets_taken(t, server):
    count = 0
    for raw, outcome, why in dict(vectors.tables("target.md"))["Targets"]:
        # Rows of another method, or another form, are framing's and the next row's.
        if not isinstance(raw, bytes) or not raw.startswith(b"/") or b"#" in raw:
            continue
        if not outcome.startswith("origin"):
            continue
        count += 1
        target = b"/__inspect" + raw
        path, mark, query = target.partition(b"?")
        with t.subTest(f"{raw!r}: {why}"), server.connect() as connection:
            connection.send(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n")
            seen = t.json(t.next(connection))
            t.assertEqual(seen["raw_target"], target.decode("latin-1"))
            t.assertEqual(seen["query"], query.decode("latin-1"))
            t.assertEqual(seen["path"], decoded(path))
            # And as it stands in the table: the application has no such path, but is asked.
            connection.send(b"GET " + raw + b" HTTP/1.1\r\nHost: a\r\n\r\n")
            t.assertIn(t.judge(connection.response()).status, (200, 404))
    t.assertGreater(count, 20)


@row("a target that core/http refuses is refused on the wire, and with it the connection [REQ-18]")
def targets_refused(t, server):
    count = 0
    for raw, outcome, why in dict(vectors.tables("target.md"))["Targets"]:
        if outcome.split()[0] in ("origin", "absolute"):
            continue
        count += 1
        method, space, rest = raw.partition(b" ")
        if not (space and method.isalpha() and method.isupper()):
            method, rest = b"GET", raw
        with t.subTest(f"{raw!r}: {why}"), server.connect() as connection:
            connection.send(method + b" " + rest + b" HTTP/1.1\r\nHost: a\r\n\r\n"
                            + get("/hello"))
            framing.judge(t, server, connection, raw, "400 close")
    t.assertGreater(count, 20)


@row("Host is judged as core/http judges authorities [REQ-18]")
def hosts(t, server):
    for raw, outcome, why in dict(vectors.tables("target.md"))["Authorities"]:
        with t.subTest(f"{raw!r}: {why}"), server.connect() as connection:
            connection.send(b"GET /hello HTTP/1.1\r\nHost: " + raw + b"\r\n\r\n" + get("/hello"))
            answer = "400 close" if outcome in ("bad", "empty") else "200"
            framing.judge(t, server, connection, raw, answer)


@row("the application sees the raw path, also where it is routed by the decoded one [REQ-17]")
def raw_path(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/%72ecord?a=%62&&c"))
        seen = t.json(t.next(connection))
        t.assertEqual((seen["path"], seen["query"], seen["target"]),
                      ("/__conform/%72ecord", "a=%62&&c", "/__conform/%72ecord?a=%62&&c"))


@row("an empty query and a fragment leave path and query as they should be (RFC 3986 3.4)")
def query_and_fragment(t, server):
    for target, path, query in (("/__inspect/a?", "/__inspect/a", ""),
                                ("/__inspect/a?b?c", "/__inspect/a", "b?c"),
                                ("/__inspect/a#b?c", "/__inspect/a", ""),
                                ("/__inspect/a?b#c", "/__inspect/a", "b"),
                                ("http://a/__inspect?b#c", "/__inspect", "b")):
        with t.subTest(target):
            seen = t.inspect(server, target)
            t.assertEqual((seen["path"], seen["query"]), (path, query))


@row("an absolute target without a path asks for the root (RFC 9112 3.2.1)")
def absolute_root(t, server):
    for target in ("http://a", "http://a?b", "http://a/"):
        with t.subTest(target):
            t.assertTrue(t.ask(server, target).body)


@row("methods arrive as they were sent (RFC 9110 9.1)")
def methods(t, server):
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "FOO", "M-SEARCH", "A_B",
                   "GETA", "PRI", "LINK", "QUERY", "BREW"):
        with t.subTest(method):
            t.assertEqual(t.inspect(server, method=method)["method"], method)


@row("sixty fields arrive in order, doubled, empty and with bytes above 127 (RFC 9110 5.3)",
     needs=["RAW_HEADERS"])
def fields(t, server):
    sent = [["host", "a"], ["cookie", "a=1"], ["x-empty", ""], ["accept", "text/html"],
            ["x-bytes", "caf\xe9 \xff\x80"], ["cookie", "b=2"], ["accept", "*/*"],
            ["x-tab", "a\tb"], ["x-quoted", '"a, b"']]
    sent += [[f"x-{i % 40}", f"value {i}"] for i in range(51)]
    raw = b"GET /headers HTTP/1.1\r\n" + b"".join(
        f"{name.title()}: {value}\r\n".encode("latin-1") for name, value in sent) + b"\r\n"
    with server.connect() as connection:
        connection.send(raw)
        t.assertEqual(t.json(t.next(connection)), sent)
    t.assertEqual(len(sent), 60)


@row("white space around a value is no part of it (RFC 9112 5.1)")
def white_space(t, server):
    seen = t.inspect(server, fields=["X-A:b", "X-B:   c d \t ", "X-C: \t", "X-D:\t e"])
    t.assertEqual(seen["headers"][1:], [["x-a", "b"], ["x-b", "c d"], ["x-c", ""], ["x-d", "e"]])


@row("names with other bytes than letters, digits and - are dropped: no field can pose as another")
def odd_names(t, server):
    seen = t.inspect(server, fields=["X_Forwarded_For: 6.6.6.6", "X-Forwarded-For: 7.7.7.7",
                                     "a!b: c", "X.Y: z", "Content_Length: 5", "Content_Type: x"])
    t.assertEqual(seen["headers"], [["host", "conform.test"], ["x-forwarded-for", "7.7.7.7"]])


@row("Proxy, which CGI reads as a setting, never arrives (CVE-2016-5385)")
def httpoxy(t, server):
    seen = t.inspect(server, fields=["Proxy: evil.test", "pROXY: evil.test"])
    t.assertEqual(seen["headers"], [["host", "conform.test"]])


@row("fields that speak of the connection stay with it (RFC 9110 7.6.1)")
def hop_by_hop(t, server):
    seen = t.inspect(server, fields=[
        "Connection: keep-alive, TE, X-Private", "Keep-Alive: timeout=5", "TE: trailers",
        "Trailer: X-Sum", "Upgrade: h2c", "Proxy-Connection: keep-alive", "X-Kept: 1"])
    t.assertEqual(seen["headers"], [["host", "conform.test"], ["x-kept", "1"]])
    with server.connect() as connection:
        connection.send(request("POST", "/__inspect", "Transfer-Encoding: chunked",
                                "Trailer: X-Sum") + chunked(b"x", trailers=["X-Sum: 1"]))
        t.assertEqual(t.json(t.next(connection))["headers"], [["host", "conform.test"]])


@row("what a client claims of itself changes neither remote_addr nor scheme")
def spoofing(t, server):
    seen = t.inspect(server, fields=[
        "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "Forwarded: for=6.6.6.6;proto=https",
        "X-Real-IP: 6.6.6.6", "X-Forwarded-Host: evil.test"])
    t.assertEqual((seen["remote_addr"], seen["scheme"]),
                  ("unix:" if server.kind.is_unix else "127.0.0.1", "http"))
