#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the tables of csgi.md that are read off states.def and headers.def.

Without arguments it rewrites what stands between `<!-- NAME -->` and `<!-- /NAME -->`; with --check
it changes nothing, and fails when something would change.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATES = ("NEW", "BEGUN", "ABORTED", "ENDED")
# A row of the fields' table names no more of them: headers.def does.
MAX_SHOWN = 10


def rows(name, macro):
    """The rows of one .def file: a list of fields each, strings without their quotes."""
    pattern = re.compile(rf'^{macro}\((.*)\)$')
    field = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)')
    found = []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if match := pattern.match(line):
            found.append([quoted or bare.strip() for quoted, bare in field.findall(match[1])
                          if quoted or bare])
    return found


def calls():
    """(call, in words, one cell for each of STATES)"""
    return [(call, words, tuple(cells)) for call, words, *cells in rows("states.def", "CSGI_CALL")]


def fields():
    """(NAME, id, name, set of flags)"""
    return [(name, int(number), text, set(flags.split("|")) - {"0"})
            for name, number, text, flags in rows("headers.def", "CSGI_FIELD")]


def rules():
    """(id, who, judge, sentence)"""
    return [(f"{area}-{number}", who, judge, sentence)
            for area, number, who, judge, sentence in rows("rules.def", "CSGI_RULE")]


def flags():
    """(word, what it means): from the comment at the top of headers.def."""
    found = []
    for line in (HERE / "headers.def").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"//   ([A-Z_]+|none of them) +(\S.*)", line):
            found.append([match[1], match[2]])
        elif (match := re.match(r"// {16,}(\S.*)", line)) and found:
            found[-1][1] += " " + match[1]
    return found


def states_table():
    yield "| call | " + " | ".join(STATES) + " |"
    yield "|---" * (len(STATES) + 1) + "|"
    for _, words, cells in calls():
        yield f"| {words} | " + " | ".join(cells) + " |"


def fields_table():
    joining = {"LIST", "SEMI", "SEPARATE", "SINGLE"}
    yield "| flag | what it says | fields |"
    yield "|---|---|---|"
    for word, meaning in flags():
        having = [text for _, _, text, its in fields()
                  if (word in its if word != "none of them" else not its & joining)]
        shown = ", ".join(having) if len(having) <= MAX_SHOWN else f"{len(having)} of them"
        yield f"| {word} | {meaning} | {shown} |"


TABLES = {"states.def": states_table, "headers.def": fields_table}


def generated(text):
    for name, table in TABLES.items():
        pattern = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)",
                             re.DOTALL)
        inside = "\n" + "\n".join(table()) + "\n\n"
        text, count = pattern.subn(lambda match: match[1] + inside + match[2], text)
        if count != 1:
            raise SystemExit(f"csgi.md: {count} places for {name}, not one")
    return text


def main():
    path = HERE / "csgi.md"
    old = path.read_text(encoding="utf-8")
    new = generated(old)
    if sys.argv[1:] == ["--check"]:
        if new != old:
            raise SystemExit("csgi.md is not what the tables say: run spec/generate.py")
    elif sys.argv[1:]:
        raise SystemExit("usage: generate.py [--check]")
    elif new != old:
        path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
