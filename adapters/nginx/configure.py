# SPDX-License-Identifier: MIT
"""Finds out what nginx's headers leave to its configure script, as the packaged nginx was built.

Arguments: the folder of nginx-dev (headers, configure, conf_flags), where to put the two headers
that configure writes.
"""

import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WRITTEN = ("ngx_auto_config.h", "ngx_auto_headers.h")


def flags_of(folder):
    text = (folder / "conf_flags").read_text(encoding="ascii")
    return shlex.split(text.partition("(")[2].rpartition(")")[0])


def main(source, target):
    with tempfile.TemporaryDirectory() as scratch:
        # It writes beside itself, where it may not, and other builds may be under way.
        folder = Path(scratch) / "nginx"
        shutil.copytree(source, folder, copy_function=shutil.copyfile)
        run = subprocess.run(["sh", "./configure", *flags_of(source), "--with-cc-opt=-fPIC"],
                             cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, check=False)
        if run.returncode:
            sys.exit(f"nginx's configure failed:\n{run.stdout[-2000:]}")
        for name in WRITTEN:
            shutil.copyfile(folder / "objs" / name, target / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
