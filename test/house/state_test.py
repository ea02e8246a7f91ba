# SPDX-License-Identifier: MIT
"""No object of the product holds writable memory at namespace scope; argument: the build folder.

State is handed in: two servers, two applications and two tests must be able to live in one process.
"""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap

ROOT = Path(__file__).resolve().parents[2]
# Constants with addresses in them are written once, by the dynamic linker.
WRITABLE = re.compile(r"^\.(data|bss|tdata|tbss)\b(?!\.rel\.ro)")
# Of libraries that our objects instantiate, of <iostream>, and the compiler's own pointers to types
# that are caught.
NOT_OURS = re.compile(r"^(guard variable for )?(std::|CLI::|__gnu_cxx::|DW\.ref\.)")
ALLOWED = {
    # (source file, symbol): why it cannot be handed in.
    # nginx writes the module's number into it, and takes no other.
    ("adapters/nginx/ngx_http_csgi_module.c", "ngx_http_csgi_module"),
    ("adapters/nginx/ngx_http_csgi_module.c", "ngx_http_csgi_check_module"),
    # Of each thread, and only while a call is on its stack: == and destructors take nothing more.
    ("core/value/nesting.cpp", "csgi::(anonymous namespace)::nesting"),
}


def symbols(output):
    """Yields (section, demangled name) of the objects that `objdump -t -C` lists."""
    for line in output.splitlines():
        match = re.match(r"^[0-9a-f]+ (.{7}) (\S+)\s+[0-9a-f]+\s+(?:\.hidden\s+)?(.+)$", line)
        if match and ("O" in match[1] or match[2] == "*COM*"):
            yield match[2], match[3]


def product_objects(build):
    for command in json.loads((build / "compile_commands.json").read_text()):
        source = (Path(command["directory"]) / command["file"]).resolve()
        if not source.is_relative_to(ROOT):
            continue
        name = source.relative_to(ROOT).as_posix()
        if name.split("/")[0] in ("core", "middleware", "adapters"):
            yield name, Path(command["directory"]) / command["output"]


def writable(object_file):
    listing = subprocess.run(
        ["objdump", "-t", "-C", str(object_file)], capture_output=True, text=True, check=True)
    for section, symbol in symbols(listing.stdout):
        if (WRITABLE.match(section) or section == "*COM*") and not NOT_OURS.match(symbol):
            yield section, symbol


class State(unittest.TestCase):
    def test_product(self):
        """no object of core, middleware or adapters has mutable state at namespace scope"""
        objects = [(name, path) for name, path in product_objects(BUILD) if path.exists()]
        self.assertTrue(objects, "no object was found: is this a build folder?")
        bad = [f"{name}: {symbol} in {section}" for name, path in objects
               for section, symbol in writable(path) if (name, symbol) not in ALLOWED]
        self.assertEqual(bad, [], "\n" + "\n".join(bad))

    def test_can_fail(self):
        """a counter, a cache and a static local are found; a table of constants is not"""
        source = """
            static int counter = 3; int cache[4];
            int next(void) { static int calls; cache[0]++; return ++calls + ++counter; }
            static const char *const names[] = {"a", "b"};
            const char *name(int i) { return names[i]; }
            """
        with tempfile.TemporaryDirectory() as folder:
            object_file = Path(folder, "state.o")
            subprocess.run(["cc", "-x", "c", "-fPIC", "-c", "-o", str(object_file), "-"],
                           input=source, text=True, check=True)
            found = sorted(symbol.split(".")[0] for _, symbol in writable(object_file))
        self.assertEqual(found, ["cache", "calls", "counter"])


BUILD = Path(tap.arguments[0])
tap.main()
