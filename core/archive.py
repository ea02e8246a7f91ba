# SPDX-License-Identifier: MIT
"""Packs objects into an archive for others to link: archive.py AR OBJCOPY ARCHIVE OBJECT...

What the compiler put in for linking across files is left out: it would make everybody's links slow.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ar, objcopy, archive, *objects = sys.argv[1:]
Path(archive).unlink(missing_ok=True)
with tempfile.TemporaryDirectory() as folder:
    packed = []
    for source in objects:
        # Objects of two wings may share a name, and an archive would take them for one.
        packed.append(f"{folder}/{len(packed)}_{Path(source).name}")
        subprocess.run([objcopy, "--wildcard", "--remove-section=.gnu.lto_*",
                        "--remove-section=.gnu.debuglto_*", "--strip-symbol=__gnu_lto_*",
                        source, packed[-1]], check=True)
    subprocess.run([ar, "rcsD", archive, *packed], check=True)
