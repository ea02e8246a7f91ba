# SPDX-License-Identifier: MIT
"""A web server that passes every request on by FastCGI: between the suite's client and a responder.

It does what nginx 1.22 does, and no more: parameters repeated for repeated fields, CONTENT_TYPE
next to HTTP_CONTENT_TYPE, a kept connection for each client, which is closed when the client leaves.
Or it multiplexes: all requests of all clients on one connection, and ABORT when a client leaves.
It judges nothing of a request but what it has to understand, so that what is refused is refused
by the responder.
"""

import collections
import email.utils
import re
import select
import socket
import struct
import threading
import time

import records
from records import ABORT, END, STDERR, STDIN, STDOUT

ROOM = 1 << 16  # bytes that wait for one side before the other is read no more
DISCARD = 1 << 20
KEPT = 160 << 20  # of an answer on a shared connection, whose other requests must not wait
HIDDEN = re.compile(rb"status|x-accel-.*")
# Behind a page of the responder's own with one of these a client is not kept: what was asked could
# not be read.
CLOSING = {400, 405, 408, 413, 414, 431, 501, 503}


class Left(Exception):
    """The client is gone."""


class Broken(Exception):
    """What the responder sent is not all."""


class Direct:
    """A connection to the responder for one client."""

    multiplexes = lost = False

    def __init__(self, address, flags):
        self.socket = connect(address)
        self.reader, self.flags = records.Reader(), flags
        self.out = bytearray()
        self.is_open = True

    def begin(self):
        self.stderr = bytearray()
        return 1

    def fileno(self):
        return self.socket.fileno()

    def receive(self):
        """Records that have come; None at the end."""
        try:
            data = self.socket.recv(ROOM)
        except ConnectionError:
            data = b""
        if not data:
            self.is_open, self.lost = False, True
            return None
        return list(self.reader.feed(data))

    def pump(self):
        try:
            n = self.socket.send(self.out, socket.MSG_DONTWAIT)
            del self.out[:n]
        except BlockingIOError:
            pass
        except OSError:  # what it said before still counts
            self.out.clear()

    def abandon(self, number):
        self.close()

    def end(self, number, whole):
        if not whole or not self.flags & records.KEEP_CONN:
            self.close()

    def close(self):
        self.is_open = False
        self.socket.close()


class Shared:
    """One connection to the responder for everybody."""

    def __init__(self, address, flags):
        self.address, self.lock = address, threading.Lock()
        self.lines = {}  # id -> Line
        self.socket, self.thread, self.flags = None, None, flags

    def line(self):
        with self.lock:
            if self.socket is None:
                self.socket = connect(self.address)
                self.thread = threading.Thread(target=self.read, args=(self.socket,), daemon=True)
                self.lines = {}
                # What a front that means to multiplex asks first (FastCGI 1.0, 4.1).
                question = records.pairs([("FCGI_MPXS_CONNS", "")])
                self.socket.sendall(records.record(records.GET_VALUES, 0, question))
                self.thread.start()
            number = next(i for i in range(1, 65536) if i not in self.lines)
            self.lines[number] = line = Line(self, self.socket, number)
            return line

    def read(self, sock):
        reader, lines = records.Reader(), self.lines
        try:
            while data := sock.recv(1 << 18):
                for one in reader.feed(data):
                    if one[0] == records.VALUES:
                        self.values = records.unpair(one[2])
                        continue
                    with self.lock:
                        line = lines.get(one[1])
                        if line:
                            line.put(one)
                        if one[0] == END:
                            lines.pop(one[1], None)
        except (OSError, records.Wrong) as error:
            self.error = error
        self.retire(sock)
        with self.lock:
            for line in lines.values():
                line.put(None)
        sock.close()

    def retire(self, sock):
        with self.lock:
            if self.socket is sock:
                self.socket = None

    def close(self):
        with self.lock:
            if self.socket:
                self.socket.shutdown(socket.SHUT_RDWR)


class Line:
    """One request on a Shared connection, with the face of Direct."""

    multiplexes = True

    def __init__(self, shared, sock, number):
        self.shared, self.socket, self.number, self.flags = shared, sock, number, shared.flags
        self.out, self.stderr = bytearray(), bytearray()
        self.queue, self.is_open = collections.deque(), True
        self.kept, self.is_over, self.lost = 0, False, False
        self.bell, self.ring = socket.socketpair()

    def begin(self):
        return self.number

    def fileno(self):
        return self.bell.fileno()

    def put(self, one):
        if self.is_over:
            return
        self.lost = one is None
        self.kept += len(one[2]) if one else 0
        self.is_over = one is None or self.kept > KEPT
        self.queue.append(None if self.is_over else one)
        try:
            self.ring.send(b"x", socket.MSG_DONTWAIT)
        except OSError:
            pass

    def receive(self):
        self.bell.recv(1 << 16)
        found = []
        for _ in range(len(self.queue)):
            found.append(self.queue.popleft())
            if found[-1] is None:
                break
            self.kept -= len(found[-1][2])
        return found

    def pump(self):
        with self.shared.lock:
            data = bytes(self.out)
            self.out.clear()
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def abandon(self, number):
        try:
            self.socket.sendall(records.record(ABORT, number))
        except OSError:
            pass
        self.close()

    def end(self, number, whole):
        self.close()

    def close(self):
        self.is_open = False
        self.bell.close()
        self.ring.close()


def connect(address):
    sock = socket.socket(socket.AF_UNIX if address[0] == "unix" else socket.AF_INET)
    sock.connect(address[1] if address[0] == "unix" else tuple(address[1:]))
    return sock


class Head:
    """A client's request, as far as a front has to understand it."""

    def __init__(self, raw, peer, local):
        lines = raw.split(b"\r\n")
        words = lines[0].split(b" ")
        self.method, self.target = words[0], b" ".join(words[1:-1])
        self.version = words[-1]
        self.fields = []
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            # As nginx by default: a name with other bytes is not passed on.
            if re.fullmatch(rb"[A-Za-z0-9-]+", name):
                self.fields.append((name.lower(), value.strip(b" \t")))
        self.peer, self.local = peer, local
        length = self.all(b"content-length")
        self.length = int(length[0]) if length and length[0].isdigit() else None
        self.is_chunked = bool(self.all(b"transfer-encoding"))
        tokens = b",".join(self.all(b"connection")).lower()
        self.keeps = (b"close" not in tokens if self.version == b"HTTP/1.1"
                      else b"keep-alive" in tokens)
        self.waits = any(v.lower() == b"100-continue" for v in self.all(b"expect"))

    def all(self, name):
        return [value for key, value in self.fields if key == name]

    def params(self):
        def first(name):
            return (self.all(name) or [b""])[0]
        path, _, query = self.target.partition(b"?")
        yield from (("QUERY_STRING", query), ("REQUEST_METHOD", self.method),
                    ("CONTENT_TYPE", first(b"content-type")),
                    ("CONTENT_LENGTH", first(b"content-length")),
                    ("SCRIPT_NAME", path), ("REQUEST_URI", self.target),
                    ("DOCUMENT_URI", path), ("DOCUMENT_ROOT", "/nothing"),
                    ("SERVER_PROTOCOL", self.version), ("REQUEST_SCHEME", "http"),
                    ("GATEWAY_INTERFACE", "CGI/1.1"), ("SERVER_SOFTWARE", "front"),
                    ("REMOTE_ADDR", self.peer[0]), ("REMOTE_PORT", str(self.peer[1])),
                    ("SERVER_ADDR", self.local[0]), ("SERVER_PORT", str(self.local[1])),
                    ("SERVER_NAME", "localhost"), ("REDIRECT_STATUS", "200"))
        for name, value in self.fields:
            yield b"HTTP_" + name.upper().replace(b"-", b"_"), value


class Body:
    """A request's body as it comes: `take` gives its bytes, in any pieces."""

    def __init__(self, head):
        self.left = 0 if head.length is None else head.length
        self.is_chunked, self.is_over = head.is_chunked, False
        self.is_over = not self.is_chunked and self.left == 0
        self.state, self.size = "size", 0

    def take(self, have):
        """Bytes off the front of the bytearray; ValueError for what is no chunk."""
        if not self.is_chunked:
            data = bytes(have[:min(self.left, ROOM)])
            del have[:len(data)]
            self.left -= len(data)
            self.is_over = self.left == 0
            return data
        out = bytearray()
        while not self.is_over:
            if self.state == "data":
                if not have:
                    break
                data = have[:self.size]
                out += data
                self.size -= len(data)
                del have[:len(data)]
                if not self.size:
                    self.state = "end"
                continue
            at = have.find(b"\r\n")
            if at < 0:
                break
            line = bytes(have[:at])
            del have[:at + 2]
            if self.state == "end":
                if line:
                    raise ValueError("no end of a chunk")
                self.state = "size"
            elif self.state == "size":
                self.size = int(line.partition(b";")[0], 16)
                self.state = "data" if self.size else "trailer"
            elif not line:
                self.is_over = True
        return bytes(out)


class Client:
    """One connection of a client, in a thread of its own."""

    def __init__(self, front, sock):
        self.front, self.socket = front, sock
        self.have, self.out = bytearray(), bytearray()
        self.upstream = None

    # ---- What the answer becomes ----

    def answer(self, data):
        """More of STDOUT."""
        if self.framing is None:
            self.answer_head += data
            at = self.answer_head.find(b"\r\n\r\n")
            if at < 0:
                return
            data = bytes(self.answer_head[at + 4:])
            self.begin_answer(bytes(self.answer_head[:at]).split(b"\r\n"), data)
        if self.framing == "none" or not data:
            return
        if self.framing == "length":
            data = data[:self.answer_left]
            self.answer_left -= len(data)
        self.out += b"%x\r\n%s\r\n" % (len(data), data) if self.framing == "chunked" else data

    def begin_answer(self, lines, data):
        status, fields = b"200 OK", []
        for line in lines:
            name, _, value = line.partition(b": ")
            if name.lower() == b"status":
                status = value
            if not HIDDEN.fullmatch(name.lower()):
                fields.append((name.lower(), value))
        if not re.fullmatch(rb"\d{3} .+", status):
            raise Broken(f"no status with a phrase: {status!r}")
        names = dict(fields)
        number = int(status[:3])
        self.answer_left = int(names.get(b"content-length", 0))
        refused = number in CLOSING and data.startswith(b"%d " % number)
        unread = not self.body.is_over and self.body.left > DISCARD
        self.keeps = self.head.keeps and not refused and not unread
        old = self.head.version != b"HTTP/1.1"
        if self.head.method == b"HEAD" or number in (204, 304):
            self.framing = "none"
        elif b"content-length" in names:
            self.framing = "length"
        else:
            self.framing = "close" if old else "chunked"
            self.keeps = self.keeps and not old
        if b"date" not in names:
            fields.append((b"date", email.utils.formatdate(usegmt=True).encode()))
        if b"server" not in names:
            fields.append((b"server", b"front"))
        if self.framing == "chunked":
            fields.append((b"transfer-encoding", b"chunked"))
        if not self.keeps:
            fields.append((b"connection", b"close"))
        elif old:
            fields.append((b"connection", b"keep-alive"))
        self.out += b"HTTP/1.1 " + status + b"\r\n"
        self.out += b"".join(b"%s: %s\r\n" % field for field in fields) + b"\r\n"

    def end_answer(self):
        if self.framing is None or (self.framing == "length" and self.answer_left):
            raise Broken("the end before the end")
        if self.framing == "chunked":
            self.out += b"0\r\n\r\n"

    # ---- One request ----

    def receive(self):
        """False at the client's end, of whatever kind."""
        try:
            data = self.socket.recv(ROOM)
        except ConnectionError:
            return False
        self.have += data
        return bool(data)

    def send_some(self):
        try:
            del self.out[:self.socket.send(self.out, socket.MSG_DONTWAIT)]
        except BlockingIOError:
            pass
        except OSError:
            raise Left from None

    def read_head(self):
        """A Head; None when the client, or the responder, ends first."""
        while b"\r\n\r\n" not in self.have:
            watched = [self.socket]
            if self.upstream and self.upstream.is_open and not self.upstream.multiplexes:
                watched.append(self.upstream)
            ready, _, _ = select.select(watched, [], [])
            # A responder that closes what it served is followed: so the suite sees it.
            if self.upstream in ready and self.upstream.receive() is None:
                return None
            if self.socket in ready and not self.receive():
                return None
        at = self.have.index(b"\r\n\r\n")
        raw = bytes(self.have[:at])
        del self.have[:at + 4]
        return Head(raw, *self.names)

    def start(self):
        """The responder is told of self.head; the number of the request."""
        if not self.upstream or not self.upstream.is_open:
            self.upstream = self.front.upstream()
        number = self.upstream.begin()
        self.upstream.out += (records.begin(number, self.upstream.flags)
                              + records.params(number, self.head.params()))
        return number

    def restart(self, sent, body):
        """The request once more, on another connection."""
        self.upstream.close()
        number = self.number = self.start()
        self.upstream.out += records.stream(STDIN, number, sent)
        if body.is_over:
            self.upstream.out += records.record(STDIN, number)
        return number, self.upstream

    def forward(self, number, body):
        data = body.take(self.have)
        self.upstream.out += records.stream(STDIN, number, data)
        if body.is_over:
            self.upstream.out += records.record(STDIN, number)
        return data

    def serve_one(self):
        body = self.body = Body(self.head)
        self.framing, self.answer_head, self.answer_left = None, bytearray(), 0
        self.keeps = self.head.keeps
        number = self.number = self.start()
        continue_at = None
        if self.head.waits and self.head.version == b"HTTP/1.1" and not body.is_over:
            continue_at = time.monotonic() + 0.2  # a refusal may come first
        sent = self.forward(number, body)
        upstream, ended, here, again = self.upstream, False, True, False
        while not ended or self.out:
            if ended and not here:
                self.socket.settimeout(30)
                self.socket.sendall(self.out)
                self.out.clear()
                break
            readable = []
            # Who has nothing more to say is watched all the same: it may leave.
            if here and len(self.have) < ROOM and len(upstream.out) < ROOM:
                readable.append(self.socket)
            if not ended and len(self.out) < ROOM:
                readable.append(upstream)
            writable = [self.socket] if self.out else []
            if upstream.out and not ended:
                writable.append(upstream.socket)
            wait = None if continue_at is None else max(0, continue_at - time.monotonic())
            ready, ready_out, _ = select.select(readable, writable, [], wait)
            if continue_at is not None and (ready or not wait):
                if not ready and self.framing is None:
                    self.out += b"HTTP/1.1 100 Continue\r\n\r\n"
                continue_at = None
            if self.socket in ready_out:
                self.send_some()
            if upstream.socket in ready_out:
                upstream.pump()
            if self.socket in ready and not self.receive():
                here = False
                if not ended:
                    raise Left
            if not body.is_over and not ended:
                try:
                    sent += self.forward(number, body)
                except ValueError:
                    upstream.abandon(number)
                    raise Broken("no chunk") from None
            if upstream not in ready:
                continue
            came = upstream.receive()
            for one in [None] if came is None else came:
                if one is None and upstream.lost and not self.answer_head and not again:
                    again = True  # it ended as the request was on its way
                    number, upstream = self.restart(sent, body)
                    break
                if one is None:
                    if upstream.multiplexes:
                        upstream.abandon(number)
                    raise Broken("closed before the end, or more than can be kept")
                kind, its, content = one
                if its != number:
                    raise records.Wrong(f"id {its} is nobody's")
                if kind == STDOUT:
                    self.answer(content)
                elif kind == STDERR:
                    self.front.stderr += content
                elif kind == END:
                    status, protocol = records.ending(content)
                    self.front.endings.append(status)
                    if protocol == records.OVERLOADED and upstream.multiplexes:
                        upstream.shared.retire(upstream.socket)
                        number, upstream = self.restart(sent, body)
                        break
                    if protocol != records.COMPLETE:
                        raise Broken(f"protocol status {protocol}")
                    ended = True
                    upstream.end(number, body.is_over)
                    self.end_answer()
        return body

    def discard(self, body):
        """Drops the rest of a body that nobody read; False when that is too much."""
        dropped, until = 0, time.monotonic() + 10
        while not body.is_over:
            try:
                dropped += len(body.take(self.have))
            except ValueError:
                return False
            if body.is_over:
                break
            if dropped > DISCARD or time.monotonic() > until:
                return False
            if select.select([self.socket], [], [], 1)[0] and not self.receive():
                return False
        return True

    def run(self):
        try:
            self.names = (self.socket.getpeername(), self.socket.getsockname())
            while (head := self.read_head()) is not None:
                self.head = head
                if head.target[:1] in (b"", b"?"):  # CGI has no words for it
                    self.framing = None
                    raise Broken("no target")
                body = self.serve_one()
                if not self.keeps or not self.discard(body):
                    break
            self.linger()
        except Left:
            if self.upstream and self.upstream.is_open:
                self.upstream.abandon(self.number)
        except Broken as error:
            self.front.broken.append(str(error))
            self.break_off()
        except (OSError, ValueError) as error:  # closed under our feet
            self.front.broken.append(repr(error))
        finally:
            if self.upstream:
                self.upstream.close()
            self.socket.close()
            self.front.clients.discard(self)

    def break_off(self):
        """So that the client sees that something is missing; before a head it is 502."""
        self.socket.settimeout(10)
        if self.framing is None:
            asked = self.head.target[:1] not in (b"", b"?")
            status = b"502 Bad Gateway" if asked else b"400 Bad Request"
            self.out += (b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nserver: front\r\ndate: "
                         + email.utils.formatdate(usegmt=True).encode()
                         + b"\r\nconnection: close\r\n\r\n")
        try:
            self.socket.sendall(self.out)
            if self.framing == "close":
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            else:
                self.linger()
        except OSError:
            pass

    def linger(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(2)
            dropped = 0
            while dropped < 16 * DISCARD and (data := self.socket.recv(ROOM)):
                dropped += len(data)
        except OSError:
            pass


class Front:
    def __init__(self, address, multiplexes=False, flags=records.KEEP_CONN):
        """`address`: the responder's, ("unix", path) or ("tcp", host, port)."""
        self.responder, self.flags = address, flags
        self.shared = Shared(address, flags) if multiplexes else None
        self.stderr, self.endings, self.broken = bytearray(), [], []
        self.clients = set()
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(511)
        self.address = ("tcp", *self.listener.getsockname())
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def upstream(self):
        return self.shared.line() if self.shared else Direct(self.responder, self.flags)

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = Client(self, sock)
            self.clients.add(client)
            threading.Thread(target=client.run, daemon=True).start()

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        if self.shared:
            self.shared.close()
        for client in list(self.clients):
            try:
                client.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
