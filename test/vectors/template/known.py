# SPDX-License-Identifier: MIT
"""Where our templates are known to differ from Jinja's: a row here is a row of docs/templates.md.

Cases that one of these rows describes stand in differences.jsonl, with the row's name.
"""

import re

MISSING_METHODS = r"\.(to_bytes|isocalendar|date\(|time\(|utcoffset|fields|variant)|range\(5\)\.(index|count)|\{\{ b\.(upper|split)\(|d\.replace\(year"

HIDDEN = r"range\.__self__|\bm\._func|_TemplateReference__context|dict\.(__base__|mro)"

# Name, what the template looks like, what the result looks like (None: whatever).
ROWS = (
    ("complex", None, r"\d+j\)"),
    ("infinity", r"1e308|1e400|'infinity'", r"NameError"),
    ("classes", r"\bdict\.(a\b|fromkeys)", None),
    ("names of characters", r"\\N\{D", None),
    ("methods", MISSING_METHODS, None),
    ("views", r"set k = d\.keys\(\)", None),
    ("targets", r"for (a, in \[|in in )", None),
    ("depth", r"\({90}|\[{90}", r"RecursionError"),
    ("delimiters", None, r"Encountered unknown tag 'a'"),
    ("slices", r"\[1:2, 3\]", None),
)


def difference(request, result):
    """The name of the row that may explain a difference, or None."""
    text = request.get("source", "") + "".join(request.get("templates", {}).values())
    if not request.get("env", {}).get("sandboxed") and re.search(r"__(class|len)__", text):
        return "underscores"
    # Where nothing may be undefined, what is hidden and what is not there differ.
    if request.get("env", {}).get("undefined") == "strict":
        if re.search(HIDDEN, text):
            return "underscores"
        if text.startswith("{% autoescape u %}{{ '<' }}"):
            return "autoescape"
    outcome = f"{result.get('output', '')} {result.get('class', '')} {result.get('message', '')}"
    for name, template, answer in ROWS:
        if (template is None or re.search(template, text)) and (answer is None or re.search(answer, outcome)):
            if name == "delimiters" and request.get("env", {}).get("block_start_string") != "":
                continue
            return name
    return None
