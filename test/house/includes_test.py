# SPDX-License-Identifier: MIT
"""The rules of the house that can be read off the source text: one row each, with its reason.

Prints file, line and rule for each breach. With --self-test it judges a tree that breaks every
rule, and fails if a rule stays silent.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("spec", "core", "middleware", "adapters", "examples", "test")
PRODUCT = ("spec/", "core/", "middleware/", "adapters/")
CODE = {".c", ".h", ".cpp", ".hpp"}
HEADERS = {".h", ".hpp"}
SIZE_BUDGET = 400

# Installed headers lie in <room>/include as on a user's machine.
PUBLIC = ("spec/", "core/include/", "middleware/include/", "adapters/include/")
GROUND = ("spec/", "core/http/", "core/value/", "core/crypto/", "core/gateway/", "core/include/")
SERVER = ("spec/", "core/http/", "core/gateway/", "adapters/loop/", "adapters/server/",
          "adapters/include/")

# Who may include whom in this repository. The longest match of the first column counts; a room
# always includes itself unless its row is about one file.
DIRECTIONS = [
    ("spec/csgi.h", (), "the contract stands alone"),
    ("spec/ext/", ("spec/csgi.h",), "an extension is read with the contract and nothing else"),
    ("spec/", (), "the contract names no implementation"),
    ("core/http/", ("spec/headers.def", "core/include/csgi/http/"),
     "HTTP's bytes mean the same without CSGI"),
    (
        "core/value/",
        ("core/include/csgi/value/", "core/include/csgi/http/base64.hpp", "core/http/date.h",
         "core/http/grammar.h", "core/http/hex.hpp", "core/http/utf8.hpp"),
        "values know of HTTP how it spells dates and bytes, and nothing of CSGI",
    ),
    (
        "core/crypto/",
        ("core/include/csgi/crypto/", "core/include/csgi/value/",
         "core/include/csgi/http/base64.hpp", "core/http/hex.hpp"),
        "cryptography signs text and values, and knows neither HTTP nor CSGI",
    ),
    ("core/gateway/", ("spec/", "core/http/"), "the gateway joins contract and HTTP, no more"),
    (
        "core/template/",
        ("core/value/", "core/include/csgi/value/", "core/include/csgi/template/",
         "core/http/hex.hpp", "core/http/utf8.hpp"),
        "templates render values, whoever asks",
    ),
    (
        "core/testing/",
        ("spec/", "core/gateway/", "core/http/", "core/include/"),
        "the test client drives any app",
    ),
    (
        "core/app/",
        GROUND + ("core/template/",),
        "an application names no middleware and no server: who composes them does",
    ),
    ("core/include/", ("spec/",), "an installed header includes installed headers"),
    ("middleware/include/", ("spec/",), "an installed header includes installed headers"),
    (
        "middleware/",
        GROUND + ("middleware/include/",),
        "a layer knows the contract and the ground, never a sibling, the framework or a server",
    ),
    ("adapters/include/", ("spec/",), "an installed header includes installed headers"),
    ("adapters/loop/", ("spec/", "core/gateway/"), "the loop moves a host's bytes and knows no protocol"),
    (
        "adapters/server/",
        ("spec/", "core/gateway/", "adapters/loop/", "adapters/include/"),
        "what all servers on the loop share names no protocol",
    ),
    ("adapters/standalone/", SERVER, "servers share loop, server and serve.h, never each other"),
    ("adapters/fastcgi/", SERVER, "servers share loop, server and serve.h, never each other"),
    (
        "adapters/nginx/",
        ("spec/", "core/http/", "core/gateway/"),
        "nginx brings its own loop; everything else is shared",
    ),
    (
        "adapters/cli/",
        ("spec/", "core/gateway/", "core/testing/", "adapters/loop/", "adapters/include/",
         "middleware/include/"),
        "the command calls servers through serve.h like any stranger",
    ),
    (
        "adapters/cli/tool/",
        GROUND + ("core/template/", "core/app/", "adapters/cli/", "adapters/include/",
                  "middleware/include/"),
        "the one place that sees servers and framework; nothing includes it",
    ),
    ("examples/", PUBLIC, "an example uses what a user has installed"),
    ("test/", PRODUCT + ("examples/",), "tests see everything; nothing sees tests"),
]

# Who may include a header that is not ours: pattern, places, reason.
FENCES = [
    (r"uv\.h|uv/.*", ("adapters/loop/", "test/adapters/loop/", "examples/embed/",
                         "test/bench/floors/"),
     "libuv stays behind the loop"),
    (r"(llhttp/)?llhttp\.h", ("test/fuzz/", "test/bench/floors/"),
     "llhttp is what fuzzers and benchmarks compare with, no more"),
    (r"ngx_.*|nginx\.h", ("adapters/nginx/",), "nginx's headers stay in its module"),
    (r"CLI/.*", ("adapters/cli/",), "arguments are the command's business"),
    (r"doctest/.*", ("test/",), "the product does not carry its tests"),
    (r"dlfcn\.h", ("core/gateway/module.c", "test/"), "modules are loaded in one place"),
    (r"openssl/.*", ("core/crypto/", "core/app/", "adapters/loop/", "test/"), "cryptography has one room"),
    (r"nlohmann/.*", ("core/value/", "test/"), "JSON text is read in one place"),
    (r"fmt/.*", ("core/", "middleware/", "adapters/", "test/"), "the contract stands alone"),
]
TOP_LEVEL = set(ROOMS) | {
    ".ci", ".clang-format", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE",
    "README.md", "SECURITY.md", "dev", "docs", "meson.build", "meson_options.txt",
}
CONTRACT_HEADERS = {"stddef.h", "stdint.h"}
BAD_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "base"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
DOCUMENT = re.compile(r"(?<![\w/.:-])((?:[\w.-]+/)*[\w-]+\.md)\b")
PAPER_NUMBER = re.compile(r"(?<![\w'\"\\\\%#&])D(?:[1-9]|1[0-9]|2[01])(?![\w.]*\w)")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root)/")


class File:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self.suffix = Path(path).suffix
        # (line, quoted, what it names)
        self.includes = []
        if self.suffix in CODE:
            for number, line in enumerate(self.lines, 1):
                if match := INCLUDE.match(line):
                    self.includes.append((number, match[1] == '"', match[2]))


class Tree:
    """Every text file of the repository, by path."""

    def __init__(self, root):
        self.root = root
        self.files = {}
        for name in sorted(self.names()):
            path = root / name
            # Links in spec/include are the same file twice; inputs of fuzzers are not prose.
            if path.is_symlink() or not path.is_file() or re.search(
                    r"fuzz/(corpus|regression)/", name):
                continue
            try:
                self.files[name] = File(name, path.read_text(encoding="utf-8"))
            except UnicodeDecodeError:
                pass

    def names(self):
        """What is committed or may soon be; without git, what an archive of a release holds."""
        if (self.root / ".git").exists():
            listing = subprocess.run(
                ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                cwd=self.root, capture_output=True, text=True)
            if listing.returncode == 0:
                return set(filter(None, listing.stdout.split("\0")))
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*")
                if not re.match(r"build/|\.git/",
                                path.relative_to(self.root).as_posix())
                and "__pycache__" not in path.parts}

    def code(self):
        return [file for file in self.files.values()
                if file.suffix in CODE and file.path.split("/")[0] in ROOMS]

    def resolve(self, file, quoted, name):
        """The path in this repository that an include means; None for a header not ours."""
        if quoted:
            beside = os.path.normpath(os.path.join(os.path.dirname(file.path), name))
            for path in (name, beside):
                if (self.root / path).exists():
                    return path
            # Made by the build, beside whoever includes it by its bare name.
            return name if "/" in name else beside
        if name == "csgi.h":
            return "spec/csgi.h"
        if name.startswith("csgi/"):
            for room in ("spec", "core", "middleware", "adapters"):
                link = self.root / room / "include" / name
                if link.exists():
                    return link.resolve().relative_to(self.root.resolve()).as_posix()
            return "spec/" + name
        return None


def under(path, places):
    return any(path == place or (place.endswith("/") and path.startswith(place))
               for place in places)


def own_room(path, row):
    """What a file may always include: its room; of a layer, the layer; of one file, nothing."""
    if not row.endswith("/"):
        return ()
    if row == "middleware/":
        parts = path.split("/")
        return (f"middleware/{parts[1]}/",) if len(parts) > 2 else tuple(
            f"middleware/{Path(path).stem}{suffix}" for suffix in (".h", ".hpp"))
    return (row,)


def directions(tree):
    """A file includes only what lies below it."""
    for file in tree.code():
        row, allowed, reason = max(
            (row for row in DIRECTIONS if under(file.path, (row[0],))),
            key=lambda row: len(row[0]), default=(None, (), ""))
        if row is None:
            yield file.path, 1, "no row of the table says what this folder may include"
            continue
        for number, quoted, name in file.includes:
            target = tree.resolve(file, quoted, name)
            if target and not under(target, allowed + own_room(file.path, row)):
                yield file.path, number, f"includes {target}: {reason}"


def from_the_root(tree):
    """An include of ours is written from the root of the repository."""
    for file in tree.code():
        for number, quoted, name in file.includes:
            if quoted and (".." in name.split("/") or
                           not (tree.root / name).exists() and
                           (tree.root / os.path.dirname(file.path) / name).exists()):
                yield file.path, number, f'"{name}" is found by where its reader stands'
            if quoted and under(name, ("spec/",)) and name.endswith(".h"):
                yield file.path, number, f'"{name}" is the contract: <csgi.h>, <csgi/sdk.h> ...'


def contract_headers(tree):
    """csgi.h includes stddef.h and stdint.h only, an extension csgi.h only."""
    for file in tree.code():
        if file.path != "spec/csgi.h" and not under(file.path, ("spec/ext/",)):
            continue
        for number, quoted, name in file.includes:
            allowed = CONTRACT_HEADERS if file.path == "spec/csgi.h" else {"csgi.h"}
            if quoted or name not in allowed:
                yield file.path, number, f"includes {name}"


def fences(tree):
    """A foreign header is included in its own room only."""
    for file in tree.code():
        for number, quoted, name in file.includes:
            for pattern, places, reason in FENCES:
                if re.fullmatch(pattern, name) and not under(file.path, places):
                    yield file.path, number, f"includes {name}: {reason}"
            if name.startswith("fmt/") and under(file.path, PUBLIC):
                yield file.path, number, f"includes {name}: a public header asks for no package"


def one_llhttp(tree):
    """llhttp.h is included by one file of a folder."""
    users = {}
    for file in tree.code():
        for number, _, name in file.includes:
            if not name.endswith("llhttp.h"):
                continue
            first = users.setdefault(os.path.dirname(file.path), file.path)
            if first != file.path:
                yield file.path, number, f"includes llhttp.h, as {first} does already"


def one_dlopen(tree):
    """dlopen is called in core/gateway/module.c only."""
    for file in tree.code():
        if under(file.path, PRODUCT) and file.path != "core/gateway/module.c":
            yield from found(file, re.compile(r"\bdl(m?open|sym)\s*\("))


def one_catch_all(tree):
    """catch (...) stands in core/gateway/boundary only."""
    for file in tree.code():
        if under(file.path, PRODUCT) and not re.fullmatch(r"core/gateway/boundary\.\w+", file.path):
            yield from found(file, re.compile(r"\bcatch\s*\(\s*\.\.\.\s*\)"))


def no_tests_in_product(tree):
    """Nothing includes a test or the command's tools."""
    for file in tree.code():
        for number, quoted, name in file.includes:
            target = tree.resolve(file, quoted, name) or ""
            if under(target, ("test/",)) and not under(file.path, ("test/",)):
                yield file.path, number, f"includes {target}"
            if under(target, ("adapters/cli/tool/",)) and not under(
                    file.path, ("adapters/cli/tool/", "test/")):
                yield file.path, number, f"includes {target}"


def no_circle(tree):
    """No header includes itself by a detour."""
    graph = {}
    for file in tree.code():
        graph[file.path] = [
            (target, number) for number, quoted, name in file.includes
            if (target := tree.resolve(file, quoted, name))]
    done, path = set(), []

    def visit(node):
        if node in path:
            circle = path[path.index(node):] + [node]
            line = next(number for target, number in graph[circle[0]] if target == circle[1])
            yield circle[0], line, " > ".join(circle)
        elif node not in done:
            path.append(node)
            for target, _ in graph.get(node, ()):
                yield from visit(target)
            path.pop()
            done.add(node)

    for node in graph:
        yield from visit(node)


def names(tree):
    """No file or folder is named utils, common, helpers, misc or base."""
    for path in tree.files:
        for part in Path(path).parts:
            if part.split(".")[0].lower() in BAD_NAMES:
                yield path, 1, f"'{part}' says nothing: a function belongs to the noun it is about"


def opening(tree):
    """A file opens with its licence tag and a sentence that says what it is for."""
    for file in tree.files.values():
        name = Path(file.path).name
        if file.suffix not in CODE | {".def", ".py"} and name != "meson.build":
            continue
        lines = [line for line in file.lines[:6] if not line.startswith("#!")]
        if not lines or not re.match(r"(//|#|/\*) SPDX-License-Identifier: MIT\b", lines[0]):
            yield file.path, 1, "no SPDX-License-Identifier: MIT"
        elif name == "meson.build":
            pass  # a list of files may speak for itself
        elif len(lines) < 2 or not re.match(r'(//|#|/?\*|""")\s*\S+ \S+', lines[1]):
            yield file.path, 2, "no sentence under the licence tag"


def documents(tree):
    """A document that is named is one that the reader has."""
    known = {Path(path).name for path in tree.files if path.endswith(".md")}
    for file in tree.files.values():
        if not under(file.path, PRODUCT + ("examples/", "test/")) and file.suffix != ".md":
            continue
        for number, line in enumerate(file.lines, 1):
            for match in DOCUMENT.finditer(line):
                if Path(match[1]).name not in known and "://" not in line:
                    yield file.path, number, f"names {match[1]}, which is not in this repository"


def machine_paths(tree):
    """No file names a folder of somebody's machine."""
    for file in tree.files.values():
        if file.path != "test/house/includes_test.py":
            yield from found(file, MACHINE_PATH)


def paper_numbers(tree):
    """A decision is told where it matters, not numbered after a paper that is not here."""
    for file in tree.files.values():
        if file.suffix in CODE | {".def", ".md", ".py"} or file.path.endswith("meson.build"):
            yield from found(file, PAPER_NUMBER)


def top_level(tree):
    """Nothing joins the top level unasked."""
    for path in tree.files:
        if path.split("/")[0] not in TOP_LEVEL:
            yield path, 1, f"{path.split('/')[0]} is not on the list of what lies at the top"


def found(file, pattern):
    for number, line in enumerate(file.lines, 1):
        if match := pattern.search(line):
            yield file.path, number, f"has {match[0].strip()}"


RULES = [directions, from_the_root, contract_headers, fences, one_llhttp, one_dlopen,
         one_catch_all, no_tests_in_product, no_circle, names, opening, documents, paper_numbers, machine_paths,
         top_level]

# A tree in which each rule finds something: rule, path, text.
HEAD = "// SPDX-License-Identifier: MIT\n// A file that is wrong.\n"
BAD_TREE = [
    (directions, "core/http/up.c", HEAD + "#include <csgi.h>\n"),
    (directions, "core/app/sideways.cpp", HEAD + '#include "middleware/cors.h"\n'),
    (directions, "middleware/cors.h", HEAD + '#include "middleware/mount.h"\n'),
    (directions, "middleware/mount.h", HEAD),
    (directions, "adapters/fastcgi/peer.cpp", HEAD + '#include "adapters/standalone/server.h"\n'),
    (directions, "adapters/server/setup.c", HEAD + '#include "adapters/standalone/server.h"\n'),
    (directions, "adapters/cli/run.cpp", HEAD + '#include "core/app/app.h"\n'),
    (directions, "core/attic/old.c", HEAD),
    (top_level, "attic/old.c", HEAD),
    (from_the_root, "core/http/beside.c", HEAD + '#include "../http/grammar.h"\n'),
    (contract_headers, "spec/csgi.h", HEAD + "#include <stdbool.h>\n"),
    (contract_headers, "spec/ext/poll.h", HEAD + "#include <poll.h>\n"),
    (fences, "adapters/standalone/server.cpp", HEAD + "#include <uv.h>\n"),
    (fences, "core/http/own.cpp", HEAD + "#include <doctest/doctest.h>\n"),
    (fences, "core/gateway/format.hpp", HEAD + "#include <dlfcn.h>\n"),
    (one_llhttp, "test/fuzz/a.cpp", HEAD + "#include <llhttp.h>\n"),
    (one_llhttp, "test/fuzz/b.cpp", HEAD + "#include <llhttp.h>\n"),
    (one_dlopen, "adapters/cli/load.cpp", HEAD + "void *p = dlopen(path, 0);\n"),
    (one_catch_all, "middleware/quiet.cpp", HEAD + "try { f(); } catch (...) {}\n"),
    (no_tests_in_product, "core/gateway/t.cpp", HEAD + '#include "test/stub.h"\n'),
    (no_circle, "core/http/a.h", HEAD + '#include "core/http/b.h"\n'),
    (no_circle, "core/http/b.h", HEAD + '#include "core/http/a.h"\n'),
    (names, "core/gateway/utils.cpp", HEAD),
    (opening, "core/http/bare.c", "int x;\n"),
    (opening, "core/http/mute.c", "// SPDX-License-Identifier: MIT\nint x;\n"),
    (documents, "core/http/lost.c", HEAD + "// As plan" + ".md says.\n"),
    (paper_numbers, "core/http/paper.c", HEAD + "// Dropped, see D" + "9.\n"),
    (machine_paths, "core/http/mine.c", HEAD + '#define HERE "/wo' + 'rk/main"\n'),
]


class HouseRules(unittest.TestCase):
    pass


def case(rule):
    def judge(self):
        breaches = list(rule(self.tree))
        if breaches:
            self.fail("\n".join(f"{path}:{line}: {said} [{rule.__name__}]"
                                for path, line, said in breaches))
    judge.__doc__ = rule.__doc__
    return judge


for rule in RULES:
    setattr(HouseRules, f"test_{rule.__name__}", case(rule))


def print_sizes(tree):
    """Told, not judged: a long file may still be one idea."""
    for file in tree.code():
        if len(file.lines) > SIZE_BUDGET and under(file.path, PRODUCT):
            print(f"# {file.path}: {len(file.lines)} lines; is it still one idea?")


class SelfTest(unittest.TestCase):
    def test_every_rule_speaks(self):
        """Each breach in a tree made of breaches is found at its file."""
        with tempfile.TemporaryDirectory() as folder:
            for _, path, text in BAD_TREE:
                Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
                Path(folder, path).write_text(text, encoding="utf-8")
            tree = Tree(Path(folder))
            reported = {rule: {path for path, _, _ in rule(tree)} for rule in RULES}
        silent_rules = [rule.__name__ for rule in RULES if not reported[rule]]
        self.assertEqual(silent_rules, [])
        # The second of two is where a thing that may stand once is reported; mount.h is only the
        # sibling that cors.h must not see.
        excused = {"test/fuzz/a.cpp", "middleware/mount.h", "core/http/b.h"}
        missed = [f"{path} [{rule.__name__}]" for rule, path, _ in BAD_TREE
                  if path not in reported[rule] | excused]
        self.assertEqual(missed, [])

    def test_a_good_tree_is_silent(self):
        """A tree without a breach is not accused."""
        with tempfile.TemporaryDirectory() as folder:
            good = {
                "spec/csgi.h": HEAD + "#include <stddef.h>\n#include <stdint.h>\n",
                "spec/ext/poll.h": HEAD + "#include <csgi.h>\n",
                "core/http/date.c": HEAD + '#include "core/http/date.h"\n#include <string.h>\n',
                "core/http/date.h": HEAD,
                "core/gateway/module.c": HEAD + "#include <dlfcn.h>\nvoid *p = dlopen(f, 0);\n",
                "middleware/lint/lint.cpp": HEAD + '#include "middleware/lint/rules.h"\n',
                "middleware/lint/rules.h": HEAD + "#include <csgi.h>\n",
                "adapters/loop/stream.cpp": HEAD + "#include <uv.h>\n",
            }
            for path, text in good.items():
                Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
                Path(folder, path).write_text(text, encoding="utf-8")
            tree = Tree(Path(folder))
            self.assertEqual([breach for rule in RULES for breach in rule(tree)], [])


if __name__ == "__main__":
    if "--self-test" in tap.arguments:
        del HouseRules
    else:
        del SelfTest
        HouseRules.tree = Tree(ROOT)
        print_sizes(HouseRules.tree)
    tap.main()
