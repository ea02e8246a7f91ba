# SPDX-License-Identifier: MIT
"""Debian's changelog of a package that is built from a checkout: one entry that points to ours.

Argument: the version. Maintainer: $DEBFULLNAME and $DEBEMAIL, as dch(1) takes them.
"""

import email.utils
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def moment():
    """When what is here was last changed, so that two builds of it are the same."""
    if os.environ.get("SOURCE_DATE_EPOCH"):
        return int(os.environ["SOURCE_DATE_EPOCH"])
    asked = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True,
                           text=True, check=False)
    return int(asked.stdout) if asked.returncode == 0 else int((ROOT / "meson.build").stat().st_mtime)


if __name__ == "__main__":
    name = os.environ.get("DEBFULLNAME") or os.environ.get("DEBEMAIL") or "The CSGI authors"
    address = os.environ.get("DEBEMAIL") or "csgi@localhost"
    print(f"""csgi ({sys.argv[1]}) unstable; urgency=medium

  * What changed stands in /usr/share/doc/csgi/changelog.gz.

 -- {name} <{address}>  {email.utils.formatdate(moment())}""")
