# SPDX-License-Identifier: MIT
"""Judges one server by the rows of one theme, over real sockets.

Arguments: the build folder, what sanitizes it ("none"), the server's name, the theme's.
"""

import importlib
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]
import servers
import table
import tap

if __name__ == "__main__":
    folder, sanitize, kind_name, theme = tap.arguments
    kind = servers.KINDS[kind_name]
    kind.prepare(servers.Build(folder, sanitize))
    Rows = table.cases(importlib.import_module(theme).table, kind)
    try:
        tap.main()
    finally:
        kind.tidy()
