# SPDX-License-Identifier: MIT
"""flaskr in a real browser, on every server: pages as a visitor sees them, forms as he fills them in.

Arguments: the build folder, what sanitizes it ("none"). Needs Debian's chromium and chromium-driver.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
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
PATIENCE = 120
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of WebDriver's standard
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def missing():
    for name in ("chromium", "chromedriver"):
        if not shutil.which(name):
            return f"{name} is not installed (Debian packages chromium and chromium-driver)"
    return None


class Driver:
    """A browser with a fresh profile, told what to do by WebDriver's protocol."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="csgi-browser-", ignore_cleanup_errors=True)
        self.process = subprocess.Popen(["chromedriver", "--port=0"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if found := re.search(r"successfully on port (\d+)", line):
                break
        else:
            raise AssertionError("chromedriver does not say where it listens")
        self.root = f"http://127.0.0.1:{found[1]}"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        options = {"args": [*QUIET, f"--user-data-dir={self.folder.name}/profile"],
                   "binary": shutil.which("chromium")}
        made = self.tell("POST", "/session", capabilities={"alwaysMatch": {"goog:chromeOptions": options}})
        self.root += f"/session/{made['sessionId']}"

    def tell(self, method, path, **body):
        request = urllib.request.Request(self.root + path, json.dumps(body).encode() if method == "POST" else None,
                                         {"Content-Type": "application/json"}, method=method)
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()[:500]}") from None

    def close(self):
        try:
            self.tell("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait(PATIENCE)
            self.process.stdout.close()
            self.folder.cleanup()

    def go(self, url):
        self.tell("POST", "/url", url=url)

    def all(self, css):
        return [item[ELEMENT] for item in self.tell("POST", "/elements", using="css selector", value=css)]

    def texts(self, css):
        return [self.tell("GET", f"/element/{item}/text") for item in self.all(css)]

    def fill(self, css, text):
        item = self.all(css)[0]
        self.tell("POST", f"/element/{item}/clear")
        self.tell("POST", f"/element/{item}/value", text=text)

    def click(self, css, text=None):
        """Each click here leads to another page: over when that is there, whole."""
        for item in self.all(css):
            if text is None or self.tell("GET", f"/element/{item}/text") == text:
                break
        else:
            raise AssertionError(f"no {css} with {text} at {self.tell('GET', '/url')}")
        before = self.all("html")
        self.tell("POST", f"/element/{item}/click")
        until = time.monotonic() + PATIENCE
        # An element of another document has another name.
        while self.all("html") in (before, []) or self.tell(
                "POST", "/execute/sync", script="return document.readyState", args=[]) != "complete":
            if time.monotonic() > until:
                raise AssertionError(f"{css} leads nowhere from {self.tell('GET', '/url')}")
            time.sleep(0.02)

    def style(self, css, name):
        return self.tell("GET", f"/element/{self.all(css)[0]}/css/{name}")

    def seen(self):
        """What a visitor sees of the page, and its path."""
        date = re.compile(r"\d{4}-\d\d-\d\d")
        path = re.sub(r"^https?://[^/]*", "", self.tell("GET", "/url"))
        return (path, self.tell("GET", "/title"), self.texts("nav li"), self.texts(".flash"),
                [date.sub("DATE", text) for text in self.texts("article")], self.texts("h1"))


def story(browser, root):
    """Does what visitors do; yields what is seen after each step."""
    def account(word, password):
        browser.click("nav a", word)
        browser.fill("[name=username]", "Ann & Bob")
        browser.fill("[name=password]", password)
        browser.click("form button", word)

    browser.go(root + "/")
    yield browser.seen()
    account("Register", "secret")
    yield browser.seen()
    account("Register", "other")
    yield browser.seen()
    account("Log In", "wrong")
    yield browser.seen()
    account("Log In", "secret")
    yield browser.seen()
    for title, body in (("First <script>alert(1)</script>", "one\ntwo"), ("Second \u00fc", "<b>not bold</b>")):
        browser.click("a.action", "New")
        browser.fill("[name=title]", title)
        browser.fill("[name=body]", body)
        browser.click("form button", "Save")
        yield browser.seen()
    browser.click("article:last-of-type a.action", "Edit")
    browser.fill("[name=title]", "First, again")
    browser.click("form button", "Save")
    yield browser.seen()
    browser.click("article a.action", "Edit")
    browser.click("form button", "Delete")
    yield browser.seen()
    browser.click("nav a", "Log Out")
    yield browser.seen()
    browser.go(root + "/create")
    yield browser.seen()


class InABrowser(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        if why := missing():
            self.skipTest(why)

    def play(self, name):
        kind = KINDS[name]
        kind.prepare(BUILD)
        self.addCleanup(kind.tidy)
        if why := getattr(kind, "missing", lambda: None)():
            return why
        folder = tempfile.TemporaryDirectory(prefix="csgi-flaskr-")
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o777)
        config = f"database={folder.name}/blog.sqlite,secret_key=for the test"
        subprocess.run([BUILD.program, BUILD.module(FLASKR), "--config", config, "init-db"], check=True,
                       stdout=subprocess.DEVNULL, timeout=PATIENCE)
        with kind.start(FLASKR, config=config) as server:
            if hasattr(server, "wait_started"):
                self.assertTrue(server.wait_started(), server.log())
            browser = Driver()
            try:
                root = f"http://{server.address[1]}:{server.address[2]}"
                seen = list(story(browser, root))
                self.assertEqual(browser.style("body", "max-width"), "704px", "the style sheet is not there")
            finally:
                browser.close()
            self.assertEqual(server.stop(), 0, server.log()[-2000:])
            self.assertEqual(server.breaches(), [])
        return seen

    def test_every_server(self):
        """a visitor sees the same pages from one module on the standalone server, behind nginx and in nginx"""
        first = self.play("standalone-tcp")
        out = ["Register", "Log In"]
        inside = ["Ann & Bob", "Log Out"]
        script = "First <script>alert(1)</script>"
        self.assertEqual([page[0] for page in first], [
            "/", "/auth/login", "/auth/register", "/auth/login", "/", "/", "/", "/", "/", "/", "/auth/login"])
        self.assertEqual([page[2] for page in first], [out] * 4 + [inside] * 5 + [out] * 2)
        self.assertEqual(first[2][3], ["User Ann & Bob is already registered."])
        self.assertEqual(first[3][3], ["Incorrect password."])
        self.assertEqual(first[5][4], [f"{script}\nby Ann & Bob on DATE\nEdit\none\ntwo"])
        self.assertEqual(first[6][4][0], "Second \u00fc\nby Ann & Bob on DATE\nEdit\n<b>not bold</b>")
        self.assertEqual(first[8][4], ["First, again\nby Ann & Bob on DATE\nEdit\none\ntwo"])
        for name in ("fastcgi-nginx", "nginx"):
            pages = self.play(name)
            if isinstance(pages, str):
                print(f"# {name} was left out: {pages}")
                continue
            for step, (ours, theirs) in enumerate(zip(first, pages, strict=True)):
                with self.subTest(server=name, step=step):
                    self.assertEqual(ours, theirs)


tap.main()
