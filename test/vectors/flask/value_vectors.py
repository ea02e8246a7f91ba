# SPDX-License-Identifier: MIT
"""Values: how Python writes numbers and JSON, and what it finds equal or smaller."""

import itertools
import json
import random
import struct

from flask import Flask
from jinja2.utils import htmlsafe_json_dumps


def floats():
    """Rows of a double's bits and its repr()."""
    dice = random.Random(1)
    numbers = [0.0, -0.0, 1.0, 0.1, 1 / 3, 1e15, 1e16, 1e17, 123456789012345.6, 9007199254740993.0,
               1e-4, 1e-5, 0.00012345, 1e22, 1e21, 5e-324, 2.2250738585072014e-308, 1.5e300,
               1.7976931348623157e308, float("inf"), float("-inf"), float("nan"), 1e100, 1e-7,
               123456.789, 999999999999999.9, 9999999999999998.0, 1e15 + 0.5, 2.0**63, 0.3]
    numbers += [10.0**n for n in range(-30, 30)] + [-(3.0 * 10.0**n) for n in range(-20, 20)]
    for _ in range(400):
        numbers.append(struct.unpack("<d", dice.randbytes(8))[0])
        numbers.append(round(dice.uniform(-1e6, 1e6), dice.randrange(7)))
        numbers.append(float(dice.randrange(-10**17, 10**17)))
    for number in numbers:
        yield {"bits": struct.pack(">d", number).hex(), "repr": repr(number)}


TEXTS = [
    "null", "true", " false ", "0", "-0", "1", "-1", "007", "1.0", "1.", ".5", "-", "1e5", "1E+05",
    "1e-7", "-1.5e-300", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "18446744073709551616", "1180591620717411303424", "1e16", "123456789012345678",
    "NaN", "[NaN, Infinity, -Infinity]", "-NaN", "Nan", "[1, NaN]x", "Infinit", "[-Infinity]", '"NaN"',
    '{"NaN": NaN}', '["NaN", "Infinity\\\\", NaN]', "NaNNaN", "[- Infinity]", '["\\"NaN", -Infinity]',
    "", " ", "nul", "True", "[", "]", "[1,]", "[,]", "{", "{}", "[]", "[[]]", '{"a"}', '{"a":}', '{"a":1,}',
    '{"a":1 "b":2}', "{1:2}", "'a'", '"a', '"\\x"', '"\\u12"', '"\\u00e9"', '"\\ud83d\\ude00"', '"\u00e9"',
    '"\\u0000"', '"\\b\\f\\n\\r\\t\\"\\\\\\/"', '"\x7f"', '"\u2028"', '"\U0001f600"', '"a\nb"', '"a\tb"',
    '{"b":1,"a":2,"b":3}', '{"b":{"d":[],"c":{}},"a":[1,[2,[3]]]}', "[1] 2", "1 2", "\ufeff1",
    '{"a b":"<script>alert(\'x\') && y</script>"}', '{"\u00e9":1,"e":2,"\U0001f600":3,"\uffff":4}',
    '{"":""}', '[null,true,false,0.1,"x",{"k":[{}]}]', "// c\n1", "[1]\n\n", "\r\n[\t1 ,\n2 ]",
]


def random_value(dice, depth=0):
    kind = dice.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return dice.choice([None, True, False])
    if kind == 1:
        return dice.randrange(-10**6, 10**6)
    if kind == 2:
        return dice.randrange(-2**80, 2**80)
    if kind == 3:
        return dice.choice([dice.uniform(-1e3, 1e3), float(dice.randrange(100)), dice.uniform(0, 1e-9)])
    if kind in (4, 5):
        letters = "abcdefghijkl XYZ019_-./<>&'\"\\\n\t\x01\x7f\u00e9\u4e2d\U0001f600"
        return "".join(dice.choice(letters) for _ in range(dice.randrange(24)))
    if kind == 6:
        return [random_value(dice, depth + 1) for _ in range(dice.randrange(6))]
    return {dice.choice(["k%d" % dice.randrange(40), "\u00e9" * dice.randrange(4)]):
            random_value(dice, depth + 1) for _ in range(dice.randrange(14))}


def texts():
    """Rows of a JSON text and what becomes of it in each of Flask's formats."""
    dice = random.Random(2)
    app = Flask("oracle")
    inputs = TEXTS + [json.dumps(random_value(dice), ensure_ascii=dice.random() < 0.5)
                      for _ in range(60)]
    for text in inputs:
        try:
            value = json.loads(text.encode())
        except ValueError:
            yield {"text": text, "error": True}
            continue
        with app.app_context():
            yield {
                "text": text,
                "default": app.json.dumps(value),
                "compact": app.json.dumps(value, separators=(",", ":")),
                "indent": app.json.dumps(value, indent=2),
                "unsorted": app.json.dumps(value, sort_keys=False),
                "unicode": app.json.dumps(value, ensure_ascii=False),
                "html": str(htmlsafe_json_dumps(value, dumps=app.json.dumps)),
            }


COMPARED = [
    None, False, True, 0, 1, 2, -1, 0.0, 1.0, 1.5, -0.0, 2**53, 2**53 + 1, float(2**53), 2**63 - 1, 2**63,
    float(2**63), -2**63, -2**63 - 1, 2**70, -2**70, 1e300, -1e300, float("inf"), float("-inf"), float("nan"),
    "", "a", "b", "ab", "1", "True", "\u00e9", "\U0001f600", "\uffff", [], [0], [1], [1.0], [True], [1, 2],
    [1, "a"], ["a", 1], [[1], [2]], {}, {"a": 1}, {"a": 1.0}, {"a": 1, "b": 2}, {"b": 2, "a": 1},
    {"a": [1]},
]


def comparisons():
    """Rows of two JSON texts, whether they are equal, and whether the first is smaller."""
    for a, b in itertools.product(map(json.dumps, COMPARED), repeat=2):
        row = {"a": a, "b": b, "equal": json.loads(a) == json.loads(b)}
        try:
            row["less"] = json.loads(a) < json.loads(b)
        except TypeError as error:
            row["error"] = str(error)
        yield row


def files():
    yield "floats.jsonl", floats()
    yield "json.jsonl", texts()
    yield "comparisons.jsonl", comparisons()
