# SPDX-License-Identifier: MIT
"""Answers: their heads, lengths and bodies, and what becomes of those that are wrong."""

import re

import client
from client import get, request
from servers import LAYERS, THROWING, WITNESS
from table import Table

table = Table()
row = table.row
THROWS = {"module": THROWING}
STRAY = {"module": WITNESS}
CONNECTION_FIELDS = {"date", "server", "connection", "keep-alive"}


def fields_of(response):
    return {name: value for name, value in response.fields if name not in CONNECTION_FIELDS}


@row("an answer in one part has the length of its body, and the connection goes on [RES-19]")
def one_part(t, server):
    with server.connect() as connection:
        for _ in range(3):
            connection.send(get("/hello"))
            response = t.next(connection)
            t.assertEqual(response.body, b"Hello, world!")
            t.assertEqual(fields_of(response),
                          {"content-type": "text/plain", "content-length": "13"})
            t.assertEqual((response.version, response.reason), ("HTTP/1.1", "OK"))
        # An application that says nothing of a length gets one all the same.
        connection.send(get("/stream?n=0") + get("/status/404"))
        t.assertEqual(t.next(connection).framing, "chunked")
        t.assertEqual(t.next(connection, 404).get("content-length"), "11")


@row("Date and Server stand on every answer, the host's own pages included [RES-21]",
     log=["RET-1"])
def date_and_server(t, server):
    # What `ask` and `next` demand of each answer is the point here.
    for target, status in (("/hello", 200), ("/status/204", 204), ("/nowhere", 404),
                           ("/__conform/decline", 404), ("/__conform/none", 500)):
        t.ask(server, target, status)
    with server.connect() as connection:
        connection.send(b"nonsense\r\n\r\n")
        t.next(connection, 400)


@row("Date and Server of the application's own are passed on, and stand once [RES-21]")
def own_date_and_server(t, server):
    for name, value in (("date", "Tue, 01 Jan 2019 00:00:00 GMT"), ("server", "conform/1")):
        encoded = value.replace(" ", "%20")
        response = t.ask(server, f"/__conform/inject?name={name}&value={encoded}")
        t.assertEqual((response.all(name), response.body), ([value], b"bad"))


@row("HEAD has the fields of GET and no body, in one part, streamed, from a file, of errors [RES-18]")
def head(t, server):
    for target, status in (("/hello", 200), ("/", 200), ("/file?off=0&len=7", 200),
                           ("/__inspect/x", 200), ("/status/404", 404), ("/nowhere", 404),
                           ("/__conform/big?n=1000000", 200), ("/stream?n=3", 200),
                           ("/defer?ms=5", 200), ("/status/500", 500)):
        with t.subTest(target), server.connect() as connection:
            whole = t.ask(server, target, status)
            connection.send(request("HEAD", target) + get("/hello"))
            response = t.next(connection, status, "HEAD")
            if target != "/__inspect/x":  # which says HEAD in its document
                t.assertEqual(response.get("content-length"), whole.get("content-length"))
            t.assertEqual(response.get("content-type"), whole.get("content-type"))
            t.assertEqual(t.next(connection).body, b"Hello, world!")


@row("on HEAD every part of a long answer is taken, and no byte of it counted [RES-18]")
def head_writes(t, server):
    for name, more in (("declared", ""), ("unknown", "&length=unknown")):
        t.ask(server, f"/__conform/big?n=1000000&id=head-{name}{more}", method="HEAD")
        seen = t.record(server, f"head-{name}")
        t.assertEqual(t.calls(seen), [["send head", "OK"], ["send", "OK"], ["send end", "OK"]])
        t.assertEqual((seen["outcome"], seen["body_bytes"]), ("OK", 0))


@row("204, 205 and 304 end with their head (RFC 9110 15.3.5, 15.3.6, 15.4.5) [RES-18]",
     lint=["RES-7"])
def bodiless(t, server):
    with server.connect() as connection:
        connection.send(get("/status/204") + get("/status/205") + get("/status/304")
                        + get("/hello"))
        t.assertIsNone(t.next(connection, 204).get("content-length"))
        t.assertEqual(t.next(connection, 205).get("content-length"), "0")
        t.assertIsNone(t.next(connection, 304).get("content-length"))
        t.assertEqual(t.next(connection).body, b"Hello, world!")


@row("204, 205 and 304 with a stray body and a length are mended by the host [RES-18]",
     start=STRAY, lint=["RES-7"])
def stray(t, server):
    for mode in ("", "?parts"):
        for method in ("GET", "HEAD"):
            for status, length in ((204, None), (205, "0"), (304, "6")):
                with t.subTest(f"{method} {status}{mode}"), server.connect() as connection:
                    connection.send(request(method, f"/stray/{status}{mode}") + get("/hello"))
                    response = t.next(connection, status, method)
                    t.assertEqual(response.get("content-length"), length)
                    t.assertEqual(t.next(connection).body, b"Hello, world!")


@row("statuses from 200 to 599 arrive, known or not (RFC 9110 15)")
def statuses(t, server):
    with server.connect() as connection:
        for status in (200, 201, 202, 206, 226, 299, 301, 308, 400, 404, 418, 451, 499, 500, 503,
                       599):
            connection.send(get(f"/status/{status}"))
            t.assertEqual(t.next(connection, status).body, b"status %d\n" % status)


@row("a value that may stand in a field stands in it, byte for byte (RFC 9110 5.5)")
def reflected(t, server):
    for value, expected in (("a", b"a"), ("a%20b", b"a b"), ("%ff%80", b"\xff\x80"),
                            ("a%09b", b"a\tb"), ("%22%2c%3b%3a", b'",;:'), ("", b"")):
        with t.subTest(value):
            response = t.ask(server, f"/reflect?value={value}")
            t.assertEqual(response.get("x-reflect"), expected.decode("latin-1"))


@row("a stream of unknown length is chunked, and its trailer follows (RFC 9112 7.1.2) [RES-12]",
     needs=["TRAILERS_OUT"])
def trailers(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/trailers?id=t", "TE: trailers", "Connection: TE"))
        response = t.next(connection)
        t.assertEqual((response.framing, response.body), ("chunked", b"trailers\n"))
        t.assertEqual(response.trailers, [("x-checksum", "abc")])
        t.still_works(connection)
    t.assertEqual(t.calls(t.record(server, "t"))[-1], ["send end", "OK"])


@row("trailers are dropped where nobody can be sent any: HTTP/1.0, HEAD")
def no_trailers(t, server):
    with server.connect() as connection:
        connection.send(request("HEAD", "/__conform/trailers") + get("/hello"))
        t.next(connection, method="HEAD")
        t.next(connection)
    with server.connect() as connection:
        connection.send(get("/__conform/trailers", version="1.0"))
        response = t.next(connection)
        t.assertEqual((response.body, response.ended), (b"trailers\n", client.FIN))


@row("trailers behind a declared length are dropped, and the log says so [RES-12]", start=STRAY)
def declared_trailers(t, server):
    for version in ("1.1", "1.0"):
        mark = server.log_size()
        with server.connect() as connection:
            connection.send(get("/sum", "TE: trailers", "Connection: TE", version=version))
            response = t.next(connection)
            t.assertEqual((response.body, response.framing, response.trailers),
                          (b"sum\n", "length", []))
        server.wait_log("trailers dropped", mark)


@row("a trailer that frames, routes or splits is refused, and the answer ends without [RES-12]",
     log=["RES-12", "RES-2", "RES-3"])
def bad_trailers(t, server):
    for name, value in (("content-length", "5"), ("transfer-encoding", "chunked"), ("host", "a"),
                        ("set-cookie", "a=b"), ("x-a", "1%0d%0ax-b:%202"), ("x%20a", "1")):
        with t.subTest(name):
            response = t.ask(server, f"/__conform/trailers?id=bad&name={name}&value={value}")
            t.assertEqual((response.body, response.trailers), (b"trailers\n", []))
            t.assertIn(["send end", "INVAL"], t.calls(t.record(server, "bad")))


# ---- Answers that the contract forbids ----


@row("heads that would split, steer or lie are INVAL, and leave no trace"
     " [RES-1][RES-2][RES-3][RES-4][RES-5]", log=["RES-1", "RES-2", "RES-3", "RES-4", "RES-5"])
def injection(t, server):
    for kind in ("cr lf crlf nul del name-empty name-space name-colon name-lf name-upper status"
                 " x-accel-redirect x-accel-buffering x-sendfile transfer-encoding connection"
                 " keep-alive proxy-connection upgrade length-text length-other status-99"
                 " status-101 status-600 type-twice").split():
        with t.subTest(kind):
            response = t.ask(server, f"/__conform/inject?kind={kind}")
            t.assertEqual(t.json(response), {"rc": "INVAL"})
            t.assertEqual(set(fields_of(response)), {"content-type", "content-length"})
    for name, value in (("x-accel-expires", "off"), ("set-cookie", "a=b%0d%0ax-b:%201"),
                        ("location", "/%0aset-cookie:%20a=b"), ("x-%c3%a4", "1"), ("te", "trailers"),
                        ("content-length", "+3"), ("content-length", "")):
        with t.subTest(f"{name}: {value}"):
            response = t.ask(server, f"/__conform/inject?name={name}&value={value}")
            t.assertEqual(t.json(response), {"rc": "INVAL"})


@row("Trailer, which announces fields, is the application's to send (RFC 9110 6.6.2)")
def announced(t, server):
    response = t.ask(server, "/__conform/inject?name=trailer&value=x-checksum")
    t.assertEqual((response.get("trailer"), response.body), ("x-checksum", b"bad"))


@row("more than was declared is LENGTH, and the client gets what was declared [RES-6]",
     log=["RES-6"])
def overrun(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/overrun?id=over"))
        response = t.next(connection)
        t.assertEqual((response.body, response.ended), (b"12345", "whole"))
        t.still_works(connection)
    t.assertEqual(t.calls(t.record(server, "over"))[-2:],
                  [["send", "LENGTH"], ["send end", "OK"]])
    t.ask(server, "/__conform/overrun?mode=one", 500)


@row("less than was declared is LENGTH, and looks broken [RES-6][RES-20]", log=["RES-6"])
def underrun(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/underrun?id=under"))
        response = t.next(connection)
        t.assertTrue(response.is_broken, response)
        t.assertEqual(response.body, b"12345")
    seen = t.record(server, "under")
    t.assertEqual(t.calls(seen)[-1], ["send end", "LENGTH"])
    t.assertEqual(seen["outcome"], "LENGTH")
    t.ask(server, "/__conform/underrun?mode=one", 500)


@row("a second answer is STATE, and the client sees the first alone [RES-8]", log=["RES-8"])
def twice(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/twice?id=twice"))
        t.assertEqual(t.next(connection).body, b"once\n")
        t.still_works(connection)
    t.assertEqual(t.calls(t.record(server, "twice")),
                  [["send all", "OK"], ["send all", "STATE"], ["send end", "STATE"]])


@row("calls in a state that does not allow them are refused, and leave no trace [RES-8]",
     log=["RES-8"])
def states(t, server):
    t.assertEqual(t.ask(server, "/__conform/states?id=states").body, b"states\n")
    t.assertEqual(t.calls(t.record(server, "states")), [
        ["NEW send", "STATE"], ["NEW send end", "STATE"], ["NEW listen nothing known", "INVAL"],
        ["NEW send head", "OK"], ["BEGUN send head", "STATE"], ["BEGUN send", "OK"],
        ["BEGUN send end", "OK"], ["ENDED send head", "STATE"], ["ENDED send", "STATE"],
        ["ENDED send end", "STATE"], ["ENDED peek", "STATE"], ["ENDED consume", "STATE"],
        ["ENDED listen", "STATE"], ["ENDED on_done", "STATE"], ["ENDED derive", "OK"],
        ["ENDED alloc", "OK"], ["ENDED send abort", "STATE"]])


@row("OK without an answer is 500, and the log says so [RET-1]", log=["RET-1"])
def no_answer(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/none?id=none-1"))
        t.next(connection, 500)
        t.still_works(connection)
    t.assertEqual(t.record(server, "none-1")["outcome"], "APP")


@row("OK behind a head without an end breaks the answer, and the log says so [RET-1][RES-20]",
     log=["RET-1"])
def no_end(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/none?mode=begun"))
        t.assertTrue(t.next(connection).is_broken)


@row("a failure before a head is 500, and others go on [RET-5]")
def failure(t, server):
    with server.connect() as other, server.connect() as connection:
        other.send(get("/defer?ms=200"))
        connection.send(get("/__conform/error?id=error"))
        t.next(connection, 500)
        t.still_works(connection)
        t.assertEqual(t.next(other).body, b"deferred\n")
    t.assertEqual(t.record(server, "error")["outcome"], "APP")


@row("a failure after a head breaks the answer visibly, and others go on [RET-5][RES-20]")
def late_failure(t, server):
    for mode in ("", "?mode=fixed"):
        with t.subTest(mode), server.connect() as other, server.connect() as connection:
            other.send(get("/defer?ms=200"))
            connection.send(get(f"/__conform/error-late{mode}"))
            t.assertTrue(t.next(connection).is_broken)
            t.assertEqual(t.next(other).body, b"deferred\n")


@row("a failure that tells of the body is 400 or 413, any other 500 [RET-5]",
     start={"module": WITNESS})
def failure_codes(t, server):
    for code, status in (("app", 500), ("trunc", 400), ("limit", 413)):
        t.ask(server, f"/fail/{code}", status)


@row("ABORT before a head is answered by the host with 500 [RES-20]")
def abort_early(t, server):
    t.ask(server, "/__conform/abort-early", 500)


@row("DECLINED by the outermost application is 404, and the connection goes on")
def declined(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/decline"))
        t.next(connection, 404)
        t.still_works(connection)


@row("what the application writes to the log is in the log")
def log(t, server):
    mark = server.log_size()
    t.ask(server, "/stderr")
    server.wait_log("note", mark)


@row("an exception that leaves handle is 500, whatever it is, and others go on [RET-4][RET-5]",
     start=THROWS, log=["RET-4"])
def thrown(t, server):
    for target in ("/throw", "/throw-int", "/throw-stranger"):
        with t.subTest(target), server.connect() as connection:
            connection.send(get(target) + get("/hello"))
            t.next(connection, 500)
            response = connection.response()
            t.assertEqual(response.status if response else 200, 200)
            mark = server.log_size()
            t.ask(server, target, 500)
            server.wait_log(r"\[RET-4\]", mark)


@row("an exception after the head breaks the answer, one after the end changes nothing [RET-4]",
     start=THROWS, log=["RET-4"])
def thrown_late(t, server):
    with server.connect() as connection:
        connection.send(get("/throw-late"))
        t.assertTrue(t.next(connection).is_broken)
    t.assertEqual(t.ask(server, "/throw-ended").body, b"complete\n")


@row("an exception that leaves a task is 500 for whom it was about, and others go on [RET-4]",
     start="itself")
def thrown_by_task(t, kind):
    with kind.start(THROWING, arguments=["--drain", "1"]) as server, server.connect() as waiting:
        waiting.send(get("/throw-task"))
        server.wait_log(r"\[RET-4\]")
        t.assertEqual(t.ask(server, "/hello").body, b"Hello, world!\n")
        # The task lies in the memory of its exchange, which tells the host whose it was.
        if not kind.has_lint:
            t.next(waiting, 500)
            t.assertEqual(server.stop(), 0, server.log())
            return
        # The lint's own task, which stands in for it, lies elsewhere: nobody answers, and the
        # server says so in the end, with a status of its own. (nginx's master tells of no worker.)
        status = server.stop()
        if not getattr(kind, "has_master", False):
            t.assertNotEqual(status, 0, server.log())
        t.assertIn("cut off", server.log())


# ---- Layers ----


def order(*names, **first):
    """Layers that write down the order in which answers pass them; the first is the outermost."""
    return {"use": [(WITNESS, f"name={name}" + (f",answers={first[name]}" if name in first else ""))
                    for name in names]}


def orders(response):
    return [value for name, value in response.fields if name == "x-order"]


@row("answers pass the layers from the inside out, each once", start=order("a", "b", "c"))
def inside_out(t, server):
    for target, status in (("/hello", 200), ("/stream?n=3", 200), ("/defer?ms=5", 200),
                           ("/file?off=0&len=7", 200), ("/status/204", 204)):
        with t.subTest(target):
            t.assertEqual(orders(t.ask(server, target, status)), ["c", "b", "a"])


@row("an inner failure is answered through every layer [MW-6]", start=order("a", "b", "c"))
def failure_through_layers(t, server):
    t.assertEqual(orders(t.ask(server, "/__conform/error", 500)), ["c", "b", "a"])


@row("a layer's own answer passes its own sink and the outer ones, not those inside it",
     start=order("a", "b", "c", b="/denied", a="/outer", c="/inner"))
def answering_layer(t, server):
    for target, passed in (("/outer", ["a"]), ("/denied", ["b", "a"]), ("/inner", ["c", "b", "a"])):
        with t.subTest(target):
            response = t.ask(server, target, 401)
            t.assertEqual((orders(response), response.body.decode()), (passed, passed[0]))
    t.assertEqual(orders(t.ask(server, "/hello")), ["c", "b", "a"])


@row("a field that a layer adds stands on answers and on errors",
     start={"use": [(f"{LAYERS}/add_header", "name=x-served-by,value=me")]})
def added(t, server):
    for target, status in (("/hello", 200), ("/__conform/error", 500), ("/stream?n=2", 200),
                           ("/status/304", 304)):
        with t.subTest(target):
            t.assertEqual(t.ask(server, target, status).get("x-served-by"), "me")


@row("a layer that changes bodies changes them, whole, streamed, chunk by chunk and on HEAD",
     start={"use": [(f"{LAYERS}/upper", ""), (f"{LAYERS}/quote", "")]})
def changed(t, server):
    t.assertEqual(t.ask(server, "/hello").body, b"> HELLO, WORLD!")
    t.assertEqual(t.ask(server, "/stream?n=2&size=12").body,
                  b"> CHUNK 0....\n> CHUNK 1....\n")
    for mem in ("copy", "static", "arena", "owned"):
        response = t.ask(server, f"/__conform/big?n=300000&mem={mem}")
        t.assertEqual(len(response.body), 300002)
        t.assertTrue(re.fullmatch(b"> [A-Z]*", response.body), response)
    with server.connect() as connection:
        connection.send(request("HEAD", "/hello") + get("/hello"))
        t.next(connection, method="HEAD")
        t.assertEqual(t.next(connection).body, b"> HELLO, WORLD!")
