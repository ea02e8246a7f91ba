# SPDX-License-Identifier: MIT
"""What the documents say is so: their C compiles, their links lead somewhere, versions agree.

Argument: the version the build has.
"""

import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap

ROOT = Path(__file__).resolve().parents[2]
HELLO = ROOT / "examples/hello_c/hello_c.c"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
FACES = [f"-I{ROOT / room / 'include'}" for room in ("spec", "core", "middleware", "adapters")]
MODES = {"c": ["-x", "c", "-std=c11"], "cpp": ["-x", "c++", "-std=c++20"]}


def documents():
    rooms = ("spec", "core", "middleware", "adapters", "examples", "test", "docs")
    paths = list(ROOT.glob("*.md"))
    for room in rooms:
        paths += (ROOT / room).rglob("*.md")
    return sorted(path for path in paths if "fuzz" not in path.parts)


def blocks(text):
    """Yields (line, language, source) of each block of C or C++."""
    for match in FENCE.finditer(text):
        if match[1] in MODES:
            yield text.count("\n", 0, match.start()) + 1, match[1], match[2]


def compiles(language, source):
    if "#include" not in source:
        source = "#include <csgi/sdk.h>\n" + source
    # A block may show one function without its user.
    return subprocess.run(
        ["gcc", *MODES[language], *FACES, "-Wall", "-Wextra", "-Werror", "-Wno-unused",
         "-Wno-missing-field-initializers", "-fsyntax-only", "-"],
        input=source, capture_output=True, text=True)


class Documents(unittest.TestCase):
    def test_blocks(self):
        """every block of C and C++ in the documents compiles"""
        count = 0
        # The specification's blocks have a stricter test of their own.
        for path in documents():
            if path.is_relative_to(ROOT / "spec"):
                continue
            for line, language, source in blocks(path.read_text(encoding="utf-8")):
                count += 1
                with self.subTest(block=f"{path.relative_to(ROOT)}:{line}"):
                    made = compiles(language, source)
                    self.assertEqual(made.returncode, 0, made.stderr)
        self.assertGreater(count, 0)

    def test_can_fail(self):
        """a block that does not compile is caught"""
        ((_, language, source),) = blocks("Text.\n\n```c\nint x = 'y' y;\n```\n")
        self.assertNotEqual(compiles(language, source).returncode, 0)

    def test_hello(self):
        """the README shows examples/hello_c as it is"""
        if not HELLO.exists():
            self.skipTest("examples/hello_c is not there yet")
        code = [line for line in HELLO.read_text(encoding="utf-8").splitlines()]
        while code and (code[0].startswith("//") or not code[0]):
            code.pop(0)
        shown = [source for _, language, source in
                 blocks((ROOT / "README.md").read_text(encoding="utf-8")) if language == "c"]
        self.assertEqual(shown[0].strip(), "\n".join(code).strip())

    def test_links(self):
        """every link to a file of the repository leads to one"""
        for path in documents():
            for match in LINK.finditer(path.read_text(encoding="utf-8")):
                if "://" not in match[1] and not match[1].startswith("mailto:"):
                    with self.subTest(link=f"{path.relative_to(ROOT)}: {match[1]}"):
                        self.assertTrue((path.parent / match[1]).exists(), "leads nowhere")

    def test_map(self):
        """the README's map has a line for every room"""
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        rooms = [path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("*/meson.build")]
        rooms = [room for room in rooms if room != "build"]
        self.assertGreater(len(rooms), 4)
        for room in rooms:
            with self.subTest(room=room):
                self.assertRegex(readme, rf"\]\({re.escape(room)}/")

    def test_versions(self):
        """the changelog's version and the build's agree"""
        version = tap.arguments[0]
        changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        self.assertIn(f"the current one is {version},", changelog.replace("\n", " "))


tap.main()
