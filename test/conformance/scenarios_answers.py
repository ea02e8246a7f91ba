# SPDX-License-Identifier: MIT
"""Scenarios 15 to 25: long answers, answers that do not end well, layers, and a server's life."""

import re
import time

import client
from client import get
from scenarios import List, answer, misleads, shape, status
from servers import LAYERS, THROWING, WITNESS
from streams import RANGES, alphabet, alphabet_digest, pour

scenarios = List()
scenario = scenarios.scenario


@scenario("a stream of five parts with 200 ms between them: each is seen at once")
def seen_at_once(t, column):
    chunks, early = [], True
    with column.server().connect() as connection:
        until = time.monotonic() + client.PATIENCE
        connection.send(get("/stream?n=5&delay=200"))
        head = connection.head(until)
        for i in range(5):
            chunks.append(connection.chunk(until).decode())
            early = early and (i > 2 or b"chunk 4" not in connection.have)
        return {"head": shape(head), "chunks": chunks, "in time": early,
                "last": connection.chunk(until) == b""}


@scenario("32 MB to a slow reader: PAUSE and WRITABLE take turns; who ignores PAUSE meets LIMIT")
def slow_reader(t, column):
    server, n = column.server(), 32 << 20
    with server.connect(receive_buffer=65536) as connection:
        connection.send(get(f"/__conform/big?n={n}&id=s16"))
        connection.head(time.monotonic() + client.PATIENCE)
        time.sleep(0.3)  # nobody reads: the queue fills
        whole = pour(connection, n) == alphabet_digest(n)
    seen = t.record(server, "s16")
    turns = [what if what.startswith("event") else result for what, result, _ in seen["calls"][:-1]
             if result == "PAUSE" or what.startswith("event")]
    facts = {"whole": whole, "outcome": [seen["outcome"], seen["body_bytes"]],
             "turns": turns[:4], "alternate": all(a != b for a, b in zip(turns, turns[1:]))}
    with server.connect(receive_buffer=65536) as connection:
        connection.send(get(f"/__conform/ignore-pause?n={64 << 20}&id=s16-deaf"))
        seen = t.record(server, "s16-deaf", done=False)
        facts["deaf"] = sorted({result for _, result in t.calls(seen, "send")})
        response = connection.response()
        facts["what was taken"] = [response.ended, response.body == alphabet(len(response.body))]
    return facts


@scenario("ranges of a file of 3 GB, plain, below a layer for heads and below one for bodies")
def files(t, column):
    facts = {}
    for name, use in (("plain", []), ("heads", [(f"{LAYERS}/add_header", "name=x-a,value=b")]),
                      ("bodies", [(f"{LAYERS}/upper", "")])):
        with column.start(use=use) as server:
            facts[name] = [shape(answer(server, get(f"/file?off={off}&len={n}"))) for off, n in RANGES]
    return facts


@scenario("three hundred answers in flight, ended from another thread")
def deferred(t, column):
    server, bodies = column.server(), {}
    connections = [server.connect() for _ in range(300)]
    for i, connection in enumerate(connections):
        connection.send(get(f"/defer?ms={i * 37 % 300}"))
    for connection in connections:
        body = connection.response().body.decode()
        bodies[body] = bodies.get(body, 0) + 1
        connection.close()
    return bodies


@scenario("a client leaves while its answer is pending: ABORT once, then GONE")
def left(t, column):
    facts, server = {}, column.server()
    for way, leave in (("closes", client.Connection.close), ("resets", client.Connection.reset),
                       ("half-closes", client.Connection.half_close)):
        with server.connect() as connection:
            connection.send(get(f"/__conform/never?id=s19-{way}"))
            t.record(server, f"s19-{way}", done=False)
            leave(connection)
            seen = t.record(server, f"s19-{way}")
            facts[way] = [seen[name] for name in ("calls", "done", "outcome", "body_bytes")]
    facts["afterwards"] = status(answer(server, get("/hello")))
    return facts


@scenario("abort behind 1 KB of chunks, and of a declared length: the client sees it")
def aborted(t, column):
    facts, server = {}, column.server()
    for mode in ("chunked", "fixed"):
        facts[mode] = shape(answer(server, get(f"/__conform/abort?mode={mode}&id=s20-{mode}")))
        seen = t.record(server, f"s20-{mode}")
        facts[f"{mode}, recorded"] = [seen[name] for name in ("calls", "outcome", "body_bytes")]
    return facts


@scenario("failures before a head and behind it, and exceptions")
def failures(t, column):
    facts, server = {}, column.server()
    for name in ("error", "none", "abort-early"):
        facts[name] = shape(answer(server, get(f"/__conform/{name}?id=s21-{name}")))
        facts[f"{name}, recorded"] = t.record(server, f"s21-{name}")["outcome"]
    for target in ("error-late", "error-late?mode=fixed", "none?mode=begun"):
        facts[f"{target} looks whole"] = misleads(answer(server, get(f"/__conform/{target}")))
    with column.start(module=THROWING) as server:
        for target in ("/throw", "/throw-int", "/throw-ended"):
            facts[target] = shape(answer(server, get(target)))
        facts["/throw-late looks whole"] = misleads(answer(server, get("/throw-late")))
    return facts


@scenario("more bytes than declared, and fewer")
def lengths(t, column):
    facts, server = {}, column.server()
    for name in ("overrun", "underrun"):
        response = answer(server, get(f"/__conform/{name}?id=s22-{name}"))
        seen = t.record(server, f"s22-{name}")
        facts[name] = shape(response) if name == "overrun" else misleads(response)
        facts[f"{name}, recorded"] = [seen["calls"], seen["outcome"]]
        facts[f"{name} in one part"] = shape(answer(server, get(f"/__conform/{name}?mode=one")))
    return facts


@scenario("heads that would split, steer or lie")
def injections(t, column):
    server = column.server()
    return {kind: shape(answer(server, get(f"/__conform/inject?kind={kind}"))) for kind in (
        "cr lf crlf nul del name-empty name-space name-colon name-lf name-upper status"
        " x-accel-redirect x-accel-buffering x-sendfile transfer-encoding connection keep-alive"
        " upgrade length-text length-other status-99 status-101 status-600 type-twice").split()}


@scenario("three orders of layers, one of which answers by itself")
def layers(t, column):
    facts = {}
    for order in ("abc", "bca", "cab"):
        use = [(WITNESS, f"name={name}" + (",answers=/denied" if name == "b" else ""))
               for name in order]
        with column.start(use=use) as server:
            for target in ("/hello", "/denied", "/__conform/error", "/status/204"):
                response = answer(server, get(target))
                facts[f"{order} {target}"] = [
                    response.status, [value for name, value in response.fields if name == "x-order"]]
    return facts


@scenario("a failing check, create and start; an end with one long poll")
def life(t, column):
    facts = {}
    for step in ("check", "create", "start"):
        code, output = column.run(WITNESS, config=f"fail={step}")
        facts[step] = [code, f"the witness was told to fail in {step}" in output]
    with column.start(use=[(WITNESS, "name=outer")]) as server, server.connect() as polling:
        polling.send(get("/__conform/never?id=s25"))
        t.record(server, "s25", done=False)
        server.terminate()
        facts["the poll"] = shape(polling.response())
        facts["status"] = server.wait()
        steps = re.findall(r"witness (\S+: \S+)", server.log())
        # A module is asked by a process of its own first, which some servers let speak.
        facts["steps"] = steps[-4:]
    return facts
