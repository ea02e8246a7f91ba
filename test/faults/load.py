# SPDX-License-Identifier: MIT
"""Clients of every kind at once, who verify every byte and count what became of each request."""

import collections
import random
import socket
import threading
import time

import client
from client import RST, get, request
from faults import Request

PATIENCE = 60  # for one answer


class Answers:
    """Requests with the answers they must have, made up by a generator of random numbers."""

    def __init__(self, rng, file):
        self.rng, self.file = rng, file
        self.makers = (self.hello, self.hello, self.hello, self.echo, self.echo_chunks, self.stream,
                       self.deferred, self.part_of_file, self.nothing)

    def any(self):
        return self.rng.choice(self.makers)()

    def size(self, most):
        """Small ones are frequent."""
        return int(most * self.rng.random() ** 4)

    def hello(self):
        return Request("hello", get("/hello"), 200, b"Hello, world!")

    def echo(self):
        body = self.rng.randbytes(self.size(200_000))
        return Request("echo", request("POST", "/echo", body=body), 200, body)

    def echo_chunks(self):
        chunks = [self.rng.randbytes(1 + self.size(20_000)) for _ in range(self.rng.randrange(6))]
        head = request("POST", "/echo", "Transfer-Encoding: chunked")
        return Request("echo of chunks", head + client.chunked(*chunks), 200, b"".join(chunks))

    def stream(self, count=None, size=None, delay=None):
        count = self.rng.randrange(30) if count is None else count
        size = 16 + self.size(8000) if size is None else size
        delay = self.rng.choice((0, 0, 0, 3)) if delay is None else delay
        body = b"".join((b"chunk %d" % i).ljust(size - 1, b".") + b"\n" for i in range(count))
        return Request("stream", get(f"/stream?n={count}&size={size}&delay={delay}"), 200, body)

    def deferred(self):
        return Request("deferred", get(f"/defer?ms={self.rng.randrange(10)}"), 200, b"deferred\n")

    def part_of_file(self):
        start = self.rng.randrange(len(self.file))
        size = self.size(len(self.file) - start)
        return Request("file", get(f"/file?off={start}&len={size}"), 200,
                       self.file[start:start + size])

    def nothing(self):
        return Request("nothing there", get("/nowhere"), 404, b"not found\n")


class Lost:
    """A request that got no answer, or half of one."""

    def __init__(self, what, opened, fresh):
        self.what, self.opened, self.noticed, self.fresh = what, opened, time.monotonic(), fresh

    def __repr__(self):
        return f"{self.what} on a {'fresh' if self.fresh else 'used'} connection"


class Unreachable(Exception):
    """The listening socket was closed in the midst of connecting."""


class Client(threading.Thread):
    """One after the other: connects, asks in one of many ways, leaves."""

    def __init__(self, load, seed):
        super().__init__()
        self.load = load
        self.rng = random.Random(seed)
        self.answers = Answers(self.rng, load.file)
        self.count = collections.Counter()
        self.lost, self.wrong = [], []

    def run(self):
        ways = ([self.keep] * 8 + [self.pipeline] * 4 + [self.once] * 4 + [self.read_slowly]
                + [self.leave] * 3 + [self.talk_nonsense] * 2)
        while not self.load.over.is_set() and not self.wrong:
            try:
                way = self.rng.choice(ways)
                buffer = 8192 if way == self.read_slowly else None
                with self.connect(buffer) as connection:
                    way(connection)
            except (ConnectionRefusedError, Unreachable):
                self.count["refused"] += 1
                time.sleep(0.01)
            except (AssertionError, OSError) as error:  # malformed, late, or what nobody thought of
                self.wrong.append(f"{self.now}: {error!r}")

    def connect(self, buffer):
        self.opened, self.fresh, self.now = time.monotonic(), True, "nothing"
        try:
            return client.Connection(self.load.address, receive_buffer=buffer)
        except ConnectionResetError:
            raise Unreachable from None

    def lose(self):
        self.count["lost"] += 1
        self.lost.append(Lost(self.now, self.opened, self.fresh))

    def expect(self, connection, asked):
        """Whether its answer came, right, and another may be asked for."""
        self.now = asked.name
        response = connection.response(patience=PATIENCE)
        if response is None or response.is_broken:
            self.lose()
            return False
        if (response.status, response.body) != (asked.status, asked.body):
            raise AssertionError(f"a wrong answer: {response!r}")
        self.count["verified"] += 1
        self.fresh = False
        return not response.says_close

    def keep(self, connection):
        for _ in range(self.rng.randrange(1, 30)):
            asked = self.answers.any()
            self.count["sent"] += 1
            connection.send(asked.data)
            if not self.expect(connection, asked) or self.load.over.is_set():
                break

    def once(self, connection):
        asked = self.answers.any()
        self.count["sent"] += 1
        data = asked.data.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        cut = self.rng.randrange(len(data))
        connection.send(data[:cut])
        connection.send(data[cut:])
        if self.expect(connection, asked):
            raise AssertionError("an answer that does not say close")
        if connection.end(PATIENCE) == RST and not self.lost:
            raise AssertionError("reset behind a whole answer")

    def pipeline(self, connection):
        asked = [self.answers.any() for _ in range(self.rng.randrange(2, 17))]
        asked = [one for one in asked if len(one.data) < 4000]  # or both sides wait for the other
        self.count["sent"] += len(asked)
        connection.send(b"".join(one.data for one in asked))
        for i, one in enumerate(asked, 1):
            if not self.expect(connection, one):
                # Behind an answer that says close they were not handled (RFC 9112, 9.6), and behind
                # one that is lost they are lost with it.
                self.count["behind the last"] += len(asked) - i
                break

    def read_slowly(self, connection):
        asked = self.answers.stream(count=60, size=8000, delay=0)
        self.count["sent"] += 1
        connection.send(asked.data)
        for _ in range(self.rng.randrange(20)):
            time.sleep(0.01)
            if not connection.receive(time.monotonic() + PATIENCE):
                break
        self.expect(connection, asked)

    def leave(self, connection):
        """Anywhere in a request or an answer."""
        asked = self.answers.any()
        self.count["sent"] += 1
        self.count["aborted"] += 1
        connection.send(asked.data[:self.rng.randrange(len(asked.data) + 1)])
        if self.rng.random() < 0.5:
            time.sleep(self.rng.random() * 0.01)
        self.rng.choice((connection.close, connection.reset, connection.half_close))()

    def talk_nonsense(self, connection):
        start = self.rng.choice((b"", b"GET ", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", b"PRI * HTTP"))
        noise = start + self.rng.randbytes(self.rng.randrange(1, 400)) + b"\r\n\r\n"
        self.count["nonsense"] += 1
        self.now = "nonsense"
        connection.send(noise)
        connection.half_close()
        connection.end(PATIENCE)  # in its own time, but it ends
        head = bytes(connection.have[:12])
        if head and not head.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")):
            raise AssertionError(f"nonsense is answered with {head!r}")


class Load:
    """So many clients, until the end of a with block."""

    def __init__(self, address, file, seed, clients=8):
        self.address, self.file, self.over = address, file, threading.Event()
        self.clients = [Client(self, seed * 1000 + i) for i in range(clients)]

    def __enter__(self):
        for one in self.clients:
            one.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for one in self.clients:
            one.join()

    @property
    def count(self):
        return sum((one.count for one in self.clients), collections.Counter())

    @property
    def lost(self):
        return [lost for one in self.clients for lost in one.lost]

    @property
    def wrong(self):
        return [wrong for one in self.clients for wrong in one.wrong]
