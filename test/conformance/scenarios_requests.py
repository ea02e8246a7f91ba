# SPDX-License-Identifier: MIT
"""Scenarios 1 to 14: requests, and how they reach the application."""

import client
from client import chunked, get, request
from scenarios import List, answer, digest, goes_on, joined, shape, status
from servers import WITNESS

scenarios = List()
scenario = scenarios.scenario
CHUNKED = "Transfer-Encoding: chunked"


@scenario("an answer in one part, and a second request on its connection")
def one_part(t, column):
    with column.server().connect() as connection:
        connection.send(get("/hello"))
        first = shape(connection.response())
        connection.send(get("/status/404"))
        return {"first": first, "second": shape(connection.response())}


@scenario("HEAD of answers in one part, streamed and from a file")
def head(t, column):
    facts, server = {}, column.server()
    for name, target in (("one part", "/hello"), ("streamed", "/stream?n=3"),
                         ("declared", "/__conform/big?n=100000&id=s2"),
                         ("file", "/file?off=0&len=7")):
        facts[name] = shape(answer(server, request("HEAD", target), "HEAD"))
    facts["calls"] = t.record(server, "s2")["calls"]
    return facts


@scenario("204, 205 and 304, also with a stray body and a length")
def bodiless(t, column):
    facts = {}
    with column.start(module=WITNESS) as server:
        for code in (204, 205, 304):
            for mode in ("", "?parts"):
                with server.connect() as connection:
                    connection.send(get(f"/stray/{code}{mode}") + get("/hello"))
                    facts[f"{code}{mode}"] = [shape(connection.response()),
                                              shape(connection.response())]
    return facts


@scenario("paths and queries as they were sent; broken ones refused")
def paths(t, column):
    facts, server = {}, column.server()
    for target in ("/a%2Fb", "/a//b", "/%e4%bd%a0", "/%ff", "/a/../b", "/./a/.", "/a;x=1", "?", "/a?",
                   "/a?b?c", "/a?%zz&%00", "/a#b"):
        seen = t.inspect(server, f"/__inspect{target}")
        facts[target] = [seen[name] for name in ("path", "raw_target", "query")]
    for target in ("/%", "/%4", "/%zz", "/%00", "/..", "/a/../..", "/%2e%2e/"):
        facts[target] = status(answer(server, get(target)))
    return facts


@scenario("forms of the target, and methods")
def forms(t, column):
    facts, server = {}, column.server()
    for line in ("OPTIONS *", "GET http://conform.test/hello", "CONNECT conform.test:443",
                 "TRACE /hello", "get /hello", "M-SEARCH /__inspect", "BREW /__inspect", "GE\tT /hello",
                 "GET ftp://conform.test/hello"):
        facts[line] = status(answer(server, request(*line.split(" "))))
    facts["method"] = t.inspect(server, method="M-SEARCH")["method"]
    return facts


@scenario("an application mounted below /api: whole segments, raw bytes")
def mounted(t, column):
    facts = {}
    with column.mounted("/api") as server:
        for target in ("/api", "/api/", "/api/hello", "/apix", "/%61pi/hello", "/hello"):
            facts[target] = status(answer(server, get(target)))
        seen = t.inspect(server, "/api/__inspect/a%2Fb?c")
        facts["seen"] = [seen[name] for name in ("script_name", "path", "raw_target", "query")]
    return facts


@scenario("sixty fields: doubled, empty, two cookies, bytes above 127")
def fields(t, column):
    sent = [["host", "a"], ["cookie", "a=1"], ["x-empty", ""], ["accept", "text/html"],
            ["x-bytes", "caf\xe9 \xff\x80"], ["cookie", "b=2"], ["accept", "*/*"]]
    sent += [[f"x-{i % 40}", f"value {i}"] for i in range(53)]
    raw = b"GET /headers HTTP/1.1\r\n" + b"".join(
        f"{name.title()}: {value}\r\n".encode("latin-1") for name, value in sent) + b"\r\n"
    seen = t.json(answer(column.server(), raw))
    return {"joined": joined(seen), "lines": seen == sent}


@scenario("names that could pose as others, and Proxy")
def odd_names(t, column):
    server = column.server()
    return {"names": t.inspect(server, fields=[
        "X_Forwarded_For: 6.6.6.6", "X-Forwarded-For: 7.7.7.7", "Content_Length: 5"])["headers"],
            "proxy": t.inspect(server, fields=["Proxy: evil.test"])["headers"]}


@scenario("framing that contradicts itself")
def conflicts(t, column):
    facts, server = {}, column.server()
    for name, lines, body in (
            ("two lengths", ["Content-Length: 5", "Content-Length: 6"], b"hello"),
            ("no number", ["Content-Length: +5"], b"hello"),
            ("length and chunks", ["Content-Length: 5", CHUNKED], chunked(b"hello")),
            ("a coding that is not known", ["Transfer-Encoding: gzip, chunked"], chunked(b"hello")),
            ("a name that is no token", ["a!b: c", "Content-Length: 5"], b"hello")):
        facts[name] = status(answer(server, request("POST", "/__inspect", *lines) + body))
    facts["chunks in HTTP/1.0"] = status(answer(
        server, request("POST", "/__inspect", CHUNKED, version="1.0") + chunked(b"hello")))
    facts["no Host"] = status(answer(server, get("/hello", host=None)))
    facts["a bad chunk"] = status(answer(
        server, request("POST", "/__inspect", CHUNKED) + b"5\r\nhello\r\nz\r\n\r\n"))
    return facts


@scenario("bodies with a length and in chunks, read whole and byte by byte")
def bodies(t, column):
    facts, server, body = {}, column.server(), b"0123456789abcdef" * 5000
    for name, raw, line in (("length", body, f"Content-Length: {len(body)}"),
                            ("chunks", chunked(*(body[i:i + 777] for i in range(0, len(body), 777))),
                             CHUNKED)):
        seen = t.json(answer(server, request("POST", "/__inspect", line) + raw))
        facts[name] = [seen["body_length"], seen["body_sha256"] == digest(body)]
    for name, raw, line in (("length, by the byte", body[:40], "Content-Length: 40"),
                            ("chunks, by the byte", chunked(body[:40]), CHUNKED)):
        seen = t.json(answer(server, request("POST", "/__conform/record?step=1&id=s10", line) + raw))
        facts[name] = [seen["body_length"], seen["body_sha256"] == digest(body[:40]),
                       [call for call in t.calls(seen) if call != ["peek", "AGAIN"]
                        and call[0] != "event BODY"][-2:]]
        facts[name + ", announced"] = seen["content_length"]
    return facts


@scenario("an upload that breaks off is TRUNC, never its end")
def cut(t, column):
    facts, server = {}, column.server()
    for name, line, raw in (("length", "Content-Length: 100", b"x" * 50),
                            ("chunks", CHUNKED, b"64\r\n" + b"x" * 50)):
        for way, leave in (("closed", client.Connection.close), ("reset", client.Connection.reset)):
            with server.connect() as connection:
                connection.send(request("POST", f"/__conform/record?id=s11-{name}-{way}", line) + raw)
                t.record(server, f"s11-{name}-{way}", done=False)
                leave(connection)
            seen = t.record(server, f"s11-{name}-{way}")
            facts[f"{name}, {way}"] = [
                [call for call in t.calls(seen) if call[1] == "TRUNC" or call[0] == "event ABORT"],
                ["peek", "EOF"] in t.calls(seen), seen["outcome"]]
    return facts


@scenario("a body over the application's limit, with and without Expect")
def too_large(t, column):
    facts = {}
    with column.start(module=WITNESS, config="max_body=10") as server:
        for name, lines in (("plain", ["Content-Length: 11"]),
                            ("Expect", ["Content-Length: 11", "Expect: 100-continue"])):
            response = answer(server, request("POST", "/body", *lines)
                              + (b"0123456789a" if name == "plain" else b""))
            facts[name] = [status(response), "x-witness" in dict(response.fields)]
        facts["chunks"] = status(answer(
            server, request("POST", "/body", CHUNKED) + chunked(b"01234", b"56789", b"a")))
        facts["just as large"] = answer(server, request("POST", "/body", body=b"0123456789")).body.decode()
    return facts


@scenario("an answer given without reading 10 MB")
def unread(t, column):
    with column.server().connect() as connection:
        connection.send(request("POST", "/__conform/unread", body=bytes(10 << 20)))
        response = connection.response()
        return {"answer": shape(response), "then": goes_on(connection)}


@scenario("Expect: 100-continue: once, when the body is asked for")
def expect(t, column):
    facts = {}
    for target in ("/__inspect", "/__conform/unread"):
        with column.server().connect() as connection:
            connection.send(request("POST", target, "Content-Length: 5", "Expect: 100-continue"))
            head = connection.head(client.time.monotonic() + client.PATIENCE)
            facts[target] = head.status
            facts[f"{target}, more"] = []
            if head.status == 100:
                connection.send(b"hello")
                response = connection.response()
                facts[f"{target}, more"] = [status(response), len(response.interim)]
    return facts
