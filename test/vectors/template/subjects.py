# SPDX-License-Identifier: MIT
"""The values that filters, tests and methods are tried on."""

# A name for the reader, and the value with Flask's tags.
SCALARS = {
    "none": None,
    "true": True,
    "false": False,
    "zero": 0,
    "one": 1,
    "negative": -7,
    "answer": 42,
    "long": 1234567890123,
    "big": 10**20,
    "float zero": 0.0,
    "half": 0.5,
    "float": -2.75,
    "tiny": 1e-7,
    "huge": 1e16,
}

TEXTS = {
    "empty": "",
    "letter": "a",
    "words": "hello World foo-bar",
    "html": "<b class=\"x\">Tom & 'Jerry'</b>",
    "entities": "&lt;a&gt; &amp;amp; &copy; &#39;",
    "markup": {" m": "<i>5 &gt; 3</i> &amp; more"},
    "unicode": "stra\u00dfe \u00c4\u00d6\u00fc \u01c6 \ufb01n \u0130\u0131 \u03a3\u03c3\u03c2",
    "wide": "\u4e2d\u6587\U0001f600e\u0301",
    "padded": "  \t spaced out \n ",
    "lines": "first line\nsecond\n\n  third & last\n",
    "integer": "42",
    "signed": " -17 ",
    "decimal": "3.75",
    "exponent": "1e3",
    "hexadecimal": "0x1F",
    "commas": "b,a,C,a",
    "quotes": "it's \"quoted\" \\ back\u00e9",
    "link": "see http://example.com/a?b=c&d=e and www.example.org, or mail me@example.com.",
}

CONTAINERS = {
    "no items": [],
    "numbers": [3, 1, 2],
    "mixed numbers": [1, 2.5, True, -3],
    "letters": ["b", "A", "a", "C", "b"],
    "nested": [[1, 2], [3, [4]], []],
    "mixed": [1, "a", None, 2.0],
    "people": [
        {"name": "Bob", "age": 30, "address": {"city": "Rome"}},
        {"name": "alice", "age": 25, "address": {"city": "oslo"}},
        {"name": "Bob", "age": 25, "address": {"city": "Oslo"}},
    ],
    "gaps": [{"name": "x", "n": 1}, {"n": 2}, {"name": "X", "n": None}],
    "pairs": [["a", 1], ["b", 2]],
    "seven": [1, 2, 3, 4, 5, 6, 7],
    "html items": ["<a>", {" m": "<b>"}, "&"],
    "tuple": {" t": [1, "x"]},
    "one tuple": {" t": ["y"]},
    "no entries": {},
    "dict": {"b": 1, "A": 2, "c": 0},
    "attributes": {"class": "x y", "id": None, "data-n": 5, "title": "<\">"},
    "deep": {"a": {"b": [1, {"c": "d"}]}, "items": 3, "keys": "k"},
}

OTHERS = {
    "bytes": {" b": "AGFiJyL/"},
    "uuid": {" u": "12345678123456781234567812345678"},
    "datetime": {" d": "Tue, 14 Nov 2023 22:13:20 GMT"},
}

ALL = {**SCALARS, **TEXTS, **CONTAINERS, **OTHERS}
