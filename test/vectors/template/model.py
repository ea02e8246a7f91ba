# SPDX-License-Identifier: MIT
"""Jinja with the known differences of docs/templates.md in it: what it says then is what we have to say.

Each row is a change of Jinja's own code while it is applied. A difference is explained only if Jinja with one
row in it, or with all of them, gives exactly our answer.
"""

import builtins
import contextlib
import datetime
import functools

from jinja2 import compiler, environment, exceptions, idtracking, lexer, nodes, parser, runtime, sandbox, tests, utils


@contextlib.contextmanager
def changed(*changes):
    """(object, name, value): the object has this attribute until the end."""
    absent = object()
    saved = [(where, name, vars(where).get(name, absent)) for where, name, _ in changes]
    for where, name, value in changes:
        setattr(where, name, value)
    try:
        yield
    finally:
        for where, name, value in reversed(saved):
            if value is absent:
                delattr(where, name)
            else:
                setattr(where, name, value)


def at_run_time(function):
    """What fails while Jinja computes a constant is left to the rendering."""

    @functools.wraps(function)
    def computed(*arguments, **named):
        try:
            return function(*arguments, **named)
        except nodes.Impossible:
            raise
        except Exception as error:
            raise nodes.Impossible from error

    return computed


def kinds_of_nodes(base=nodes.Node):
    for kind in base.__subclasses__():
        yield kind
        yield from kinds_of_nodes(kind)


def constants():
    generator = compiler.CodeGenerator

    def computed(kind):
        plain = at_run_time(kind.as_const)
        if kind not in (nodes.And, nodes.Or, nodes.Compare):
            return plain

        # What stands behind a constant is looked at all the same: an unknown filter fails.
        def whole(self, eval_ctx=None):
            for operand in [one.expr for one in self.ops] if kind is nodes.Compare else [self.right]:
                operand.as_const(eval_ctx)
            return plain(self, eval_ctx)

        return at_run_time(whole)

    # Named twice, of a filter that may be folded: not refused.
    def signature(self, node, frame, extra_kwargs=None, plain=generator.signature):
        if isinstance(node, (nodes.Filter, nodes.Test)) and not any(node.find_all((nodes.Name, nodes.Call))):
            node.kwargs = list({one.key: one for one in node.kwargs}.values())
        plain(self, node, frame, extra_kwargs)

    return changed((generator, "signature", signature), (generator, "_output_child_to_const", at_run_time(generator._output_child_to_const)),
                   *((kind, "as_const", computed(kind)) for kind in kinds_of_nodes() if "as_const" in vars(kind)))


def autoescape():
    def parse(self):
        block = nodes.ScopedEvalContextModifier(lineno=next(self.stream).lineno)
        # Is it true? Asked here, not at the first text.
        block.options = [nodes.Keyword("autoescape", nodes.Not(nodes.Not(self.parse_expression(), lineno=block.lineno), lineno=block.lineno))]
        block.body = self.parse_statements(("name:endautoescape",), drop_needle=True)
        return nodes.Scope([block])

    return changed((parser.Parser, "parse_autoescape", parse))


def infinity():
    return changed((builtins, "inf", float("inf")), (builtins, "nan", float("nan")))


def complex_numbers():
    def power(a, b):
        result = a**b
        if isinstance(result, complex):
            raise ValueError("a negative number to the power of a fraction")
        return result

    def visit(self, node, frame):
        self.write("_power(")
        self.visit(node.left, frame)
        self.write(", ")
        self.visit(node.right, frame)
        self.write(")")

    return changed((builtins, "_power", power), (compiler.CodeGenerator, "visit_Pow", compiler.optimizeconst(visit)),
                   (nodes, "_binop_to_func", {**nodes._binop_to_func, "**": power}))


def classes():
    """dict, range and kin are functions: they print as classes, and have no attributes."""

    class Function:
        __slots__ = ("of",)

        def __init__(self, of):
            self.of = of

        def __call__(self, *arguments, **named):
            return self.of(*arguments, **named)

        def __repr__(self):
            return repr(self.of)

    known = {name: Function(value) if isinstance(value, type) else value for name, value in environment.DEFAULT_NAMESPACE.items()}
    return changed((environment, "DEFAULT_NAMESPACE", known))


# What ours hide in a sandbox, whether or not the value has it.
EVERYWHERE = {*dir(object), "__dict__", "__module__", "__globals__", "__code__", "__self__", "__call__", "__func__", "__builtins__", "__getitem__", "__len__", "__contains__",
              "__iter__", "__add__", "__mul__", "__mod__", "__weakref__", "__getattr__"}


def underscores():
    def hidden(plain):
        def get(self, obj, name):
            if isinstance(name, str) and name in EVERYWHERE and not isinstance(obj, (runtime.Undefined, dict)):
                return self.unsafe_undefined(obj, name)
            return plain(self, obj, name)

        return get

    def getattr(self, obj, name, plain=environment.Environment.getattr):
        if not (name.startswith("__") and name.endswith("__")):
            return plain(self, obj, name)
        return obj[name] if isinstance(obj, runtime.Undefined) else self.undefined(obj=obj, name=name)

    def getitem(self, obj, key, plain=environment.Environment.getitem):
        return plain(self, obj, key) if not (isinstance(key, str) and key.startswith("__")) else self.undefined(obj=obj, name=key)

    plain = runtime.Context.call

    def call(self, called, *arguments, **named):
        whose = builtins.getattr(called, "__self__", None)
        if isinstance(whose, str) and called.__name__ in ("format", "format_map") and ".__" in whose:
            for one in arguments:
                if isinstance(one, runtime.Undefined):
                    one._fail_with_undefined_error()
            raise AttributeError("'str' object has no attribute '__class__'")
        return plain(self, called, *arguments, **named)

    sandboxed = sandbox.SandboxedEnvironment
    return changed((environment.Environment, "getattr", getattr), (environment.Environment, "getitem", getitem), (runtime.Context, "call", call),
                   (sandboxed, "getattr", hidden(sandboxed.getattr)), (sandboxed, "getitem", hidden(sandboxed.getitem)))


def addresses():
    """What Python prints with an address is printed without."""

    def shown(text):
        return lambda self: text

    return changed((utils.Cycler, "__repr__", shown("<Cycler object>")), (utils.Joiner, "__repr__", shown("<Joiner object>")),
                   (runtime.BlockReference, "__repr__", shown("<jinja2.runtime.BlockReference object>")))


def moments():
    """Moments are not subtracted from each other: there are no spans of time."""

    def minus(a, b):
        if isinstance(a, datetime.datetime) and isinstance(b, datetime.datetime):
            raise TypeError("unsupported operand type(s) for -: 'datetime' and 'datetime'")
        return a - b

    def visit(self, node, frame):
        self.write("_minus(")
        self.visit(node.left, frame)
        self.write(", ")
        self.visit(node.right, frame)
        self.write(")")

    return changed((builtins, "_minus", minus), (compiler.CodeGenerator, "visit_Sub", compiler.optimizeconst(visit)))


def targets():
    def test_any(self, *wanted):
        return any(self.test_any(*one) if isinstance(one, tuple) else self.test(one) for one in wanted)

    return changed((lexer.Token, "test_any", test_any))


def slices():
    def as_const(self, eval_ctx=None, plain=nodes.Getitem.as_const):
        if isinstance(self.arg, nodes.Slice):
            raise nodes.Impossible
        return plain(self, eval_ctx)

    return changed((nodes.Getitem, "as_const", as_const))


def without_context():
    def visit(self, node, frame, plain=compiler.CodeGenerator.visit_Include):
        if node.with_context:
            return plain(self, node, frame)
        writeline = self.writeline

        def write(text, *more):
            if text != "yield from template._get_default_module()._body_stream":
                return writeline(text, *more)
            writeline("for event in template._get_default_module()._body_stream:")
            self.indent()
            self.simple_write("event", frame)
            self.outdent()

        self.writeline = write
        try:
            plain(self, node, frame)
        finally:
            del self.writeline

    return changed((compiler.CodeGenerator, "visit_Include", visit))


def only_text():
    """A filter block or call block that gives no text fails there, not when the page is joined."""

    def text(value):
        if not isinstance(value, str):
            raise TypeError(f"expected str instance, {type(value).__name__} found")
        return value

    generator = compiler.CodeGenerator

    def start_write(self, frame, node=None, plain=generator.start_write):
        plain(self, frame, node)
        self.only_text = isinstance(node, (nodes.FilterBlock, nodes.CallBlock))
        if self.only_text:
            self.write("_text(")

    def end_write(self, frame, plain=generator.end_write):
        if self.only_text:
            self.write(")")
        plain(self, frame)

    return changed((builtins, "_text", text), (generator, "start_write", start_write), (generator, "end_write", end_write))


def set_blocks():
    """{% set ns.name %} asks whether it is a namespace, as {% set ns.name = ... %} does; names in the filter are known."""

    def visit_names(self, node, plain=idtracking.RootVisitor.visit_AssignBlock, **named):
        plain(self, node, **named)
        if node.filter is not None:
            self.sym_visitor.visit(node.filter)

    def visit(self, node, frame, plain=compiler.CodeGenerator.visit_AssignBlock):
        visit_target = self.visit

        # The target is visited when the body has been.
        def visit_checked(what, *arguments, **named):
            if what is node.target:
                self.visit = visit_target
                for target in [what] if isinstance(what, nodes.NSRef) else what.find_all(nodes.NSRef):
                    self.writeline(f"_namespace({frame.symbols.ref(target.name)})")
                self.newline(node)
            return visit_target(what, *arguments, **named)

        self.visit = visit_checked
        plain(self, node, frame)

    def namespace(value):
        if not isinstance(value, utils.Namespace):
            raise exceptions.TemplateRuntimeError("cannot assign attribute on non-namespace object")

    return changed((builtins, "_namespace", namespace), (compiler.CodeGenerator, "visit_AssignBlock", visit), (idtracking.RootVisitor, "visit_AssignBlock", visit_names))


def sameas():
    def same(value, other):
        return value is other or (type(value) is type(other) and isinstance(value, (int, float, str, bytes)) and value == other)

    return changed((tests, "test_sameas", same), (tests, "TESTS", {**tests.TESTS, "sameas": same}))


def views():
    plain = runtime.Context.call

    def call(self, called, *arguments, **named):
        whose = getattr(called, "__self__", None)
        if isinstance(whose, dict) and getattr(called, "__name__", "") in ("keys", "values", "items"):
            called = getattr(dict(whose), called.__name__)
        return plain(self, called, *arguments, **named)

    return changed((runtime.Context, "call", call))


ROWS = {
    "constants": constants,
    "autoescape": autoescape,
    "infinity": infinity,
    "complex": complex_numbers,
    "underscores": underscores,
    "classes": classes,
    "views": views,
    "addresses": addresses,
    "moments": moments,
    "targets": targets,
    "slices": slices,
    "without context": without_context,
    "only text": only_text,
    "set blocks": set_blocks,
    "sameas": sameas,
}


@contextlib.contextmanager
def applied(names):
    with contextlib.ExitStack() as stack:
        for name in names:
            stack.enter_context(ROWS[name]())
        yield
