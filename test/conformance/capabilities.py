# SPDX-License-Identifier: MIT
"""What a server says that it can do, each looked at from outside where it shows there."""

import re
import time
from pathlib import Path

import client
from client import chunked, get, request

CAPS = {name: int(value, 16) for name, value in re.findall(
    r"#define CSGI_CAP_(\w+)\s+(0x\w+)u",
    (Path(__file__).resolve().parents[2] / "spec/csgi.h").read_text(encoding="utf-8"))}
MEANING = {
    "RAW_TARGET": "the target arrives as it was sent",
    "RAW_HEADERS": "repeated fields arrive line by line, not joined",
    "STREAM_REQUEST": "a body can be read while it arrives",
    "STREAM_RESPONSE": "a part leaves before the answer is complete",
    "FULL_DUPLEX": "both at the same time",
    "TRAILERS_OUT": "trailers behind an answer",
    "TRAILERS_IN": "trailers behind a request",
    "INFORM": "1xx answers of the application's own",
    "SENDFILE": "files go from disk to socket unread",
    "ABORT_NOTIFY": "a client's leaving is noticed while its answer is pending",
    "BROKEN_END": "an answer given up looks broken to the client",
    "UPGRADE": "other protocols on the connection",
}


# ---- Each: whether it shows, within so many seconds -------------------------------------------


def raw_target(t, server, _wait):
    target = "/__conform/%72ecord?a=%62"
    return t.json(t.ask(server, target))["target"] == target


def raw_headers(t, server, _wait):
    seen = t.inspect(server, fields=["X-A: 1", "X-A: 2"])["headers"]
    return [value for name, value in seen if name == "x-a"] == ["1", "2"]


def stream_request(t, server, wait):
    with server.connect() as connection:
        connection.send(request("POST", "/__conform/record?id=cap-in", "Content-Length: 10") + b"hello")
        until = time.monotonic() + wait
        while time.monotonic() < until:
            with server.connect() as other:
                other.send(get("/__conform/record?of=cap-in"))
                response = other.response()
            if response.status == 200 and ["consume", "OK"] in t.calls(t.json(response)):
                return True
            time.sleep(0.02)
    return False


def stream_response(_t, server, wait):
    with server.connect() as connection:
        connection.send(get("/stream?n=2&delay=3600000"))
        try:
            until = time.monotonic() + wait
            connection.head(until)
            return connection.chunk(until) == b"chunk 0\n"
        except client.Late:
            return False


def full_duplex(_t, server, wait):
    with server.connect() as connection:
        connection.send(request("POST", "/echo", "Transfer-Encoding: chunked") + b"5\r\nhello\r\n")
        try:
            until = time.monotonic() + wait
            connection.head(until)
            return connection.chunk(until) == b"hello"
        except client.Late:
            return False


def trailers_out(_t, server, _wait):
    with server.connect() as connection:
        connection.send(get("/__conform/trailers", "TE: trailers", "Connection: TE"))
        return connection.response().trailers == [("x-checksum", "abc")]


def trailers_in(t, server, _wait):
    with server.connect() as connection:
        connection.send(request("POST", "/__inspect", "Transfer-Encoding: chunked")
                        + chunked(b"x", trailers=["X-Sum: 1"]))
        return "x-sum" in dict(t.json(connection.response())["headers"])


def abort_notify(t, server, _wait):
    with server.connect() as connection:
        connection.send(get("/__conform/never?id=cap-gone"))
        t.record(server, "cap-gone", done=False)
    return ["event ABORT", "OK"] in t.calls(t.record(server, "cap-gone"))


def broken_end(_t, server, _wait):
    with server.connect() as connection:
        connection.send(get("/__conform/abort"))
        return connection.response().is_broken


PROBES = {name.upper(): function for name, function in list(globals().items())
          if name.upper() in MEANING}


def measure(t, server):
    """{name: whether it says so}; a server that says what does not show, or hides what does, is an
    error."""
    mask = t.json(t.ask(server, "/__conform/record"))["caps"]
    said = {name: bool(mask & bit) for name, bit in CAPS.items()}
    for name, probe in PROBES.items():
        shows = probe(t, server, client.PATIENCE if said[name] else 1)
        t.assertEqual(said[name], shows, f"{name}: what is said, and what shows")
    return said
