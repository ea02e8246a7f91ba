# SPDX-License-Identifier: MIT
"""Each limit of `csgi run`, reached over the wire; and the path that tells of the server's health."""

import signal
import socket
import time
import unittest

from command import CONFORM, HELLO, PATIENCE, Server, broken
import tap


class Peer:
    """One connection, raw."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, text):
        self.socket.sendall(text)
        return self

    def rest(self):
        """What comes until the server closes."""
        received = b""
        try:
            while chunk := self.socket.recv(65536):
                received += chunk
        except ConnectionResetError:
            received += b"(reset)"
        return received

    def answer(self):
        """One answer with a Content-Length."""
        received = b""
        while b"\r\n\r\n" not in received:
            chunk = self.socket.recv(65536)
            if not chunk:
                return received
            received += chunk
        head, _, body = received.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(fields.get(b"content-length", b"0")):
            body += self.socket.recv(65536)
        return head + b"\r\n\r\n" + body


GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Limits(unittest.TestCase):
    def refused(self, received, status):
        self.assertTrue(received.startswith(b"HTTP/1.1 %d " % status), received[:200])
        self.assertIn(b"connection: close", received.lower())

    def test_head_timeout(self):
        """--head-timeout: a head that comes a byte at a time is answered 408 all the same"""
        with Server(HELLO, "--head-timeout", "0.5") as server, Peer(server) as peer:
            began = time.monotonic()
            peer.socket.settimeout(0.05)
            received = b""
            for byte in GET[:-2] + b"X: " + b"x" * 1000:
                peer.send(bytes([byte]))
                try:
                    received = peer.socket.recv(65536)
                    break
                except TimeoutError:
                    pass
            self.refused(received, 408)
            self.assertGreaterEqual(time.monotonic() - began, 0.4)

    def test_keep_alive(self):
        """--keep-alive-timeout: a connection without a next request is closed, without an answer"""
        with Server(HELLO, "--keep-alive-timeout", "0.3") as server, Peer(server) as peer:
            self.assertTrue(peer.send(GET).answer().startswith(b"HTTP/1.1 200 "))
            self.assertEqual(peer.rest(), b"")

    def test_requests(self):
        """--max-requests: the last answer of a connection says that it is the last"""
        with Server(HELLO, "--max-requests", 3) as server, Peer(server) as peer:
            for _ in range(2):
                self.assertNotIn(b"connection: close", peer.send(GET).answer().lower())
            self.assertIn(b"connection: close", peer.send(GET).answer().lower())
            self.assertEqual(peer.rest(), b"")

    def test_body_rate(self):
        """--body-timeout, --body-rate: a body that trickles is not waited for"""
        with Server(CONFORM, "--body-timeout", "0.3", "--body-rate", 1000) as server, \
                Peer(server) as peer:
            peer.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
            began = time.monotonic()
            peer.send(b"x" * 10)
            peer.rest()  # it ends, though not at once
            self.assertGreaterEqual(time.monotonic() - began, 0.25)
        with Server(CONFORM, "--body-timeout", "2", "--body-rate", 1) as server, \
                Peer(server) as peer:
            peer.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n")
            for _ in range(30):  # longer than one stretch
                peer.send(b"y")
                time.sleep(0.1)
            self.assertIn(b"y" * 30, peer.answer())

    def test_send_timeout(self):
        """--send-timeout: a client that does not read its answer is left"""
        with Server(CONFORM, "--send-timeout", "0.4") as server, Peer(server) as peer:
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.send(b"GET /stream?n=100000&size=4096 HTTP/1.1\r\nHost: a\r\n\r\n")
            time.sleep(1.5)
            received = peer.rest()
            self.assertLess(len(received), 100_000_000)
            self.assertNotIn(b"\r\n0\r\n\r\n", received[-16:])

    def test_fields(self):
        """--max-fields: one more is 431"""
        with Server(HELLO, "--max-fields", 5) as server:
            for count, status in ((4, 200), (5, 431)):
                with self.subTest(count=count), Peer(server) as peer:
                    peer.send(GET[:-2] + b"".join(b"x-%d: y\r\n" % n for n in range(count)) +
                              b"Connection: close\r\n\r\n" if status != 200 else
                              GET[:-2] + b"".join(b"x-%d: y\r\n" % n for n in range(count)) +
                              b"\r\n")
                    self.assertTrue(peer.answer().startswith(b"HTTP/1.1 %d " % status))

    def test_head(self):
        """--max-head: a longer head is 431, a longer request line 414"""
        with Server(HELLO, "--max-head", 1000) as server:
            for text, status in ((GET[:-2] + b"X: " + b"x" * 1000 + b"\r\n\r\n", 431),
                                 (b"GET /" + b"x" * 1000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414)):
                with self.subTest(status=status), Peer(server) as peer:
                    self.refused(peer.send(text).rest(), status)

    def test_body(self):
        """--max-body: a longer body is 413, and who asks first is not told to send it"""
        with Server(CONFORM, "--max-body", 100) as server, Peer(server) as peer:
            peer.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n"
                      b"Expect: 100-continue\r\n\r\n")
            received = peer.rest()
            self.refused(received, 413)
            self.assertNotIn(b"100 Continue", received)

    def test_connections(self):
        """--max-connections: one more is answered 503, and room is made when one leaves"""
        with Server(HELLO, "--max-connections", 2) as server:
            with Peer(server) as one, Peer(server) as two:
                for peer in (one, two):
                    peer.send(GET).answer()
                with Peer(server) as three:
                    self.refused(three.rest(), 503)
            until = time.monotonic() + PATIENCE
            while True:
                with Peer(server) as peer:
                    if peer.send(GET).answer().startswith(b"HTTP/1.1 200 "):
                        break
                self.assertLess(time.monotonic(), until)

    def test_per_peer(self):
        """--max-connections-per-peer: the same for one address"""
        with Server(HELLO, "--max-connections-per-peer", 1) as server, Peer(server) as one:
            one.send(GET).answer()
            with Peer(server) as two:
                self.refused(two.rest(), 503)
            self.assertTrue(one.send(GET).answer().startswith(b"HTTP/1.1 200 "))


class Health(unittest.TestCase):
    def wait_for_drain(self, server):
        """It refuses connections then."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", server.port), PATIENCE).close()
            except ConnectionRefusedError:
                return
            except ConnectionResetError:  # closed in this very moment
                pass
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)

    def test_healthz(self):
        """--healthz: 200, and 503 once the server drains; the application is not asked"""
        with Server(broken("never_answers"), "--healthz", "/healthz") as server:
            ask = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
            with Peer(server) as late, Peer(server) as peer:
                late.send(ask[:10])
                for _ in range(2):  # what came before them has been read
                    self.assertTrue(peer.send(ask).answer().startswith(b"HTTP/1.1 200 "))
                server.process.send_signal(signal.SIGTERM)
                self.wait_for_drain(server)
                received = late.send(ask[10:]).answer()
                self.assertTrue(received.startswith(b"HTTP/1.1 503 "), received)
                self.assertIn(b"connection: close", received.lower())
            self.assertEqual(server.process.wait(PATIENCE), 0)


if __name__ == "__main__":
    tap.main()
