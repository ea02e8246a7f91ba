# SPDX-License-Identifier: MIT
"""Applications: the pages of Werkzeug's errors, and .env files."""

import os
from io import StringIO

from dotenv import dotenv_values
from werkzeug.exceptions import default_exceptions


def errors():
    for status, kind in sorted(default_exceptions.items()):
        for given in ("", "one <b>&\nand 'two' \"quoted\""):
            error = kind(description=given) if given else kind()
            yield {"status": status, "given": given, "name": error.name, "text": str(error),
                   "page": error.get_response().get_data(as_text=True)}


DOTENV = [
    "A=1", "A=1\nB=2", "A=1\r\nB=2\r", "  A = 1  ", "export A=1", "export  A=1\nexportB=2", "A",
    "A\nB=2", "A=", "A= ", "# comment\nA=1", "A=1 # comment", "A=1# none", "A=#none", "A= # comment",
    "A=\"x y\"", "A='x y'", "A=\"x\\ny\\t\\\"z\\q\"", "A='x\\ny\\'z\\\\'", "A=\"two\nlines\"\nB=2",
    "A=\"x\" # comment", "A=\"x\" y\nB=2", "A=\"open\nB=2", "A='open\nB=2", "'A B'=1", "''=1\nB=2", "=1\nB=2",
    "A=1\nA=2", "A=${THERE}", "A=${NOT_THERE}", "A=${NOT_THERE:-x y}", "A=1\nB=${A}2", "B=${A}2\nA=1",
    "THERE=mine\nA=${THERE}", "A=${THERE", "A=${B:x}", "A='${THERE}'", "A=$THERE", "A=x${THERE}y${THERE}z",
    "A=a=b", "A b=c\nB=2", "\ufeffA=1", "\tA\t=\t1\t", "A=\u00fc", "A.b-c=1", "\n\n\nA=1\n\n", "",
    "A=\"\"", "A=''", "A=\"\\\\\"", "A=1;B=2", "A='x'y", "A=x'y'", "A=\"a\"\nB='b'\nC=c",
]


def dotenv():
    os.environ["THERE"] = "is here"
    for text in DOTENV:
        values = dotenv_values(stream=StringIO(text))
        yield {"text": text, "values": {key: value for key, value in values.items() if value is not None}}


def files():
    yield "errors.jsonl", errors()
    yield "dotenv.jsonl", dotenv()
