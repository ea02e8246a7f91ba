# SPDX-License-Identifier: MIT
"""One application, one client, three servers: every scenario's facts are equal, or differ as
documented.

Arguments: the build folder, what sanitizes it ("none"), and perhaps --write, which puts the tables
into docs/servers.md. They are in the output as well, in lines that the summary of all tests shows.
"""

import json
import re
import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]
import capabilities
import differences
import fastcgi
import nginx
import scenarios_answers
import scenarios_requests
import servers
import table
import tap
from scenarios import digest

BUILD = servers.Build(*tap.arguments[:2])
DOCUMENT = Path(__file__).resolve().parents[2] / "docs/servers.md"
SCENARIOS = scenarios_requests.scenarios.all + scenarios_answers.scenarios.all
COLUMNS = {"standalone": servers.KINDS["standalone-tcp"],
           "nginx → FastCGI": fastcgi.KINDS["fastcgi-nginx"],
           "nginx module": nginx.KINDS["nginx"]}
FIRST = "standalone"


class Column:
    """A server as scenarios see it."""

    def __init__(self, kind):
        self.kind, self.shared = kind, table.Shared(kind)
        self.server, self.start, self.run = self.shared.server, kind.start, kind.run

    def mounted(self, prefix):
        if isinstance(self.kind, nginx.Nginx):
            return self.start(arguments=["--mount", prefix])
        return self.start(use=[(servers.WITNESS, f"mount={prefix}")])


def missing():
    for kind in COLUMNS.values():
        if why := getattr(kind, "missing", lambda: None)():
            return why
    return None


class Parity(table.Case):
    cells = {}  # (scenario, column) -> what the table says
    checksum = said = None

    @classmethod
    def setUpClass(cls):
        for kind in COLUMNS.values():
            kind.prepare(BUILD)
            cls.addClassCleanup(kind.tidy)
        if why := missing():
            raise unittest.SkipTest(why)
        cls.columns = {name: Column(kind) for name, kind in COLUMNS.items()}

    def facts(self, number, name):
        column = self.columns[name]
        found = SCENARIOS[number - 1].run(self, column)
        self.assertTrue(column.server().is_alive, column.server().log()[-2000:])
        return json.loads(json.dumps(found))

    def compare(self, number):
        first = self.facts(number, FIRST)
        self.cells[number, FIRST] = str(len(first))
        for name in COLUMNS:
            if name == FIRST:
                continue
            expected, notes = dict(first), []
            for (of, column, fact), (value, note) in differences.FACTS.items():
                if (of, column) == (number, name):
                    self.assertNotEqual(expected[fact], value, f"{fact}: no longer a difference")
                    expected[fact] = value
                    notes.append(note)
            found = self.facts(number, name)
            self.assertEqual(list(found), list(expected))
            for fact, value in expected.items():
                with self.subTest(f"{name}, {fact}"):
                    self.assertEqual(found[fact], value)
            self.cells[number, name] = " ".join(
                ["equal", *(f"\\[{note}\\]" for note in dict.fromkeys(notes))])

    def test_098_checksum(self):
        """all three have loaded one file"""
        sums = set()
        for column in self.columns.values():
            maps = Path(f"/proc/{column.server().pid}/maps").read_text(encoding="utf-8")
            paths = set(re.findall(r"\S+/conform\.so$", maps, re.M))
            self.assertEqual(len(paths), 1, paths)
            sums.add(digest(Path(paths.pop()).read_bytes()))
        self.assertEqual(sums, {digest(BUILD.module(servers.CONFORM).read_bytes())})
        type(self).checksum = sums.pop()

    def test_099_capabilities(self):
        """what servers say that they can do shows, and what they do not say does not"""
        type(self).said = {name: capabilities.measure(self, column.server())
                           for name, column in self.columns.items()}

    def test_100_end(self):
        """all three end with status 0 when they are told to"""
        for name, column in self.columns.items():
            with column.server() as server:
                self.assertEqual(server.stop(), 0, f"{name}: {server.log()[-2000:]}")

    def test_101_document(self):
        """docs/servers.md holds the tables that were measured"""
        self.assertTrue(self.said and len(self.cells) == len(SCENARIOS) * len(COLUMNS),
                        "not everything could be measured")
        found = {"capabilities": capability_table(self.said),
                 "scenarios": scenario_table(self.cells) + ["", *notes()]}
        for line in [f"conform.so: sha256 {self.checksum}, the same on all three",
                     *found["scenarios"], "", *found["capabilities"]]:
            print(f"#: {line}")
        text = DOCUMENT.read_text(encoding="utf-8")
        for name, lines in found.items():
            begin, end = f"<!-- measured: {name} -->\n", "<!-- until here -->"
            before, _, rest = text.partition(begin)
            old, _, after = rest.partition(end)
            new = "\n".join(lines) + "\n"
            if "--write" in tap.arguments:
                text = before + begin + new + end + after
            else:
                self.assertEqual(old, new, "run ./dev servers to write what is measured now")
        if "--write" in tap.arguments:
            DOCUMENT.write_text(text, encoding="utf-8")


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def capability_table(said):
    lines = [row("capability", "", *said), row(*["---"] * (2 + len(said)))]
    for name, meaning in capabilities.MEANING.items():
        lines.append(row(f"`{name}`", meaning, *("yes" if mask[name] else "no"
                                                  for mask in said.values())))
    return lines


def scenario_table(cells):
    lines = [row("", "scenario", f"{FIRST}: facts", *(name for name in COLUMNS if name != FIRST)),
             row(*["---"] * (2 + len(COLUMNS)))]
    for number, scenario in enumerate(SCENARIOS, 1):
        lines.append(row(str(number), scenario.title, *(cells[number, name] for name in COLUMNS)))
    return lines


def notes():
    return [f"- \\[{name}\\] {text}" for name, text in differences.NOTES.items()]


def case(number):
    def run(self):
        self.compare(number)
    run.__doc__ = f"{number}. {SCENARIOS[number - 1].title}"
    return run


for index in range(1, len(SCENARIOS) + 1):
    setattr(Parity, f"test_{index:03}", case(index))

if __name__ == "__main__":
    tap.main()
