# SPDX-License-Identifier: MIT
"""FastCGI without a front: records sent by hand, in order and out of it, whole and cut, hostile.

Whatever comes, the process stays, and other connections are served; a request or a connection ends
as the protocol has it.
"""

import json
import select
import socket
import struct
import time

import records
from client import FIN, PATIENCE, RST, Late
from front import connect
from records import (ABORT, BEGIN, COMPLETE, DATA, END, GET_VALUES, KEEP_CONN, OVERLOADED, PARAMS,
                     STDERR, STDIN, STDOUT, UNKNOWN, UNKNOWN_ROLE, VALUES, begin, params, record,
                     stream)
from table import Table

table = Table()
row = table.row


def ask(target, *more, method="GET", protocol="HTTP/1.1"):
    """The parameters of a request, as few as there can be."""
    return [("REQUEST_METHOD", method), ("REQUEST_URI", target), ("SERVER_PROTOCOL", protocol),
            ("HTTP_HOST", "conform.test"), *more]


def get(number, target, *more, flags=KEEP_CONN, **options):
    return (begin(number, flags) + params(number, ask(target, *more, **options))
            + record(STDIN, number))


def post(number, target, body, *more, most=records.MOST, flags=KEEP_CONN):
    return (begin(number, flags)
            + params(number, ask(target, ("CONTENT_LENGTH", str(len(body))), *more, method="POST"))
            + stream(STDIN, number, body, most) + record(STDIN, number))


class Answer:
    def __init__(self):
        self.out, self.err = bytearray(), bytearray()
        self.app_status = self.protocol_status = None

    @property
    def is_over(self):
        return self.protocol_status is not None

    @property
    def head(self):
        return bytes(self.out).partition(b"\r\n\r\n")[0]

    @property
    def status(self):
        words = self.head.split(b"\r\n")[0].split(b" ", 2)
        if len(words) < 3 or words[0] != b"Status:" or not words[2]:
            raise records.Wrong(f"no Status line with a phrase: {self.head[:80]!r}")
        return int(words[1])

    @property
    def body(self):
        return bytes(self.out).partition(b"\r\n\r\n")[2]

    def field(self, name):
        for line in self.head.split(b"\r\n"):
            key, _, value = line.partition(b": ")
            if key.decode().lower() == name:
                return value.decode("latin-1")
        return None


class Peer:
    """A connection to the responder."""

    def __init__(self, server):
        self.socket = connect(server.responder)
        self.socket.settimeout(PATIENCE)
        self.reader = records.Reader()
        self.answers, self.management, self.order = {}, [], []
        self.state = "open"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has closed: what it said counts

    def receive(self):
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            self.state = RST
            return False
        except socket.timeout:
            raise Late("nothing more came") from None
        if not data:
            self.state = FIN
            return False
        for kind, number, content in self.reader.feed(data):
            self.order.append((kind, number, len(content)))
            if number == 0:
                self.management.append((kind, content))
                continue
            answer = self.answers.setdefault(number, Answer())
            if answer.is_over:
                raise records.Wrong(f"a record behind END of {number}")
            if kind == STDOUT:
                answer.out += content
            elif kind == STDERR:
                answer.err += content
            else:
                answer.app_status, answer.protocol_status = records.ending(content)
        return True

    def answer(self, number=1):
        """The whole answer of this request; one that has ended is forgotten."""
        while not (number in self.answers and self.answers[number].is_over):
            if not self.receive():
                raise AssertionError(f"{self.state} before END of {number}: {self.order[-5:]}")
        return self.answers.pop(number)

    def end(self):
        while self.receive():
            pass
        return self.state

    def get(self, target, number=1, **options):
        self.send(get(number, target, **options))
        return self.answer(number)


def hello(t, peer, number=1):
    answer = peer.get("/hello", number)
    t.assertEqual((answer.status, answer.body, answer.protocol_status),
                  (200, b"Hello, world!", COMPLETE))


@row("a connection is kept when the front says so, and half-closed behind the answer when not (5.1)")
def keeping(t, server):
    with Peer(server) as peer:
        for _ in range(3):
            hello(t, peer)
        peer.send(get(1, "/hello", flags=0))
        t.assertEqual(peer.answer().body, b"Hello, world!")
        t.assertEqual(peer.end(), FIN)


@row("streams end with empty records, STDOUT before END; padding brings records to multiples of 8"
     " (3.3, 6.1)")
def shape(t, server):
    with Peer(server) as peer:
        peer.get("/hello")
        t.assertEqual([kind for kind, _, _ in peer.order], [STDOUT, STDOUT, END])
        t.assertEqual(peer.order[1], (STDOUT, 1, 0))
        peer.get("/stderr")
        t.assertIn((STDERR, 1, 0), peer.order)
    with Peer(server) as peer:
        peer.send(get(1, "/status/404"))
        raw = bytearray()
        while raw[-15:-14] != b"\x03":
            raw += peer.socket.recv(4096)
        t.assertEqual(len(raw) % 8, 0)


@row("a request is read the same however its bytes are cut")
def cut(t, server):
    raw = post(7, "/__inspect/a?b", b"hello", ("HTTP_X_A", "1"), most=2)
    with Peer(server) as peer:
        peer.send(raw)
        whole = json.loads(peer.answer(7).body)
        t.assertEqual((whole["body_length"], whole["path"], whole["query"]),
                      (5, "/__inspect/a", "b"))
        for at in range(1, len(raw), 3):
            peer.send(raw[:at])
            time.sleep(0.0005)
            peer.send(raw[at:])
            t.assertEqual(json.loads(peer.answer(7).body), whole, at)
        for i in range(len(raw)):
            peer.send(raw[i:i + 1])
        t.assertEqual(json.loads(peer.answer(7).body), whole)


@row("records of any size and padding, and lengths of four bytes, say the same (3.3, 3.4)")
def sizes(t, server):
    wanted = None
    pairs = ask("/__inspect", ("CONTENT_LENGTH", "600"), ("HTTP_X_LONG", "v" * 200), method="POST")
    with Peer(server) as peer:
        for most in (1, 7, 127, 600, 65535):
            for padding in (0, 1, 255):
                for long in (False, True):
                    peer.send(begin(1) + stream(PARAMS, 1, records.pairs(pairs, long), most, padding)
                              + record(PARAMS, 1, b"", padding)
                              + stream(STDIN, 1, b"b" * 600, most, padding) + record(STDIN, 1))
                    seen = json.loads(peer.answer().body)
                    wanted = wanted or seen
                    t.assertEqual(seen, wanted, (most, padding, long))
    t.assertEqual((wanted["body_length"], wanted["headers"][1]), (600, ["x-long", "v" * 200]))


@row("GET_VALUES is answered, other management records are UNKNOWN_TYPE (4.1, 4.2)")
def management(t, server):
    with Peer(server) as peer:
        names = ["FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS", "FCGI_OTHER"]
        peer.send(record(GET_VALUES, 0, records.pairs([(name, "") for name in names]), 5))
        hello(t, peer)
        ((kind, content),) = peer.management
        values = dict(records.unpair(content))
        t.assertEqual((kind, sorted(values), values["FCGI_MPXS_CONNS"]), (VALUES, names[:3], "1"))
        t.assertGreater(int(values["FCGI_MAX_CONNS"]), 0)
        t.assertGreater(int(values["FCGI_MAX_REQS"]), 0)
        del peer.management[:]
        for unknown in (0, BEGIN, STDIN, 12, 99, 255):
            peer.send(record(unknown, 0, b"whatever" * 10, 3))
        hello(t, peer)
        t.assertEqual(peer.management, [(UNKNOWN, bytes([unknown]) + bytes(7))
                                        for unknown in (0, BEGIN, STDIN, 12, 99, 255)])


@row("other roles than responder are refused, and the connection is used on (6.2 to 6.4)")
def roles(t, server):
    with Peer(server) as peer:
        for role in (0, records.AUTHORIZER, records.FILTER, 4, 65535):
            peer.send(begin(1, role=role) + params(1, ask("/hello")) + record(STDIN, 1))
            answer = peer.answer()
            t.assertEqual((answer.protocol_status, answer.out), (UNKNOWN_ROLE, b""))
        hello(t, peer)
        peer.send(begin(1, 0, role=records.FILTER))
        t.assertEqual(peer.answer().protocol_status, UNKNOWN_ROLE)
        t.assertEqual(peer.end(), FIN)


@row("ABORT ends a request with END, whatever it is doing (5.4)")
def aborting(t, server):
    with Peer(server) as peer:
        for raw in (begin(1), begin(1) + params(1, ask("/hello")),
                    begin(1) + stream(PARAMS, 1, records.pairs(ask("/hello"))),
                    begin(1) + params(1, ask("/__inspect", ("CONTENT_LENGTH", "9"), method="POST")),
                    get(1, "/__conform/never?id=aborted"), get(1, "/stream?n=1000&delay=20"),
                    get(1, f"/__conform/big?n={1 << 40}")):
            peer.send(raw)
            time.sleep(0.01)
            peer.send(record(ABORT, 1))
            t.assertEqual(peer.answer().protocol_status, COMPLETE)
            hello(t, peer)
    seen = t.record(server, "aborted")
    t.assertIn(["event ABORT", "OK"], t.calls(seen))
    t.assertEqual(seen["outcome"], "GONE")


@row("records of requests that are not there are passed over (3.3)")
def strangers(t, server):
    with Peer(server) as peer:
        peer.send(record(PARAMS, 9, b"xx") + record(STDIN, 9, b"x" * 5000) + record(STDIN, 9)
                  + record(ABORT, 9) + record(DATA, 9, b"x") + record(77, 9, b"x", 9)
                  + record(END, 9, bytes(8)) + record(STDOUT, 9, b"x") + record(GET_VALUES, 9, b"x"))
        hello(t, peer, 9)
        t.assertEqual(peer.management, [])
        # And behind an answer that came before the body did.
        peer.send(begin(1) + params(1, ask("/__conform/unread", ("CONTENT_LENGTH", "10"),
                                           method="POST")))
        t.assertEqual(peer.answer().body, b"unread\n")
        peer.send(record(STDIN, 1, b"0123456789") + record(STDIN, 1))
        hello(t, peer)


@row("DATA and types that nobody knows are passed over inside a request, too")
def unknown_inside(t, server):
    with Peer(server) as peer:
        peer.send(begin(1) + record(DATA, 1, b"x") + params(1, ask("/hello")) + record(99, 1, b"x")
                  + record(STDIN, 1))
        t.assertEqual(peer.answer().body, b"Hello, world!")


@row("requests on one connection are answered as they are ready, their bytes kept apart")
def multiplexed(t, server):
    with Peer(server) as peer:
        raw = get(1, "/defer?ms=300") + get(2, "/__conform/big?n=3000000")
        raw += b"".join(get(number, f"/__inspect/{number}") for number in range(3, 40))
        peer.send(raw + get(65535, "/hello"))
        t.assertEqual(peer.answer(65535).body, b"Hello, world!")
        for number in range(3, 40):
            seen = json.loads(peer.answer(number).body)
            t.assertEqual(seen["raw_target"], f"/__inspect/{number}")
        t.assertNotIn(1, peer.answers)
        t.assertEqual(len(peer.answer(2).body), 3000000)
        t.assertEqual(peer.answer(1).body, b"deferred\n")


@row("a long answer does not make the others on its connection wait")
def long_answer(t, server):
    with Peer(server) as peer:
        peer.send(get(1, f"/__conform/big?n={1 << 40}&length=unknown"))
        while 1 not in peer.answers:
            peer.receive()
        for _ in range(20):
            hello(t, peer, 2)
            peer.answers[1].out.clear()
        peer.send(get(3, f"/file?off=0&len={1 << 30}"))
        while 3 not in peer.answers:
            peer.receive()
            peer.answers[1].out.clear()
        for _ in range(20):
            hello(t, peer, 2)
            peer.answers[1].out.clear()
            peer.answers[3].out.clear()


@row("a body that nobody reads does not make the others on its connection wait, however long it is")
def unread_body(t, server):
    with Peer(server) as peer:
        peer.send(record(GET_VALUES, 0, records.pairs([("FCGI_MPXS_CONNS", "")])))
        peer.send(begin(1) + params(1, ask("/__conform/never?id=unread",
                                           ("CONTENT_LENGTH", str(1 << 30)), method="POST")))
        piece = stream(STDIN, 1, bytes(1 << 20))
        for _ in range(40):
            peer.send(piece)
            hello(t, peer, 2)
    # Which it does not hear of: it never asked.
    t.assertIsNotNone(t.ask(server, "/hello"))


@row("a body that waited alone does not stop its connection once another request shares it")
def shared_late(t, server):
    with Peer(server) as peer:
        peer.send(begin(1) + params(1, ask("/__conform/never?id=shared-late",
                                           ("CONTENT_LENGTH", str(2 << 20)), method="POST"))
                  + stream(STDIN, 1, bytes((1 << 20) - 64)))
        time.sleep(0.3)  # what follows is read in one piece
        # The first fills what one alone may fill, and in the same breath the second begins.
        peer.send(stream(STDIN, 1, bytes(64)) + begin(2))
        peer.send(params(2, ask("/hello")) + record(STDIN, 2))
        t.assertEqual(peer.answer(2).status, 200)


@row("many kept connections are served at once by one worker")
def many(t, server):
    peers = [Peer(server) for _ in range(200)]
    try:
        for _ in range(3):
            for peer in peers:
                peer.send(get(1, "/hello"))
            for peer in peers:
                t.assertEqual(peer.answer().body, b"Hello, world!")
        idle = peers.pop()
        idle.send(get(1, "/hello")[:20])  # and one that is in the middle of something
        for peer in peers:
            hello(t, peer)
    finally:
        for peer in peers:
            peer.socket.close()


@row("the status that the application sets goes out with END, as it came: csgi.app-status/1 (5.5)")
def app_status(t, server):
    with Peer(server) as peer:
        for wanted in (0, 1, 938, (1 << 32) - 1):
            answer = peer.get(f"/appstatus/{wanted}")
            # A layer that is a host of its own hands on no attributes.
            t.assertEqual(answer.app_status, 0 if server.kind.has_lint else wanted)
        t.assertEqual(peer.get("/hello").app_status, 0)


@row("what is logged of a request goes to the front's STDERR, in one line")
def stderr(t, server):
    with Peer(server) as peer:
        answer = peer.get("/stderr")
        t.assertEqual(answer.status, 200)
        t.assertEqual(bytes(answer.err), b"conform: a note for the log\n")


@row("a body as long as announced is EOF, a shorter one TRUNC, more of it is not looked at (6.2)"
     " [BODY-6]")
def body_lengths(t, server):
    with Peer(server) as peer:
        head = begin(1) + params(1, ask("/__inspect", ("CONTENT_LENGTH", "5"), method="POST"))
        peer.send(head + record(STDIN, 1, b"hello") + record(STDIN, 1))
        t.assertEqual(json.loads(peer.answer().body)["body_length"], 5)
        peer.send(head + record(STDIN, 1, b"hello, and more") + record(STDIN, 1))
        t.assertEqual(json.loads(peer.answer().body)["body_length"], 5)
        peer.send(head + record(STDIN, 1, b"hell") + record(STDIN, 1))
        t.assertEqual(peer.answer().status, 400)
        peer.send(begin(1) + params(1, ask("/__inspect", method="POST")) + record(STDIN, 1, b"x")
                  + record(STDIN, 1))
        t.assertEqual(json.loads(peer.answer().body)["body_length"], 0)
        hello(t, peer)


@row("a front that closes, or half-closes, leaves; answers that are there still go out [EVT-5]")
def leaving(t, server):
    with Peer(server) as peer:
        peer.send(get(1, "/hello") + get(2, "/__conform/never?id=half"))
        peer.socket.shutdown(socket.SHUT_WR)
        t.assertEqual(peer.answer(1).body, b"Hello, world!")
        t.assertEqual(t.record(server, "half")["outcome"], "GONE")
        t.assertEqual(peer.end(), FIN)
    with Peer(server) as peer:
        peer.send(get(1, "/__conform/never?id=one") + get(2, "/__conform/never?id=two"))
        for name in ("one", "two"):
            t.record(server, name, done=False)
    for name in ("one", "two"):
        t.assertEqual(t.record(server, name)["outcome"], "GONE")


@row("an answer given up ends with what is no record, when the others on its connection are over"
     " [RES-20]",
     log=["RES-8"])
def broken(t, server):
    with Peer(server) as peer:
        peer.send(get(1, "/__conform/abort") + get(2, "/defer?ms=200") + get(3, "/hello"))
        t.assertEqual(peer.answer(2).body, b"deferred\n")
        t.assertEqual(peer.end(), FIN)
        t.assertEqual((len(peer.answers[1].body), peer.answers[1].is_over), (1024, False))
        t.assertTrue(peer.reader.is_spoilt)
    with Peer(server) as peer:
        peer.send(get(1, "/__conform/abort?ms=0") + get(2, "/__conform/never?id=beside"))
        until = time.monotonic() + PATIENCE
        while peer.get("/hello", 3).protocol_status != OVERLOADED:  # no more on this one
            t.assertLess(time.monotonic(), until)
        peer.send(record(ABORT, 2))
        t.assertEqual(peer.answer(2).protocol_status, COMPLETE)
        t.assertEqual(peer.end(), FIN)
    with Peer(server) as peer:  # and when the front keeps nothing
        peer.send(get(1, "/__conform/abort?ms=0", flags=0))
        t.assertEqual(peer.end(), FIN)
        t.assertTrue(peer.reader.is_spoilt)


def begin_of(content):
    return record(BEGIN, 1, content)


HELLO = records.pairs(ask("/hello"))
HOSTILE = {
    "version 0": b"\0\1\0\1\0\x08\0\0" + bytes(8),
    "version 2": b"\2\1\0\1\0\x08\0\0" + bytes(8),
    "another protocol": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "version 0 behind a good request": get(1, "/hello") + bytes(8),
    "a BEGIN of 7 bytes": begin_of(b"\0\1\1\0\0\0\0"),
    "a BEGIN of 9 bytes": begin_of(b"\0\1\1\0\0\0\0\0\0"),
    "a BEGIN of 65535 bytes": begin_of(bytes(65535)),
    "a BEGIN of no bytes": begin_of(b""),
    "an id that is in use": begin(1) + begin(1),
    "an id that is in use, later": get(1, "/__conform/never?id=h1") + begin(1),
    "questions of 65535 bytes": record(GET_VALUES, 0, bytes(65535)),
    "questions whose lengths lie": record(GET_VALUES, 0, b"\x7f\x7fabc"),
    "questions cut in a length": record(GET_VALUES, 0, b"\xff\xff"),
}
# What ends a request alone, and with which status.
REFUSED = {
    "parameters whose lengths lie": (stream(PARAMS, 1, b"\x0e\x7fREQUEST_METHODGET"), 400),
    "parameters whose long lengths lie": (stream(PARAMS, 1, b"\xff\xff\xff\xff\xff\xff\xff\xff"), 400),
    "parameters cut in a length": (stream(PARAMS, 1, HELLO + b"\x80"), 400),
    "parameters cut in a value": (stream(PARAMS, 1, HELLO[:-1]), 400),
    "no parameters": (b"", 400),
    "no method": (stream(PARAMS, 1, HELLO[HELLO.index(b"\x0b"):]), 400),
    "a method in lower case": (stream(PARAMS, 1, records.pairs(ask("/", method="get"))), 400),
    "TRACE": (stream(PARAMS, 1, records.pairs(ask("/", method="TRACE"))), 405),
    "a target with a space": (stream(PARAMS, 1, records.pairs(ask("/a b"))), 400),
    "a target that climbs": (stream(PARAMS, 1, records.pairs(ask("/../b"))), 400),
    "no Host": (stream(PARAMS, 1, records.pairs(ask("/")[:3])), 400),
    "two Hosts": (stream(PARAMS, 1, records.pairs(ask("/", ("HTTP_HOST", "b")))), 400),
    "a value with a line's end": (
        stream(PARAMS, 1, records.pairs(ask("/", ("HTTP_X", "a\r\nb: c")))), 400),
    "a length that is none": (
        stream(PARAMS, 1, records.pairs(ask("/", ("CONTENT_LENGTH", "-1")))), 400),
    "too long a length": (
        stream(PARAMS, 1, records.pairs(ask("/", ("CONTENT_LENGTH", "9" * 30)))), 400),
    "a body over the limit": (
        stream(PARAMS, 1, records.pairs(ask("/", ("CONTENT_LENGTH", str(1 << 40))))), 413),
    "too many fields": (
        stream(PARAMS, 1, records.pairs(ask("/", *[(f"HTTP_X{i}", "") for i in range(100)]))), 431),
}


@row("bytes that are no records end their connection, and nothing else [REQ-18]")
def hostile(t, server):
    with Peer(server) as other:
        for what, raw in HOSTILE.items():
            with t.subTest(what), Peer(server) as peer:
                peer.send(raw)
                t.assertIn(peer.end(), (FIN, RST))
                hello(t, other)


@row("parameters that are none, or hold what no host lets pass, are refused, and no more [REQ-18]")
def refused(t, server):
    with Peer(server) as peer:
        for what, (raw, status) in REFUSED.items():
            with t.subTest(what):
                peer.send(begin(1) + raw + record(PARAMS, 1) + record(STDIN, 1))
                answer = peer.answer()
                t.assertEqual((answer.status, answer.protocol_status), (status, COMPLETE))
                t.assertEqual(answer.field("allow") is not None, status == 405)
                hello(t, peer)


@row("parameters without end, larger than is taken, out of order: the request is refused")
def disorder(t, server):
    with Peer(server) as peer:
        for what, raw, status in (
                ("a body before the end of the parameters",
                 stream(PARAMS, 1, HELLO) + record(STDIN, 1, b"x"), 400),
                ("the body's end before that of the parameters",
                 stream(PARAMS, 1, HELLO) + record(STDIN, 1), 400),
                ("a body alone", record(STDIN, 1, b"x"), 400),
                ("large parameters",
                 stream(PARAMS, 1, records.pairs(ask("/", ("HTTP_X", "x" * 33000)))), 431),
                ("endless parameters", record(PARAMS, 1, bytes(65535)) * 30, 431)):
            with t.subTest(what):
                peer.send(begin(1) + raw)
                t.assertEqual(peer.answer().status, status)
                hello(t, peer)
        # Behind their end there is nothing to add.
        peer.send(begin(1) + params(1, ask("/__inspect")) + params(1, ask("/hello"))
                  + record(STDIN, 1))
        t.assertEqual(json.loads(peer.answer().body)["raw_target"], "/__inspect")


@row("records that are cut off by the front's end are no requests")
def cut_off(t, server):
    raw = post(1, "/__conform/never?id=cut", b"hello")
    for at in (1, 7, 8, 9, 15, 16, 20, 40, len(raw) - 30, len(raw) - 9):
        for half in (True, False):
            with t.subTest(at=at, half=half), Peer(server) as peer:
                peer.send(raw[:at])
                if half:
                    peer.socket.shutdown(socket.SHUT_WR)
                    t.assertEqual(peer.end(), FIN)
    t.ask(server, "/hello")


@row("parameters have a time to come in, and so has a record",
     start={"arguments": ["--head-timeout", "1"]})
def slow_parameters(t, server):
    with Peer(server) as peer, Peer(server) as other:
        other.send(begin(1)[:5])
        peer.send(get(2, "/defer?ms=2500") + begin(1) + stream(PARAMS, 1, HELLO[:10]))
        t.assertEqual(peer.answer(1).status, 408)
        t.assertEqual(peer.answer(2).body, b"deferred\n")
        hello(t, peer)
        t.assertEqual(other.end(), FIN)


@row("a kept connection that is silent is closed in time",
     start={"arguments": ["--keep-alive-timeout", "1"]})
def silence(t, server):
    with Peer(server) as peer, Peer(server) as busy:
        hello(t, peer)
        busy.send(get(1, "/defer?ms=2500"))
        t.assertEqual(peer.end(), FIN)
        t.assertEqual(busy.answer().body, b"deferred\n")


@row("more requests at once than are taken are OVERLOADED (5.5)",
     start={"arguments": ["--max-connections", "3"]})
def overloaded(t, server):
    with Peer(server) as peer:
        peer.send(b"".join(get(number, "/__conform/never?id=x") for number in (1, 2, 3))
                  + get(4, "/hello"))
        t.assertEqual(peer.answer(4).protocol_status, OVERLOADED)
        peer.send(record(ABORT, 2))
        t.assertEqual(peer.answer(2).protocol_status, COMPLETE)
        hello(t, peer, 4)
    # Connections beyond that are closed.
    peers = [Peer(server) for _ in range(6)]
    closed = 0
    for peer in peers:
        if select.select([peer.socket], [], [], 0.3)[0]:
            closed += not peer.receive()
    t.assertGreaterEqual(closed, 3)
    for peer in peers:
        peer.socket.close()
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with Peer(server) as peer:
            peer.send(get(1, "/hello"))
            try:
                peer.answer()
                break
            except AssertionError:
                time.sleep(0.02)


@row("a flood of requests whose answers nobody reads is braked: memory is bounded [RES-23]",
     memory=True)
def flood(t, server):
    t.ask(server, "/hello")
    before, most = server.memory(), 64 << 20
    for target in ("/hello", "/__conform/big?n=200000"):
        with t.subTest(target), Peer(server) as peer:
            raw = b"".join(get(number, target) for number in range(1, 200))
            peer.socket.setblocking(False)
            sent = 0
            while sent < most and select.select([], [peer.socket], [], 1.0)[1]:
                try:
                    sent += peer.socket.send(raw[sent % len(raw):])
                except OSError:
                    break  # an id in use again: so much was taken
            t.assertLess(sent, most)
            t.assertLess(server.memory() - before, 16 << 20)
            t.ask(server, "/hello")


@row("bodies in the smallest of pieces take no more memory than whole ones [BODY-9]", memory=True)
def crumbs(t, server):
    t.ask(server, "/hello")
    before = server.memory()
    with Peer(server) as peer:
        peer.send(begin(1) + params(1, ask("/__conform/never?id=crumbs",
                                           ("CONTENT_LENGTH", str(1 << 20)), method="POST")))
        crumb = struct.pack(">BBHHBx", 1, STDIN, 1, 1, 0) + b"x"
        peer.send(crumb * 300000)
        hello(t, peer, 2)
        t.assertLess(server.memory() - before, 4 << 20)
