#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Asks Debian's own Jinja what the corpus asked the newest one, as ../flask/packaged.py does.

    test/vectors/template/packaged.py
"""

import json
import re
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "flask"))
from packaged import attempt, compare, enter_packaged  # noqa: E402
from packaged_known import Known  # noqa: E402

# Debian 12's; Flask reads the tags of the corpus.
VERSIONS = {"python3-jinja2": "3.1.2", "python3-markupsafe": "2.1.", "python3-flask": "2.2."}
ANSWER = ("output", "error", "class", "message", "line", "template")


def sources(question):
    return " ".join([question.get("source", ""), *question.get("templates", {}).values()])


def uses(*names):
    called = re.compile(r"\b(" + "|".join(names) + r")\b")
    return lambda question, newest, packaged: called.search(sources(question))


def is_told_more(question, newest, packaged):
    return newest == {**packaged, "message": newest["message"]} and newest["message"].startswith(packaged["message"])


ARGUMENTS = "MarkupSafe 2 escapes what replaces, and what is looked for, before it is looked for"
KNOWN = [
    Known("filters", None, ARGUMENTS, uses("replace", "trim")),
    Known("filter_uses", None, ARGUMENTS, uses("replace")),
    Known("methods", None, ARGUMENTS, uses("strip", "lstrip", "rstrip", "partition", "rpartition")),
    Known("methods", None, "MarkupSafe 2 gives plain text, or does not escape what is put in",
          uses("casefold", "removeprefix", "removesuffix", "format_map")),
    Known("operators", None, "MarkupSafe 3 multiplies as str does, and no longer asks the other side",
          lambda question, newest, packaged: "|safe * u" in sources(question)),
    Known("i18n", None, "later than 3.1.2 the message says which word it saw", is_told_more),
    Known("scopes", None, "attributes of a namespace among several targets came after 3.1.2",
          lambda question, newest, packaged: "set n.a, b" in sources(question)),
]


def cases():
    import oracle
    for path in sorted(HERE.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            newest = {key: row.pop(key) for key in ANSWER if key in row}
            question = {key: value for key, value in row.items() if key not in ("id", "reason")}
            yield path.stem, question, newest, attempt(oracle.answer, question)


def main():
    enter_packaged(__file__, VERSIONS)
    warnings.simplefilter("ignore")
    sys.exit(0 if compare(cases(), KNOWN) else 1)


if __name__ == "__main__":
    main()
