#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Asks Debian's own Flask, Werkzeug and ItsDangerous what the corpus asked the newest ones.

    test/vectors/flask/packaged.py

They may differ where packaged_known.py says, for the reason that stands there, and as often: an
answer that differs elsewhere fails, and so does a difference that is none any more.
"""

import collections
import json
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
# The list of differences is that of Debian 12's versions.
VERSIONS = {"python3-flask": "2.2.", "python3-werkzeug": "2.2.", "python3-itsdangerous": "2.1."}

# Tables whose rows hold a question that can be asked by itself: its operation and arguments.
HTTP = ("cookies", "dates", "etags", "ranges", "accepts", "field_values", "credentials", "hosts", "forms",
        "addresses", "passwords")
# The others are made anew as a whole; what of a row is the question.
WHOLE = {"errors": ("status", "given"), "dotenv": ("text",), "files": ("method", "path", "headers", "config"),
         "floats": ("bits",), "json": ("text",), "comparisons": ("a", "b"), "commands": ("words",),
         "routes": ("app", "words")}


def skip(why):
    print(why)
    sys.exit(77)


def version(package):
    """None: it is not installed, or this is not Debian."""
    try:
        asked = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", package],
                               capture_output=True, text=True)
    except FileNotFoundError:
        return None
    state, _, found = asked.stdout.partition(" ")
    return found if state == "installed" else None


def enter_packaged(script, versions):
    """Starts the script over with Debian's Python, unless this is it; skips without its packages."""
    for package, wanted in versions.items():
        found = version(package)
        if not found:
            skip(f"Debian's {package} is not installed")
        if not found.startswith(wanted):
            skip(f"the known differences are those of {package} {wanted}x; here is {found}")
    if os.environ.get("CSGI_PACKAGED") != "1":
        # -E -s: nothing but the system's own packages.
        sys.exit(subprocess.run([PYTHON, "-B", "-s", script, *sys.argv[1:]],
                                env={**os.environ, "CSGI_PACKAGED": "1", "PYTHONPATH": ""}).returncode)


def corpus(table):
    return [json.loads(line) for line in (HERE / f"{table}.jsonl").read_text(encoding="utf-8").splitlines()]


def plain(value):
    """As it comes out of a file."""
    return json.loads(json.dumps(value))


def attempt(call, *args, **named):
    """What it returns; an exception that the generator does not expect is an answer here."""
    try:
        return plain(call(*args, **named))
    except Exception as error:
        return {"raises": type(error).__name__}


# ---- What is asked: (operation, question, the newest's answer, the packaged one's) --------------


def http():
    import http_vectors
    for table in HTTP:
        for row in corpus(table):
            answer = attempt(http_vectors.answer, row["op"], row["args"])
            yield row["op"], row["args"], row, answer


def sessions():
    import session_vectors
    for row in corpus("sessions"):
        question = row["question"]
        yield question["op"], question, row, attempt(session_vectors.answer, **question)


def routing():
    import routing_vectors

    def asked(row, part, matches=(), builds=()):
        found = attempt(routing_vectors.row, row["rules"], matches, builds, row["bind"], **row["options"])
        return found if "raises" in found else found[part][0]

    for table in ("routing", "routing_random"):
        for row in corpus(table):
            for match in row["matches"]:
                question = (match["path"], match["method"], match["websocket"])
                yield f"match of {table}", match, match, asked(row, "matches", [question])
            for build in row["builds"]:
                question = (build["endpoint"], build["values"], build["how"])
                yield f"build of {table}", build, build, asked(row, "builds", (), [question])


def routing_tool():
    import routing_tool_vectors
    for row in corpus("routing_tool"):
        question = row["question"]
        yield "routing_tool", question, row["answer"], attempt(routing_tool_vectors.answer, question)


def whole(module):
    for name, rows in module.files():
        table = name.removesuffix(".jsonl")

        def question(row):
            return json.dumps([row.get(key) for key in WHOLE[table]])

        answers = collections.defaultdict(lambda: {"missing": True})
        answers.update((question(row), row) for row in map(plain, rows))
        for row in corpus(table):
            yield table, row, row, answers[question(row)]


def applications():
    import app_vectors
    yield from whole(app_vectors)


def the_rest():
    import command_vectors
    import file_vectors
    import value_vectors
    for module in (command_vectors, file_vectors, value_vectors):
        yield from whole(module)


# ---- The comparison -----------------------------------------------------------------------------


def compare(cases, known):
    """Prints what was not foreseen, and how often what was; whether all is as it is listed."""
    asked, seen, different = collections.Counter(), collections.Counter(), 0
    for operation, question, newest, packaged in cases:
        asked[operation] += 1
        if newest == packaged:
            continue
        for reason in known:
            if reason.operation == operation and reason.where(question, newest, packaged):
                seen[reason] += 1
                break
        else:
            different += 1
            print(f"not listed: {operation} {json.dumps(question)[:600]}\n  newest:   {json.dumps(newest)[:600]}\n"
                  f"  packaged: {json.dumps(packaged)[:600]}")
    for reason in known:
        found = seen[reason]
        if reason.operation in asked and (found == 0 or reason.rows not in (None, found)):
            different += 1
            print(f"listed {reason.rows or 'some'} times, found {found}: {reason.operation}: {reason.why}")
        elif reason.is_left_out and found:
            print(f"left out: {found} of {asked[reason.operation]} {reason.operation}: {reason.why}")
    print(f"{asked.total()} answers compared, {seen.total()} differ as {len(known)} reasons say, "
          f"{different} otherwise")
    return different == 0


def main():
    enter_packaged(__file__, VERSIONS)
    from packaged_known import KNOWN
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)

    def cases():
        for part in (http, sessions, routing, routing_tool, the_rest):
            yield from part()
        try:
            yield from applications()
        except ModuleNotFoundError:
            print("left out: errors and dotenv: Debian's python3-dotenv is not installed")

    sys.exit(0 if compare(cases(), KNOWN) else 1)


if __name__ == "__main__":
    main()
