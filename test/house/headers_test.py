# SPDX-License-Identifier: MIT
"""Each public header compiles alone, in every language it promises, with gcc and clang.

A header that leans on what its includer happens to have included breaks somebody else's build.
"""

import os
import shutil
import subprocess
import sys
import tempfile
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
FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]
# What has not changed since it was compiled last need not be compiled again: that is most of it.
CACHE = ["ccache"] if shutil.which("ccache") else []


def public_headers():
    """Names as a user includes them, from the folders that lie as they are installed."""
    for face in FACES:
        # pathlib does not follow links to folders here, and spec/include has one.
        for path in sorted(face.rglob("*")) + sorted(face.glob("csgi/ext/**/*")):
            if path.suffix in (".h", ".hpp"):
                yield path.relative_to(face).as_posix()


def path_of(name):
    return next(face / name for face in FACES if (face / name).exists())


def compile_alone(folder, name, compiler, language, standard):
    """What a program is told that includes nothing else, twice, for the header's guard."""
    opening = "".join(path_of(name).read_text().splitlines()[:4])
    posix = [POSIX] if "POSIX.1-2008" in opening else []
    source = folder / (name.replace("/", "-") + "." + language.replace("+", "x"))
    # A declaration follows, as an empty file is not C.
    source.write_text(f"#include <{name}>\n#include <{name}>\nextern int csgi_is_read;\n")
    # Relative, so that the cache serves every copy of the tree.
    return subprocess.run(
        [*CACHE, compiler, "-x", language, f"-std={standard}", *FLAGS, *posix,
         *(f"-I{os.path.relpath(face)}" for face in FACES if face.is_dir()),
         "-c", os.path.relpath(source), "-o", os.path.relpath(source) + ".o"],
        capture_output=True, text=True)


class PublicHeaders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Meson runs tests in its build folder; elsewhere nothing is left behind.
        if Path("build.ninja").exists():
            cls.folder = Path("test/house/headers").resolve()
            cls.folder.mkdir(parents=True, exist_ok=True)
        else:
            made = tempfile.TemporaryDirectory(prefix="csgi-headers-")
            cls.addClassCleanup(made.cleanup)
            cls.folder = Path(made.name)


def case(compiler, language, standard, headers):
    def compile_each(self):
        if not shutil.which(compiler):
            self.skipTest(f"{compiler} is not installed")
        for name in headers:
            with self.subTest(header=name):
                made = compile_alone(self.folder, name, compiler, language, standard)
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
            ["gcc", "-x", "c", "-std=c11", *FLAGS, "-fsyntax-only", "-"], input="uint32_t leaning;\n",
            capture_output=True, text=True)
        self.assertNotEqual(made.returncode, 0)


tap.main()
