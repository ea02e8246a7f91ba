# SPDX-License-Identifier: MIT
"""An HTTP/1.1 client on bare sockets: sends exactly these bytes, believes nothing it gets.

What an answer must not look like raises Malformed. How a connection ended (open, closed, reset) is
part of what is reported: a broken answer may show in nothing else.
"""

import errno
import re
import select
import socket
import struct
import time

# Long enough for a machine that is busy with something else; nothing here measures time.
PATIENCE = 40.0
TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2}) ([\t \x21-\x7e\x80-\xff]*)")
VALUE = re.compile(rb"[\t \x21-\x7e\x80-\xff]*")
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})")

OPEN, FIN, RST = "open", "closed", "reset"


class Malformed(AssertionError):
    """Bytes that no server may send."""


class Late(AssertionError):
    """Something that was to come has not come."""


class Response:
    """What came for one request. `ended` tells how its body ended:

    "whole": by its framing; FIN: with a connection that was to end it; "short", RST: broken off.
    """

    def __init__(self, version, status, reason, fields, head):
        self.version, self.status, self.reason = version, status, reason
        self.fields = fields  # (name in lower case, value), in order
        self.head = head  # all bytes up to the empty line
        self.interim = []  # the 1xx before it
        self.framing = "none"  # length, chunked or close where a body is framed
        self.body = b""
        self.chunks = []  # as framed
        self.trailers = []
        self.ended = None

    def all(self, name):
        return [value for key, value in self.fields if key == name]

    def get(self, name):
        """The one value of a field, or None; a field that comes twice is no single value."""
        values = self.all(name)
        if len(values) > 1:
            raise Malformed(f"{name} comes {len(values)} times")
        return values[0] if values else None

    @property
    def is_broken(self):
        return self.ended in ("short", RST)

    @property
    def says_close(self):
        items = ",".join(self.all("connection")).lower().split(",")
        return "close" in [item.strip() for item in items]

    def __repr__(self):
        return (f"<{self.status} {self.framing} {self.ended} {len(self.body)} bytes"
                f" {self.body[:80]!r}>")


def parse_fields(lines):
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not TOKEN.fullmatch(name):
            raise Malformed(f"a field line without a proper name: {line!r}")
        value = value.strip(b" \t")
        if not VALUE.fullmatch(value):
            raise Malformed(f"a control byte in the value of a field: {line!r}")
        fields.append((name.decode().lower(), value.decode("latin-1")))
    return fields


def framing_of(response, method):
    """("none" | "length" | "chunked" | "close", length) by RFC 9112 6.3."""
    status = response.status
    lengths, codings = response.all("content-length"), response.all("transfer-encoding")
    if lengths and codings:
        raise Malformed("Content-Length with Transfer-Encoding (RFC 9112 6.2)")
    if len(lengths) > 1 or (lengths and not re.fullmatch(r"\d+", lengths[0])):
        raise Malformed(f"Content-Length {lengths} (RFC 9110 8.6)")
    if codings and codings != ["chunked"]:
        raise Malformed(f"Transfer-Encoding {codings}")
    if (status < 200 or status == 204) and (lengths or codings):
        raise Malformed(f"{status} with a framed body (RFC 9110 8.6, RFC 9112 6.1)")
    if status == 205 and (codings or lengths != ["0"]):
        raise Malformed(f"205 that does not say that it is empty: {response.head!r}")
    if method == "HEAD" or status < 200 or status in (204, 304):
        return "none", 0
    if codings:
        return "chunked", 0
    return ("length", int(lengths[0])) if lengths else ("close", 0)


class Connection:
    def __init__(self, address, receive_buffer=None):
        """`address`: ("tcp", host, port) or ("unix", path)."""
        family = socket.AF_UNIX if address[0] == "unix" else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.is_tcp = address[0] == "tcp"
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address[1] if address[0] == "unix" else tuple(address[1:]))
        if self.is_tcp:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.have = bytearray()  # received and not used
        self.state = OPEN

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- Sending ----

    def send(self, data):
        """All of it. A server that has closed already is no failure: what it said counts."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def send_pieces(self, pieces, rest=0.0004):
        """One write each, with a moment between them, so that most arrive alone."""
        for piece in pieces:
            if not self.send(piece):
                return False
            time.sleep(rest)
        return True

    def send_bytes(self, data):
        return self.send_pieces(data[i:i + 1] for i in range(len(data)))

    def stuff(self, data, most):
        """Sends `data` over and over until nothing goes for a second, or more than `most` has gone.

        Returns how much went. What the kernel takes by itself is a few megabytes.
        """
        sent = 0
        self.socket.setblocking(False)
        while sent <= most and select.select([], [self.socket], [], 1.0)[1]:
            try:
                sent += self.socket.send(data[sent % len(data):])
            except (BrokenPipeError, ConnectionResetError):
                break
        self.socket.settimeout(PATIENCE)
        return sent

    def half_close(self):
        """A server that has reset the connection already is no failure, as with send."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise

    def reset(self):
        """Leaves as a process that dies does: RST on TCP."""
        if self.is_tcp:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.socket.close()

    # ---- Receiving ----

    def receive(self, until):
        """One more read into `have`; False when the other side has ended."""
        if self.state != OPEN:
            return False
        left = until - time.monotonic()
        if left <= 0 or not select.select([self.socket], [], [], left)[0]:
            raise Late(f"nothing more came; so far {bytes(self.have[:200])!r}")
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            self.state = RST
            return False
        if not data:
            self.state = FIN
            return False
        self.have += data
        return True

    def end(self, patience=PATIENCE):
        """Waits until the server ends the connection: FIN or RST, with what came in `have`."""
        until = time.monotonic() + patience
        while self.receive(until):
            pass
        return self.state

    def is_quiet(self, seconds):
        """Whether nothing comes for so long: no byte, no end."""
        if self.have or self.state != OPEN:
            return False
        return not select.select([self.socket], [], [], seconds)[0]

    def take(self, n):
        data = bytes(self.have[:n])
        del self.have[:n]
        return data

    def line(self, until, limit=65536):
        """One line without its CRLF, or None when the connection ended before its end."""
        start = 0
        while True:
            at = self.have.find(b"\n", start)
            if at >= 0:
                line = self.take(at + 1)
                if line[-2:] != b"\r\n" or b"\r" in line[:-2]:
                    raise Malformed(f"a line that does not end in CRLF: {line[:200]!r}")
                return line[:-2]
            start = len(self.have)
            if start > limit:
                raise Malformed("an endless line")
            if not self.receive(until):
                return None

    def head(self, until):
        """A Response without its body; None when the connection ended before a first byte."""
        line = self.line(until)
        if line is None:
            if self.have:
                raise Malformed(f"cut inside a head: {bytes(self.have[:200])!r}")
            return None
        match = STATUS_LINE.fullmatch(line)
        if not match:
            raise Malformed(f"no status line: {line[:200]!r}")
        lines = []
        while True:
            field = self.line(until)
            if field is None:
                raise Malformed(f"cut inside a head: {[line, *lines]!r}")
            if not field:
                break
            lines.append(field)
        head = b"\r\n".join([line, *lines, b"", b""])
        return Response(f"HTTP/1.{match[1].decode()}", int(match[2]), match[3].decode("latin-1"),
                        parse_fields(lines), head)

    def response(self, method="GET", patience=PATIENCE):
        """The next final answer, whole or broken; None when the connection ended instead."""
        until = time.monotonic() + patience
        interim = []
        while True:
            response = self.head(until)
            if response is None:
                if interim:
                    raise Malformed("the connection ended after an interim response")
                return None
            response.framing, length = framing_of(response, method)
            if response.status >= 200:
                break
            interim.append(response)
        response.interim = interim
        if response.framing == "none":
            response.ended = "whole"
        elif response.framing == "length":
            self.read_length(response, length, until)
        elif response.framing == "chunked":
            self.read_chunked(response, until)
        else:
            self.end(max(until - time.monotonic(), 0.001))
            response.body = self.take(len(self.have))
            response.ended = self.state
        return response

    def cut(self, response):
        response.ended = RST if self.state == RST else "short"

    def read_length(self, response, length, until):
        body = bytearray()
        while True:
            body += self.take(length - len(body))
            if len(body) == length:
                response.ended = "whole"
                break
            if not self.receive(until):
                self.cut(response)
                break
        response.body = bytes(body)

    def chunk(self, until):
        """The next chunk, b"" for the last; None when the connection ended before its end."""
        line = self.line(until)
        if line is None:
            self.take(len(self.have))
            return None
        match = CHUNK_SIZE.fullmatch(line)
        if not match:
            raise Malformed(f"no chunk size: {line[:80]!r}")
        size = int(match[1], 16)
        if size == 0:
            return b""
        while len(self.have) < size + 2:
            if not self.receive(until):
                return None
        data = self.take(size)
        if self.take(2) != b"\r\n":
            raise Malformed("a chunk that does not end in CRLF")
        return data

    def read_chunked(self, response, until):
        while True:
            data = self.chunk(until)
            if data is None:
                response.chunks.append(self.take(len(self.have)))  # what there is of it
                self.cut(response)
                break
            if not data:
                lines = []
                while (line := self.line(until)):
                    lines.append(line)
                if line is None:
                    self.cut(response)
                else:
                    response.trailers = parse_fields(lines)
                    response.ended = "whole"
                break
            response.chunks.append(data)
        response.body = b"".join(response.chunks)


def request(method, target, *fields, body=None, version="1.1", host="conform.test"):
    """The bytes of a plain request; `fields` are whole lines, `body` brings its Content-Length."""
    lines = [f"{method} {target} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += fields
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def get(target, *fields, **more):
    return request("GET", target, *fields, **more)


def chunked(*chunks, trailers=()):
    """The body of chunks as Transfer-Encoding: chunked has it."""
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return framed + b"0\r\n" + b"".join(line.encode() + b"\r\n" for line in trailers) + b"\r\n"
