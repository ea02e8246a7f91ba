# SPDX-License-Identifier: MIT
"""CPU time per request, as a multiple of the floor's that was measured just before and after.

Absolute times drift with the machine by a third and more; neighbours in time drift together.
"""
import os
import re
import shutil
import statistics
import subprocess

import servers
import traffic
from servers import OURS, REFERENCE, Server

CONNECTIONS = 64
# The ratio of ours is missed when even the lower quartile of its rounds is above these.
MOST = {1: 1.08, traffic.DEPTH: 1.30}


def pinned(command):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
        preexec_fn=lambda: os.sched_setaffinity(0, {servers.CLIENT_CORE}))
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}")
    return done.stdout


def wrk(port, depth, seconds):
    """Answered requests and broken ones."""
    del depth
    said = pinned(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s",
                   f"http://127.0.0.1:{port}/"])
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return (int(re.search(r"(\d+) requests in", said)[1]),
            (sum(map(int, broken.groups())) if broken else 0) + (int(wrong[1]) if wrong else 0))


def ldgen(port, depth, seconds):
    said = pinned([servers.built("ldgen"), str(port), str(CONNECTIONS), str(depth), str(seconds)])
    return tuple(map(int, re.match(r"(\d+) requests, (\d+) broken", said).groups()))


class Series:
    def __init__(self):
        self.cpu, self.rate, self.ratio, self.broken = [], [], [], 0


def one_run(server, load, depth, seconds):
    """Nanoseconds of one request, requests of one second of the server's core, broken ones."""
    before = server.cpu()
    answered, broken = load(server.port, depth, seconds)
    if not answered:
        raise RuntimeError(f"{server.name} answered nothing")
    return (server.cpu() - before) / answered, answered / seconds, broken


def rounds_of(names, load, depth, rounds, seconds):
    """Floor, a server, floor, another ..., so that each run has a floor on either side."""
    series = {name: Series() for name in (*names, REFERENCE)}
    running = {}

    def measure(name):
        cpu, rate, broken = one_run(running[name], load, depth, seconds)
        series[name].cpu.append(cpu)
        series[name].rate.append(rate)
        series[name].broken += broken
        return cpu
    try:
        for name in series:
            running[name] = Server(name, pin=True)
            one_run(running[name], load, depth, 1)  # what is only done once is done
        before = measure(REFERENCE)
        for at in range(rounds):
            # Turned round every time: no one is always the neighbour of the same one.
            for name in names if at % 2 == 0 else reversed(names):
                cpu = measure(name)
                after = measure(REFERENCE)
                series[name].ratio.append(2 * cpu / (before + after))
                series[REFERENCE].ratio.append(after / before)
                before = after
    finally:
        for server in running.values():
            server.end()
    return series


def quartiles(values):
    return statistics.quantiles(values, n=4, method="inclusive")


def table(title, series, depth):
    print(f"\n### {title}\n")
    print("| server | x floor: median (quartiles) | worst, best | CPU µs/request | requests/s "
          "| broken |\n|---|---|---|---|---|---|")
    for name, one in sorted(series.items(), key=lambda item: statistics.median(item[1].ratio)):
        low, middle, high = quartiles(one.ratio)
        print(f"| {name} | {middle:.2f} ({low:.2f}–{high:.2f}) | {max(one.ratio):.2f}, "
              f"{min(one.ratio):.2f} | {statistics.median(one.cpu) / 1000:.2f} "
              f"| {statistics.median(one.rate):,.0f} | {one.broken} |")
    low, middle, _ = quartiles(series[OURS].ratio)
    print(f"\nThe floor's own row is each of its runs over the one before: the noise of a pair.\n"
          f"{OURS}: median {middle:.2f}, at most {MOST[depth]:.2f}: "
          f"{'missed' if low > MOST[depth] else 'met'} "
          f"(missed when the lower quartile, {low:.2f}, is above).", flush=True)


def main(rounds=9, seconds=1.0):
    servers.raise_descriptors()
    names = servers.available()
    if REFERENCE not in names:
        print(f"Without {REFERENCE} there is nothing to relate to.")
        return
    names.remove(REFERENCE)
    if servers.SERVER_CORE == servers.CLIENT_CORE:
        print("One core only: client and server share it, and ratios mean little.")
    load = wrk
    if not shutil.which("wrk"):
        print("wrk is not installed: ldgen stands in for it.")
        load = ldgen
    print(f"{rounds} rounds of {seconds:g} s, {CONNECTIONS} connections, server on core "
          f"{servers.SERVER_CORE}, client on core {servers.CLIENT_CORE}; load of the machine at the "
          f"start: {os.getloadavg()[0]:.1f}.", flush=True)
    table(f"CPU, unpipelined ({load.__name__})",
          rounds_of(names, load, 1, rounds, seconds), 1)
    table(f"CPU, {traffic.DEPTH} requests in one write (ldgen)",
          rounds_of(names, ldgen, traffic.DEPTH, rounds, seconds), traffic.DEPTH)
