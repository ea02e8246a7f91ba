# SPDX-License-Identifier: MIT
"""Makes another version of response.hpp: older.py HEADER OUTPUT

Responses are larger, their members lie elsewhere, and text has another type: with any symbol of one
version bound to the other's, a request would not survive, or its answer show it.
"""

import sys

header, output = sys.argv[1:]
with open(header, encoding="utf-8") as file:
    text = file.read()
changes = {
    "    int status = 200;\n": "    long older_[9] = {};\n    int status = 200;\n",
    'html_type = "text/html; charset=utf-8"': 'html_type = "text/older; charset=utf-8"',
}
for old, new in changes.items():
    if text.count(old) != 1:
        sys.exit(f"{header} no longer has {old!r} once")
    text = text.replace(old, new)
with open(output, "w", encoding="utf-8") as file:
    file.write(text)
