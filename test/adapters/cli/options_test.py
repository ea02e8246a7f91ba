# SPDX-License-Identifier: MIT
"""Arguments of the command: what is wrong usage, and how it is said."""

import re
import unittest
from pathlib import Path

from command import HELLO, csgi, judge_block
import tap

VERBS = ["run", "check", "routes", "render", "templates", "tool", "help"]


class Verbs(unittest.TestCase):
    def test_version(self):
        """--version tells the program's version and the interface's"""
        result = csgi("--version")
        self.assertEqual(result.status, 0)
        self.assertRegex(result.out, r"^csgi \d+\.\d+\.\d+ \(interface 1\.\d+\)\n$")

    def test_help(self):
        """help lists the verbs, help VERB the options of one"""
        for arguments in (["help"], ["--help"], ["help", "help"]):
            with self.subTest(arguments=arguments):
                result = csgi(*arguments)
                self.assertEqual((result.status, result.err), (0, ""))
                listed = re.findall(r"(?m)^  ([a-z]+) ", result.out.split("Subcommands:")[1])
                self.assertEqual(listed, VERBS)
        for verb, option in (("run", "--http ADDR"), ("check", "--path PATH"), ("routes", "--sort")):
            for arguments in (["help", verb], [verb, "--help"]):
                with self.subTest(arguments=arguments):
                    result = csgi(*arguments)
                    self.assertEqual((result.status, result.err), (0, ""))
                    self.assertIn(f"Usage: csgi {verb} [OPTIONS] TARGET", result.out)
                    self.assertIn(option, result.out)

    def test_manual(self):
        """docs/serving.md names every option that `csgi run` has, and no other, with its default"""
        manual = (Path(__file__).resolve().parents[3] / "docs/serving.md").read_text("utf-8")
        said = csgi("help", "run").out
        options = set(re.findall(r"(?m)^  (?:-h,)?(--[a-z-]+)", said)) - {"--help"}
        self.assertGreater(len(options), 20)
        self.assertEqual(set(re.findall(r"--[a-z][a-z-]+", manual)), options)
        defaults = dict(re.findall(r"(?m)^  (--max-[a-z]+) [A-Z]+ +[^(\n]*\((\d+[KMG]?)\)", said))
        self.assertIn("--max-head", defaults)
        for option, value in defaults.items():
            with self.subTest(option):
                self.assertRegex(manual, rf"(?m)^\| `{option} [A-Z]+` \| {value}\b")

    def test_no_verb(self):
        """without a verb, or with one that does not exist, the verbs are listed: wrong usage"""
        for arguments, what in ([[], "no command"], [["serve"], "there is no command 'serve'"],
                                [["shell", "x.so"], "there is no command 'shell'"],
                                [["my.sound"], "there is no command 'my.sound'"],
                                [["help", "chain"], "there is no command 'chain'"]):
            with self.subTest(arguments=arguments):
                result = csgi(*arguments)
                self.assertEqual(result.status, 2)
                self.assertIn(what, result.err)
                self.assertIn("one of: " + ", ".join(VERBS), result.err)


class WrongUsage(unittest.TestCase):
    def test_options(self):
        """an unknown option, a missing TARGET or one too many is wrong usage"""
        for arguments, what in ([["--bogus", HELLO], "--bogus"], [[], "TARGET"],
                                [[HELLO, "second.so"], "second.so"], [[HELLO, "--use"], "--use"]):
            for verb in ("run", "check"):
                with self.subTest(verb=verb, arguments=arguments):
                    judge_block(self, csgi(verb, *arguments), 2, what, f"csgi {verb}")

    def test_addresses(self):
        """an address that can never be one is wrong usage"""
        for address, what in (("foo", "not an address"), ("127.0.0.1:70000", "0 to 65535"),
                              ("127.0.0.1:", "0 to 65535"), ("127.0.0.1:x", "0 to 65535"),
                              ("::1:80", "not an address"), ("[::1]", "not an address"),
                              ("unix:", "no path"), ("unix:/" + "x" * 108, "longer than 107"),
                              ("fd:", "no number"), ("fd:x", "no number")):
            with self.subTest(address=address):
                judge_block(self, csgi("run", HELLO, "--http", address), 2, what, address)

    def test_values(self):
        """a value out of range, or of another kind, is wrong usage"""
        for option, value in (("--drain", "soon"), ("--drain", "-1"), ("--max-body", "0"),
                              ("--max-head", "33K"), ("--max-fields", "many"),
                              ("--max-body", "1Q"), ("--log-level", "loud"), ("--workers", "-1"),
                              ("--workers", "many"), ("--hang", "-1"), ("--head-timeout", "0"),
                              ("--max-connections", "0"), ("--body-rate", "x")):
            with self.subTest(option=option, value=value):
                judge_block(self, csgi("run", HELLO, option, value), 2, option, "csgi run")
        judge_block(self, csgi("run", HELLO, "--low-mark", "1M"), 2, "--low-mark", "1048576")
        judge_block(self, csgi("run", HELLO, "--healthz", "x"), 2, "begins with /", "--healthz x")
        judge_block(self, csgi("run", HELLO, "--access-log", "json:"), 2, "no file is named",
                    "--access-log json:")
        judge_block(self, csgi("check", HELLO, "--path", "x"), 2, "begins with /", "--path x")

    def test_configurations(self):
        """a configuration that is no key=value,key=value is wrong usage"""
        for config, what in (("moon", "without a value"), ("a=1,", "without a value"),
                             ("=1", "without a key"), ("a=1\\", "ends in a \\"),
                             ("a=1,,b=2", "without a value"), ("a\\=1", "without a value")):
            with self.subTest(config=config):
                judge_block(self, csgi("run", HELLO, "--config", config), 2, what, "--config")
                judge_block(self, csgi("run", HELLO, "--use", f"./x.so:{config}"), 2, what,
                            f"--use ./x.so:{config}")

    def test_not_yet(self):
        """what does not exist yet says so: a built-in middleware"""
        judge_block(self, csgi("run", HELLO, "--use", "cors:origins=*"), 2,
                    "no built-in middleware 'cors'", "--use cors:origins=*")

    def test_control_bytes(self):
        """control bytes of an argument are not sent to the terminal"""
        result = csgi("run", "no\x1b[31m\x9b.so", "--http", "127.0.0.1:0")
        self.assertEqual(result.status, 1)
        self.assertIn(r"no\x1b[31m", result.err)
        self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.err))


if __name__ == "__main__":
    tap.main()
