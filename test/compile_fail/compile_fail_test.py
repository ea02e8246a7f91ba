# SPDX-License-Identifier: MIT
"""What a handler may not be: each branch of mistakes.cpp is refused, with the words that it says.

Argument: the compiler, and its words if it has several.
"""

import re
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SOURCE = HERE / "mistakes.cpp"
BRANCH = re.compile(r"^#elif defined\((\w+)\)\n\s*// says: (.*)$", re.M)
FACES = [f"-I{ROOT / room / 'include'}" for room in ("spec", "core")]


def compiled(folder, *arguments):
    made = subprocess.run([*tap.arguments, "-std=c++20", f"-I{folder}", *FACES, *arguments],
                          capture_output=True, text=True)
    return made.returncode, made.stderr


def precompile(folder):
    """The headers once instead of for each branch, where the compiler can."""
    Path(folder, "csgi").mkdir()
    compiled(folder, "-x", "c++-header", ROOT / "core/include/csgi/app.hpp",
             "-o", Path(folder, "csgi/app.hpp.gch"))


class Mistakes(unittest.TestCase):
    pass


def case(name, says):
    def refused(self):
        code, words = RESULTS[name].result()
        self.assertNotEqual(code, 0, "it compiles")
        errors = [line for line in words.splitlines() if " error: " in line]
        self.assertTrue(errors, words)
        # The first thing that a person reads as an error.
        self.assertIn(says, errors[0], words)
        # Where they wrote it has to be told as well.
        self.assertIn("mistakes.cpp:", words)
    refused.__doc__ = f"{name.lower().replace('_', ' ')}: {says}"
    return refused


class Correct(unittest.TestCase):
    def test_correct(self):
        """the same application without a mistake compiles"""
        code, words = RESULTS["NONE"].result()
        self.assertEqual(code, 0, words)


BRANCHES = BRANCH.findall(SOURCE.read_text(encoding="utf-8"))
assert len(BRANCHES) == SOURCE.read_text(encoding="utf-8").count("#elif")
for number, (name, says) in enumerate(BRANCHES):
    setattr(Mistakes, f"test_{number:02}", case(name, says))

with ThreadPoolExecutor(2) as pool, tempfile.TemporaryDirectory() as folder:
    precompile(folder)
    RESULTS = {name: pool.submit(compiled, folder, "-fsyntax-only", f"-D{name}", SOURCE)
               for name in ["NONE", *(name for name, _ in BRANCHES)]}
tap.main()
