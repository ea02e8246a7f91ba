#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Jinja and `csgi tool template` render the same templates, made by chance; whatever differs is shrunk and shown.

    test/vectors/template/differential.py CSGI [--cases 100000] [--seed 1] [--jobs 2] [--if-there]
    test/vectors/template/differential.py CSGI --case SEED:NUMBER
    test/vectors/template/differential.py CSGI --corpus FILE.jsonl...

A case is settled by its seed and number alone. Runs in the venv of test/vectors/flask/generate.py. The last
line tells how many cases were compared and how many differ; so does the exit status.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "flask"))
import generate as venv  # noqa: E402  (what makes the venv)

BATCH = 250
# How many differences are shrunk and shown; the rest are counted.
SHOWN = 40


class Engine:
    """`csgi tool template`, started again when it ends."""

    def __init__(self, program):
        self.program = program
        self.process = None

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
                line = self.process.stdout.readline()
                if not line.endswith(b"\n"):
                    results.append({"error": "crash"})
                    self.process.kill()
                    self.process.wait()
                    break
                results.append(json.loads(line))
            writer.join()
        return results

    def _write(self, requests):
        try:
            for number, request in enumerate(requests):
                self.process.stdin.write(json.dumps({"id": str(number), **request}).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass  # the reader notices

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


def agree(expected, found):
    if expected is None:
        return True  # what Python says is not the same each time
    if expected.get("error") == "python":
        return found.get("error") in ("syntax", "runtime")
    if "error" in expected:
        return found.get("error") == expected["error"]
    return found.get("output") == expected["output"]


def case(seed, number):
    import grammar

    return grammar.request(random.Random(f"{seed}:{number}"))


def compare(engine, requests):
    """Those on which the two do not agree: (index, expected, found)."""
    import oracle

    found = []
    thread = threading.Thread(target=lambda: found.extend(engine.answers(requests)))
    thread.start()
    expected = [oracle.answer(request) for request in requests]
    thread.join()
    return [(i, e, f) for i, (e, f) in enumerate(zip(expected, found)) if not agree(e, f)]


def different(engine, request, kind):
    """Does it still differ, in the same way?"""
    differences = compare(engine, [request])
    return bool(differences) and kind_of(*differences[0][1:]) == kind


def kind_of(expected, found):
    return expected.get("error"), found.get("error")


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
        for where in ["source", *request.get("templates", {})]:
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
    """(cases, differences): each a number, a request, what was expected and found."""
    engine = Engine(program)
    requests = [case(seed, first + i) for i in range(count)]
    rows = []
    for i, expected, found in compare(engine, requests):
        request = requests[i]
        if len(rows) < shrinks:
            request = shrunk(engine, request, kind_of(expected, found))
            again = compare(engine, [request])
            if again:
                expected, found = again[0][1:]
        rows.append((first + i, request, expected, found))
    engine.close()
    return count, rows


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
        wrong = [(row, answer) for row, answer in zip(rows, found) if not agree(row, answer)]
        for row, answer in wrong:
            show(row["id"], row, {key: row[key] for key in ("output", "error", "class", "message") if key in row}, answer)
        print(f"{len(rows)} rows of the corpus, {len(wrong)} differ")
        return bool(wrong)
    total = differing = 0
    with ProcessPoolExecutor(arguments.jobs) as pool:
        batches = [pool.submit(run_batch, arguments.csgi, arguments.seed, first, min(BATCH, arguments.cases - first), 3)
                   for first in range(0, arguments.cases, BATCH)]
        for batch in batches:
            count, rows = batch.result()
            total += count
            for number, request, expected, found in rows:
                differing += 1
                if differing <= SHOWN:
                    show(f"{arguments.seed}:{number}", request, expected, found)
    print(f"{total} cases, {differing} differ")
    return bool(differing)


if __name__ == "__main__":
    sys.exit(main())
