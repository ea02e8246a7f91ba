# SPDX-License-Identifier: MIT
"""How much of each wing the tests reached, from the build folder named as an argument: one table of
lines and branches, and the files that are furthest from the aim.
"""

import collections
import json
import re
import subprocess
import sys

LINES, BRANCHES = 95, 90  # percent, the aim
WINGS = re.compile(r"(core/\w+|adapters/\w+|middleware|spec)/")
# A branch into an exception that any C++ expression might throw is nobody's decision.
GCOVR = ["gcovr", "--root", ".", "--exclude-throw-branches", "--exclude-unreachable-branches",
         "--exclude", "(test|examples|build)/", "--json-summary", "-", "-j", "2"]


class Count:
    def __init__(self):
        self.lines = self.lines_reached = self.branches = self.branches_reached = 0

    def add(self, file):
        self.lines += file["line_total"]
        self.lines_reached += file["line_covered"]
        self.branches += file["branch_total"]
        self.branches_reached += file["branch_covered"]

    @property
    def percents(self):
        return tuple(100 * part / whole if whole else 100.0 for part, whole in (
            (self.lines_reached, self.lines), (self.branches_reached, self.branches)))

    @property
    def missing(self):
        """Lines and branches that the aim lacks."""
        return (max(0, self.lines * LINES / 100 - self.lines_reached)
                + max(0, self.branches * BRANCHES / 100 - self.branches_reached))


def show(name, count):
    lines, branches = count.percents
    note = ", ".join(what for what, is_short in (
        ("lines", lines < LINES), ("branches", branches < BRANCHES)) if is_short)
    print(f"{name:36} {count.lines:6} {lines:6.1f} %  {count.branches:6} {branches:6.1f} %"
          f"{'  short of the aim: ' + note if note else ''}")


def main(folder):
    report = subprocess.run([*GCOVR, "--object-directory", folder, folder], check=True,
                            stdout=subprocess.PIPE).stdout
    wings, files = collections.defaultdict(Count), {}
    for file in json.loads(report)["files"]:
        name = file["filename"]
        if match := WINGS.match(name):
            wings[match[1]].add(file)
            files[name] = Count()
            files[name].add(file)
    print(f"{'':36}  lines           branches        aim: {LINES} % and {BRANCHES} %")
    for name, count in sorted(wings.items()):
        show(name, count)
    total = Count()
    for count in wings.values():
        total.lines += count.lines
        total.lines_reached += count.lines_reached
        total.branches += count.branches
        total.branches_reached += count.branches_reached
    show("all", total)
    short = [name for name in files if files[name].missing > 0]
    if short:
        print("\nfurthest from it:")
    for name in sorted(short, key=lambda name: -files[name].missing)[:20]:
        show(name, files[name])


if __name__ == "__main__":
    main(sys.argv[1])
