# SPDX-License-Identifier: MIT
"""What a request costs in instructions, heap calls and system calls: numbers without noise."""
import os
import re
import shutil
import struct
import tempfile

import callgrind
import servers
import traffic
from servers import OURS, Server

WRITES = {"write", "writev", "send", "sendto", "sendmsg", "sendmmsg", "sendfile", "sendfile64"}
TARGET = "at most 3,000 / 6,500 instructions, 0 heap calls, 3.05 system calls, 1 write per batch"


def heap_calls(name, request, times=1000):
    """Of one request on a kept connection, after the first ones."""
    with tempfile.NamedTemporaryFile() as shared:
        shared.write(bytes(64))
        shared.flush()
        environment = {"LD_PRELOAD": servers.built("heap_count.so"),
                       "HEAP_COUNT_FILE": shared.name}

        def count():
            # Past Python's buffer, which would show the first answer for ever.
            return struct.unpack("=Q", os.pread(shared.fileno(), 8, 0))[0]
        with Server(name, environment=environment) as server:
            if not count():
                return None  # not preloaded: a count of 0 would say nothing
            with traffic.connect(server.port) as client:
                def ask(rounds):
                    for _ in range(rounds):
                        client.sendall(request)
                        traffic.read_answers(client, 1)
                ask(100)
                before = count()
                ask(times)
                return (count() - before) / times


def system_calls(name, times, depth):
    """Name and number of a server's whole life with so many batches."""
    with tempfile.NamedTemporaryFile(mode="r") as out:
        with Server(name, tool=["strace", "-f", "-qq", "-c", "-o", out.name]) as server:
            traffic.ask(server.port, traffic.MINIMAL, times, depth)
        rows = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", out.read(), re.M)
    if not rows:
        raise RuntimeError(f"strace counted nothing: {server.said()[-500:]}")
    return {call: int(count) for count, call in rows if call != "total"}


def calls_per_batch(name, depth, few=200, many=1200):
    """All system calls of one batch, and those that write."""
    start, end = system_calls(name, few, depth), system_calls(name, many, depth)
    difference = {call: (end.get(call, 0) - start.get(call, 0)) / (many - few)
                  for call in {*start, *end}}
    return sum(difference.values()), sum(difference.get(call, 0) for call in WRITES)


class Attempts:
    """Measurements of which some instruments are not capable; of our own server all must be."""

    def __init__(self):
        self.failed = {}

    def make(self, measure, name, *args):
        try:
            return measure(name, *args)
        except (RuntimeError, OSError, traffic.WrongAnswer) as why:
            if name == OURS:
                raise
            last = (str(why).strip().splitlines() or [type(why).__name__])[-1]
            self.failed[f"{name}, {measure.__module__}.{measure.__name__}"] = last[:120]
            return None


def cell(value, form):
    return "–" if value is None else format(value, form)


def main():
    have_strace = shutil.which("strace")
    rows, attempts = [], Attempts()
    attempt = attempts.make
    print("### Counts of one request, kept connection\n")
    if not have_strace:
        print("strace is not installed: no system calls are counted.")
    for name in servers.available():
        batch = attempt(callgrind.per_request, name, traffic.MINIMAL, traffic.DEPTH)
        calls = attempt(calls_per_batch, name, 1) if have_strace else None
        batches = attempt(calls_per_batch, name, traffic.DEPTH) if have_strace else None
        rows.append([
            name,
            cell(attempt(callgrind.per_request, name, traffic.MINIMAL), ",.0f"),
            cell(attempt(callgrind.per_request, name, traffic.BROWSER), ",.0f"),
            cell(batch, ",.0f"),
            cell(attempt(heap_calls, name, traffic.MINIMAL), ".3g"),
            cell(attempt(heap_calls, name, traffic.BROWSER), ".3g"),
            cell(calls and calls[0], ".2f"),
            cell(batches and batches[0], ".2f"),
            cell(batches and batches[1], ".2f"),
        ])
    print("Instructions are callgrind's, in user space. minimal: Host alone; browser: 12 fields;")
    print(f"x{traffic.DEPTH}: minimal ones, {traffic.DEPTH} in one write.\n")
    print(f"| server | instructions minimal | browser | in a batch x{traffic.DEPTH} "
          "| heap calls minimal | browser "
          f"| system calls | of a batch x{traffic.DEPTH} | writes of a batch |")
    print("|---" * 9 + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(f"\n{OURS}: {TARGET}.")
    for what, why in attempts.failed.items():
        print(f"Not measurable: {what}: {why}")
