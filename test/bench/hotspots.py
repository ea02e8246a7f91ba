# SPDX-License-Identifier: MIT
"""Where a request's instructions go, function by function."""
import collections
import re
import subprocess
import tempfile

import callgrind
import traffic
from servers import OURS

TOP = 30
ROW = re.compile(r"^\s*([\d,]+) \(\s*[\d.]+%\)\s+(.*)$")


def by_function(request, times):
    with tempfile.NamedTemporaryFile() as out:
        callgrind.serve(OURS, request, times, path=out.name)
        said = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no", out.name],
                              capture_output=True, text=True, timeout=120, check=True).stdout
    found = collections.Counter()
    for line in said.splitlines():
        row = ROW.match(line)
        if not row or row[2].startswith("PROGRAM TOTALS"):
            continue
        place, _, module = row[2].partition(" [")
        path, _, function = place.partition(":")
        module = module.rstrip("]").rsplit("/", 1)[-1]
        # A recursive call is told apart by a number.
        function = re.sub(r"'\d+$", "", function)
        where = path.rsplit("/", 1)[-1] if path != "???" else module
        found[(function, where)] += int(row[1].replace(",", ""))
    return found


def table(words, request):
    few, many = by_function(request, callgrind.FEW), by_function(request, callgrind.MANY)
    requests = callgrind.MANY - callgrind.FEW
    cost = {key: (many[key] - few[key]) / requests for key in many}
    total = sum(cost.values())
    print(f"\n### Where {total:,.0f} instructions go: {words}\n")
    print("| instructions | share | function | in |\n|---|---|---|---|")
    rows = sorted(cost.items(), key=lambda item: -item[1])
    for (function, where), count in rows[:TOP]:
        if count >= 1:
            print(f"| {count:,.0f} | {100 * count / total:.1f} % | {function} | {where} |")
    rest = sum(count for _, count in rows[TOP:])
    print(f"| {rest:,.0f} | {100 * rest / total:.1f} % | all others | |", flush=True)


def main():
    table("minimal request", traffic.MINIMAL)
    table("browser's request", traffic.BROWSER)
