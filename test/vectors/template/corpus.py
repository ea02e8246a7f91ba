# SPDX-License-Identifier: MIT
"""The files of the corpus: which cases stand in which, and the rows that they become."""

import composition_cases
import environment_cases
import expression_cases
import filter_cases
import found_cases
import known
import method_cases
import oracle
import statement_cases

MODULES = (filter_cases, expression_cases, method_cases, statement_cases, composition_cases, environment_cases, found_cases)


def files():
    for module in MODULES:
        yield from module.files()


def trimmed(request):
    """Without the variables that nobody names."""
    text = request.get("source", "") + "".join(request.get("templates", {}).values())
    request = {key: value for key, value in request.items() if value or key in ("name", "source")}
    if "context" in request:
        request["context"] = {name: value for name, value in request["context"].items() if name in text}
    return request


def rows(file, requests):
    """Each different request once, numbered, with its result; those that may differ apart."""
    seen = set()
    for request in requests:
        request = trimmed(request)
        key = repr(request)
        if key in seen:
            continue
        seen.add(key)
        result = oracle.answer(request)
        if result is None or result.get("error") == "python":
            continue
        row = {"id": f"{file}-{len(seen)}", **request, **result}
        if reason := known.difference(request, result):
            row["reason"] = reason
        yield row


def tables():
    """Names of files and their rows."""
    different = []
    for name, requests in files():
        alike = []
        for row in rows(name.removesuffix(".jsonl"), requests):
            (different if "reason" in row else alike).append(row)
        yield name, alike
    yield "differences.jsonl", different
