# SPDX-License-Identifier: MIT
"""Session cookies that Flask wrote, read by an App, and the other way round.

Argument: the program that has the App. Flask comes from the venv that
test/vectors/flask/generate.py makes; without it this is skipped.
"""

import json
import subprocess
import sys
import unittest
from datetime import datetime, timezone
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / "build/oracle/bin/python"
if Path(sys.prefix).resolve() != PYTHON.parents[1].resolve():
    if not PYTHON.exists():
        print("no oracle: test/vectors/flask/generate.py makes one in build/oracle")
        sys.exit(77)
    sys.exit(subprocess.run([PYTHON, __file__, *sys.argv[1:]]).returncode)

sys.path.insert(0, str(ROOT / "test"))
import flask
import tap
from flask.json.tag import TaggedJSONSerializer
from markupsafe import Markup

TAGGED = TaggedJSONSerializer()
SESSIONS = [
    {"user_id": 42}, {"name": "Zo\u00eb \U0001f600"}, {"t": (1, 2, ("x", [])), "l": [1, [2]]},
    {"b": b"\0\xff", "m": Markup("<b>x</b>"), "u": UUID("12345678123456781234567812345678")},
    {"d": datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)}, {"x": {" t": [1]}, "y": {" di": {}}},
    {"big": 1e22, "neg": -0.0, "small": 1e-07, "int": 2**53, "huge": 2**70, "n": None, "yes": True},
    {"long": "a" * 2000, "more": list(range(50))}, {"_permanent": True, "kept": 1}, {"e": "", "d": {}},
]


def make_app(key="dev-secret"):
    app = flask.Flask("peer")
    app.config.update(SECRET_KEY=key, TESTING=True)

    @app.post("/set")
    def set_all():
        for name, value in TAGGED.loads(flask.request.get_data(as_text=True)).items():
            flask.session[name] = value
        return ""

    @app.get("/flash")
    def flash():
        flask.flash("Hi")
        flask.flash(Markup("<i>No</i>"), "error")
        return ""

    @app.get("/tell")
    def tell():
        return TAGGED.dumps(dict(flask.session))

    @app.get("/flashed")
    def flashed():
        return TAGGED.dumps([list(item) for item in flask.get_flashed_messages(with_categories=True)])

    return app


class Cookies(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.peer = subprocess.Popen([tap.arguments[0]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    text=True)
        cls.app = make_app()

    @classmethod
    def tearDownClass(cls):
        cls.peer.stdin.close()
        cls.peer.wait(timeout=30)
        cls.peer.stdout.close()

    def ask(self, cookie=None, set=None, flash=None, flashed=False):
        question = {"cookie": cookie, "set": set, "flash": flash, "flashed": flashed}
        self.peer.stdin.write(TAGGED.dumps(question) + "\n")
        self.peer.stdin.flush()
        line = self.peer.stdout.readline()
        self.assertTrue(line, "the program ended")
        answer = TAGGED.loads(line)
        return answer

    def flask_cookie(self, values, key="dev-secret"):
        client = make_app(key).test_client()
        client.post("/set", data=TAGGED.dumps(values))
        return client.get_cookie("session").value

    def told(self, cookie):
        client = self.app.test_client()
        client.set_cookie("session", cookie)
        return TAGGED.loads(client.get("/tell").get_data(as_text=True))

    def test_ours(self):
        """a session that Flask wrote is read here, kind by kind"""
        for values in SESSIONS:
            with self.subTest(session=repr(values)[:80]):
                self.assertEqual(self.ask(self.flask_cookie(values))["session"], values)

    def test_theirs(self):
        """a session that was written here is read by Flask"""
        for values in SESSIONS:
            with self.subTest(session=repr(values)[:80]):
                self.assertEqual(self.told(self.ask(set=values)["cookie"]), values)

    def test_same(self):
        """both write the same payload for the same session"""
        for values in SESSIONS:
            with self.subTest(session=repr(values)[:80]):
                ours, theirs = self.ask(set=values)["cookie"], self.flask_cookie(values)
                self.assertEqual(ours.rsplit(".", 2)[0], theirs.rsplit(".", 2)[0])

    def test_between(self):
        """a session goes to and fro between both, and keeps what each put into it"""
        cookie = self.flask_cookie({"a": 1})
        cookie = self.ask(cookie, set={"b": (2,)})["cookie"]
        client = self.app.test_client()
        client.set_cookie("session", cookie)
        client.post("/set", data=TAGGED.dumps({"c": b"3"}))
        self.assertEqual(self.ask(client.get_cookie("session").value)["session"],
                         {"a": 1, "b": (2,), "c": b"3"})

    def test_flash(self):
        """messages that one flashed are shown by the other"""
        client = self.app.test_client()
        client.get("/flash")
        answer = self.ask(client.get_cookie("session").value, flashed=True)
        self.assertEqual(answer["flashed"], [["message", "Hi"], ["error", Markup("<i>No</i>")]])
        client.set_cookie("session", self.ask(flash=[["info", "from here"]])["cookie"])
        self.assertEqual(TAGGED.loads(client.get("/flashed").get_data(as_text=True)),
                         [["info", "from here"]])

    def test_keys(self):
        """an older key is believed here while it is listed, a foreign one and a forged cookie are not"""
        self.assertEqual(self.ask(self.flask_cookie({"a": 1}, "old-1"))["session"], {"a": 1})
        self.assertEqual(self.ask(self.flask_cookie({"a": 1}, "foreign"))["session"], {})
        cookie = self.flask_cookie({"a": 1})
        self.assertEqual(self.ask("x" + cookie)["session"], {})
        self.assertEqual(self.told("x" + self.ask(set={"a": 1})["cookie"]), {})


if not tap.arguments:
    sys.exit("usage: cookie_oracle_test.py PROGRAM")
tap.main()
