#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes mime.def: suffix and media type, as Python on Debian knows them.

    core/http/mime.py MIME_TYPES > core/http/mime.def

MIME_TYPES is /etc/mime.types of Debian's package media-types, whose rows stand above Python's own.
"""

import mimetypes
import re
import sys

table = mimetypes.MimeTypes()
table.read(sys.argv[1])
print("""// SPDX-License-Identifier: MIT
// Suffixes and media types in the order of bytes, written by mime.py from Debian's media-types and
// Python's mimetypes. Included with CSGI_MIME defined.""")
for suffix, kind in sorted(table.types_map[True].items(), key=lambda row: row[0].encode()):
    suffix = suffix[1:]
    if re.fullmatch(r"[!-~]+", suffix) and '"' not in suffix and suffix == suffix.lower():
        print(f'CSGI_MIME("{suffix}", "{kind}")')
