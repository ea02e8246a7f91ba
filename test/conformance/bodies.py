# SPDX-License-Identifier: MIT
"""Bodies of requests: how they arrive, break off, are braked, and are left unread."""

import hashlib
import re
import select
import time

import client
from client import chunked, get, request
from servers import WITNESS
from table import Table

table = Table()
row = table.row
CHUNKED = "Transfer-Encoding: chunked"
SMALL = {"module": WITNESS, "config": "max_body=10"}


def sha(data):
    return hashlib.sha256(data).hexdigest()


def pattern(n):
    return (b"0123456789abcdef" * (n // 16 + 1))[:n]


def post(t, server, target, raw_body, *fields, status=200):
    with server.connect() as connection:
        connection.send(request("POST", target, *fields) + raw_body)
        return t.next(connection, status)


@row("bodies with a length arrive whole, from none to a megabyte (RFC 9112 6.2)")
def with_length(t, server):
    for n in (0, 1, 2, 1000, 4095, 4096, 4097, 65535, 65536, 65537, 1 << 20):
        with t.subTest(n=n):
            body = pattern(n)
            seen = t.inspect(server, method="POST", body=body)
            t.assertEqual((seen["body_length"], seen["body_sha256"]), (n, sha(body)))


@row("chunked bodies arrive whole, in chunks of any size, of one byte too (RFC 9112 7.1)")
def in_chunks(t, server):
    for n, size in ((1, 1), (300, 1), (10000, 7), (100000, 4096), (1 << 20, 65537), (1 << 20, 1 << 20)):
        with t.subTest(n=n, size=size):
            body = pattern(n)
            raw = chunked(*[body[i:i + size] for i in range(0, n, size)])
            seen = t.json(post(t, server, "/__inspect", raw, CHUNKED))
            t.assertEqual((seen["body_length"], seen["body_sha256"]), (n, sha(body)))


@row("extensions and trailers of a chunked body are no part of it (RFC 9112 7.1.1)")
def extensions_and_trailers(t, server):
    raw = b'3;a=b\r\nabc\r\n3;"q;\\"\r\ndef\r\n0;last\r\nX-Sum: 1\r\nHost: evil.test\r\n\r\n'
    seen = t.json(post(t, server, "/__inspect", raw, CHUNKED))
    t.assertEqual((seen["body_length"], seen["body_sha256"]), (6, sha(b"abcdef")))
    t.assertEqual(seen["headers"], [["host", "conform.test"]])


@row("a body that arrives byte by byte is the same body, and /echo returns it")
def byte_by_byte(t, server):
    body = pattern(300)
    for raw, fields in ((body, [f"Content-Length: {len(body)}"]),
                        (chunked(body[:100], body[100:]), [CHUNKED])):
        with t.subTest(fields=fields), server.connect() as connection:
            connection.send(request("POST", "/echo", *fields))
            connection.send_bytes(raw)
            t.assertEqual(t.next(connection).body, body)
            t.still_works(connection)


@row("a body of unknown length is read byte by byte to its EOF, which stays [BODY-6]")
def to_the_end(t, server):
    body = pattern(40)
    for raw, fields in ((body, [f"Content-Length: {len(body)}"]), (chunked(body), [CHUNKED])):
        with t.subTest(fields=fields):
            seen = t.json(post(t, server, "/__conform/record?step=1&id=steps", raw, *fields))
            t.assertEqual((seen["body_length"], seen["body_sha256"]), (40, sha(body)))
            t.assertEqual(seen["content_length"], -1 if fields == [CHUNKED] else 40)
            consumed = sum(times for what, result, times in seen["calls"]
                           if (what, result) == ("consume", "OK"))
            t.assertEqual(consumed, 40)
            t.assertEqual(t.calls(seen)[-2:], [["peek", "EOF"], ["peek again", "EOF"]])


@row("no body, and one of no bytes, are at their EOF at once")
def no_bytes(t, server):
    for raw, fields, has_body in ((b"", [], 0), (b"", ["Content-Length: 0"], 2),
                                  (chunked(), [CHUNKED], 2)):
        with t.subTest(fields=fields):
            seen = t.json(post(t, server, "/__conform/record?id=none", raw, *fields))
            t.assertEqual(seen["flags"] & 2, has_body, "CSGI_REQ_HAS_BODY")
            t.assertEqual(seen["body_length"], 0)
            t.assertEqual(t.calls(seen, "peek")[-1], ["peek", "EOF"])


@row("a whole body is shown in one piece to who asks for all of it")
def in_one_piece(t, server):
    for n in (0, 1, 100000, 1 << 20):
        for unknown in (False, True):
            with t.subTest(n=n, unknown=unknown):
                body = pattern(n)
                raw = chunked(*[body[i:i + 5000] for i in range(0, n, 5000)]) if unknown else body
                fields = [CHUNKED] if unknown else [f"Content-Length: {n}"]
                seen = t.json(post(t, server, "/__conform/read-all", raw, *fields))
                t.assertEqual((seen["body_length"], seen["body_sha256"]), (n, sha(body)))


@row("a body in chunks of one byte takes no more memory than its bytes, and some", memory=True)
def in_one_byte_chunks(t, server):
    n, mb = 1 << 20, 1 << 20
    t.ask(server, "/hello")
    before = server.memory()
    with server.connect() as connection:
        connection.send(request("POST", "/__conform/read-all?id=bytes", CHUNKED)
                        + b"1\r\nx\r\n" * n)
        t.record(server, "bytes", done=False)
        t.ask(server, "/hello")
        t.assertLess(server.memory() - before, 8 * mb)
        connection.send(b"0\r\n\r\n")
        seen = t.json(t.next(connection))
        t.assertEqual((seen["body_length"], seen["body_sha256"]), (n, sha(b"x" * n)))


@row("consuming more than was shown is refused, and takes nothing [BODY-1]", log=["BODY-1"])
def greedy(t, server):
    seen = t.json(post(t, server, "/__conform/record?greedy=1&id=greedy", b"hello",
                       "Content-Length: 5"))
    t.assertIn(["consume too much", "INVAL"], t.calls(seen))
    t.assertEqual((seen["body_length"], seen["body_sha256"]), (5, sha(b"hello")))


def cut_upload(t, server, name, leave, fields, raw):
    """Sends half a body, leaves, and looks at what the application was told."""
    with server.connect() as connection:
        connection.send(request("POST", f"/__conform/record?id={name}", *fields) + raw)
        t.record(server, name, done=False)  # it is being read
        leave(connection)
    seen = t.record(server, name)
    t.assertIn(["peek", "TRUNC"], t.calls(seen))
    t.assertNotIn(["peek", "EOF"], t.calls(seen))
    t.assertEqual(t.calls(seen, "peek again"), [["peek again", "TRUNC"]])
    return seen


@row("an upload cut in the middle is TRUNC, never EOF, however the client leaves [BODY-6][EVT-5]")
def cut(t, server):
    for what, fields, raw in (("length", ["Content-Length: 100"], pattern(50)),
                              ("chunks", [CHUNKED], b"32\r\n" + pattern(50) + b"\r\n"),
                              ("inside", [CHUNKED], b"64\r\n" + pattern(50)),
                              ("last", [CHUNKED], b"5\r\nhello\r\n0\r\n")):
        for way, leave in (("closed", client.Connection.close), ("reset", client.Connection.reset),
                           ("half", client.Connection.half_close)):
            with t.subTest(f"{what}, {way}"):
                seen = cut_upload(t, server, f"cut-{what}-{way}", leave, fields, raw)
                events = [result for what, result, times in seen["calls"] if what == "event ABORT"]
                t.assertEqual(events, ["OK"], "ABORT, once")
                t.assertEqual(seen["outcome"], "GONE")


@row("an upload that breaks off before all of it was asked for is answered by nobody [BODY-6]")
def cut_whole(t, server):
    with server.connect() as connection:
        connection.send(request("POST", "/__conform/read-all?id=cut-all", "Content-Length: 100")
                        + pattern(99))
        t.record(server, "cut-all", done=False)
    t.assertEqual(t.record(server, "cut-all")["outcome"], "GONE")


@row("wrong framing is TRUNC without ABORT: that client is there, and gets its 400 [BODY-6]")
def wrong_framing(t, server):
    with server.connect() as connection:
        connection.send(request("POST", "/__conform/record?id=wrong", CHUNKED)
                        + b"5\r\nhello\r\n")
        t.record(server, "wrong", done=False)
        connection.send(b"nonsense\r\n" + get("/hello"))
        t.assertTrue(t.next(connection, 400).says_close)
        t.ends(connection)
    seen = t.record(server, "wrong")
    t.assertIn(["peek", "TRUNC"], t.calls(seen))
    t.assertEqual(t.calls(seen, "event ABORT"), [])


@row("a body known to be over max_body is 413 before the application is called [BODY-10][REQ-18]",
     start=SMALL)
def too_large(t, server):
    for fields in ([], ["Expect: 100-continue"]):
        for n in (11, 1 << 40):
            with t.subTest(fields=fields, n=n), server.connect() as connection:
                connection.send(request("POST", "/body", f"Content-Length: {n}", *fields))
                response = t.next(connection, 413)
                t.assertEqual(response.interim, [], "nobody asked for it")
                t.assertNotIn("x-witness", dict(response.fields), "the application was called")
                t.works_or_closed(connection, response)
    t.assertEqual(post(t, server, "/body", b"0123456789", "Content-Length: 10").body, b"10")


@row("a body that turns out to be over max_body is LIMIT, and 413 [BODY-10][RET-5]", start=SMALL)
def grows_too_large(t, server):
    for raw in (chunked(b"0123456789a"), chunked(b"01234", b"56789", b"a"), b"b\r\n0123456789a"):
        with t.subTest(raw=raw), server.connect() as connection:
            connection.send(request("POST", "/body", CHUNKED) + raw)
            t.next(connection, 413)
    t.assertEqual(post(t, server, "/body", chunked(b"01234", b"56789"), CHUNKED).body, b"10")


@row("LIMIT stays, as EOF does, and the limit of who runs the server counts too [BODY-10]",
     start={"arguments": ["--max-body", "10"]})
def limit_stays(t, server):
    with server.connect() as connection:
        connection.send(request("POST", "/__conform/record?id=limit", CHUNKED)
                        + chunked(b"01234", b"56789", b"a"))
        t.next(connection, 413)
    seen = t.record(server, "limit")
    t.assertEqual(t.calls(seen)[-2:], [["peek", "LIMIT"], ["peek again", "LIMIT"]])
    with server.connect() as connection:
        connection.send(request("POST", "/__conform/read-all", "Content-Length: 11"))
        t.next(connection, 413)


@row("an answer given without reading 10 MB arrives; the connection works on, or is closed cleanly")
def unread(t, server):
    body = pattern(10 << 20)
    with server.connect() as connection:
        taken = connection.send(request("POST", "/__conform/unread", body=body))
        response = t.next(connection)
        t.assertEqual(response.body, b"unread\n")
        if taken:
            t.works_or_closed(connection, response)
        else:  # more than a host drains: it may close with a reset, behind the answer
            t.assertTrue(response.says_close)
            t.assertIn(connection.end(), (client.FIN, client.RST))
            t.assertEqual(bytes(connection.have), b"")


@row("the rest of a body without end is not read and dropped without end")
def unread_endless(t, server):
    for size in (1, 1000, 1 << 16):
        with t.subTest(size=size), server.connect() as connection:
            connection.send(request("POST", "/__conform/unread", CHUNKED))
            t.assertEqual(t.next(connection).body, b"unread\n")
            most, few = 64 << 20, chunked(pattern(size)).removesuffix(b"0\r\n\r\n")
            t.assertLess(connection.stuff(few * ((1 << 18) // size), most), most)
            t.ask(server, "/hello")


@row("a small body that nobody read is no trouble for the next request on the connection")
def unread_small(t, server):
    for raw, fields in ((pattern(1000), ["Content-Length: 1000"]),
                        (chunked(pattern(500), pattern(500), trailers=["X: y"]), [CHUNKED])):
        with t.subTest(fields=fields), server.connect() as connection:
            for _ in range(3):
                connection.send(request("POST", "/__conform/unread", *fields) + raw)
                t.assertEqual(t.next(connection).body, b"unread\n")
            t.still_works(connection)


@row("the rest of a body that comes after the answer is not taken for a request")
def unread_later(t, server):
    smuggled = get("/hello")
    with server.connect() as connection:
        connection.send(request("POST", "/__conform/unread", f"Content-Length: {len(smuggled)}"))
        response = t.next(connection)
        connection.send(smuggled)
        if response.says_close:
            t.assertIn(connection.end(), (client.FIN, client.RST))
            t.assertEqual(bytes(connection.have), b"")
        else:
            connection.send(get("/__inspect/next"))
            t.assertEqual(t.json(t.next(connection))["raw_target"], "/__inspect/next")


def trickle(connection, seconds):
    """Sends a byte now and then until the server says something; whether it did in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if select.select([connection.socket], [], [], 0.1)[0]:
            return True
        connection.send(b"x")
    return False


@row("a body that comes too slowly is TRUNC without ABORT: that client is there, and gets its 400"
     " [BODY-6]", start={"arguments": ["--body-timeout", "1", "--body-rate", "100"]})
def too_slow(t, server):
    for name, fields, raw in (("length", ["Content-Length: 1000"], pattern(50)),
                              ("chunks", [CHUNKED], b"3e8\r\n" + pattern(50))):
        with t.subTest(name), server.connect() as connection:
            connection.send(request("POST", f"/__conform/record?id=slow-{name}", *fields) + raw)
            t.assertTrue(trickle(connection, client.PATIENCE))
            t.assertTrue(t.next(connection, 400).says_close)
            t.assertIn(connection.end(), (client.FIN, client.RST))
            seen = t.record(server, f"slow-{name}")
            t.assertIn(["peek", "TRUNC"], t.calls(seen))
            t.assertEqual(t.calls(seen, "event ABORT"), [])


@row("a body that comes steadily, or that nobody asks for, may take its time [BODY-9]",
     start={"arguments": ["--body-timeout", "1", "--body-rate", "100"]})
def slow_enough(t, server):
    with server.connect() as steady, server.connect() as braked:
        braked.send(request("POST", "/__conform/never?id=unasked", f"Content-Length: {1 << 30}"))
        braked.stuff(pattern(1 << 16), 64 << 20)
        steady.send(request("POST", "/__inspect", "Content-Length: 1500"))
        for _ in range(30):  # three seconds at five times the rate
            steady.send(pattern(50))
            time.sleep(0.1)
        t.assertEqual(t.json(t.next(steady))["body_length"], 1500)
        t.assertEqual(t.calls(t.record(server, "unasked", done=False)), [])


@row("100 is sent once, when the body is asked for, and the answer follows [BODY-7]")
def expects(t, server):
    for fields, raw in ((["Content-Length: 5"], b"hello"), ([CHUNKED], chunked(b"hello"))):
        with t.subTest(fields=fields), server.connect() as connection:
            until = time.monotonic() + client.PATIENCE
            connection.send(request("POST", "/__inspect", *fields, "Expect: 100-Continue"))
            t.assertEqual(connection.head(until).status, 100)
            connection.send(raw)
            response = t.next(connection)
            t.assertEqual(response.interim, [])
            t.assertEqual(t.json(response)["body_length"], 5)
            t.still_works(connection)


@row("100 is not sent when the application answers without reading [BODY-7]")
def expects_unread(t, server):
    with server.connect() as connection:
        connection.send(request("POST", "/__conform/unread", "Content-Length: 5",
                                "Expect: 100-continue"))
        response = t.next(connection)
        t.assertEqual((response.interim, response.body), ([], b"unread\n"))
        # The client may send its body now, or not at all: nobody can tell where a request begins.
        if response.says_close:
            t.ends(connection)
        else:
            connection.send(b"hello")
            t.still_works(connection)


@row("100 is sent to nobody who does not wait for it: HTTP/1.0, no Expect, no body [BODY-7]")
def expects_not(t, server):
    for what, head, body in (
            ("HTTP/1.0", request("POST", "/__inspect", "Expect: 100-continue",
                                 "Content-Length: 5", version="1.0"), b"hello"),
            ("no Expect", request("POST", "/__inspect", "Content-Length: 5"), b"hello"),
            ("another Expect", request("POST", "/__inspect", "Content-Length: 5",
                                       "Expect: 100-continued"), b"hello"),
            ("no body", request("POST", "/__inspect", "Expect: 100-continue"), b""),
            ("an empty body", request("POST", "/__inspect", "Content-Length: 0",
                                      "Expect: 100-continue"), b"")):
        with t.subTest(what), server.connect() as connection:
            connection.send(head)
            if body:  # time for a 100 that should not come
                t.assertTrue(connection.is_quiet(0.2))
                connection.send(body)
            response = connection.response()
            t.assertEqual(response.interim, [])
            # RFC 9110 10.1.1: an expectation that is unknown may be refused.
            t.assertIn(response.status, (200, 417) if what == "another Expect" else (200,))


@row("100 is sent at most once, also when the body has come already [BODY-7]")
def expects_impatiently(t, server):
    with server.connect() as connection:
        connection.send(request("POST", "/__conform/record?step=1&id=impatient",
                                "Expect: 100-continue", body=b"hello"))
        response = t.next(connection)
        t.assertIn([r.status for r in response.interim], ([], [100]))
        t.still_works(connection)


@row("100 is not sent behind a head, also when the body is asked for then [BODY-7]",
     start={"module": WITNESS}, needs=["FULL_DUPLEX"])
def expects_too_late(t, server):
    with server.connect() as connection:
        connection.send(request("POST", "/late", "Content-Length: 5", "Expect: 100-continue"))
        t.assertEqual(connection.head(time.monotonic() + client.PATIENCE).status, 200)
        t.assertTrue(connection.is_quiet(0.2))
        connection.send(b"hello")  # after a while a client sends it all the same
        t.assertEqual(connection.end(), client.FIN)
        t.assertEqual(bytes(connection.have), b"0\r\n\r\n")


@row("a body that nobody reads is not read off the wire without end [BODY-9]", memory=True)
def brake(t, server):
    t.ask(server, "/hello")
    before, most = server.memory(), 64 << 20
    with server.connect() as connection:
        connection.send(request("POST", "/__conform/never?id=brake", f"Content-Length: {1 << 30}"))
        t.record(server, "brake", done=False)
        t.assertLess(connection.stuff(pattern(1 << 16), most), most)
        t.assertLess(server.memory() - before, 4 << 20)
        t.ask(server, "/hello")
    # That this client has left need not be noticed (csgi.md, 12): its exchange ends with the server.


@row("a body that is read slowly is braked, and arrives whole [BODY-9]")
def slow_reader(t, server):
    body = pattern(700)
    seen = t.json(post(t, server, "/__conform/slow-read?id=slow", body, "Content-Length: 700"))
    t.assertEqual((seen["body_length"], seen["body_sha256"]), (700, sha(body)))


@row("32 MB go through /echo both ways at once, in bounded memory [BODY-9][RES-23]",
     memory=True, needs=["FULL_DUPLEX"])
def both_ways(t, server):
    t.ask(server, "/hello")
    before, total, most = server.memory(), 32 << 20, 0
    piece = pattern(1 << 16)
    with server.connect() as connection:
        connection.send(request("POST", "/echo", f"Content-Length: {total}"))
        sent, received, digest, head = 0, 0, hashlib.sha256(), None
        until = time.monotonic() + client.PATIENCE
        connection.socket.setblocking(False)
        while received < total:
            t.assertLess(time.monotonic(), until, f"{sent} sent, {received} received")
            readable, writable, _ = select.select(
                [connection.socket], [connection.socket] if sent < total else [], [], 5)
            if writable:
                offset = sent % len(piece)
                sent += connection.socket.send(piece[offset:][:total - sent])
            if readable:
                t.assertTrue(connection.receive(until), "closed in the middle")
                if head is None and b"\r\n\r\n" in connection.have:
                    head = connection.head(until)
                    t.assertEqual((head.status, head.get("content-length")), (200, str(total)))
                if head is not None:
                    data = connection.take(len(connection.have))
                    digest.update(data)
                    received += len(data)
            if received >> 23 != most >> 23:
                most = max(most, received)
                t.assertLess(server.memory() - before, 8 << 20)
        whole = hashlib.sha256()
        for _ in range(total // len(piece)):
            whole.update(piece)
        t.assertEqual(digest.hexdigest(), whole.hexdigest())


@row("a body in /echo that breaks off breaks the answer off too [RES-20]", needs=["FULL_DUPLEX"])
def echo_cut(t, server):
    with server.connect() as connection:
        connection.send(request("POST", "/echo", CHUNKED) + b"5\r\nhello\r\n")
        until = time.monotonic() + client.PATIENCE
        t.assertEqual(connection.head(until).status, 200)
        t.assertEqual(connection.chunk(until), b"hello")
        connection.send(b"nonsense\r\n")
        connection.end()
        t.assertFalse(re.search(rb"(^|\r\n)0\r\n", bytes(connection.have)), "a last chunk")
