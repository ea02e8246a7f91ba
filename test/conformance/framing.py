# SPDX-License-Identifier: MIT
"""Where messages and connections begin and end: raw requests, order, persistence, limits."""

import re
import select
import time

import client
import vectors
from client import chunked, get, request
from table import Table

table = Table()
row = table.row
FOLLOWER = get("/hello")


def judge(t, server, connection, raw, answer, method="GET"):
    """What comes back for a row whose answer is written as requests.md has it."""
    answer = getattr(server.kind, "answer", lambda _, usual: usual)(raw, answer)
    if answer == "bare":
        connection.end()
        t.assertFalse(connection.have.startswith(b"HTTP/"), connection.have)
        return
    statuses = [int(part) for part in answer.split()[0].split("|")]
    response = t.judge(connection.response(method))
    t.assertIn(response.status, statuses, response)
    if answer.endswith(" close"):
        t.assertTrue(response.says_close, response.head)
        t.ends(connection)
    elif statuses == [200]:
        t.assertEqual(t.next(connection).body, b"Hello, world!")
    else:
        following = connection.response()
        t.assertEqual(following.status if following else 200, 200, following)


def exchange(t, server, raw, answer, piece_by_piece):
    """Sends one row of requests.md with a request behind it, and judges what comes back."""
    method = "HEAD" if raw.startswith(b"HEAD ") else "GET"
    with server.connect() as connection:
        if piece_by_piece:
            for i in range(len(raw)):
                # A server may have seen enough before the end.
                if select.select([connection.socket], [], [], 0.0002)[0]:
                    break
                connection.send(raw[i:i + 1])
            else:
                connection.send(FOLLOWER)
        else:
            connection.send(raw + FOLLOWER)
        judge(t, server, connection, raw, answer, method)


def vector_rows():
    """A row of the suite for each table of requests.md, each way of sending it."""
    for heading, rows in vectors.tables("requests.md"):
        for whole in (True, False):
            title = heading.split(" [")[0]
            rules = re.search(r" \[.*", heading)
            way = "sent whole" if whole else "sent byte by byte"
            where = rules[0] if rules else ""

            def run(t, server, rows=rows, whole=whole):
                for raw, answer, why in rows:
                    with t.subTest(f"{raw!r}: {why}"):
                        exchange(t, server, raw, answer.replace("\\|", "|"), not whole)
            row(f"{title}, {way}{where}")(run)


vector_rows()


@row("a request is read the same wherever it is cut in two (RFC 9112 2.1)")
def cut_in_two(t, server):
    raw = request("POST", "/__inspect/a?b", "X: y", body=b"hello")
    whole = t.inspect(server, "/__inspect/a?b", method="POST", fields=["X: y"], body=b"hello")
    with server.connect() as connection:
        for at in range(1, len(raw)):
            with t.subTest(f"cut at {at}"):
                connection.send_pieces([raw[:at], raw[at:]])
                t.assertEqual(t.json(t.next(connection)), whole)


@row("a chunked request is read the same wherever it is cut in two (RFC 9112 7.1)")
def chunks_cut_in_two(t, server):
    raw = (request("POST", "/__inspect", "Transfer-Encoding: chunked")
           + chunked(b"hello", b", ", b"world", trailers=["X: y"]))
    with server.connect() as connection:
        for at in range(1, len(raw)):
            with t.subTest(f"cut at {at}"):
                connection.send_pieces([raw[:at], raw[at:]])
                t.assertEqual(t.json(t.next(connection))["body_length"], 12)


@row("twenty requests in one write are answered in order, one of them later (RFC 9112 9.3.2)")
def pipelining(t, server):
    targets = [f"/__inspect/{i}" for i in range(20)]
    targets[10] = "/defer?ms=150"
    with server.connect() as connection:
        connection.send(b"".join(map(get, targets)))
        for i, target in enumerate(targets):
            response = t.next(connection)
            if i == 10:
                t.assertEqual(response.body, b"deferred\n")
            else:
                t.assertEqual(t.json(response)["raw_target"], target)
        t.still_works(connection)


@row("requests with bodies and without follow one another in one write (RFC 9112 9.3.2)")
def pipelined_bodies(t, server):
    with server.connect() as connection:
        connection.send(request("POST", "/__inspect", body=b"a" * 10) + get("/hello")
                        + request("POST", "/__inspect", "Transfer-Encoding: chunked")
                        + chunked(b"b" * 20) + request("HEAD", "/hello")
                        + request("POST", "/__conform/unread", body=b"c" * 30) + get("/hello"))
        t.assertEqual(t.json(t.next(connection))["body_length"], 10)
        t.assertEqual(t.next(connection).body, b"Hello, world!")
        t.assertEqual(t.json(t.next(connection))["body_length"], 20)
        t.next(connection, method="HEAD")
        t.assertEqual(t.next(connection).body, b"unread\n")
        t.assertEqual(t.next(connection).body, b"Hello, world!")


@row("HTTP/1.0 without keep-alive is answered once, then closed (RFC 9112 9.3)")
def old_client(t, server):
    with server.connect() as connection:
        connection.send(get("/hello", version="1.0", host=None) + FOLLOWER)
        response = t.next(connection)
        t.assertEqual(response.body, b"Hello, world!")
        t.assertNotIn("keep-alive", (response.get("connection") or "").lower())
        t.ends(connection)


@row("HTTP/1.0 with keep-alive keeps the connection, and is told so (RFC 9112 C.2.2)")
def old_client_keep_alive(t, server):
    with server.connect() as connection:
        for _ in range(3):
            connection.send(get("/hello", "Connection: Keep-Alive", version="1.0"))
            response = t.next(connection)
            t.assertEqual((response.get("connection") or "").lower(), "keep-alive")
            t.assertEqual(response.framing, "length")


@row("HTTP/1.0 gets no chunks: a stream ends with the connection (RFC 9112 6.3)")
def old_client_stream(t, server):
    for fields in ([], ["Connection: keep-alive"]):
        with server.connect() as connection:
            connection.send(get("/stream?n=3", *fields, version="1.0"))
            response = t.next(connection)
            t.assertEqual(response.framing, "close")
            t.assertEqual(response.body, b"chunk 0\nchunk 1\nchunk 2\n")
            t.assertEqual(response.ended, client.FIN)


@row("Connection: close closes behind the answer, and says so (RFC 9112 9.6)")
def close(t, server):
    for value in ("close", "Close", "foo, close", "close, foo", "keep-alive, close"):
        with t.subTest(value), server.connect() as connection:
            connection.send(get("/hello", f"Connection: {value}"))
            response = t.next(connection)
            t.assertEqual(response.body, b"Hello, world!")
            t.assertTrue(response.says_close)
            t.ends(connection)


@row("Connection: close in one of several lines closes too (RFC 9110 7.6.1)")
def close_in_a_line(t, server):
    with server.connect() as connection:
        connection.send(get("/hello", "Connection: foo", "Connection: close"))
        t.assertTrue(t.next(connection).says_close)
        t.ends(connection)


@row("bytes behind Connection: close never replace the answer (RFC 9112 9.6)")
def close_then_garbage(t, server):
    for rest in (b"\x00garbage\r\n\r\n", FOLLOWER, b"G" * 100000):
        for target in ("/hello", "/defer?ms=100", "/stream?n=3&delay=50"):
            with t.subTest(f"{target} {rest[:20]!r}"), server.connect() as connection:
                connection.send(get(target, "Connection: close") + rest)
                response = t.next(connection)
                t.assertFalse(response.is_broken, response)
                t.ends(connection)


@row("garbage behind a whole request is answered 400, after the answer owed (RFC 9112 9.3.2)")
def then_garbage(t, server):
    for target in ("/hello", "/defer?ms=100"):
        with server.connect() as connection:
            connection.send(get(target) + b"\x00garbage\r\n\r\n")
            t.next(connection)
            t.assertTrue(t.next(connection, 400).says_close)
            t.ends(connection)


@row("the clocks of heads and of silence stand still while an answer is awaited",
     start={"arguments": ["--head-timeout", "1", "--keep-alive-timeout", "1"]})
def clocks(t, server):
    with server.connect() as connection:
        for target in ("/defer?ms=2500", "/stream?n=2&delay=2500"):
            connection.send(get(target))
            t.assertFalse(t.next(connection).is_broken)
        connection.send(get("/defer?ms=2500") + b"GET /hello HT")  # and its beginning is kept
        t.assertEqual(t.next(connection).body, b"deferred\n")
        connection.send(b"TP/1.1\r\nHost: a\r\n\r\n")
        t.assertEqual(t.next(connection).body, b"Hello, world!")
        t.ends(connection)  # now it is silent


@row("a client that sends nothing, or leaves inside a head, is no request")
def nothing(t, server):
    for raw in (b"", b"\r\n", b"GET", b"GET /hello HTTP/1.1\r\nHost: a\r\n"):
        with server.connect() as connection:
            connection.send(raw)
            connection.half_close()
            response = connection.response()
            t.assertIn(response.status if response else None, (None, 400))


@row("a request that comes with the client's FIN is answered, when the answer is there at once")
def with_fin(t, server):
    with server.connect() as connection:
        connection.send(get("/hello"))
        connection.half_close()
        t.assertEqual(t.next(connection).body, b"Hello, world!")
        t.ends(connection)


@row("a client that has all it wants to say said still gets the rest of an answer that has ended")
def fin_behind(t, server):
    n = 8 << 20
    for fields in ([], ["Connection: close"]):
        with t.subTest(fields), server.connect(receive_buffer=65536) as connection:
            connection.send(get(f"/file?off=1000&len={n}", *fields))
            head = connection.head(time.monotonic() + client.PATIENCE)
            connection.half_close()
            t.assertEqual(head.get("content-length"), str(n))
            t.assertEqual(connection.end(), client.FIN)
            t.assertEqual(len(connection.have), n)


@row("HTTP/2's way to ask for itself is ignored, and the next request answered (RFC 9110 7.8)")
def upgrade(t, server):
    with server.connect() as connection:
        connection.send(request("POST", "/__inspect", "Connection: Upgrade", "Upgrade: h2c",
                                body=b"hello") + FOLLOWER)
        t.assertEqual(t.json(t.next(connection))["body_length"], 5)
        t.assertEqual(t.next(connection).body, b"Hello, world!")


@row("a head over the host's limits is answered 414 or 431, then closed [REQ-18]")
def limits(t, server):
    for what, raw, statuses in (
            ("a long target", get("/" + "a" * 40000), (414,)),
            ("a long target without an end", b"GET /" + b"a" * 60000, (414,)),
            ("a long query", get("/hello?" + "a" * 40000), (414,)),
            ("a long field", get("/hello", "X: " + "a" * 40000), (431,)),
            ("a long field without an end", b"GET / HTTP/1.1\r\nX: " + b"a" * 60000, (431,)),
            ("a long name", get("/hello", "x" * 40000 + ": a"), (431,)),
            ("many fields", get("/hello", *[f"x-{i}: a" for i in range(101)]), (431,)),
            ("very many fields", get("/hello", *["a: b"] * 20000), (431,)),
            ("very many fields of one name that is dropped", get("/hello", *["a_b: b"] * 20000),
             (431,))):
        with t.subTest(what), server.connect() as connection:
            connection.send(raw)
            response = t.judge(connection.response())
            t.assertIn(response.status, statuses)
            t.assertTrue(response.says_close)
            t.ends(connection)


@row("a head of a hundred fields, one of 8 KB and a target of 8 KB are served")
def within_limits(t, server):
    seen = t.inspect(server, "/__inspect/" + "a" * 8000,
                     fields=[f"x-{i}: {i}" for i in range(98)] + ["x-long: " + "b" * 8000])
    t.assertEqual(len(seen["headers"]), 100)


@row("chunk extensions and trailers count: floods of them are refused (CVE-2024-22019)")
def floods_in_a_body(t, server):
    head = request("POST", "/__inspect", "Transfer-Encoding: chunked")
    for what, raw in (
            ("one extension", b"5;" + b"a" * 1000000),
            ("extensions everywhere", (b"1;" + b"a" * 1000 + b"\r\nx\r\n") * 1000),
            ("one trailer", b"5\r\nhello\r\n0\r\nX: " + b"a" * 1000000),
            ("trailers", b"5\r\nhello\r\n0\r\n" + b"a: b\r\n" * 200000)):
        with t.subTest(what), server.connect() as connection:
            connection.send(head + raw)
            response = t.judge(connection.response())
            t.assertIn(response.status, (400, 413, 431))
            t.assertTrue(response.says_close)


FLOOD = 64 << 20


@row("a flood of requests whose answers nobody reads is braked: memory is bounded [RES-23]",
     memory=True)
def unread_flood(t, server):
    t.ask(server, "/hello")
    before = server.memory()
    for target in ("/hello", "/__conform/record?of=nobody", "/stream?n=1000&size=1000",
                   "/__conform/big?n=20000&length=unknown"):
        with t.subTest(target), server.connect() as connection:
            t.assertLess(connection.stuff(get(target) * 500, FLOOD), FLOOD)
            t.assertLess(server.memory() - before, 8 << 20)
            t.ask(server, "/hello")


@row("a flood of requests behind one that is pending is braked: memory is bounded [RES-23]",
     memory=True)
def pending_flood(t, server):
    t.ask(server, "/hello")
    before = server.memory()
    with server.connect() as connection:
        connection.send(get("/defer?ms=3000"))
        t.assertLess(connection.stuff(get("/hello") * 500, FLOOD), FLOOD)
        t.assertLess(server.memory() - before, 4 << 20)
        # What was taken is answered, in order.
        t.assertEqual(t.next(connection).body, b"deferred\n")
        for _ in range(2000):
            t.assertEqual(t.next(connection).body, b"Hello, world!")
