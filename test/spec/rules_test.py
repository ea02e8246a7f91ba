# SPDX-License-Identifier: MIT
"""Every rule stands in rules.def, once in csgi.md, in the lint that judges it, and in a test.

The four places are written by different hands at different times; this is what joins them.
"""

import ast
import re
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent), str(ROOT / "spec")]
import generate
import tap

RULES = {rule: (who, judge) for rule, who, judge, _ in generate.rules()}
BRACKETED = re.compile(r"\[([A-Z]{2,5}-\d+)\]")
# In the lint a rule may be a word of a message, of C, or an argument of a macro.
IN_LINT = re.compile(r"\b([A-Z]{2,5})(?:-|_|, )(\d+)\b")
LEFT_OUT = re.compile(r"[Ll]eft out: ([A-Z]{2,5}-\d+)(.*)")
COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\((.*?)\)\1"|"((?:[^"\\\n]|\\.)*)"',
                               re.DOTALL)
# At most so many rules may be beyond every machine, and so many beyond the lint.
MAX_NOBODY, MAX_LEFT_OUT = 10, 5


def read(path):
    return path.read_text(encoding="utf-8")


def in_order(ids):
    order = list(RULES)
    return sorted(ids, key=lambda rule: order.index(rule) if rule in RULES else -1)


def without_comments(text):
    return COMMENT_OR_STRING.sub(lambda m: " " if m[0].startswith("/") else m[0], text)


def c_titles(text):
    """String literals that read like a title: several words. Neighbours are one literal."""
    text = re.sub(r'"\s*\n\s*"', "", without_comments(text))
    for match in COMMENT_OR_STRING.finditer(text):
        literal = match[2] if match[2] is not None else match[3] or ""
        if len(BRACKETED.sub("", literal).split()) >= 3:
            yield literal


def python_titles(text):
    """Doc strings of functions, and strings that read like a title."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            first = node.value.strip().splitlines()[0] if node.value.strip() else ""
            if len(BRACKETED.sub("", first).split()) >= 3:
                yield first


def document_titles(text):
    """Headings: a case of a vector file is one."""
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and line.startswith("#"):
            yield line


TITLES = {".cpp": c_titles, ".c": c_titles, ".hpp": c_titles, ".h": c_titles,
          ".py": python_titles, ".md": document_titles}


def tested():
    """rule -> the files with a case that names it"""
    found = {}
    for path in sorted((ROOT / "test").rglob("*")):
        # This file speaks of rules without testing any.
        if path.suffix not in TITLES or path == Path(__file__).resolve():
            continue
        for title in TITLES[path.suffix](read(path)):
            for rule in BRACKETED.findall(title):
                found.setdefault(rule, set()).add(path.relative_to(ROOT).as_posix())
    return found


def lint():
    """(rules its code names, rule -> why it is left out)"""
    used, left_out = set(), {}
    for path in sorted((ROOT / "middleware/lint").glob("*")):
        if path.suffix not in (".c", ".cpp", ".h", ".hpp", ".def"):
            continue
        text = read(path)
        used |= {f"{area}-{number}" for area, number in IN_LINT.findall(without_comments(text))}
        left_out.update((rule, why.strip(" :.,-")) for rule, why in LEFT_OUT.findall(text))
    return used, left_out


class Rules(unittest.TestCase):
    def test_the_list(self):
        """rules.def has each id once, in order, with a known WHO and JUDGE and a sentence"""
        ids = [rule for rule, *_ in generate.rules()]
        self.assertGreater(len(ids), 90)
        self.assertEqual(len(ids), len(set(ids)))
        last = {}
        for rule, who, judge, sentence in generate.rules():
            area, number = rule.split("-")
            with self.subTest(rule=rule):
                self.assertEqual(int(number), last.get(area, 0) + 1)
                self.assertIn(who, ("MODULE", "APP", "LAYER", "HOST"))
                self.assertIn(judge, ("CHECK", "LINT", "HOST", "WIRE", "NOBODY"))
                self.assertRegex(sentence, r"^[A-Za-z0-9*].*\.$")
            last[area] = int(number)

    def test_few_are_beyond_machines(self):
        """at most ten rules are beyond every machine"""
        self.assertLessEqual(sum(judge == "NOBODY" for _, judge in RULES.values()), MAX_NOBODY)

    def test_the_prose(self):
        """csgi.md states each rule exactly once, and none that rules.def does not have"""
        stated = BRACKETED.findall(read(ROOT / "spec/csgi.md"))
        wrong = {rule: stated.count(rule) for rule in {*RULES, *stated}
                 if rule not in RULES or stated.count(rule) != 1}
        self.assertEqual(wrong, {})

    def test_the_prose_excuses(self):
        """csgi.md says of each rule for NOBODY why no machine can check it"""
        text = " ".join(read(ROOT / "spec/csgi.md").split())
        for rule, (_, judge) in RULES.items():
            if judge == "NOBODY":
                with self.subTest(rule=rule):
                    self.assertRegex(text, rf"\[{rule}\][^\[]*No machine can check this:")

    def test_the_lint(self):
        """the lint names each rule that it judges, or says why it is left out, of at most five"""
        used, left_out = lint()
        owed = {rule for rule, (_, judge) in RULES.items() if judge == "LINT"}
        missing = in_order(owed - used - set(left_out))
        if missing:
            self.fail(f"{len(missing)} rules are not in middleware/lint: {' '.join(missing)}")
        self.assertLessEqual(len(left_out), MAX_LEFT_OUT)
        self.assertEqual([rule for rule, why in left_out.items() if not why], [])
        self.assertEqual([rule for rule in left_out if rule in used], [])

    def test_the_lint_knows_no_other(self):
        """the lint names no rule that rules.def does not have"""
        areas = {rule.split("-")[0] for rule in RULES}
        unknown = {rule for rule in lint()[0] if rule.split("-")[0] in areas} - set(RULES)
        self.assertEqual(in_order(unknown), [])

    def test_the_tests(self):
        """each rule that a machine can check stands in the title of a test"""
        owed = {rule for rule, (_, judge) in RULES.items() if judge != "NOBODY"}
        missing = in_order(owed - set(tested()))
        if missing:
            self.fail(f"{len(missing)} of {len(owed)} rules have no test: {' '.join(missing)}")

    def test_the_tests_know_no_other(self):
        """no test's title names a rule that rules.def does not have"""
        areas = {rule.split("-")[0] for rule in RULES}
        unknown = {rule: sorted(files) for rule, files in tested().items()
                   if rule.split("-")[0] in areas and rule not in RULES}
        self.assertEqual(unknown, {})


class Readers(unittest.TestCase):
    def test_titles(self):
        """ids are found in titles, and not in comments, short strings or code"""
        text = ('// a comment that names [RES-1]\nTEST_CASE("a head of status 99 is refused "\n'
                '          "at once [RES-2]") { CHECK(said == "[RES-3]"); }\n'
                '/* neither this [RES-4] one */ {"a row of a table [RES-5]", 7},\n'
                'R"(raw text of a row [RES-6])"')
        self.assertEqual([BRACKETED.findall(title) for title in c_titles(text)],
                         [["RES-2"], ["RES-5"], ["RES-6"]])
        text = 'def test_it(self):\n    """a case of some words [RES-1]"""\n    said("[RES-2]")\n'
        self.assertEqual([BRACKETED.findall(title) for title in python_titles(text)], [["RES-1"]])
        text = "# A case [RES-1]\n\ntext [RES-2]\n```\n# no title [RES-3]\n```\n"
        self.assertEqual([BRACKETED.findall(title) for title in document_titles(text)],
                         [["RES-1"]])


if __name__ == "__main__":
    tap.main()
