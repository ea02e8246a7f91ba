# SPDX-License-Identifier: MIT
"""`csgi tool`: its lines, and sessions that cross to real Flask and back. Argument: the program."""

import json
import random
import string
import subprocess
import sys
import unittest
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
import tap

CSGI = Path(tap.arguments[0])
ROOT = Path(__file__).resolve().parents[4]
ORACLE = ROOT / "build/oracle/bin/python"

# Speaks to real Flask: each line a session to sign, or a cookie to read.
PEER = """
import json, sys
from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
app = Flask("peer")
app.secret_key = "crossing"
signer, tags = SecureCookieSessionInterface().get_signing_serializer(app), TaggedJSONSerializer()
with app.app_context():
    for line in sys.stdin:
        question = json.loads(line)
        if "session" in question:
            print(json.dumps(signer.dumps(tags.loads(json.dumps(question["session"])))))
        else:
            print(json.dumps(json.loads(tags.dumps(signer.loads(question["cookie"], max_age=3600)))))
"""


def tool(name, lines):
    made = subprocess.run(
        [CSGI, "tool", name], input="".join(line + "\n" for line in lines), capture_output=True,
        text=True, timeout=60)
    return made.returncode, [json.loads(line) for line in made.stdout.splitlines()], made.stderr


def flask_python():
    """A Python that has Flask: the venv of test/vectors/flask/generate.py, or the system's."""
    for python in (ORACLE, "python3"):
        try:
            if subprocess.run([python, "-c", "import flask"], capture_output=True).returncode == 0:
                return python
        except OSError:
            pass
    return None


def random_session(dice):
    letters = string.ascii_letters + " _\u00e9\u4e2d\U0001f600<&'\"\\\n"

    def text():
        return "".join(dice.choice(letters) for _ in range(dice.randrange(20)))

    def value(depth):
        kind = dice.randrange(10 if depth < 4 else 7)
        if kind < 7:
            return [None, True, dice.randrange(-2**70, 2**70), dice.uniform(-1e9, 1e9), text(),
                    {" m": text()}, {" d": datetime.fromtimestamp(
                        dice.randrange(2**32), timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")}][kind]
        items = [value(depth + 1) for _ in range(dice.randrange(5))]
        return items if kind == 7 else {" t": items} if kind == 8 else dict(
            ("k" + text(), item) for item in items)

    return {"k" + text(): value(0) for _ in range(dice.randrange(1, 8))}


class Lines(unittest.TestCase):
    def test_order(self):
        """each line is answered in its turn, a bad one by an error with its id"""
        status, answers, _ = tool("http", [
            '{"id": "a", "op": "parse_cookie", "args": {"value": "x=1; y"}}', "not json", "[]",
            '{"id": "b", "op": "nothing"}', '{"id": "c", "op": "http_date", "args": {"timestamp": "x"}}', "",
            '{"id": 7, "op": "http_date", "args": {"timestamp": 0, "unknown": 1}}'])
        self.assertEqual(status, 0)
        self.assertEqual([answer["id"] for answer in answers], ["a", None, None, "b", "c", 7])
        self.assertEqual(answers[0]["result"], [["x", "1"], ["y", ""]])
        self.assertEqual([answer.get("error") for answer in answers[1:5]], ["value"] * 4)
        self.assertEqual(answers[5]["result"], "Thu, 01 Jan 1970 00:00:00 GMT")

    def test_flushed(self):
        """an answer comes before the next question is asked"""
        with subprocess.Popen([CSGI, "tool", "http"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as process:
            for i in range(3):
                process.stdin.write(f'{{"id": "{i}", "op": "quote_etag", "args": {{"etag": "x"}}}}\n')
                process.stdin.flush()
                self.assertEqual(json.loads(process.stdout.readline())["id"], str(i))
            process.stdin.close()
            self.assertEqual(process.wait(timeout=60), 0)

    def test_unknown(self):
        """a tool that is not there is wrong usage, and the error names those that are"""
        status, answers, error = tool("nothing", [])
        self.assertEqual((status, answers), (2, []))
        self.assertIn("http, routing, session", error)


class Crossing(unittest.TestCase):
    def setUp(self):
        self.python = flask_python()
        if not self.python:
            self.skipTest("no Flask here; test/vectors/flask/generate.py makes a venv that has it")
        dice = random.Random(5)
        self.sessions = [random_session(dice) for _ in range(100)]

    def peer(self, rows):
        made = subprocess.run([self.python, "-W", "ignore", "-c", PEER], capture_output=True, text=True,
                              input="".join(json.dumps(row) + "\n" for row in rows), timeout=60)
        self.assertEqual(made.returncode, 0, made.stderr)
        return [json.loads(line) for line in made.stdout.splitlines()]

    def ours(self, rows):
        now = int(datetime.now(timezone.utc).timestamp())
        rows = [{"id": str(i), "secret_key": "crossing", "now": now, **row} for i, row in enumerate(rows)]
        _, answers, _ = tool("session", map(json.dumps, rows))
        return [answer["result"] for answer in answers]

    def test_from_flask(self):
        """a cookie that Flask wrote is read here"""
        cookies = self.peer([{"session": session} for session in self.sessions])
        read = self.ours([{"op": "session_load", "cookie": cookie, "max_age": 3600} for cookie in cookies])
        self.assertEqual(read, self.sessions)

    def test_to_flask(self):
        """a cookie written here is read by Flask"""
        cookies = self.ours([{"op": "session_dump", "session": session} for session in self.sessions])
        self.assertEqual(self.peer([{"cookie": cookie} for cookie in cookies]), self.sessions)


tap.main()
