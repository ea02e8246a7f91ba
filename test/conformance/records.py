# SPDX-License-Identifier: MIT
"""FastCGI 1.0 as a front speaks it: records made, and records taken apart without belief."""

import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, VALUES, UNKNOWN = range(1, 12)
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3
KEEP_CONN = 1
COMPLETE, CANT_MPX, OVERLOADED, UNKNOWN_ROLE = range(4)
MOST = 65535


class Wrong(AssertionError):
    """Bytes that no responder may send."""


def record(kind, number, content=b"", padding=None, version=1):
    if padding is None:
        padding = -len(content) % 8
    return (struct.pack(">BBHHBx", version, kind, number, len(content), padding) + content
            + bytes(padding))


def begin(number, flags=KEEP_CONN, role=RESPONDER):
    return record(BEGIN, number, struct.pack(">HB5x", role, flags))


def length(n, long=False):
    return struct.pack(">I", n | 1 << 31) if long or n > 127 else bytes([n])


def pairs(params, long=False):
    """`params`: (name, value) each, as str or bytes."""
    out = bytearray()
    for name, value in params:
        name, value = (part.encode("latin-1") if isinstance(part, str) else part
                       for part in (name, value))
        out += length(len(name), long) + length(len(value), long) + name + value
    return bytes(out)


def stream(kind, number, content, most=MOST, padding=None):
    """Records of one stream, without its end."""
    return b"".join(record(kind, number, content[i:i + most], padding)
                    for i in range(0, len(content), most))


def params(number, params_, most=MOST, padding=None):
    """All records of the parameters, the empty one included."""
    return stream(PARAMS, number, pairs(params_), most, padding) + record(PARAMS, number)


def unpair(content):
    found, at = [], 0

    def size():
        nonlocal at
        if content[at] < 128:
            at += 1
            return content[at - 1]
        at += 4
        return struct.unpack(">I", content[at - 4:at])[0] & 0x7fffffff
    while at < len(content):
        n, m = size(), size()
        found.append((content[at:at + n].decode(), content[at + n:at + n + m].decode()))
        at += n + m
        if at > len(content):
            raise Wrong("a pair that reaches beyond the end")
    return found


class Reader:
    """Takes what a responder sends, gives (type, id, content) of whole records."""

    def __init__(self):
        self.have = bytearray()
        self.is_spoilt = False

    def feed(self, data):
        self.have += data
        while len(self.have) >= 8:
            if self.have == bytes(8):  # how a responder shows that an answer was given up
                self.is_spoilt = True
                return
            version, kind, number, size, padding = struct.unpack(">BBHHBx", self.have[:8])
            if version != 1 or kind not in (END, STDOUT, STDERR, VALUES, UNKNOWN):
                raise Wrong(f"no record of a responder: {bytes(self.have[:8])!r}")
            if self.have[7]:
                raise Wrong("a reserved byte that is not 0")
            if len(self.have) < 8 + size + padding:
                return
            content = bytes(self.have[8:8 + size])
            del self.have[:8 + size + padding]
            if (kind in (VALUES, UNKNOWN)) != (number == 0):
                raise Wrong(f"type {kind} with id {number}")
            if kind in (END, UNKNOWN) and size != 8:
                raise Wrong(f"type {kind} of {size} bytes")
            yield kind, number, content


def ending(content):
    """(application status, protocol status) of END."""
    return struct.unpack(">IB3x", content)
