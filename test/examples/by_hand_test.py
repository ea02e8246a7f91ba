# SPDX-License-Identifier: MIT
"""Every example builds by the words of its README, without a warning, and imports nothing of ours.

Argument: the folder of the build's examples.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap

ROOT = Path(__file__).resolve().parents[2]
BUILT = Path(tap.arguments[0])
# Programs, or built with installed libraries, or files for other programs: with tests of their own.
OTHERS = {"behind_nginx", "embed", "flaskr", "hello", "hello_python"}
RUST = ROOT / "examples/hello_rust"
FOLDERS = sorted(path.parent for path in (ROOT / "examples").glob("*/README.md")
                 if path.parent.name not in OTHERS and path.parent != RUST)
# What pkg-config says of an installed CSGI, and no leniency.
FLAGS = (f"-I{ROOT}/spec/include -Wall -Wextra -Wpedantic -Wshadow -Wconversion "
         "-Wno-missing-field-initializers -Wno-unused-parameter -Werror")


def symbols(module):
    """(kind, name) of each dynamic symbol."""
    listed = subprocess.run(["nm", "-D", module], check=True, capture_output=True, text=True)
    return [tuple(line.split()[-2:]) for line in listed.stdout.splitlines()]


class Examples(unittest.TestCase):
    def build(self, folder):
        readme = (folder / "README.md").read_text(encoding="utf-8")
        # What builds: all of the indented block up to the line that serves it.
        block = re.search(r"^((?:    .*\n)+?)    csgi run ", readme, re.M)
        with self.subTest(folder.name), tempfile.TemporaryDirectory() as there:
            self.assertIsNotNone(block)
            commands = block[1].replace("$(pkg-config --cflags csgi)", FLAGS)
            commands = commands.replace("-I../..", f"-I{ROOT}")
            for source in folder.iterdir():
                shutil.copy(source, there)
            made = subprocess.run(["sh", "-ec", commands], cwd=there, capture_output=True,
                                  text=True)
            self.assertEqual(made.returncode, 0, made.stderr)
            modules = sorted(Path(there).glob("*.so"))
            self.assertTrue(modules)
            for module in modules:
                self.assertIn("csgi_entry_v1", [name for _, name in symbols(module)])

    def test_by_hand(self):
        """the commands of the READMEs build the examples"""
        self.assertTrue(FOLDERS)
        for folder in FOLDERS:
            self.build(folder)

    def test_by_hand_in_rust(self):
        """the command of the README builds the example in Rust"""
        if not (BUILT / "hello_rust/hello_rust.so").exists():
            self.skipTest("no rustc here (Debian package rustc)")
        self.build(RUST)

    def test_imports(self):
        """no module imports a csgi_ symbol [LOAD-4]"""
        modules = sorted(BUILT.glob("*/*.so"))
        self.assertTrue(modules)
        for module in modules:
            with self.subTest(module.name):
                wanted = [name for kind, name in symbols(module)
                          if kind == "U" and name.startswith("csgi_")]
                self.assertEqual(wanted, [])

    def test_exports(self):
        """a module shows its entry and nothing else of its own"""
        for module in sorted(BUILT.glob("*/*.so")):
            with self.subTest(module.name):
                shown = [name for kind, name in symbols(module) if kind not in "Uw"
                         and not name.startswith(("__asan", "__ubsan", "__tsan", "__odr_asan"))]
                self.assertEqual(shown, ["csgi_entry_v1"])


if __name__ == "__main__":
    tap.main()
