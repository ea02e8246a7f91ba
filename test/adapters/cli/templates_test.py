# SPDX-License-Identifier: MIT
"""`csgi render` prints one template, `csgi templates check` finds those that cannot work."""

import tempfile
import unittest
from pathlib import Path

from command import csgi
import tap

PAGES = {
    "base.html": "<b>{% block body %}{% endblock %}</b>",
    "page.html": "{% extends 'base.html' %}{% block body %}Hi {{ user|upper }}{% endblock %}",
    "note.txt": "{{ user }}\n{{ 1 // 0 }}",
}


class Templates(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="csgi-templates-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name, text in PAGES.items():
            (self.folder / name).write_text(text)

    def test_render(self):
        """a page is rendered with its neighbours, its variables given as text or as a file"""
        (self.folder / "values.json").write_text('{"user": "<Bob>"}')
        for context in ('{"user": "<Bob>"}', self.folder / "values.json"):
            with self.subTest(context=str(context)):
                result = csgi("render", self.folder / "page.html", "--json", context)
                self.assertEqual((result.status, result.out, result.err),
                                 (0, "<b>Hi &lt;BOB&gt;</b>", ""))

    def test_render_fails(self):
        """what fails says what, in which template and line, and nothing is printed"""
        for name, parts in (("note.txt", ("ZeroDivisionError", "note.txt, line 2", "{{ 1 // 0 }}")),
                            ("none.html", ("TemplateNotFound", "none.html"))):
            with self.subTest(name):
                result = csgi("render", self.folder / name)
                self.assertEqual((result.status, result.out), (1, ""))
                for part in parts:
                    self.assertIn(part, result.err)
                self.assertRegex(result.err, r"\n  what to do: .+\n$")

    def test_context(self):
        """variables that are no JSON object are wrong usage"""
        for context in ('{"user', "[1]", "/nowhere/values.json"):
            with self.subTest(context):
                result = csgi("render", self.folder / "page.html", "--json", context)
                self.assertEqual((result.status, result.out), (2, ""))

    def test_check(self):
        """a folder of templates is judged: what cannot work by file and line, and what is used"""
        result = csgi("templates", "check", self.folder)
        self.assertEqual((result.status, result.err), (0, ""))
        self.assertIn("filters: upper\n", result.out)
        (self.folder / "broken.html").write_text("one\n{% if %}")
        (self.folder / "unknown.html").write_text("{{ x|nofilter }}")
        result = csgi("templates", "check", self.folder)
        self.assertEqual(result.status, 1)
        # Jinja's own words.
        self.assertIn("broken.html:2: Expected an expression, got 'end of statement block'\n",
                      result.out)
        self.assertIn("unknown.html:1: No filter named 'nofilter'.\n", result.out)
        self.assertEqual(csgi("templates", "check", "/nowhere").status, 2)


tap.main()
