# SPDX-License-Identifier: MIT
"""Exchanges that do not end well: broken off by the application, or left by the client."""

import time

import client
from client import get
from table import Table

table = Table()
row = table.row
LEAVING = (("closes", client.Connection.close), ("resets", client.Connection.reset),
           ("half-closes", client.Connection.half_close))


@row("abort in the middle of chunks: no last chunk, or a reset [RES-20]",
     needs=["BROKEN_END"], log=["RES-8"])
def chunked_abort(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/abort?id=chunked"))
        response = t.next(connection)
        t.assertEqual(response.framing, "chunked")
        t.assertTrue(response.is_broken, response)
        t.assertEqual(len(response.body), 1024)
    seen = t.record(server, "chunked")
    t.assertEqual(t.calls(seen)[-2:], [["abort", "OK"], ["send end", "STATE"]])
    t.assertEqual((seen["outcome"], seen["body_bytes"]), ("APP", 1024))


@row("abort in the middle of a declared length: fewer bytes, or a reset [RES-20]",
     needs=["BROKEN_END"], log=["RES-8"])
def fixed_abort(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/abort?mode=fixed&id=fixed"))
        response = t.next(connection)
        t.assertEqual(response.get("content-length"), "10240")
        t.assertTrue(response.is_broken, response)
        t.assertEqual(len(response.body), 1024)
    t.assertEqual(t.record(server, "fixed")["outcome"], "APP")


@row("abort of an answer that ends with the connection is a reset: nothing else shows [RES-20]",
     needs=["BROKEN_END"], log=["RES-8", "RET-1"])
def close_abort(t, server):
    if server.kind.is_unix:
        t.skipTest("a unix socket has no reset")
    for target in ("/__conform/abort", "/__conform/error-late", "/__conform/none?mode=begun"):
        with t.subTest(target), server.connect() as connection:
            connection.send(get(target, version="1.0"))
            response = connection.response()
            # A reset may take with it what was on its way.
            if response is not None:
                t.assertEqual((response.framing, response.ended), ("close", client.RST))
            t.assertEqual(connection.state, client.RST)


@row("requests behind one that was broken off are not answered [RES-20]",
     log=["RES-8"])
def pipelined_abort(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/abort") + get("/hello"))
        t.assertTrue(t.next(connection).is_broken)
        t.assertNotIn(b"HTTP/1", bytes(connection.have))


@row("abort of one answer leaves the others as they are [RET-5]", log=["RES-8"])
def others(t, server):
    with server.connect() as other, server.connect() as connection:
        other.send(get("/stream?n=5&delay=60"))
        connection.send(get("/__conform/abort"))
        t.assertTrue(t.next(connection).is_broken)
        response = t.next(other)
        t.assertEqual((response.ended, len(response.chunks)), ("whole", 5))


@row("a client that leaves while its answer is pending is ABORT, once, then GONE [EVT-2][EVT-5]",
     needs=["ABORT_NOTIFY"])
def left(t, server):
    for way, leave in LEAVING:
        with t.subTest(way):
            name = f"left-{way}"
            with server.connect() as connection, server.connect() as other:
                other.send(get("/defer?ms=300"))
                connection.send(get(f"/__conform/never?id={name}"))
                t.record(server, name, done=False)
                leave(connection)
                seen = t.record(server, name)
                t.assertEqual(seen["calls"], [
                    ["event ABORT", "OK", 1], ["send all", "GONE", 1], ["abort", "STATE", 1]])
                t.assertEqual((seen["outcome"], seen["body_bytes"]), ("GONE", 0))
                t.assertEqual(t.next(other).body, b"deferred\n")


@row("a client that leaves before a thread has its answer harms nobody [EVT-5]")
def left_deferred(t, server):
    for way, leave in LEAVING:
        connections = [server.connect() for _ in range(20)]
        for i, connection in enumerate(connections):
            connection.send(get(f"/defer?ms={i * 10}"))
        for connection in connections:
            leave(connection)
        for connection in connections:
            connection.close()
    t.assertEqual(t.ask(server, "/defer?ms=250").body, b"deferred\n")


@row("a client that leaves in the middle of a long answer ends it: GONE, and all is given back"
     " [EVT-5][RES-11]")
def left_long(t, server):
    for way, leave in LEAVING:
        for mem in ("copy", "owned"):
            with t.subTest(f"{way}, {mem}"):
                name = f"long-{way}-{mem}"
                with server.connect(receive_buffer=65536) as connection:
                    connection.send(get(f"/__conform/big?n={1 << 40}&mem={mem}&id={name}"))
                    connection.head(time.monotonic() + client.PATIENCE)
                    leave(connection)
                    seen = t.record(server, name)
                t.assertEqual(seen["outcome"], "GONE")
                if not seen["forgotten"]:  # what the kernel took may have filled the record
                    t.assertEqual(t.calls(seen)[-2:], [["event ABORT", "OK"], ["send", "GONE"]])


@row("a client that takes nothing of its answer is left: ABORT, GONE, and all is given back [EVT-5]",
     start={"arguments": ["--send-timeout", "1"]})
def takes_nothing(t, server):
    for mem in ("copy", "owned"):
        with t.subTest(mem), server.connect(receive_buffer=65536) as connection:
            connection.send(get(f"/__conform/big?n={1 << 40}&mem={mem}&id=deaf-{mem}"))
            seen = t.record(server, f"deaf-{mem}")
            t.assertEqual(seen["outcome"], "GONE")
            if not seen["forgotten"]:
                t.assertIn(["event ABORT", "OK"], t.calls(seen))


@row("a client that leaves between two parts of a stream is noticed [EVT-5]")
def left_stream(t, server):
    before = server.descriptors()
    for way, leave in LEAVING[:2]:
        with server.connect() as connection:
            until = time.monotonic() + client.PATIENCE
            connection.send(get("/stream?n=1000&delay=20"))
            connection.head(until)
            connection.chunk(until)
            leave(connection)
    until = time.monotonic() + client.PATIENCE
    while (now := server.descriptors()) > before and time.monotonic() < until:
        time.sleep(0.02)
    t.assertLessEqual(now, before)


@row("a client that leaves with requests behind the pending one ends those too [EVT-5]")
def left_pipelined(t, server):
    with server.connect() as connection:
        connection.send(get("/__conform/never?id=first") + get("/__conform/never?id=second"))
        t.record(server, "first", done=False)
    t.assertEqual(t.record(server, "first")["outcome"], "GONE")
    t.ask(server, "/hello")


@row("a raised event is delivered once, from the loop [EVT-3][MEM-4]")
def raised(t, server):
    for event in ("writable", "body", "drain"):
        with t.subTest(event):
            name = f"raise-{event}"
            t.assertEqual(t.ask(server, f"/__conform/raise?event={event}&id={name}").body,
                          b"raised\n")
            t.assertEqual(t.record(server, name)["calls"], [
                ["listen", "OK", 1], [f"event {event.upper()}", "OK", 1], ["send all", "OK", 1]])


@row("a raised ABORT is for those inside: the client is there, and gets an answer [EVT-2]")
def raised_abort(t, server):
    t.ask(server, "/__conform/raise?event=abort&id=raise-abort", 500)
    t.assertEqual(t.calls(t.record(server, "raise-abort")),
                  [["listen", "OK"], ["event ABORT", "OK"], ["abort", "OK"]])
