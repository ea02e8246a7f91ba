# SPDX-License-Identifier: MIT
"""Many rule sets that nobody wrote, put to Werkzeug and to our router at once.

Argument: the program that compares. Werkzeug comes from the venv that
test/vectors/flask/generate.py makes; without it this is skipped.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / "build/oracle/bin/python"
VECTORS = ROOT / "test/vectors/flask"


def write_rows(path):
    sys.path.insert(0, str(VECTORS))
    import routing_vectors

    with open(path, "w", encoding="utf-8") as file:
        for row in routing_vectors.random_rows(2026, 500):
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "--rows":
        write_rows(sys.argv[2])
        sys.exit(0)
    if not PYTHON.exists():
        print("no oracle: test/vectors/flask/generate.py makes one in build/oracle")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder, "rows.jsonl")
        subprocess.run([PYTHON, __file__, "--rows", rows], check=True)
        done = subprocess.run([sys.argv[1], "--test-case=*made up*"], stdout=subprocess.PIPE, text=True,
                              env=dict(os.environ, ROUTING_ROWS=str(rows)))
        print(done.stdout, end="")
        # That no test has such a title would be no failure to the runner.
        sys.exit(done.returncode or "the oracle's rows were compared" not in done.stdout)
