# SPDX-License-Identifier: MIT
"""The C that the specification shows compiles, against its headers and nothing else.

A block that begins with ```c is a file of its own; one that begins with ```c body is what stands
between the braces of `csgi_rc handle(csgi_app *app, csgi_request *req)`.
"""

import re
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))
import tap

FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror",
         "-Wno-missing-field-initializers", "-D_POSIX_C_SOURCE=200809L", "-O1", "-c", "-fPIC",
         "-o", "/dev/null"]
BLOCK = re.compile(r"^```c( body)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks():
    for path in sorted((ROOT / "spec").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 2
            yield path, line, bool(match[1]), match[2]


def program(path, line, body, text):
    where = f'#line {line} "{path.name}"\n'
    if not body:
        return where + text
    return ("#include <csgi/sdk.h>\ncsgi_rc handle(csgi_app *app, csgi_request *req);\n"
            "csgi_rc handle(csgi_app *app, csgi_request *req) {\n    (void)app;\n"
            + where + text + "}\n")


def compiled(source):
    return subprocess.run(["cc", *FLAGS, f"-I{ROOT / 'spec/include'}", "-x", "c", "-"],
                          input=source, capture_output=True, text=True)


class Snippets(unittest.TestCase):
    def test_there_are_some(self):
        """the specification shows how answers of several shapes look"""
        self.assertGreater(len(list(blocks())), 5)

    def test_each_compiles(self):
        """every block of C in the specification compiles without a warning"""
        for block in blocks():
            with self.subTest(block=f"{block[0].name}:{block[1]}"):
                made = compiled(program(*block))
                self.assertEqual(made.returncode, 0, made.stderr)

    def test_a_wrong_one_does_not(self):
        """a block that calls what is not there does not compile"""
        wrong = (ROOT / "spec/csgi.md", 1, True, "    return csgi_nothing(req);\n")
        self.assertNotEqual(compiled(program(*wrong)).returncode, 0)


if __name__ == "__main__":
    tap.main()
