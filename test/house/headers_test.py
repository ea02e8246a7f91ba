# SPDX-License-Identifier: MIT
"""Each public header compiles alone, in every language it promises, with gcc and clang.

A header that leans on what its includer happens to have included breaks somebody else's build.
"""

import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap

ROOT = Path(__file__).resolve().parents[2]
FACES = [ROOT / room / "include" for room in ("spec", "core", "middleware", "adapters")]
C_MODES = [("c", "c99"), ("c", "c11"), ("c", "c17"), ("c++", "c++17"), ("c++", "c++20")]
CPP_MODES = [("c++", "c++20")]
# A header that says so in its opening asks its reader's program for more than the language.
POSIX = "-D_POSIX_C_SOURCE=200809L"
FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-fsyntax-only"]


def public_headers():
    """Names as a user includes them, from the folders that lie as they are installed."""
    for face in FACES:
        # pathlib does not follow links to folders here, and spec/include has one.
        for path in sorted(face.rglob("*")) + sorted(face.glob("csgi/ext/**/*")):
            if path.suffix in (".h", ".hpp"):
                yield path.relative_to(face).as_posix()


def path_of(name):
    return next(face / name for face in FACES if (face / name).exists())


class PublicHeaders(unittest.TestCase):
    pass


def case(compiler, language, standard, headers):
    def compile_each(self):
        if not shutil.which(compiler):
            self.skipTest(f"{compiler} is not installed")
        for name in headers:
            with self.subTest(header=name):
                # Twice, for its guard; a declaration follows, as an empty file is not C.
                opening = "".join(path_of(name).read_text().splitlines()[:4])
                posix = [POSIX] if "POSIX.1-2008" in opening else []
                source = f"#include <{name}>\n#include <{name}>\nextern int csgi_is_read;\n"
                made = subprocess.run(
                    [compiler, "-x", language, f"-std={standard}", *FLAGS, *posix,
                     *(f"-I{face}" for face in FACES if face.is_dir()), "-"],
                    input=source, capture_output=True, text=True)
                self.assertEqual(made.returncode, 0, made.stderr)
    compile_each.__doc__ = f"public headers compile alone as {standard} with {compiler}"
    return compile_each


found = sorted(set(public_headers()))
for compiler in ("gcc", "clang"):
    for language, standard in C_MODES:
        modes = [name for name in found if name.endswith(".h") or (language, standard) in CPP_MODES]
        setattr(PublicHeaders, f"test_{compiler}_{standard}",
                case(compiler, language, standard, modes))


class Finding(unittest.TestCase):
    def test_found(self):
        """the contract, its helpers and an extension are among the headers tried"""
        for name in ("csgi.h", "csgi/sdk.h", "csgi/ext/poll.h"):
            self.assertIn(name, found)

    def test_can_fail(self):
        """a header that needs another one first is caught"""
        made = subprocess.run(
            ["gcc", "-x", "c", "-std=c11", *FLAGS, "-"], input="uint32_t leaning;\n",
            capture_output=True, text=True)
        self.assertNotEqual(made.returncode, 0)


tap.main()
