# SPDX-License-Identifier: MIT
"""What an answer from inside nginx costs: the module, others' modules, and the least there is."""
import os
import shutil
import statistics

import callgrind
import counts
import ratios
import servers
import traffic
from servers import IN_NGINX, MODULE, RETURN

ROUNDS, SECONDS = 9, 1.0
MOST = 1.05  # of the CPU time of RETURN
MOST_INSTRUCTIONS = (9500, 20500)


def count(names):
    found = {}
    print("### An answer from inside nginx: counts of one request, kept connection\n")
    print("| handler | instructions minimal | browser | over return 200 | heap calls |")
    print("|---" * 5 + "|")
    for name in names:
        found[name] = [callgrind.per_request(name, request)
                       for request in (traffic.MINIMAL, traffic.BROWSER)]
        more = [one - least for one, least in zip(found[name], found[RETURN])]
        print(f"| {name} | {found[name][0]:,.0f} | {found[name][1]:,.0f} "
              f"| {more[0]:,.0f} / {more[1]:,.0f} "
              f"| {counts.cell(counts.heap_calls(name, traffic.MINIMAL), '.3g')} |", flush=True)
    if MODULE in found:
        for what, one, most in zip(("minimal", "browser"), found[MODULE], MOST_INSTRUCTIONS):
            print(f"{MODULE}, {what}: {one:,.0f}, at most {most:,}: "
                  f"{'met' if one <= most else 'missed'}")


def compare(names):
    load = ratios.wrk if shutil.which("wrk") else ratios.ldgen
    found, running = {name: [] for name in names}, {}
    rates = {name: [] for name in names}
    try:
        for name in names:
            running[name] = servers.Server(name, pin=True)
            ratios.one_run(running[name], load, 1, 1)
        for at in range(ROUNDS):
            cpu = {}
            # Turned round every time, so that none is always the first.
            for name in names if at % 2 == 0 else reversed(names):
                cpu[name], rate, _ = ratios.one_run(running[name], load, 1, SECONDS)
                rates[name].append(rate)
            for name in names:
                found[name].append(cpu[name] / cpu[RETURN])
    finally:
        for server in running.values():
            server.end()
    print(f"\n### An answer from inside nginx: CPU time, {ratios.CONNECTIONS} connections, {ROUNDS} "
          f"rounds ({load.__name__}), load of the machine {os.getloadavg()[0]:.1f}\n")
    print("| handler | x return 200: median (quartiles) | requests/s |")
    print("|---" * 3 + "|")
    for name in names:
        low, middle, high = ratios.quartiles(found[name])
        print(f"| {name} | {middle:.2f} ({low:.2f}–{high:.2f}) "
              f"| {statistics.median(rates[name]):,.0f} |")
    if MODULE in found:
        low, middle, _ = ratios.quartiles(found[MODULE])
        print(f"\n{MODULE}: median {middle:.2f}, at most {MOST:.2f}: "
              f"{'missed' if low > MOST else 'met'} (missed when the lower quartile, {low:.2f}, is above)")


def main():
    names = servers.available(IN_NGINX)
    if RETURN not in names:
        print(f"Without {RETURN} there is nothing to relate to.")
        return
    count(names)
    compare(names)


if __name__ == "__main__":
    main()
