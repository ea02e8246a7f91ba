# SPDX-License-Identifier: MIT
"""The tables of the specification agree with the header, with the text and with themselves."""

import re
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SPEC = ROOT / "spec"
sys.path[:0] = [str(HERE.parent), str(SPEC)]
import generate
import tap

HEADER = (SPEC / "csgi.h").read_text(encoding="utf-8")
REGISTRY = (SPEC / "registry.md").read_text(encoding="utf-8")


class Tables(unittest.TestCase):
    def test_fields_have_the_headers_numbers(self):
        """the CSGI_FIELD_* of csgi.h and the rows of headers.def are the same names and numbers"""
        header = re.findall(r"\bCSGI_FIELD_(\w+) = (\d+)", HEADER)
        table = [(name, str(number)) for name, number, _, _ in generate.fields()]
        self.assertGreater(len(table), 90)
        self.assertEqual(header, table)

    def test_fields_are_well_formed(self):
        """rows of headers.def are numbered without a gap, and each name is its constant's"""
        for at, (name, number, text, _) in enumerate(generate.fields(), 1):
            self.assertEqual((number, text), (at, name.lower().replace("_", "-")))
        self.assertLessEqual(len(generate.fields()), 96)

    def test_flags_are_explained(self):
        """each flag of headers.def is explained at its top, and each explained one is used"""
        used = {flag for *_, its in generate.fields() for flag in its}
        self.assertEqual(used, {word for word, _ in generate.flags()} - {"none of them"})

    def test_flags_do_not_contradict(self):
        """a field joins in one way only, and what is hop-by-hop is never an answer's"""
        for name, _, _, flags in generate.fields():
            with self.subTest(field=name):
                self.assertLessEqual(len(flags & {"LIST", "SEMI", "SEPARATE", "SINGLE"}), 1)
                if flags & {"HOP", "FRAMING"}:
                    self.assertIn("NO_TRAILER", flags)
                if "HOP" in flags and name != "TRAILER":  # which an application may announce
                    self.assertIn("NO_RESPONSE", flags)

    def test_states_use_the_four_words(self):
        """each cell of states.def is WORKS, STATE, GONE or NOTHING, one for each state"""
        seen = set()
        for call, _, cells in generate.calls():
            self.assertEqual(len(cells), len(generate.STATES), call)
            self.assertLessEqual(set(cells), {"WORKS", "STATE", "GONE", "NOTHING"}, call)
            seen |= {call}
        self.assertEqual(len(seen), len(generate.calls()))

    def test_states_know_every_call(self):
        """states.def has a row for each function of csgi.h that works on an exchange"""
        table = re.search(r"struct csgi_api \{.*?\n\}", HEADER, re.DOTALL)[0]
        of_exchange = {name for name, first in
                       re.findall(r"\(\*(\w+)\)\(((?:const )?csgi_\w+) \*", table)
                       if first.endswith(("csgi_exchange", "csgi_request"))}
        of_exchange |= {"peek", "consume"}
        self.assertGreater(len(of_exchange), 8)
        self.assertLessEqual(of_exchange, {call for call, *_ in generate.calls()})

    def test_generated_parts_are_up_to_date(self):
        """the tables in csgi.md are what generate.py makes of states.def and headers.def"""
        made = subprocess.run([sys.executable, str(SPEC / "generate.py"), "--check"],
                              capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stderr)

    def test_a_stale_table_is_noticed(self):
        """a table in csgi.md that was edited by hand is not what generate.py makes"""
        text = (SPEC / "csgi.md").read_text(encoding="utf-8")
        for right, wrong in [("| peek | WORKS |", "| peek | STATE |"), ("set-cookie", "set-cake")]:
            stale = text.replace(right, wrong)
            self.assertNotEqual(stale, text)
            self.assertNotEqual(generate.generated(stale), stale)

    def test_extensions_are_registered(self):
        """each extension id of a header under spec/ext stands in registry.md, and no other does"""
        ids = set()
        for path in sorted((SPEC / "ext").rglob("*.h")):
            text = path.read_text(encoding="utf-8")
            found = re.findall(r'^#define CSGI_EXT_\w+ "([^"]+)"', text, re.MULTILINE)
            self.assertEqual(len(found), 1, path.name)
            self.assertRegex(found[0], r"^csgi\.[a-z][a-z0-9-]*/[1-9][0-9]*$")
            with self.subTest(header=path.name):
                row = f"| `{found[0]}` | [`{path.relative_to(SPEC).as_posix()}`]"
                self.assertIn(row, REGISTRY)
            ids.update(found)
        self.assertEqual(ids, set(re.findall(r"^\| `(csgi\.[^`]+)` \| \[", REGISTRY, re.MULTILINE)))


if __name__ == "__main__":
    tap.main()
