#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes entities.def: the names of HTML's characters, from Python's html.entities.

    core/template/entities.py > core/template/entities.def
"""

from html.entities import html5

print("""// SPDX-License-Identifier: MIT
// Names as they follow "&", in the order of bytes, and the UTF-8 that they stand for: written by
// entities.py from Python's html.entities. Included with CSGI_ENTITY defined.""")
for name, text in sorted(html5.items()):
    spelled = "".join(f"\\x{byte:02x}" for byte in text.encode())
    print(f"CSGI_ENTITY(\"{name}\", \"{spelled}\")")
