# SPDX-License-Identifier: MIT
"""Reads the tables of test/vectors/*.md, by the same rules as test/core/http/vectors.hpp."""

import re
from pathlib import Path

ROOM = Path(__file__).resolve().parents[1] / "vectors"
ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.S)
NAMED = {b"r": b"\r", b"n": b"\n", b"t": b"\t"}


def cell(text):
    """Bytes for what stands in backquotes, a string otherwise."""
    text = text.strip()
    if len(text) < 2 or text[0] != "`" or text[-1] != "`":
        return text
    raw = ESCAPE.sub(lambda m: bytes([int(m[1], 16)]) if m[1] else NAMED.get(m[2], m[2]),
                     text[1:-1].encode())
    return b"" if raw == b"(empty)" else raw


def tables(name):
    """Yields (heading, rows) of each table; a row is the list of its cells."""
    heading, rows, skip = None, [], 2
    for line in (ROOM / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            if rows:
                yield heading, rows
            heading, rows, skip = line[3:], [], 2
        elif heading and line.startswith("|"):
            if skip:
                skip -= 1  # the names of the columns, and the line below them
            else:
                rows.append([cell(part) for part in re.split(r"(?<!\\)\|", line)[1:-1]])
    if rows:
        yield heading, rows
