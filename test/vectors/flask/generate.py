#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the *.jsonl beside it: what Python, Flask and Werkzeug answer, for our tests to agree with.

    test/vectors/flask/generate.py [--check [--if-there]]

Runs in a venv in build/oracle, which it makes with the versions of requirements.txt. The same inputs
each time, so that a difference is one of the answers. --check compares instead of writing; with
--if-there it makes no venv.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
VENV = HERE.parents[2] / "build/oracle"


def enter_venv(script):
    """Starts the script over in the venv, unless this is it."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    stamp = VENV / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        if "--if-there" in sys.argv:
            print("no venv in build/oracle with these versions: test/vectors/flask/generate.py makes it")
            sys.exit(77)
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        subprocess.run([VENV / "bin/pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
        stamp.write_text(wanted)
    sys.exit(subprocess.run([VENV / "bin/python", script, *sys.argv[1:]]).returncode)


def main():
    enter_venv(__file__)
    import app_vectors
    import command_vectors
    import file_vectors
    import http_vectors
    import routing_tool_vectors
    import routing_vectors
    import session_vectors
    import value_vectors

    different = []
    for module in (app_vectors, file_vectors, value_vectors, http_vectors, session_vectors, routing_vectors,
                   routing_tool_vectors, command_vectors):
        for name, rows in module.files():
            text = "".join(json.dumps(row) + "\n" for row in rows)
            path = HERE / name
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
                print(f"{name}: {len(text.splitlines())} rows")
            elif not path.exists() or path.read_text(encoding="utf-8") != text:
                different.append(name)
    if different:
        sys.exit(f"not what {REQUIREMENTS.name} answers: {', '.join(different)}")


if __name__ == "__main__":
    main()
