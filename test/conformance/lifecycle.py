# SPDX-License-Identifier: MIT
"""Starting and stopping: what is called in which order, what a server says, how it ends."""

import os
import re

import client
from client import get
from servers import WITNESS
from table import Table

table = Table()
row = table.row


def steps(log):
    return re.findall(r"witness (\S+): (\S+)", log)


@row("an application that fails in start is not served, and the reason is shown [LIFE-4]",
     start="itself")
def failing_start(t, kind):
    status, output = kind.run(WITNESS, config="fail=start")
    t.assertEqual(status, 1, output)
    t.assertIn("the witness was told to fail in start", output)
    t.assertNotIn("listening", output)


@row("an application that fails in check or create is not served, and the reason is shown",
     start="itself")
def failing_create(t, kind):
    for step in ("check", "create"):
        with t.subTest(step):
            status, output = kind.run(WITNESS, config=f"fail={step}")
            t.assertEqual(status, 1, output)
            t.assertIn(f"the witness was told to fail in {step}", output)
            t.assertNotIn("start", [what for _, what in steps(output)])


@row("when one of a stack fails in start, what was started is stopped again [LIFE-4]",
     start="itself")
def failing_layer(t, kind):
    status, output = kind.run(WITNESS, use=[(WITNESS, "name=outer,fail=start"),
                                            (WITNESS, "name=inner")])
    t.assertEqual(status, 1, output)
    t.assertIn("the witness was told to fail in start", output)
    seen = steps(output)
    t.assertEqual([who for who, what in seen if what == "start"], ["app", "inner", "outer"])
    t.assertEqual(sorted(who for who, what in seen if what == "stop"), ["app", "inner"])
    t.assertEqual(sorted(who for who, what in seen if what == "destroy"),
                  ["app", "inner", "outer"])


@row("create and start go inner first, drain and stop outer first, destroy after stop"
     " [LIFE-2][LIFE-3]", start="itself")
def in_order(t, kind):
    with kind.start(WITNESS, use=[(WITNESS, "name=outer"), (WITNESS, "name=inner")]) as server:
        t.ask(server, "/hello")
        t.assertEqual(server.stop(), 0, server.log())
        seen = steps(server.log())
    inward, outward = ["app", "inner", "outer"], ["outer", "inner", "app"]
    for what, expected in (("create", inward), ("start", inward), ("drain", outward),
                           ("stop", outward), ("destroy", outward)):
        t.assertEqual([who for who, step in seen if step == what], expected, what)
    for who in inward:
        t.assertEqual([step for name, step in seen if name == who],
                      ["create", "start", "drain", "stop", "destroy"])


@row("told to end, a server lets what is in flight end in good order: DRAIN, an answer, exit 0",
     start="itself")
def drain(t, kind):
    with kind.start() as server, server.connect() as polling, server.connect() as streaming:
        with server.connect() as idle:
            idle.send(get("/hello"))
            t.next(idle)
            polling.send(get("/__conform/never?id=poll"))
            streaming.send(get("/stream?n=10&delay=50"))
            t.record(server, "poll", done=False)
            server.terminate()
            response = t.next(polling, 503)
            t.assertEqual(response.body, b"draining\n")
            t.ends(polling)
            response = t.next(streaming)
            t.assertEqual((response.ended, len(response.chunks)), ("whole", 10))
            t.ends(streaming)
            t.ends(idle)
        t.assertEqual(server.wait(), 0, server.log())


@row("told to end, a server takes no more connections", start="itself")
def no_more(t, kind):
    with kind.start() as server, server.connect() as polling:
        polling.send(get("/stream?n=10&delay=50"))
        polling.head(until=client.time.monotonic() + client.PATIENCE)
        server.terminate()
        until = client.time.monotonic() + client.PATIENCE
        while client.time.monotonic() < until:
            try:
                with server.connect() as late:
                    late.send(get("/hello"))
                    if late.response() is None:
                        break
            except OSError:
                break
            if not server.is_alive:
                break
        t.assertEqual(server.wait(), 0, server.log())


@row("a server that nobody asked anything ends with status 0", start="itself")
def unasked(t, kind):
    with kind.start() as server:
        t.assertEqual(server.stop(), 0, server.log())


@row("connections that are open and silent, or in the middle of a head, are owed no answer",
     start="itself")
def silent(t, kind):
    with (kind.start(arguments=["--drain", "1"]) as server, server.connect() as silent_one,
          server.connect() as slow):
        slow.send(b"GET / HT")
        t.ask(server, "/hello")
        t.assertEqual(server.stop(), 0, server.log())
        t.assertEqual(silent_one.end(), client.FIN)


@row("port 0 is a port of the kernel's choice, another for each server", start="itself")
def port_zero(t, kind):
    with kind.start() as one, kind.start() as other:
        t.assertNotEqual(one.address, other.address)
        for server in (one, other):
            t.assertEqual(t.ask(server, "/hello").body, b"Hello, world!")
            t.assertEqual(server.stop(), 0, server.log())


@row("a unix socket's file is there while the server is, and gone behind it", start="itself")
def socket_file(t, kind):
    if not kind.is_unix:
        t.skipTest("this one listens on TCP")
    with kind.start() as server:
        t.assertTrue(os.path.exists(server.address[1]))
        t.assertEqual(server.stop(), 0, server.log())
        t.assertFalse(os.path.exists(server.address[1]))


@row("a task posted for an exchange that ended meanwhile does not outlive the server",
     start="itself")
def posted_late(t, kind):
    with kind.start() as server:
        with server.connect() as connection:
            connection.send(get("/defer?ms=100"))
            t.ask(server, "/hello")
        t.assertEqual(server.stop(), 0, server.log())
