# SPDX-License-Identifier: MIT
"""The last line of `./dev test` counts what happened, and says why what was skipped was."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap

SUMMARY = Path(__file__).resolve().parents[2] / ".ci/summary.py"


def summary(*entries, arguments=()):
    """Runs the summary over a build folder whose log holds (result, stdout) pairs."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "meson-logs/testlog.json")
        log.parent.mkdir()
        log.write_text("".join(
            json.dumps({"name": f"program {i}", "result": result, "stdout": stdout}) + "\n"
            for i, (result, stdout) in enumerate(entries)))
        made = subprocess.run([sys.executable, SUMMARY, *arguments, folder],
                              capture_output=True, text=True)
        return made.returncode, made.stdout.splitlines()


class Summary(unittest.TestCase):
    def judge(self, wanted_code, wanted_line, *entries, **more):
        code, lines = summary(*entries, **more)
        self.assertEqual((code, lines[-1]), (wanted_code, wanted_line))
        return lines

    def test_plain(self):
        """a program without cases counts as one"""
        self.judge(0, "1 passed, 0 failed, 0 skipped", ("OK", "whatever it says"))

    def test_cases(self):
        """the cases of a program count, not the program"""
        self.judge(0, "2 passed, 0 failed, 0 skipped", ("OK", "ok 1 - a\nok 2 - b\n1..2\n"))

    def test_failing_case(self):
        """a failing case fails the run once"""
        self.judge(1, "1 passed, 1 failed, 0 skipped",
                   ("FAIL", "# why\nnot ok 1 - a\nok 2 - b\n1..2\n"))

    def test_crash(self):
        """a program that dies after good cases has failed"""
        self.judge(1, "1 passed, 1 failed, 0 skipped", ("FAIL", "ok 1 - a\n"))
        self.judge(1, "1 passed, 1 failed, 0 skipped", ("TIMEOUT", "ok 1 - a\n"))

    def test_shown(self):
        """what a passing program wants to be read is shown, the same of two programs once"""
        output = "ok 1 - a\n# a comment\n#: | a | table |\n#: \n#: and more\n1..1\n"
        lines = self.judge(0, "2 passed, 0 failed, 0 skipped", ("OK", output), ("OK", output))
        self.assertEqual(lines[1:5], ["| a | table |", "", "and more", ""])
        self.assertRegex(lines[0], ": program 0, .*: program 1$")
        self.assertNotIn("a comment", "".join(lines))

    def test_skips(self):
        """a skip is counted with its reason, of a case and of a program"""
        lines = self.judge(0, "1 passed, 0 failed, 2 skipped",
                           ("OK", "ok 1 - a # SKIP no IPv6 here\nok 2 - b\n1..2\n"),
                           ("SKIP", "looking\nnginx is not installed\n"))
        self.assertIn("no IPv6 here", lines[0])
        self.assertIn("nginx is not installed", lines[1])

    def test_nothing(self):
        """no test at all is not a success"""
        self.judge(1, "0 passed, 0 failed, 0 skipped")

    def test_broken(self):
        """a folder that does not build is a failure"""
        self.judge(1, "1 passed, 1 failed, 0 skipped", ("OK", ""),
                   arguments=["--broken=build/asan"])


tap.main()
