# SPDX-License-Identifier: MIT
"""A client that measures nothing: it asks, reads whole answers and complains about wrong ones."""
import re
import socket

MINIMAL = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
BROWSER = (
    b"GET / HTTP/1.1\r\nHost: localhost:8000\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n"
    b'sec-ch-ua: "Chromium";v="124", "Not-A.Brand";v="99"\r\nsec-ch-ua-mobile: ?0\r\n'
    b"Upgrade-Insecure-Requests: 1\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    b"Chrome/124.0.0.0 Safari/537.36\r\n"
    b"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    b"Sec-Fetch-Site: none\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    b"Accept-Language: en-US,en;q=0.9,de;q=0.8\r\n"
    b"Cookie: session=eyJfcGVybWFuZW50Ijp0cnVlfQ.ZhQ; theme=dark\r\n\r\n"
)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
DEPTH = 16


class WrongAnswer(Exception):
    pass


def connect(port, seconds=60):
    client = socket.create_connection(("127.0.0.1", port), timeout=seconds)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def read_answers(client, count):
    """Reads exactly `count` whole answers, each a 200."""
    got, at = b"", 0
    while count:
        end = got.find(b"\r\n\r\n", at)
        if end >= 0:
            length = LENGTH.search(got, at, end + 2)
            is_chunked = b"\r\ntransfer-encoding: chunked" in got[at:end].lower()
            if not got.startswith(b"HTTP/1.1 200", at) or not (length or is_chunked):
                raise WrongAnswer(got[at:end].decode("latin-1"))
            last = got.find(b"\r\n0\r\n\r\n", end) if is_chunked else 0
            whole = end + 4 + int(length[1]) if length else last + 7
            if last >= 0 and len(got) >= whole:
                at = whole
                count -= 1
                continue
        more = client.recv(65536)
        if not more:
            raise WrongAnswer("the connection was closed")
        got += more
    if at != len(got):
        raise WrongAnswer("more was answered than asked")


def ask(port, request, times, depth=1):
    """One connection, one batch of `depth` requests after the other."""
    with connect(port) as client:
        for _ in range(times):
            client.sendall(request * depth)
            read_answers(client, depth)
