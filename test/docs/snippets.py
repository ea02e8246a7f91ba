#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns the C++ of a page of docs/ into a file that is compiled: snippets.py PAGE OUTPUT.

    ```cpp        a file of its own
    ```cpp body   what stands between the braces of create_app(), behind `csgi::App app("page");`
    ```cpp test   what stands between the braces of a test case
    ```jinja NAME a file that the applications of the page find, such as templates/page.html
    ```http       requests to the block before it, one on each line: METHOD /path [BODY] -> STATUS [TEXT]

BODY is a form (a=b&c=d; a=@NAME:CONTENT is a file) or, if it begins with a brace, JSON. TEXT is what the answer's
body is or holds, with \\n for a line's end; of a redirect it is where to.
"""

import json
import re
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(cpp(?: body| test)?|http|jinja \S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ASK = re.compile(r"([A-Z]+) (\S+)(?: (.*?))? -> (\d{3})(?: (.*))?")


def literal(text):
    return json.dumps(text, ensure_ascii=True)


def ask(line, number, name):
    found = ASK.fullmatch(line)
    if not found:
        sys.exit(f"{name}:{number}: not a request: {line}")
    method, path, body, status, text = found.groups()
    text = (text or "").replace("\\n", "\n")
    return f"    {{{number}, {literal(method)}, {literal(path)}, {literal(body or '')}, {status}, {literal(text)}}},\n"


def program(page, text):
    includes, out, table, asks, files = set(), [], [], {}, []
    last = None
    for match in BLOCK.finditer(text):
        kind, content = match[1], match[2]
        line = text.count("\n", 0, match.start()) + 2
        if kind == "http":
            if last is None:
                sys.exit(f"{page}:{line}: requests without a block that they are for")
            asks[last] = [ask(row, line + i, page) for i, row in enumerate(content.splitlines())]
            continue
        if kind.startswith("jinja"):
            files.append(f"    {{{literal(kind.split()[1])}, {literal(content)}}},\n")
            continue
        where = f'#line {line} "{page}"\n'
        last = line
        if kind == "cpp test":
            out.append(f'TEST_CASE("{page}:{line}") {{\n{where}{content}}}\n')
            last = None
        elif kind == "cpp body":
            out.append(f'csgi::App make_{line}() {{\ncsgi::App app("page", {{.root_path = root()}});\n{where}{content}return app;\n}}\n')
        else:
            includes.update(re.findall(r"^#include .*$", content, re.MULTILINE))
            content = re.sub(r"^#include .*$", "", content, flags=re.MULTILINE)
            content = re.sub(r'(csgi::App app\("\w+")\);', r"\1, {.root_path = root()});", content)
            out.append(f"namespace file_{line} {{\n{where}{content}}}\n")
            if "create_app()" in content:
                out.append(f"csgi::App make_{line}() {{ return file_{line}::create_app(); }}\n")
            else:
                last = None
    for line, rows in asks.items():
        out.append(f"const Ask asks_{line}[] = {{\n{''.join(rows)}}};\n")
        table.append(f"    {{{line}, make_{line}, asks_{line}}},\n")
    return "\n".join([*sorted(includes), "", "namespace {", *out,
                      f"const Snippet snippets[] = {{\n{''.join(table)}}};",
                      f"const std::vector<File> files = {{\n{''.join(files)}}};", "} // namespace", ""])


if __name__ == "__main__":
    source = Path(sys.argv[1])
    Path(sys.argv[2]).write_text(program(source.name, source.read_text(encoding="utf-8")), encoding="utf-8")
