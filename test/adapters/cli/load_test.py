# SPDX-License-Identifier: MIT
"""Files that cannot be served: each is one clear error of `run` and of `check`, never a crash."""

import os
import shutil
import tempfile
import unittest
from pathlib import Path

from command import CONFORM, HELLO, LAYERS, broken, csgi, judge_block
import tap


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.here = Path(self.folder.name)

    def judge(self, path, what, status=1):
        for verb in ("run", "check"):
            with self.subTest(verb=verb, path=path.name):
                judge_block(self, csgi(verb, path), status, what, path)

    def test_no_library(self):
        """a file that is missing, a folder, empty, text or no shared library is said to be that [LOAD-11]"""
        self.judge(self.here / "missing.so", "[LOAD-11] No such file or directory")
        (self.here / "folder.so").mkdir()
        self.judge(self.here / "folder.so", "[LOAD-11] a directory")
        (self.here / "empty.so").touch(0o644)
        self.judge(self.here / "empty.so", "[LOAD-11] cannot be loaded: the file is empty")
        (self.here / "text.so").write_text("I am the very model of a shared object\n")
        self.judge(self.here / "text.so", "[LOAD-11] cannot be loaded: not a shared library")
        (self.here / "ar.so").write_bytes(b"\x7fEL")
        self.judge(self.here / "ar.so", "[LOAD-11] cannot be loaded: not a shared library")
        os.mkfifo(self.here / "pipe.so")
        self.judge(self.here / "pipe.so", "[LOAD-11] not a file")

    def test_cut_short(self):
        """a module that was cut short anywhere is refused, and is no crash [LOAD-11]"""
        whole = HELLO.read_bytes()
        # Where the last segment ends; behind it are only things that loading does not need.
        count, table = whole[56], int.from_bytes(whole[32:40], "little")
        ends = []
        for i in range(count):
            row = whole[table + 56 * i:table + 56 * (i + 1)]
            if row[:4] == b"\1\0\0\0":
                ends.append(int.from_bytes(row[8:16], "little") + int.from_bytes(row[32:40], "little"))
        end = max(ends)
        path = self.here / "cut.so"
        for size in sorted({17, 63, 64, 100, table + 56 * count, 600, end // 2, end - 1}):
            path.write_bytes(whole[:size])
            with self.subTest(size=size):
                judge_block(self, csgi("run", path), 1, "the file is cut short", path)

    def test_other_machine(self):
        """a library for another machine, and a program, are said to be that [LOAD-11]"""
        whole = bytearray(HELLO.read_bytes())
        for at, byte, what in ((18, 0x2b, "made for another machine"),
                               (4, 1, "made for another machine"),
                               (16, 2, "a program, not a shared library"),
                               (16, 1, "an object file, not linked yet")):
            changed = bytearray(whole)
            changed[at] = byte
            (self.here / "other.so").write_bytes(changed)
            self.judge(self.here / "other.so", what)

    def test_damaged(self):
        """a library with damage inside is an error, or loads, and is no crash [LOAD-11]"""
        whole = HELLO.read_bytes()
        path = self.here / "damaged.so"
        for start in range(64, min(len(whole), 4096), 192):
            path.write_bytes(whole[:start] + b"\xa5" * 64 + whole[start + 64:])
            with self.subTest(start=start):
                result = csgi("check", path, "--limit", "2")
                self.assertIn(result.status, (0, 1))
                self.assertTrue(result.status == 0 or "damaged.so" in result.err + result.out)

    def test_writable_by_all(self):
        """a file that everybody may write to is not run [LOAD-11]"""
        path = shutil.copy(HELLO, self.here / "open.so")
        os.chmod(path, 0o666)
        self.judge(Path(path), "[LOAD-11] everybody may write to it")

    def test_name_alone(self):
        """a name without a slash is a file here, not one of the library path"""
        shutil.copy(HELLO, self.here / "hello.so")
        self.assertEqual(csgi("check", "hello.so", cwd=self.here).status, 0)
        judge_block(self, csgi("check", "libc.so.6", cwd=self.here), 1, "No such file", "libc.so.6")


class Entries(unittest.TestCase):
    def judge(self, name, what):
        for verb in ("run", "check"):
            with self.subTest(verb=verb, module=name):
                judge_block(self, csgi(verb, broken(name)), 1, what, broken(name))

    def test_symbol(self):
        """a library without csgi_entry_v1, or with another major version's, is refused [LOAD-1]"""
        self.judge("no_symbol", "[LOAD-1] a shared library, but it exports no csgi_entry_v1")
        self.judge("next_major", "[LOAD-1] made for version 2 of the interface")

    def test_size(self):
        """an entry that is too small, of odd size, or lacks create is refused [LOAD-1] [LOAD-2]"""
        self.judge("short_entry", "[LOAD-1] csgi_entry_v1.struct_size is 24")
        self.judge("odd_entry", "[LOAD-1] csgi_entry_v1.struct_size is")
        self.judge("no_create", "[LOAD-1] csgi_entry_v1 has no create")

    def test_name(self):
        """an entry without a name is refused [LOAD-3]"""
        self.judge("nameless", "[LOAD-3]")

    def test_undefined(self):
        """a module that needs a symbol nobody has is refused, with its name [LOAD-5]"""
        self.judge("undefined", "undefined symbol: no_such_function")

    def test_needs(self):
        """a module is refused by a host without a capability it needs, by name [LOAD-10]"""
        self.judge("needs_upgrade", "[LOAD-10] 'upgrader' needs what this server cannot do: UPGRADE")

    def test_crash(self):
        """a module that crashes while it is loaded is an error that names the signal [LOAD-11]"""
        self.judge("crashes_when_loaded", "signal 6 (Aborted) while: it was loaded")


class SetUp(unittest.TestCase):
    """Of `run`; what `check` says of these is another test's business."""

    def judge(self, name, what, *more):
        with self.subTest(module=name):
            judge_block(self, csgi("run", broken(name), "--http", "127.0.0.1:0", *more), 1, what,
                        broken(name))

    def test_reasons(self):
        """check, create and start that fail show their reason [LOAD-8]"""
        self.judge("check_refuses", "'subject' refuses to be set up: there is no moon tonight")
        self.judge("create_refuses", "'subject' refuses to be set up: moon= is missing")
        self.judge("start_refuses", "'subject' cannot be served: the database is asleep")
        self.judge("throws", "thrown by check", "--config", "check=1")

    def test_no_reasons(self):
        """check, create and start that fail without a reason are named by the rule [LOAD-8]"""
        for name in ("check_is_mute", "create_is_mute", "start_is_mute"):
            self.judge(name, "[LOAD-8]")

    def test_crash(self):
        """a module whose check crashes is an error that names the signal"""
        self.judge("check_crashes", "signal 6 (Aborted) while: its check was called")

    def test_layers(self):
        """a layer that is missing, or refuses its configuration, is named itself"""
        judge_block(self, csgi("run", HELLO, "--use", "./no.so"), 1, "No such file", "./no.so")
        layer = LAYERS / "add_header.so"
        judge_block(self, csgi("run", HELLO, "--use", layer), 1, "name= is missing", layer)
        judge_block(self, csgi("run", layer, "--config", "name=a,value=b"), 1,
                    "wraps one application", layer)

    def test_configuration(self):
        """an application that refuses a value is an error that shows its reason"""
        judge_block(self, csgi("run", CONFORM, "--config", "file=" + "x" * 2000), 1, "file=", CONFORM)


if __name__ == "__main__":
    tap.main()
