# SPDX-License-Identifier: MIT
"""Applications: the pages of Werkzeug's errors."""

from werkzeug.exceptions import default_exceptions


def errors():
    for status, kind in sorted(default_exceptions.items()):
        for given in ("", "one <b>&\nand 'two' \"quoted\""):
            error = kind(description=given) if given else kind()
            yield {"status": status, "given": given, "name": error.name, "text": str(error),
                   "page": error.get_response().get_data(as_text=True)}


def files():
    yield "errors.jsonl", errors()
