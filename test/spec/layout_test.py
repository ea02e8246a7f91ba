# SPDX-License-Identifier: MIT
"""The frozen layout of the contract holds in every language and with every compiler.

What is frozen stands in layout_test.c; here it is compiled, and compared with the headers for what
it might have forgotten.
"""

import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))
import tap

MODES = [("c", "c99"), ("c", "c11"), ("c", "c17"), ("c++", "c++17"), ("c++", "c++20")]
FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror", "-fsyntax-only"]
HEADERS = ["spec/csgi.h", "spec/ext/poll.h"]
# Counts additions, so it is the one number that changes.
NOT_FROZEN = {"CSGI_ABI_MINOR"}

FROZEN = (HERE / "layout_test.c").read_text(encoding="utf-8")


def compiled(compiler, language, standard, text):
    return subprocess.run(
        [compiler, "-x", language, f"-std={standard}", *FLAGS, f"-I{ROOT / 'spec/include'}", "-"],
        input=text, capture_output=True, text=True)


def header(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.sub(r"//[^\n]*", "", text)


def members(text):
    """(structure, field) for each field of each structure."""
    for struct in re.finditer(r"struct (csgi_\w+)\s*\{(.*?)\n\}", text, re.DOTALL):
        for declaration in " ".join(struct[2].split()).split(";"):
            if function := re.search(r"\(\*\s*(\w+)\)\s*\(", declaration):
                yield struct[1], function[1]
            elif declaration.strip():
                for part in declaration.split(","):
                    yield struct[1], re.search(r"(\w+)\s*(?:\[\d+\])?$", part.strip())[1]


def constants(text):
    yield from re.findall(r"^#define (CSGI_\w+)\s+\(?-?[0-9]", text, re.MULTILINE)
    yield from re.findall(r"\b(CSGI_FIELD_\w+) = ", text)


class Layout(unittest.TestCase):
    def test_a_wrong_row_is_noticed(self):
        """one wrong number in the frozen layout does not compile"""
        for right, wrong in [("FIELD(csgi_request, path, 72, 16)", "FIELD(csgi_request, path, 80, 16)"),
                             ("FIELD(csgi_head, status, 4, 2)", "FIELD(csgi_head, status, 4, 4)"),
                             ("SIZE(csgi_part, 48)", "SIZE(csgi_part, 56)"),
                             ("VALUE(CSGI_GONE, -1)", "VALUE(CSGI_GONE, 1)")]:
            with self.subTest(row=right):
                self.assertIn(right, FROZEN)
                self.assertNotEqual(compiled("cc", "c", "c11", FROZEN.replace(right, wrong))
                                    .returncode, 0)

    def test_no_field_is_missing(self):
        """every field of every structure is frozen, and nothing that is not there"""
        there = {pair for path in HEADERS for pair in members(header(path))}
        frozen = set(re.findall(r"^FIELD\((\w+), (\w+),", FROZEN, re.MULTILINE))
        self.assertGreater(len(there), 100)
        self.assertEqual(there ^ frozen, set())
        self.assertEqual({name for name, _ in there}
                         ^ set(re.findall(r"^SIZE\((\w+),", FROZEN, re.MULTILINE)), set())

    def test_no_constant_is_missing(self):
        """every constant is frozen, and nothing that is not there"""
        there = {name for path in HEADERS for name in constants(header(path))} - NOT_FROZEN
        frozen = set(re.findall(r"^VALUE\((\w+),", FROZEN, re.MULTILINE))
        self.assertGreater(len(there), 150)
        self.assertEqual(there ^ frozen, set())


def case(compiler, language, standard):
    def compile_it(self):
        if not shutil.which(compiler):
            self.skipTest(f"{compiler} is not installed")
        made = compiled(compiler, language, standard, FROZEN)
        self.assertEqual(made.returncode, 0, made.stderr)
    compile_it.__doc__ = f"sizes, offsets and numbers are as frozen in {standard} with {compiler}"
    return compile_it


for compiler in ("gcc", "clang"):
    for language, standard in MODES:
        name = f"test_{compiler}_{standard}".replace("+", "p")
        setattr(Layout, name, case(compiler, language, standard))

if __name__ == "__main__":
    tap.main()
