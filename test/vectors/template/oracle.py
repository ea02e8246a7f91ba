# SPDX-License-Identifier: MIT
"""Jinja itself, answering what `csgi tool template` is asked: one request, one result."""

import io
import json
import re
import signal
import sys
import warnings

import jinja2
import jinja2.sandbox
from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from jinja2 import exceptions

UNDEFINED = {
    "default": jinja2.Undefined,
    "strict": jinja2.StrictUndefined,
    "chainable": jinja2.ChainableUndefined,
    "debug": jinja2.DebugUndefined,
}

# Settings that are handed to the Environment under the name that they have in a request.
PLAIN = (
    "block_start_string", "block_end_string", "variable_start_string", "variable_end_string",
    "comment_start_string", "comment_end_string", "line_statement_prefix", "line_comment_prefix",
    "trim_blocks", "lstrip_blocks", "keep_trailing_newline", "newline_sequence",
)

# The kinds of error, the first that fits.
KINDS = (
    (exceptions.TemplateSyntaxError, "syntax"),
    (exceptions.TemplateNotFound, "not_found"),
    (exceptions.SecurityError, "security"),
    (exceptions.UndefinedError, "undefined"),
)

# What Python says differently each time, or in words that are its own.
UNSTABLE = re.compile(r" at 0x[0-9a-f]+|(<|&lt;|%3C)(built-in )?(function|method|generator|bound method)", re.I)

# Python has opinions on the code that Jinja makes of odd templates.
warnings.simplefilter("ignore", SyntaxWarning)

_untag = None


def untag(text):
    """JSON with Flask's tags to values."""
    global _untag
    if _untag is None:
        serializer = TaggedJSONSerializer()
        app = Flask("oracle")

        def read(tagged):
            with app.app_context():
                return serializer.loads(tagged)

        _untag = read
    return _untag(text)


def values(tagged):
    # Most hold no tag, and Flask's reader is slow.
    text = json.dumps(tagged)
    return untag(text) if '{" ' in text else json.loads(text)


def environment(settings, templates):
    options = {key: settings[key] for key in PLAIN if key in settings}
    escape = settings.get("autoescape", False)
    if isinstance(escape, dict):
        escape = jinja2.select_autoescape(
            enabled_extensions=escape.get("extensions", ("html", "htm", "xml")),
            disabled_extensions=escape.get("disabled_extensions", ()),
            default_for_string=escape.get("default_for_string", True),
            default=escape.get("default", False),
        )
    of = jinja2.sandbox.SandboxedEnvironment if settings.get("sandboxed") else jinja2.Environment
    if settings.get("immutable"):
        of = jinja2.sandbox.ImmutableSandboxedEnvironment
    # A file name, so that a traceback says in which template a line is.
    loader = jinja2.FunctionLoader(
        lambda name: (templates[name], f"template:{name}", lambda: True) if name in templates else None
    )
    env = of(
        autoescape=escape,
        undefined=UNDEFINED[settings.get("undefined", "default")],
        extensions=[f"jinja2.ext.{name}" for name in settings.get("extensions", ())],
        loader=loader,
        **options,
    )
    env.policies.update(settings.get("policies", {}))
    if "i18n" in settings.get("extensions", ()):
        env.install_null_translations(newstyle=settings.get("newstyle_gettext", False))
    return env


def place(error):
    """The template, or None, and the line where an error was raised."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name == "<template>":
            found = (None, trace.tb_lineno)
        elif name.startswith("template:"):
            found = (name.removeprefix("template:"), trace.tb_lineno)
        trace = trace.tb_next
    return found


def failure(error):
    for base, kind in KINDS:
        if isinstance(error, base):
            break
    else:
        kind = "runtime"
    row = {"error": kind, "class": type(error).__name__}
    if isinstance(error, exceptions.TemplateError) and not UNSTABLE.search(str(error.message)):
        row["message"] = error.message
    if isinstance(error, exceptions.TemplateSyntaxError):
        row["line"] = error.lineno
        if error.name is not None:
            row["template"] = error.name
    elif found := place(error):
        row["line"] = found[1]
        if found[0] is not None:
            row["template"] = found[0]
    return row


class TooSlow(BaseException):
    pass


def answer(request):
    """The result's keys. None: what Python says is not the same each time, or it never ends."""

    def too_slow(*_):
        raise TooSlow

    # Of its own time, so that a busy machine makes no difference.
    signal.signal(signal.SIGPROF, too_slow)
    signal.setitimer(signal.ITIMER_PROF, 5)
    try:
        env = environment(request.get("env", {}), request.get("templates", {}))
        env.globals.update(values(request.get("globals", {})))
        if "source" in request:
            template = env.from_string(request["source"])
        elif isinstance(request["name"], list):
            template = env.select_template(request["name"])
        else:
            template = env.get_template(request["name"])
        output = template.render(values(request.get("context", {})))
        if UNSTABLE.search(output):
            return None
        output.encode()
        return {"output": output}
    except (TooSlow, MemoryError, UnicodeEncodeError):
        return None
    except SyntaxError as error:
        # Jinja made Python that Python refuses: neither of its own kinds.
        return {"error": "python", "class": type(error).__name__}
    except Exception as error:
        return failure(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main():
    """The line protocol, for the fuzzer."""
    sys.set_int_max_str_digits(0)
    stdin = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")
    for line in stdin:
        request = json.loads(line)
        result = answer(request) or {"error": "none"}
        print(json.dumps({"id": request["id"], **result}), flush=True)


if __name__ == "__main__":
    main()
