# SPDX-License-Identifier: MIT
"""Session cookies that Flask wrote, read by an App, and the other way round.

Argument: the program that has the App. Flask comes from the venv that
test/vectors/flask/generate.py makes; without it this is skipped.
"""

import json
import subprocess
import sys
import unittest
from dataclasses import dataclass
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
from flask.json.tag import JSONTag, TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
from markupsafe import Markup


@dataclass
class Money:
    amount: int
    currency: str


class TagMoney(JSONTag):
    key = " money"

    def check(self, value):
        return isinstance(value, Money)

    def to_json(self, value):
        return [value.amount, value.currency]

    def to_python(self, value):
        return Money(*value)


class TagPair(JSONTag):
    """A special case of a kind that Flask has a tag for."""

    key = " 2"

    def check(self, value):
        return isinstance(value, tuple) and [type(item) for item in value] == [int, int]

    def to_json(self, value):
        return f"{value[0]},{value[1]}"

    def to_python(self, value):
        return tuple(int(item) for item in value.split(","))


def own_tags():
    tags = TaggedJSONSerializer()
    tags.register(TagMoney)
    tags.register(TagPair, index=0)
    return tags


TAGGED = TaggedJSONSerializer()
OWN_TAGGED = own_tags()
OWN_SESSIONS = [
    {"price": Money(5, "EUR")}, {"pair": (1, -2), "triple": (1, 2, 3), "two": (1, "x")},
    {"x": {" money": 1}, "y": {" 2": "3,4"}, "z": {" 3": 1}}, {"in": [{"p": (Money(1, "x"), (3, 4))}]},
    {"b": b"x", "m": Markup("<b>"), "d": {}},
]
UNSORTED_SESSIONS = [{"b": 1, "a": {"z": "Zo\u00eb \U0001f600", "y": (1,)}}, {"\u00fc": [1]}]
SESSIONS = [
    {"user_id": 42}, {"name": "Zo\u00eb \U0001f600"}, {"t": (1, 2, ("x", [])), "l": [1, [2]]},
    {"b": b"\0\xff", "m": Markup("<b>x</b>"), "u": UUID("12345678123456781234567812345678")},
    {"d": datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)}, {"x": {" t": [1]}, "y": {" di": {}}},
    {"big": 1e22, "neg": -0.0, "small": 1e-07, "int": 2**53, "huge": 2**70, "n": None, "yes": True},
    {"long": "a" * 2000, "more": list(range(50))}, {"_permanent": True, "kept": 1}, {"e": "", "d": {}},
]


def make_app(key="dev-secret", kind="plain"):
    app = flask.Flask("peer")
    app.config.update(SECRET_KEY=key, TESTING=True)
    tagged = OWN_TAGGED if kind == "own" else TAGGED
    if kind == "own":
        app.session_interface = SecureCookieSessionInterface()
        app.session_interface.serializer = tagged
    if kind == "unsorted":
        app.json.sort_keys = app.json.ensure_ascii = False

    @app.post("/set")
    def set_all():
        for name, value in tagged.loads(flask.request.get_data(as_text=True)).items():
            flask.session[name] = value
        return ""

    @app.get("/flash")
    def flash():
        flask.flash("Hi")
        flask.flash(Markup("<i>No</i>"), "error")
        return ""

    @app.get("/tell")
    def tell():
        return tagged.dumps(dict(flask.session))

    @app.get("/flashed")
    def flashed():
        return tagged.dumps([list(item) for item in flask.get_flashed_messages(with_categories=True)])

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

    def ask(self, cookie=None, set=None, flash=None, flashed=False, kind="plain"):
        tagged = OWN_TAGGED if kind == "own" else TAGGED
        question = {"app": kind, "cookie": cookie, "set": set, "flash": flash, "flashed": flashed}
        self.peer.stdin.write(tagged.dumps(question) + "\n")
        self.peer.stdin.flush()
        line = self.peer.stdout.readline()
        self.assertTrue(line, "the program ended")
        return tagged.loads(line)

    def flask_cookie(self, values, key="dev-secret", kind="plain"):
        client = make_app(key, kind).test_client()
        client.post("/set", data=(OWN_TAGGED if kind == "own" else TAGGED).dumps(values))
        return client.get_cookie("session").value

    def told(self, cookie, kind="plain"):
        client = (self.app if kind == "plain" else make_app(kind=kind)).test_client()
        client.set_cookie("session", cookie)
        tagged = OWN_TAGGED if kind == "own" else TAGGED
        return tagged.loads(client.get("/tell").get_data(as_text=True))

    def check_both_ways(self, sessions, kind):
        for values in sessions:
            with self.subTest(session=repr(values)[:80]):
                theirs = self.flask_cookie(values, kind=kind)
                ours = self.ask(set=values, kind=kind)["cookie"]
                self.assertEqual(ours.rsplit(".", 2)[0], theirs.rsplit(".", 2)[0])
                self.assertEqual(self.ask(theirs, kind=kind)["session"], values)
                self.assertEqual(self.told(ours, kind), values)

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

    def test_own_tags(self):
        """kinds with tags of one's own are written and read as by Flask, in the same order of asking"""
        self.check_both_ways(OWN_SESSIONS, "own")

    def test_provider(self):
        """a session is spelt as the application's JSON is, as by Flask"""
        self.check_both_ways(UNSORTED_SESSIONS, "unsorted")

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
