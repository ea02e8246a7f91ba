#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Jinja and `csgi tool template` render the same templates, made by chance; whatever differs is shrunk and shown.

    test/vectors/template/differential.py CSGI [--cases 100000] [--seed 1] [--jobs 2] [--if-there]
    test/vectors/template/differential.py CSGI --case SEED:NUMBER
    test/vectors/template/differential.py CSGI --corpus FILE.jsonl...

A case is settled by its seed and number alone. Runs in the venv of test/vectors/flask/generate.py. The last
lines tell how many cases were compared, how many are the differences that docs/templates.md knows, and how many
differ otherwise; so does the exit status.
"""

import argparse
import collections
import json
import random
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "flask"))
import generate as venv  # noqa: E402  (what makes the venv)

BATCH = 250
# How many differences are shrunk and shown; the rest are counted.
SHOWN = 40
# Seconds for one template, on a machine that is busy: the engine's own limits end it long before.
PATIENCE = 60


class Engine:
    """`csgi tool template`, started again when it ends."""

    def __init__(self, program):
        self.program = program
        self.process = None
        self.waits_since = None
        threading.Thread(target=self._watch, daemon=True).start()

    def answers(self, requests):
        """Results in the order of the requests; of one that ends the program {"error": "crash"}."""
        results = []
        while len(results) < len(requests):
            if self.process is None or self.process.poll() is not None:
                self.process = subprocess.Popen([self.program, "tool", "template"], stdin=subprocess.PIPE,
                                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            asked = requests[len(results):]
            writer = threading.Thread(target=self._write, args=(asked,))
            writer.start()
            for _ in asked:
                self.waits_since = time.monotonic()
                line = self.process.stdout.readline()
                if not line.endswith(b"\n"):
                    slow = time.monotonic() - self.waits_since >= PATIENCE
                    results.append({"error": "slow" if slow else "crash"})
                    self.process.kill()
                    self.process.wait()
                    break
                results.append(json.loads(line))
            self.waits_since = None
            writer.join()
        return results

    def _write(self, requests):
        try:
            for number, request in enumerate(requests):
                self.process.stdin.write(json.dumps({"id": str(number), **request}).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass  # the reader notices

    def _watch(self):
        while True:
            time.sleep(1)
            since = self.waits_since
            if since is not None and time.monotonic() - since >= PATIENCE:
                self.process.kill()

    def close(self):
        if self.process is not None:
            self.process.stdout.close()
            self.process.kill()
            self.process.wait()


def agree(expected, found):
    if expected.get("error") == "python":
        return found.get("error") in ("syntax", "runtime")
    if "error" in expected:
        return found.get("error") == expected["error"] and found.get("class") == expected["class"]
    return found.get("output") == expected["output"]


def case(seed, number):
    import grammar

    return grammar.request(random.Random(f"{seed}:{number}"))


def compare(engine, requests, counts=None, explain=True):
    """Those on which the two do not agree, and no known difference says why: (index, expected, found)."""
    import oracle

    found = []
    thread = threading.Thread(target=lambda: found.extend(engine.answers(requests)))
    thread.start()
    expected = [oracle.answer(request) for request in requests]
    thread.join()
    rows = []
    counts = collections.Counter() if counts is None else counts
    for i, (e, f) in enumerate(zip(expected, found)):
        if e is None:  # what Python says is not the same each time
            counts["not compared"] += 1
        elif agree(e, f):
            counts["same"] += 1
        elif explain and (names := explanation(requests[i], f)):
            counts["known: " + names] += 1
        else:
            rows.append((i, e, f))
    return rows


def explanation(request, found):
    """The known difference with which Jinja gives this answer too; "" if there is none."""
    import model
    import oracle

    for names in [(name,) for name in model.ROWS] + [tuple(model.ROWS)]:
        with model.applied(names):
            expected = oracle.answer(request)
        if expected is not None and agree(expected, found):
            return names[0] if len(names) == 1 else "several at once"
    return ""


def different(engine, request, kind):
    """Does it still differ, in the same way? Perhaps in one that is known: to ask that takes long."""
    differences = compare(engine, [request], explain=False)
    return bool(differences) and kind_of(*differences[0][1:]) == kind


def kind_of(expected, found):
    return expected.get("class"), found.get("class")


def reduced(parts, keeps):
    """As few of the parts as still do: halves are left out, then quarters, and so on."""
    size = max(len(parts) // 2, 1)
    while True:
        at = 0
        while at < len(parts):
            fewer = parts[:at] + parts[at + size:]
            if keeps(fewer):
                parts = fewer
            else:
                at += size
        if size == 1:
            return parts
        size = max(size // 2, 1)


TOKENS = (re.compile(r"(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\})", re.S), re.compile(r"(\w+|\s+|.)", re.S))


def shrunk(engine, request, kind):
    for token in TOKENS * 2:
        for where in [*(["source"] if "source" in request else []), *request.get("templates", {})]:
            def with_text(parts, where=where):
                text = "".join(parts)
                if where == "source":
                    return {**request, "source": text}
                return {**request, "templates": {**request["templates"], where: text}}

            text = request["source"] if where == "source" else request["templates"][where]
            parts = [part for part in token.split(text) if part]
            parts = reduced(parts, lambda fewer: different(engine, with_text(fewer), kind))
            request = with_text(parts)
    for group in ("context", "env", "templates"):
        names = reduced(list(request.get(group, {})),
                        lambda fewer: different(engine, {**request, group: {n: request[group][n] for n in fewer}}, kind))
        request = {**request, group: {name: request[group][name] for name in names}}
    return {key: value for key, value in request.items() if value or key == "source"}


def run_batch(program, seed, first, count, shrinks):
    """(counts, differences): each a number, a request, what was expected and found."""
    engine = Engine(program)
    requests = [case(seed, first + i) for i in range(count)]
    rows, counts = [], collections.Counter()
    for i, expected, found in compare(engine, requests, counts):
        request = requests[i]
        if len(rows) < shrinks:
            smaller = shrunk(engine, request, kind_of(expected, found))
            if again := compare(engine, [smaller]):
                request, (expected, found) = smaller, again[0][1:]
        rows.append((first + i, request, expected, found))
    engine.close()
    return counts, rows


def corpus_rows(paths):
    for path in paths:
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def show(label, request, expected, found):
    print(f"--- {label}")
    print(json.dumps(request, ensure_ascii=False))
    print("  Jinja:", json.dumps(expected, ensure_ascii=False))
    print("  CSGI: ", json.dumps({key: value for key, value in found.items() if key != "id"}, ensure_ascii=False), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("csgi")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--case")
    parser.add_argument("--corpus", nargs="+")
    parser.add_argument("--if-there", action="store_true")
    arguments = parser.parse_args()
    venv.enter_venv(__file__)
    sys.path.insert(0, str(HERE))
    engine = Engine(arguments.csgi)
    if arguments.case:
        seed, number = arguments.case.rsplit(":", 1)
        request = case(seed, int(number))
        differences = compare(engine, [request])
        for _, expected, found in differences:
            show(arguments.case, request, expected, found)
        return bool(differences)
    if arguments.corpus:
        rows = list(corpus_rows(arguments.corpus))
        found = engine.answers([{key: row[key] for key in ("env", "templates", "source", "name", "context", "globals") if key in row} for row in rows])
        wrong = [(row, answer) for row, answer in zip(rows, found) if not agree(row, answer) and not explanation(row, answer)]
        for row, answer in wrong:
            show(row["id"], row, {key: row[key] for key in ("output", "error", "class", "message") if key in row}, answer)
        print(f"{len(rows)} rows of the corpus, {len(wrong)} differ")
        return bool(wrong)
    differing, counts = 0, collections.Counter()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        batches = [pool.submit(run_batch, arguments.csgi, arguments.seed, first, min(BATCH, arguments.cases - first), 3)
                   for first in range(0, arguments.cases, BATCH)]
        for batch in batches:
            more, rows = batch.result()
            counts += more
            for number, request, expected, found in rows:
                differing += 1
                if differing <= SHOWN:
                    show(f"{arguments.seed}:{number}", request, expected, found)
    for name, count in counts.most_common():
        print(f"{count:8} {name}")
    print(f"{counts.total() + differing} cases, {differing} differ")
    return bool(differing)


if __name__ == "__main__":
    sys.exit(main())
