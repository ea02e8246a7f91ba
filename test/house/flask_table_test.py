# SPDX-License-Identifier: MIT
"""The table of what Flask has: every must has its row, and the tests that a row names are there."""

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap

TEST = Path(__file__).resolve().parents[1]
TABLE = TEST.parent / "docs/flask.md"
ROW = re.compile(r"^\| ([A-Z]{2,3}-\d\d)? \|(.*)\|(.*)\|(.*)\|$", re.M)
SHOWN = re.compile(r"((?:\w+/)+\w+_test\.(?:cpp|py)): (.+?)(?=; (?:\w+/)+\w+_test\.|$)")

# What has to be there, group by group.
MUSTS = {
    "APP": (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 17),
    "RT": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 21, 23, 24, 26),
    "UB": (1, 2, 3, 4, 5, 6),
    "RQ": (1, 2, 3, 4, 5, 6, 7, 8, 10, 14, 15),
    "BD": (1, 2, 3, 4, 5, 6),
    "RS": (1, 2, 3, 4, 5, 7, 8, 9, 13, 14),
    "FL": (1, 2, 3, 5, 6, 7, 8, 9, 11),
    "JS": (1, 2, 3, 6),
    "ER": (1, 2, 3, 4, 5, 6, 7, 8, 11),
    "HK": (1, 2, 3, 4),
    "CX": (1, 2, 3, 5, 6),
    "BP": (1, 2, 3, 4, 5),
    "CV": (1, 2),
    "SS": (1, 2, 3, 4, 5, 6, 8, 9, 10),
    "CF": (1, 2, 3),
    "LG": (1, 2),
    "TS": (1, 2, 3, 4, 5, 6, 7, 8),
    "SC": (1, 2, 3),
    "TL": tuple(range(1, 20)),
    "TF": tuple(range(1, 11)),
    "TE": tuple(range(1, 10)),
    "TI": (1, 2, 3, 4, 5),
}


def titles(path):
    """The titles of a file's cases; a C++ string may go on in the next line."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".cpp":
        found = re.findall(r'TEST_CASE\(((?:\s*"(?:[^"\\]|\\.)*")+)', text)
        return {"".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal)) for literal in found}
    return set(re.findall(r'^        """(.+?)"""$', text, re.M))


def rows(text):
    for match in ROW.finditer(text):
        yield match[1], match[4].strip()


def faults(text):
    """What is wrong with a table, in sentences."""
    for name, shown in rows(text):
        named = SHOWN.findall(shown)
        if not shown.startswith(("✓ ", "*open:* ")):
            yield f"{name}: neither ✓ nor open"
        if shown.startswith("✓") and not named:
            yield f"{name}: ✓ without a test"
        for file, title in named:
            path = TEST / file
            if not path.exists():
                yield f"{name}: there is no {file}"
            elif title not in titles(path):
                yield f"{name}: {file} has no case '{title}'"


class Table(unittest.TestCase):
    def test_tests(self):
        """the tests that the table names are there"""
        self.assertEqual(list(faults(TABLE.read_text(encoding="utf-8"))), [])

    def test_musts(self):
        """every must has one row"""
        names = [name for name, _ in rows(TABLE.read_text(encoding="utf-8")) if name]
        wanted = [f"{group}-{number:02}" for group, numbers in MUSTS.items() for number in numbers]
        self.assertEqual(sorted(names), sorted(wanted))

    def test_can_fail(self):
        """a row that names no test, or one that is not there, is caught"""
        bad = ("| AA-01 | a | b | ✓ house/flask_table_test.py: no such title |\n"
               "| AA-02 | a | b | ✓ |\n| AA-03 | a | b | perhaps |\n"
               "| AA-04 | a | b | ✓ house/nothing_test.py: x |\n"
               "| AA-05 | a | b | ✓ house/flask_table_test.py: every must has one row |\n")
        self.assertEqual([fault[:5] for fault in faults(bad)],
                         ["AA-01", "AA-02", "AA-02", "AA-03", "AA-04"])


tap.main()
