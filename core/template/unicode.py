#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes unicode.def: what Python knows of Unicode and utf8proc does not.

    core/template/unicode.py > core/template/unicode.def
"""

import sys


def escaped(text):
    return '"' + "".join(f"\\x{byte:02x}" for byte in text.encode()) + '"'


def runs(wanted):
    first = last = None
    for code in range(sys.maxunicode + 2):
        if code <= sys.maxunicode and wanted(chr(code)):
            first, last = (code if first is None else first), code
        elif first is not None:
            yield first, last
            first = None


print("""// SPDX-License-Identifier: MIT
// Written by unicode.py from Python's tables. Included with these defined: CSGI_CASE, characters whose
// upper, title or lower case is several; CSGI_DIGIT, runs of digits that are not decimal;
// CSGI_NUMERIC, runs of numerals that are letters.""")
for code in range(sys.maxunicode + 1):
    c = chr(code)
    if max(len(c.upper()), len(c.title()), len(c.lower())) > 1:
        print(f"CSGI_CASE(0x{code:04x}, {escaped(c.upper())}, {escaped(c.title())}, {escaped(c.lower())})")
for first, last in runs(lambda c: c.isdigit() and not c.isdecimal()):
    print(f"CSGI_DIGIT(0x{first:x}, 0x{last:x})")
for first, last in runs(lambda c: c.isnumeric() and c.isalpha()):
    print(f"CSGI_NUMERIC(0x{first:x}, 0x{last:x})")
