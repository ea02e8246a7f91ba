# SPDX-License-Identifier: MIT
"""What a server keeps for clients that are idle, that never read, or that never finish a head."""
import select
import socket
import struct
import time

import servers
import traffic
from servers import OURS, Server, built

IDLE = 10000
FLOOD = 48 << 20
QUIET = 2.0  # a client that could send nothing for so long is being held back
RESET = struct.pack("ii", 1, 0)  # leaves no port in TIME_WAIT


def kib(n):
    return f"{n / 1024:,.0f} KiB"


def close(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()


def warm(server):
    """Requests that touch what every connection shares, on one that is then closed."""
    traffic.ask(server.port, traffic.BROWSER, 50)
    time.sleep(0.3)


class Watch:
    """The most that a server's memory has grown by since."""

    def __init__(self, server):
        self.server, self.start = server, server.memory()
        self.start_anon = server.memory("RssAnon")
        self.most = self.most_anon = 0

    def look(self):
        self.most = max(self.most, self.server.memory() - self.start)
        self.most_anon = max(self.most_anon, self.server.memory("RssAnon") - self.start_anon)

    def __str__(self):
        return f"{kib(self.most)} (of it anonymous {kib(self.most_anon)})"


def idle(name, count):
    """Bytes of one kept connection that has had a request answered and waits."""
    clients = []
    with Server(name) as server:
        warm(server)
        start = server.memory()
        try:
            for _ in range(count):
                client = traffic.connect(server.port, 10)
                clients.append(client)
                client.sendall(traffic.MINIMAL)
                traffic.read_answers(client, 1)
            time.sleep(1.5)
            return (server.memory() - start) / count
        finally:
            for client in clients:
                close(client)


def flood(server):
    """Pipelined requests whose answers nobody reads. Growth, and bytes that got sent."""
    batch = traffic.MINIMAL * 1000
    client = traffic.connect(server.port)
    client.setblocking(False)
    watch = Watch(server)
    sent, at, last = 0, 0, time.monotonic()
    try:
        while sent < FLOOD and time.monotonic() - last < QUIET:
            select.select([], [client], [], 0.05)
            try:
                n = client.send(batch[at:])
                sent, at, last = sent + n, (at + n) % len(batch), time.monotonic()
            except BlockingIOError:
                pass
            except ConnectionError:
                break  # refusing is a way of not growing
            watch.look()
        watch.look()
    finally:
        close(client)
    return watch, sent


def endless(server, seconds=4.0):
    """Growth while an answer without end has a reader that stops at its first bytes."""
    client = traffic.connect(server.port)
    watch = Watch(server)
    try:
        client.sendall(traffic.MINIMAL)
        if not client.recv(4096).startswith(b"HTTP/1.1 200"):
            raise traffic.WrongAnswer("the endless answer does not begin")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.05)
            watch.look()
    finally:
        close(client)
    return watch


def slow_head(most=20.0):
    """How long a head that comes byte by byte and never ends is put up with, and its answer."""
    with Server(OURS) as server, traffic.connect(server.port) as client:
        client.setblocking(False)
        start, said = time.monotonic(), b""
        head = b"GET / HTTP/1.1\r\nHost: localhost\r\nx-slow: " + b"a" * 1000
        for byte in head:
            if time.monotonic() - start > most:
                return None, said
            try:
                client.send(bytes([byte]))
            except OSError:
                return time.monotonic() - start, said
            if select.select([client], [], [], 0.1)[0]:
                try:
                    got = client.recv(4096)
                except OSError:
                    got = b""
                said += got
                if not got:
                    return time.monotonic() - start, said
        return None, said


def main():
    count = min(IDLE, servers.raise_descriptors() - 500)
    if count < IDLE:
        print(f"This user may open {count + 500} descriptors: {count} connections, not {IDLE}.")
    print("### Memory\n")
    print(f"Growth of VmRSS with {count:,} idle kept connections, each after one request; what the "
          "kernel keeps\nfor a socket is not in it.\n")
    print("| server | bytes of a connection |\n|---|---|")
    for name in servers.available():
        try:
            print(f"| {name} | {idle(name, count):,.0f} |", flush=True)
        except (OSError, traffic.WrongAnswer, RuntimeError) as why:
            if name == OURS:
                raise
            print(f"| {name} | – ({why}) |", flush=True)
    print(f"\n{OURS}: at most 1,024 bytes.\n")
    print("| nobody reads | growth of VmRSS (at most 256 KiB) | and the third time |\n|---|---|---|")
    with Server(OURS) as server:
        warm(server)
        # What one connection made the server fetch, the next one finds.
        (first, sent), _, (third, _) = flood(server), flood(server), flood(server)
        traffic.ask(server.port, traffic.MINIMAL, 1)
    print(f"| {FLOOD >> 20} MiB of pipelined requests; held back after {kib(sent)} | {first} "
          f"| {third} |", flush=True)
    with Server(OURS, module=built("endless.so")) as server:
        time.sleep(0.3)
        first, _, third = endless(server), endless(server), endless(server)
    print(f"| an endless answer | {first} | {third} |")
    seconds, said = slow_head()
    status = said[:12].decode("latin-1") or "no answer"
    print(f"\nA head sent byte by byte: "
          f"{'never closed' if seconds is None else f'closed after {seconds:.1f} s'} "
          f"(at most 12), {status}.", flush=True)
