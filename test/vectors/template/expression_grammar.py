# SPDX-License-Identifier: MIT
"""Expressions by chance, and the values that they are about: mostly sensible, so that they get far, and sometimes not."""

import filter_cases
import method_cases
import subjects

NAMES = ["a", "b", "c", "n", "s", "t", "m", "l", "d", "p", "u"]
WORDS = ["'a'", "''", "'B'", "'<i>'", "'a b'", "'x,y'", "\"it's\"", "'\\n'", "'\u00e9'", "'%s'", "'{}'", "'name'", "'1'", "'upper'", "'Hello World'"]
# Other ways to write a text.
SPELLINGS = ["'a' \"b\" 'c'", "'\\x41\\u00e9\\t'", "'\\\\\\''", "\"\\\"\"", "'a\nb'", "'\\101'", "'\\q'", "'%(a)s {a}'", "'{{ a }}'", "'%}'", "'#}'", "''''"]
NUMBERS = ["0", "1", "2", "3", "-1", "10", "1.5", "0.0", "2.0", "-2.5", "1e3", "7", "100", "12345678901234567890"]
NUMERALS = ["0x1F", "0b101", "0o17", "1_000", "1_0.5", "1e-7", "1E+3", "007", "0.1", "1e16", "1e400", "9223372036854775807", "5e-324"]
OPERATORS = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
TESTS = ["defined", "undefined", "none", "string", "number", "odd", "even", "mapping", "sequence", "iterable", "true", "false", "upper", "lower", "integer", "float", "boolean", "escaped", "callable",
         "divisibleby(2)", "divisibleby 3", "divisibleby(0)", "eq(1)", "equalto 'a'", "==(1)", "in([1, 'a'])", "in 'abc'", "sameas(none)", "sameas true", "gt 1", "ge(2)", "lt 'b'", "le n", "greaterthan 1", "lessthan(3)", "ne 'a'",
         "filter", "test", "eq n", "in l", "in d", "sameas a", "none or true", "defined and n", "nosuch"]
# Their results are not the same each time, or they are never asked without list.
UNSTABLE = {"random"}
LOOP = ["loop.index", "loop.index0", "loop.revindex", "loop.revindex0", "loop", "loop.first", "loop.last", "loop.length", "loop.previtem", "loop.nextitem", "loop.cycle(1, 2)", "loop.cycle('a', b, *[3])", "loop.depth",
        "loop.depth0", "loop.changed(a)", "loop.changed(n, 1)", "loop.nosuch"]
MACRO = ["name", "arguments", "catch_kwargs", "catch_varargs", "caller", "nosuch"]
# What a sandbox keeps from templates.
HIDDEN = ["__class__", "__init__", "_private", "__globals__", "__nosuch__", "_", "mro", "func_code", "gi_frame", "__len__", "__mro__", "__dict__", "__subclasses__"]
TRANSLATED = ["_('a')", "gettext('<i> %(x)s', x=s)", "_('%(a)s', a=m)", "ngettext('%(num)s a', '%(num)s b', n)", "ngettext('x', 'y', 1)", "pgettext('c', s)", "npgettext('c', 'a', '%(num)d b', 2)", "_('100%')", "_(t) % {'a': 1}", "_('a', 'b')"]


def context(dice):
    """Values for some of the names: kinds that fit what the name suggests, most of the time."""
    # Of bytes few methods are there.
    everything = [value for kind, value in subjects.ALL.items() if kind != "bytes"]
    fitting = {
        "n": [0, 1, 2, 3, -1, 10, 2.5, True, 42],
        "s": list(subjects.TEXTS.values()),
        "t": ["abc", "Hello World", "<b>", "a,b", "x"],
        "m": [{" m": "<b>"}, {" m": "a &amp; b"}, {" m": "%s"}],
        "l": [[1, 2, 3], ["a", "b"], [], [[1, 2], [3, 4]], [1, "a", None], [{"name": "x", "n": 1}, {"name": "Y", "n": 2}], {" t": [1, 2]}],
        "d": [{"a": 1, "b": "x"}, {}, {"name": "x", "l": [1]}, {"k": {"a": 2}}],
        "p": [subjects.CONTAINERS["people"]],
    }
    values = {}
    for name in NAMES[:-1]:
        if dice.random() < 0.8:
            wild = name not in fitting or dice.random() < 0.1
            values[name] = dice.choice(everything if wild else fitting[name])
    return values


class Expressions:
    def __init__(self, dice):
        self.dice = dice
        self.macros = []
        self.loops = 0
        self.in_macro = False
        self.blocks = []
        self.i18n = False

    def name(self):
        return self.dice.choice(NAMES + (LOOP if self.loops else []))

    def atom(self):
        dice = self.dice
        kind = dice.randrange(13)
        if kind < 5:
            return self.name()
        if kind < 7:
            return dice.choice(NUMBERS if dice.random() < 0.85 else NUMERALS)
        if kind < 9:
            return dice.choice(WORDS if dice.random() < 0.85 else SPELLINGS)
        if kind == 9:
            return self.rare()
        return dice.choice(["true", "false", "none", "[]", "{}", "()", "[1, 2]", "range(3)", "'a' 'b'", "(1,)", "namespace(a=1)", "dict(a=1)", "True", "None", "False"])

    def rare(self):
        dice = self.dice
        options = ["range(1, n)", "range(5, 0, -2)", "dict(d)", "dict(a=1, **d)", "dict([('a', 1)])", "cycler('a', 'b')", "cycler(1, 2).next()", "cycler(1).current", "joiner(', ')()", "namespace(d, b=2)", "namespace()", "ns", "ns.v",
                   "self", "loop", "caller", "varargs", "kwargs", "range", "dict(1)", "range('a')", "{1: 'a', none: 2, (1, 2): 3}", "{'a': 1, 'a': 2}", "[[1, 2], [3]]", "(1, 'a', none)"]
        if self.in_macro:
            options += ["varargs", "varargs|length", "kwargs", "kwargs.a", "caller() if caller", "caller(n)"] * 3
        if self.macros:
            name = dice.choice(self.macros)
            options += [name, f"{name}.{dice.choice(MACRO)}"] * 3
        if self.blocks and dice.random() < 0.5:
            options = [f"self.{dice.choice(self.blocks)}()", f"self.{dice.choice(self.blocks)}", f"self['{dice.choice(self.blocks)}']()"]
        if self.i18n:
            options += TRANSLATED
        return dice.choice(options)

    def expression(self, depth=3):
        dice = self.dice
        if depth <= 0 or dice.random() < 0.25:
            return self.atom()
        kind = dice.randrange(22)
        again = lambda: self.expression(depth - 1)
        if kind < 3:
            return self.operation(again)
        if kind == 3:
            return f"({self.operation(again)})"
        if kind == 4:
            return dice.choice(["-", "not ", "+", "not not ", "- -", "-(-1) ** "]) + again()
        if kind < 9:
            return self.filtered(depth - 1)
        if kind == 9:
            return f"{self.primary(depth - 1)} is {dice.choice(['', '', 'not '])}{dice.choice(TESTS)}"
        if kind == 10:
            return f"{again()} if {again()}" + (f" else {again()}" if dice.random() < 0.7 else "")
        if kind == 11:
            return f"[{', '.join(again() for _ in range(dice.randrange(4)))}{dice.choice(['', '', '', ','])}]"
        if kind == 12:
            return "{%s}" % ", ".join(f"{dice.choice(WORDS + ['1', 'n', '(1, 2)', 'none'])}: {again()}" for _ in range(dice.randrange(3)))
        if kind == 13:
            name = dice.choice(["a", "b", "name", "0", "items", "n", "nosuch", "k.a", "l", "address.city", "0.name", "a.b.c", "real", "year", "v"])
            return f"{self.primary(depth - 1)}.{name if dice.random() < 0.95 else dice.choice(HIDDEN)}"
        if kind == 14:
            # A slice of a constant that has none is undefined in Jinja where it is folded, else an error.
            if dice.random() < 0.5:
                part = dice.choice(["1:", "::-1", ":2", "::2", "-1:", "5:", ":", "1:3", "-3:-1", "n:", ":n", "::n", "a:b", "none:2", "3::-2", "1:2:3"])
                return f"{dice.choice(['l', 's', 't', 'm', 'p', repr('abc'), '[1, 2, 3]', 'range(9)', '(1, 2)', 'd'])}[{part}]"
            key = dice.choice([again, lambda: "0", lambda: "-1", lambda: repr("a"), lambda: repr(dice.choice(HIDDEN)) if dice.random() < 0.1 else "1", lambda: "0, 1"])()
            return f"{self.primary(depth - 1)}[{key}]"
        if kind < 17:
            return self.method(depth - 1)
        if kind == 17 and self.macros:
            return f"{dice.choice(self.macros)}({self.arguments(depth - 1)})"
        if kind == 18:
            return f"{again()} {dice.choice(['<', '==', '<=', 'in'])} {again()} {dice.choice(['<', '!=', '>', 'not in'])} {again()}"
        if kind == 19:
            return f"({self.expression(depth)})" if dice.random() < 0.5 else f"{self.primary(depth - 1)}({self.arguments(depth - 1)})"
        if kind == 20:
            return f"{again()} ~ {again()} ~ {again()}"
        return f"({', '.join(again() for _ in range(dice.randrange(1, 4)))})"

    def primary(self, depth):
        atom = self.atom()
        if depth > 0 and self.dice.random() < 0.4:
            return f"({self.expression(depth)})"
        return atom if not atom.startswith("-") or self.dice.random() < 0.2 else f"({atom})"

    def operation(self, again):
        """Operands that the operator can do something with, mostly."""
        dice = self.dice
        if dice.random() < 0.05:
            return dice.choice(["2 ** 10", "n ** 2", "2 ** -1", "2 ** 3 ** 2", "-2 ** 2", "10 ** 20", "1.5 ** n", "0 ** 0", "(-8) ** 0.5", "2 ** 64 // 3", "10 ** 30 % 7", "-7 // 2", "-7 % 3", "7 % -3", "7.5 // -2"])
        operator = dice.choice(OPERATORS)
        if operator in ("~", "==", "!=", "and", "or") or dice.random() < 0.15:
            return f"{again()} {operator} {again()}"
        if operator in ("in", "not in"):
            return f"{again()} {operator} {dice.choice(['l', 'd', '[1, 2]', 'range(5)', '(1, none)', 's', 'd.keys()', 'd.values()', 'd.items()', 't'])}"
        one = dice.choice(["n", "1", "2", "7", "2.5", "(-3)", "n", "s|length", "l|length", "true"])
        if operator == "+" and dice.random() < 0.4:
            return dice.choice(["s + t", "m + s", "t + m", "[1] + l|list", "s + '<'", "'a' + s", "(1,) + (2,)", "l + l"])
        if operator == "*" and dice.random() < 0.3:
            return dice.choice(["s * 2", "m * 3", "2 * t", "l * 2", "'ab' * n", "[0] * n", "(1,) * 2", "s * -1"])
        if operator == "%" and dice.random() < 0.4:
            return dice.choice(["'%s' % s", "'%s' % m", "m % s", "'%s|%s' % (s, n)", "'%05.1f' % n", "'%d' % n", "'%(a)s' % d", "'%r' % (l,)", "('%s'|safe) % t", "'%s' % l", "'%x' % n"])
        return f"{one} {operator} {dice.choice(['1', '2', '3', 'n', '0.5', '(-2)'])}"

    def filtered(self, depth):
        dice = self.dice
        name = dice.choice([name for name in filter_cases.FILTERS if name not in UNSTABLE])
        fitting, forms = filter_cases.FILTERS[name]
        if dice.random() < 0.2:
            subject = self.primary(depth)
        elif fitting is filter_cases.LISTS:
            subject = dice.choice(["l", "p", "l", "d", "[3, 1, 2]", "d|items", "range(4)", "s", "d.values()", "l|map('string')"])
        elif fitting is filter_cases.EVERY:
            subject = self.atom()
        elif "words" in fitting:
            subject = dice.choice(["s", "t", "m", "s", "'a b'", "s|e", "('%s' % n)"])
        else:
            subject = dice.choice(["n", "1.5", "(-2)", "s", "n", "'42'"])
        if subject.startswith("-"):
            subject = f"({subject})"
        # The first forms are the ones that are used.
        form = dice.choice(forms) if dice.random() < 0.4 else dice.choice(forms[:3])
        # An argument that is not known when the template is compiled.
        if form and dice.random() < 0.1:
            form = f"{form}, {dice.choice(['', 'x=', 'attribute='])}{self.atom()}" if dice.random() < 0.5 else self.arguments(1)
        call = filter_cases.call(name, form)
        if name in filter_cases.LAZY:
            call += dice.choice(["|list", "|list", "|join", "|join(',')", "|first", "|length", "|sort", "|map('string')|join"])
        if dice.random() < 0.15:
            call += "|" + dice.choice(["upper", "string", "e", "length", "safe", "default('x')", "list", "int", "nosuch", "trim|title", "join(',')|upper", "first|default(n)"])
        return f"{subject}|{call}"

    def method(self, depth):
        dice = self.dice
        if dice.random() < 0.1:
            value = dice.choice(["n", "(1, 2, 1)", "2.5", "5", "a", "b", "c"])
            return f"{value}.{dice.choice(['count(1)', 'index(2)', 'real', 'bit_length()', 'is_integer()', 'conjugate()', 'isoformat()', 'weekday()', 'hex', 'start', 'year', 'as_integer_ratio()', 'nosuch()'])}"
        table = dice.choice([method_cases.STRING_METHODS] * 3 + [method_cases.DICTS, method_cases.LISTS])
        name = dice.choice([name for name in table if not name.startswith("__")])
        form = dice.choice(table[name]) if dice.random() < 0.9 else self.arguments(1)
        subject = dice.choice(["d", "{'a': 1}"] if table is method_cases.DICTS else ["l", "[2, 1]"] if table is method_cases.LISTS else ["s", "t", "m", "'a b'"])
        if dice.random() < 0.1:
            text, arguments = dice.choice(method_cases.FORMAT)
            return f"({text}).format({arguments})" if dice.random() < 0.5 else f"({text}).format({self.arguments(1)})"
        return f"{subject}.{name}({form})"

    def arguments(self, depth):
        dice = self.dice
        parts = [self.expression(depth) for _ in range(dice.randrange(3))]
        if dice.random() < 0.3:
            parts.append(f"{dice.choice(NAMES)}={self.expression(depth)}")
        if dice.random() < 0.1:
            parts.append(dice.choice(["*l", "**d", "*[1]", "**{'a': 2}", "*s, **d", "caller=1"]))
        return ", ".join(parts)
