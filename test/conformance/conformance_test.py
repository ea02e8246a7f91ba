# SPDX-License-Identifier: MIT
"""Judges one server by the rows of one theme, over real sockets.

Arguments: the build folder, what sanitizes it ("none"), the server's name, the theme's.
"""

import importlib
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]
import fastcgi
import nginx
import servers
import table
import tap

if __name__ == "__main__":
    folder, sanitize, kind_name, theme = tap.arguments
    kind = {**servers.KINDS, **fastcgi.KINDS, **nginx.KINDS}[kind_name]
    kind.prepare(servers.Build(folder, sanitize))
    if why := getattr(kind, "missing", lambda: None)():
        print(f"ok 1 - {kind_name} {theme} # SKIP {why}\n1..1")
        sys.exit(0)
    Rows = table.cases(importlib.import_module(theme).table, kind)
    try:
        tap.main()
    finally:
        kind.tidy()
