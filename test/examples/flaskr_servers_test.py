# SPDX-License-Identifier: MIT
"""One flaskr.so on every server: the same answers to somebody who registers, writes and deletes.

Arguments: the build folder, what sanitizes it ("none").
"""

import http.cookiejar
import os
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

TEST = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST / "conformance"), str(TEST)]
import fastcgi
import nginx
import servers
import tap

BUILD = servers.Build(*tap.arguments[:2])
FLASKR = "examples/flaskr/flaskr"
KINDS = {**servers.KINDS, **fastcgi.KINDS, **nginx.KINDS}
PATIENCE = 60


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """A client with a cookie jar that follows nothing by itself."""

    def __init__(self, address):
        self.root = f"http://{address[1]}:{address[2]}"
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), NoRedirects, urllib.request.HTTPCookieProcessor(self.jar))

    def ask(self, path, **form):
        """Status, where it sends, whether it sets the session, type, body."""
        body = urllib.parse.urlencode(form).encode() if form else None
        try:
            answer = self.opener.open(self.root + path, body, PATIENCE)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            fields = answer.headers
            set_cookie = re.sub(r"=[\w.-]+", "=...", fields.get("Set-Cookie", ""))
            text = re.sub(rb"\d{4}-\d\d-\d\d|\w{3}, \d\d \w{3} \d{4} [\d:]+", b"DATE", answer.read())
            return (answer.status, fields.get("Location"), set_cookie, fields.get("Vary"),
                    fields.get("Content-Type"), fields.get("Content-Length"), text.decode())


def story(browser):
    """All that a visitor does, and what comes of it."""
    ann = {"username": "Ann", "password": "se cret&=\u00fc"}
    yield browser.ask("/")
    yield browser.ask("/create")
    yield browser.ask("/auth/register", **ann)
    yield browser.ask("/auth/register", **ann)
    yield browser.ask("/auth/login", username="Ann", password="wrong")
    yield browser.ask("/auth/login", **ann)
    yield browser.ask("/create", title="", body="x")
    yield browser.ask("/create", title="First <b> & \u00fc", body="line\nline")
    yield browser.ask("/create", title="Second", body="y" * 20000)
    yield browser.ask("/")
    yield browser.ask("/1/update")
    yield browser.ask("/1/update", title="First, again", body="z")
    yield browser.ask("/2/delete", nothing="x")
    yield browser.ask("/2/delete", nothing="x")
    yield browser.ask("/2/delete")
    yield browser.ask("/")
    yield browser.ask("/auth/logout")
    yield browser.ask("/1/update")
    yield browser.ask("/hello")
    yield browser.ask("/nowhere")


def statuses(answers):
    return [answer[0] for answer in answers]


class Story(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="csgi-flaskr-")
        self.addCleanup(self.folder.cleanup)
        os.chmod(self.folder.name, 0o777)

    def play(self, name):
        """The answers of one server; the reason why there are none."""
        kind = KINDS[name]
        kind.prepare(BUILD)
        self.addCleanup(kind.tidy)
        if why := getattr(kind, "missing", lambda: None)():
            return why
        config = f"database={self.folder.name}/{name}.sqlite,secret_key=for the test"
        made = subprocess.run([BUILD.program, BUILD.module(FLASKR), "--config", config, "init-db"],
                              capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((made.returncode, made.stdout), (0, "Initialized the database.\n"), made.stderr)
        with kind.start(FLASKR, config=config) as server:
            if hasattr(server, "wait_started"):
                self.assertTrue(server.wait_started(), server.log())
            browser = Browser(server.address)
            answers = [tuple(part.replace(browser.root, "ROOT") if isinstance(part, str) else part
                             for part in answer) for answer in story(browser)]
            self.assertEqual(server.stop(), 0, server.log()[-2000:])
            self.assertEqual(server.breaches(), [])
        return answers

    def test_standalone(self):
        """a visitor of the standalone server registers, logs in, writes, changes, deletes and logs out"""
        answers = self.play("standalone-tcp-debug")
        self.assertEqual(statuses(answers), [200, 302, 302, 200, 200, 302, 200, 302, 302, 200, 200, 302, 302, 404,
                                             405, 200, 302, 302, 200, 404])
        bodies = [answer[-1] for answer in answers]
        self.assertIn("already registered", bodies[3])
        self.assertIn("Incorrect password.", bodies[4])
        self.assertIn("Second", bodies[9])
        self.assertIn("First, again", bodies[15])
        self.assertNotIn("Second", bodies[15])
        self.assertEqual([answers[5][1], answers[17][1]], ["/", "/auth/login"])

    def test_same(self):
        """the same module answers the same behind FastCGI and nginx, and inside nginx"""
        expected, compared = self.play("standalone-tcp"), 0
        for name in ("fastcgi-nginx", "nginx"):
            answers = self.play(name)
            if isinstance(answers, str):
                print(f"# {name} was left out: {answers}")
                continue
            compared += 1
            for step, (ours, theirs) in enumerate(zip(expected, answers, strict=True)):
                with self.subTest(server=name, step=step):
                    self.assertEqual(ours, theirs)
        if not compared:
            self.skipTest("no other server is installed (Debian package nginx)")


tap.main()
