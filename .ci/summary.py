# SPDX-License-Identifier: MIT
"""Adds up the results of the build folders named as arguments and ends with one line.

A program that writes TAP counts by its lines, any other as one test. Lines that begin with "#: " are
for who reads the end only, such as tables: they come first. Exits 1 if anything failed.
"""

import json
import re
import sys
from pathlib import Path

CASE = re.compile(r"^(not )?ok\b(?: \d+)?(?: - )?(.*?)(?: # (SKIP|TODO)\b\s*(.*))?$")
SHOWN = "#: "
PASSING = ("OK", "EXPECTEDFAIL")


def cases_of(entry):
    """Yields (outcome, title, reason) for each case of one program in Meson's log."""
    output = (entry.get("stdout") or "").splitlines()
    lines = [match for match in map(CASE.match, output) if match]
    result = entry["result"]
    failed = False
    for match in lines:
        negative, title, directive, reason = match.groups()
        if directive == "SKIP":
            yield "skipped", title, reason or "no reason given"
        elif negative:
            failed = True
            yield "failed", title, ""
        else:
            yield "passed", title, ""
    if result == "SKIP" and not lines:
        said = [line for line in output if line.strip()]
        yield "skipped", "", said[-1] if said else "no reason given"
    elif result not in PASSING + ("SKIP",):
        # A program that crashes, hangs or leaks after its last case has failed all the same.
        if not failed:
            yield "failed", "", result.lower()
    elif not lines:
        yield "passed", "", ""


def shown_by(entry):
    """What a program wants to be shown, as one text."""
    lines = (entry.get("stdout") or "").splitlines()
    return "\n".join(line[len(SHOWN):] for line in lines if line.startswith(SHOWN))


def main(arguments):
    count = {"passed": 0, "failed": 0, "skipped": 0}
    notes = {"failed": [], "skipped": []}
    shown = {}  # text -> who says so: the same of several builds is shown once
    for argument in arguments:
        if argument.startswith("--broken="):
            count["failed"] += 1
            notes["failed"].append(f"{argument[9:]}: does not build")
            continue
        log = Path(argument, "meson-logs", "testlog.json")
        if not log.exists():
            continue
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            entry = json.loads(line)
            if text := shown_by(entry):
                shown.setdefault(text, []).append(f"{argument}: {entry['name']}")
            for outcome, title, reason in cases_of(entry):
                count[outcome] += 1
                if outcome in notes:
                    parts = [argument, entry["name"], title, reason]
                    notes[outcome].append(": ".join(part for part in parts if part))
    for text, names in shown.items():
        print(", ".join(names), text, "", sep="\n")
    for outcome in ("skipped", "failed"):
        for note in notes[outcome]:
            print(f"{outcome}: {note}")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**count))
    return 1 if count["failed"] or not count["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
