# SPDX-License-Identifier: MIT
"""Long answers: when they are seen, how they are braked, files, and who waits meanwhile."""

import hashlib
import random
import threading
import time

import client
from client import get, request
from servers import LAYERS, MARKS
from table import Table

table = Table()
row = table.row
ALPHABET = b"abcdefghijklmnopqrstuvwxyz"


def alphabet(n):
    return (ALPHABET * (n // 26 + 1))[:n]


def pour(connection, total, watch=lambda received: None, until=None):
    """Reads `total` bytes of a body whose head was read; their digest."""
    digest, received = hashlib.sha256(), 0
    until = until or time.monotonic() + client.PATIENCE * 2
    while received < total:
        if not connection.have and not connection.receive(until):
            raise AssertionError(f"{connection.state} after {received} of {total} bytes")
        data = connection.take(len(connection.have))
        digest.update(data)
        received += len(data)
        watch(received)
    if received != total:
        raise client.Malformed(f"{received} bytes instead of {total}")
    return digest.hexdigest()


def alphabet_digest(n):
    digest, block = hashlib.sha256(), ALPHABET * 40000
    for _ in range(n // len(block)):
        digest.update(block)
    digest.update(block[:n % len(block)])
    return digest.hexdigest()


@row("each part of a stream is on its way when it was sent, not when the next one is [RES-19]",
     needs=["STREAM_RESPONSE"])
def seen_at_once(t, server):
    with server.connect() as connection:
        until = time.monotonic() + client.PATIENCE
        connection.send(get("/stream?n=5&delay=200"))
        head = connection.head(until)
        t.assertEqual((head.status, head.get("transfer-encoding")), (200, "chunked"))
        for i in range(5):
            t.assertEqual(connection.chunk(until), b"chunk %d\n" % i)
            # 800 ms before the last one is sent, 600, 400: time enough for a busy machine.
            if i < 3:
                t.assertNotIn(b"chunk 4", connection.have)
        t.assertEqual(connection.chunk(until), b"")


@row("a stream that rests for longer than anybody waits has shown its head and its part [RES-19]",
     needs=["STREAM_RESPONSE"])
def rest(t, server):
    with server.connect() as connection:
        until = time.monotonic() + client.PATIENCE
        connection.send(get("/stream?n=2&delay=3600000"))
        t.assertEqual(connection.head(until).status, 200)
        t.assertEqual(connection.chunk(until), b"chunk 0\n")


@row("every kind of memory arrives whole, and what was given away is given back")
def memories(t, server):
    for mem in ("copy", "static", "arena", "owned"):
        for length in ("", "&length=unknown"):
            with t.subTest(mem=mem, length=length):
                name = f"mem-{mem}-{len(length)}"
                with server.connect() as connection:
                    connection.send(get(f"/__conform/big?n=3000000&mem={mem}&id={name}{length}"))
                    response = t.next(connection)
                    t.assertEqual((response.body, response.ended), (alphabet(3000000), "whole"))
                    t.still_works(connection)
                seen = t.record(server, name)
                t.assertEqual((seen["outcome"], seen["body_bytes"]), ("OK", 3000000))


@row("100 MB to a slow reader: memory is bounded, PAUSE and WRITABLE take turns [RES-23][EVT-3]",
     memory=True)
def slow_reader(t, server):
    n = 100 << 20
    t.ask(server, "/__conform/big?n=3000000")
    before = server.memory()
    state = {"next": 4 << 20, "most": 0}

    def watch(received):
        if received < state["next"]:
            return
        state["next"] += 4 << 20
        time.sleep(0.02)
        state["most"] = max(state["most"], server.memory() - before)

    with server.connect(receive_buffer=65536) as connection:
        connection.send(get(f"/__conform/big?n={n}&id=slow"))
        head = connection.head(time.monotonic() + client.PATIENCE)
        t.assertEqual(head.get("content-length"), str(n))
        time.sleep(0.3)  # nobody reads: the queue fills
        t.assertLess(server.memory() - before, 8 << 20)
        t.assertEqual(pour(connection, n, watch), alphabet_digest(n))
        t.assertLess(state["most"], 8 << 20)
    seen = t.record(server, "slow")
    t.assertEqual((seen["outcome"], seen["body_bytes"]), ("OK", n))
    # OK any number of times, one PAUSE, one WRITABLE, and so on: nothing twice in a row.
    calls = seen["calls"][:-1]  # the last counts on when there is no room for others
    turns = [(what, result) for what, result, _ in calls if result == "PAUSE"
             or what.startswith("event")]
    t.assertIn(("send", "PAUSE"), turns)
    for what, result, times in calls:
        if result == "PAUSE" or what.startswith("event"):
            t.assertEqual(times, 1, calls)
    for one, other in zip(turns, turns[1:]):
        t.assertNotEqual(one, other)


@row("who ignores PAUSE meets LIMIT; what was taken arrives [RES-10][RES-23]",
     log=["RES-10"], memory=True)
def ignored_pause(t, server):
    t.ask(server, "/hello")
    before = server.memory()
    for mem in ("copy", "owned"):
        with t.subTest(mem), server.connect(receive_buffer=65536) as connection:
            connection.send(get(f"/__conform/ignore-pause?n={64 << 20}&mem={mem}&id=deaf-{mem}"))
            seen = t.record(server, f"deaf-{mem}", done=False)
            t.assertIn(["send", "LIMIT"], t.calls(seen))
            t.assertIn(["send", "PAUSE"], t.calls(seen))
            t.assertLess(server.memory() - before, 8 << 20)
            response = t.next(connection)
            t.assertEqual(response.ended, "whole")
            t.assertEqual(response.body, alphabet(len(response.body)))
            t.assertEqual(t.record(server, f"deaf-{mem}")["body_bytes"], len(response.body))


@row("a stream to a fast reader does not keep the loop from others [EVT-6]")
def fair_stream(t, server):
    with server.connect() as connection:
        connection.send(get(f"/__conform/big?n={1 << 40}&length=unknown"))
        stop = threading.Event()

        def read():
            while not stop.is_set() and connection.socket.recv(1 << 20):
                pass
        thread = threading.Thread(target=read)
        thread.start()
        try:
            for _ in range(50):
                t.ask(server, "/hello")
        finally:
            stop.set()
            thread.join()


@row("a flood into a body does not keep the loop from others [EVT-6]")
def fair_body(t, server):
    with server.connect() as connection:
        connection.send(request("POST", "/__inspect", f"Content-Length: {1 << 30}"))
        stop, piece = threading.Event(), bytes(1 << 20)

        def write():
            sent = 0
            while not stop.is_set() and sent + len(piece) < 1 << 30:
                connection.socket.sendall(piece)
                sent += len(piece)
        thread = threading.Thread(target=write)
        thread.start()
        try:
            for _ in range(50):
                t.ask(server, "/hello")
        finally:
            stop.set()
            thread.join()


@row("two hundred answers in flight, ended in any order by another thread, all arrive")
def deferred(t, server):
    chance = random.Random(1)
    connections = [server.connect() for _ in range(200)]
    try:
        for connection in connections:
            connection.send(get(f"/defer?ms={chance.randrange(300)}"))
        chance.shuffle(connections)
        for connection in connections:
            t.assertEqual(t.next(connection).body, b"deferred\n")
        for connection in connections:
            t.still_works(connection)
    finally:
        for connection in connections:
            connection.close()


def file_part(t, server, off, n, change=lambda data: data):
    response = t.ask(server, f"/file?off={off}&len={n}")
    expected = bytearray(n)
    for offset, mark in MARKS.items():
        for i, byte in enumerate(mark):
            if off <= offset + i < off + n:
                expected[offset + i - off] = byte
    t.assertEqual(response.body, change(bytes(expected)))


RANGES = [(0, 29), (7, 13), (0, 0), (1, 99999), ((1 << 31) - 3, 4099), ((1 << 31) + 7, 31),
          ((3 << 30) - 5, 4)]


def files(t, server, change=lambda data: data):
    for off, n in RANGES:
        with t.subTest(off=off, n=n):
            file_part(t, server, off, n, change)


@row("a range of a file, odd, empty, beyond 2 GiB, is those bytes")
def file_ranges(t, server):
    files(t, server)
    t.assertEqual(t.ask(server, f"/file?off={(3 << 30) - 3}").body, b"d.\n")  # to its end
    with server.connect() as connection:
        connection.send(get("/file?off=0&len=29") + get("/hello"))
        t.next(connection)
        t.next(connection)


@row("64 MB of a file go to a slow reader in bounded memory", memory=True)
def large_file(t, server):
    t.ask(server, "/hello")
    before, n = server.memory(), 64 << 20
    with server.connect(receive_buffer=65536) as connection:
        connection.send(get(f"/file?off=1000&len={n}"))
        t.assertEqual(connection.head(time.monotonic() + client.PATIENCE).status, 200)
        time.sleep(0.2)
        digest = pour(connection, n, lambda received: None)
        t.assertEqual(digest, hashlib.sha256(bytes(n)).hexdigest())
        t.assertLess(server.memory() - before, 8 << 20)


@row("a file passes a layer that looks at heads", start={"use": [
    (f"{LAYERS}/add_header", "name=x-served-by,value=me"), (f"{LAYERS}/pass_through", "")]})
def file_below_heads(t, server):
    files(t, server)


@row("a file passes a layer that changes bodies as bytes", start={"use": [(f"{LAYERS}/upper", "")]})
def file_below_bodies(t, server):
    files(t, server, bytes.upper)


@row("descriptors of files and connections are given back")
def descriptors(t, server):
    t.ask(server, "/file?off=0&len=7")
    before = server.descriptors()
    for i in range(50):
        t.ask(server, "/file?off=0&len=7", method="HEAD" if i % 2 else "GET")
        with server.connect() as connection:
            connection.send(get(f"/file?off=0&len={64 << 20}"))
    t.ask(server, "/file?off=0&len=7")  # connections are accepted in order: the others were before
    until = time.monotonic() + client.PATIENCE
    while (now := server.descriptors()) > before and time.monotonic() < until:
        time.sleep(0.02)
    t.assertLessEqual(now, before)
