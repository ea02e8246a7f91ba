# SPDX-License-Identifier: MIT
"""What the command asks of an application made with the framework: its routes, its own commands, one of
several factories; and App::run(), which is there without the command."""

import http.client
import json
import re
import signal
import subprocess
import unittest
from pathlib import Path

from command import HELLO, MODULES, csgi, judge_block
import tap

APP = MODULES / "framework.so"
VECTORS = Path(__file__).resolve().parents[2] / "vectors/flask"


class Routes(unittest.TestCase):
    def test_as_flask(self):
        """routes are listed as `flask routes` lists them, sorted in each way"""
        rows = [json.loads(line) for line in (VECTORS / "routes.jsonl").read_text("utf-8").splitlines()]
        self.assertGreater(len(rows), 30)
        for row in rows:
            with self.subTest(app=row["app"], words=row["words"]):
                result = csgi("routes", f"{APP}:{row['app']}", *row["words"])
                self.assertEqual((result.status, result.out, result.err), (row["status"], row["output"], ""))

    def test_first(self):
        """a file without a factory's name is the first one"""
        self.assertEqual(csgi("routes", APP).out, csgi("routes", f"{APP}:plain").out)

    def test_no_routes_to_tell(self):
        """a module that does not tell its routes is an error"""
        judge_block(self, csgi("routes", HELLO), 1, "does not tell its routes", HELLO)

    def test_wrong_sort(self):
        """a column that there is not is wrong usage"""
        self.assertEqual(csgi("routes", APP, "--sort", "size").status, 2)


class Factories(unittest.TestCase):
    def test_unknown(self):
        """a factory that there is not is an error that names those that are"""
        result = csgi("routes", f"{APP}:nothing")
        judge_block(self, result, 1, "'framework' has no factory 'nothing'", APP)
        self.assertIn("one of: plain, subdomains, hosts, none", result.err)
        judge_block(self, csgi("run", f"{HELLO}:create", "--workers", "0"), 1, "offers no factories", HELLO)

    def test_wrong_usage(self):
        """no name behind the colon, and a factory for check, are wrong usage"""
        judge_block(self, csgi("routes", f"{APP}:"), 2, "no name of a factory", APP)
        judge_block(self, csgi("check", f"{APP}:plain"), 2, "cannot be checked by its name", APP)

    def test_settings(self):
        """a factory that takes the settings is given them, and may refuse"""
        result = csgi("routes", f"{APP}:none", "--config", "refuse=why not")
        judge_block(self, result, 1, "refused: why not", APP)

    def test_check(self):
        """the module passes the check"""
        result = csgi("check", APP)
        self.assertEqual(result.status, 0, result.out)


class Commands(unittest.TestCase):
    def test_run(self):
        """a command of the application's own is run with its options"""
        self.assertEqual(csgi(APP, "greet").out, "Hello, World!\n")
        result = csgi(f"{APP}:hosts", "greet", "--name", "Ann")
        self.assertEqual((result.status, result.out, result.err), (0, "Hello, Ann!\n", ""))

    def test_config(self):
        """the configuration comes before the command"""
        self.assertEqual(csgi(APP, "--config", "colour=blue", "setting").out, "blue\n")
        self.assertEqual(csgi(APP, "setting").out, "none\n")

    def test_list(self):
        """without a command they are listed, as for wrong usage; --help asks for that"""
        for words, status in ([[], 2], [["--help"], 0]):
            with self.subTest(words):
                result = csgi(APP, *words)
                self.assertEqual((result.status, result.err), (status, ""))
                self.assertIn(f"Usage: csgi {APP} [OPTIONS] COMMAND [ARGS]...\n", result.out)
                self.assertRegex(result.out, r"\n  greet    Greets somebody\.\n")

    def test_errors(self):
        """what a command throws is one line on standard error and status 1; wrong usage is 2"""
        result = csgi(APP, "throw")
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertEqual(result.err, "Error: std::runtime_error: no such thing\n")
        result = csgi(APP, "nothing")
        self.assertEqual((result.status, result.out), (2, ""))
        self.assertTrue(result.err.endswith("Error: No such command 'nothing'.\n"), result.err)

    def test_none(self):
        """a module without commands is an error that tells how to serve it"""
        result = csgi(HELLO, "greet")
        judge_block(self, result, 1, "has no commands of its own", HELLO)
        self.assertIn(f"csgi run {HELLO}", result.err)


class OwnMain(unittest.TestCase):
    def test_serves(self):
        """a program with its own main() serves until TERM, says where, and is in debug mode if told so"""
        with subprocess.Popen([MODULES / "own_main"], stdout=subprocess.PIPE, text=True) as process:
            try:
                line = process.stdout.readline()
                found = re.fullmatch(r"csgi: listening on http://127\.0\.0\.1:(\d+)\n", line)
                self.assertIsNotNone(found, line)
                client = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=60)
                client.request("GET", "/debug")
                self.assertEqual(client.getresponse().read(), b"yes")
                client.close()
            finally:
                process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(timeout=60), 0)

    def test_fails(self):
        """an address that cannot be had is an error on standard error and status 1"""
        done = subprocess.run([MODULES / "own_main", "elsewhere"], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("csgi: error: ", done.stderr)

    def test_ignored(self):
        """run() does nothing where the command made the application"""
        result = csgi("routes", MODULES / "running.so")
        self.assertEqual((result.status, result.out), (0, csgi("routes", APP).out))
        self.assertIn("csgi serves already: ignored", result.err)


tap.main()
