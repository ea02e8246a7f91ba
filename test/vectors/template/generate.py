#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the *.jsonl beside it: templates and what Jinja makes of them, for our tests to agree with.

    test/vectors/template/generate.py [--check [--if-there]]

Each row is a request to `csgi tool template` together with its result; of an error also the class
that Jinja raised, its message where that is Jinja's own, and the template and line where it arose.
Runs in the venv of test/vectors/flask/generate.py, in build/oracle. --check compares instead of
writing; with --if-there it makes no venv.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "flask"))
import generate as venv  # noqa: E402  (what makes the venv)


def main():
    venv.enter_venv(__file__)
    sys.path.insert(0, str(HERE))
    import corpus

    different, count = [], 0
    for name, rows in corpus.tables():
        lines = [json.dumps(row, separators=(",", ":")) + "\n" for row in rows]
        count += len(lines)
        path = HERE / name
        if "--check" not in sys.argv:
            path.write_text("".join(lines), encoding="utf-8")
            print(f"{name}: {len(lines)} rows, {path.stat().st_size >> 10} KiB")
        elif not path.exists() or path.read_text(encoding="utf-8") != "".join(lines):
            different.append(name)
    if different:
        sys.exit(f"not what Jinja answers: {', '.join(different)}")
    print(f"{count} rows")


if __name__ == "__main__":
    main()
