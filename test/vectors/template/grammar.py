# SPDX-License-Identifier: MIT
"""Templates and contexts by chance: mostly sensible, so that they get far, and sometimes not."""

import filter_cases
import method_cases
import subjects

NAMES = ["a", "b", "c", "n", "s", "t", "m", "l", "d", "p", "u"]
TEXTS = ["", " ", "x", "text & <b>", "a\nb", "\n", "  \n  ", "{", "}", "#", "%", "-", "'", "\u00e9", "end", "\n\n", "\t", "a\r\nb", "\\"]
WORDS = ["'a'", "''", "'B'", "'<i>'", "'a b'", "'x,y'", "\"it's\"", "'\\n'", "'\u00e9'", "'%s'", "'{}'", "'name'", "'1'", "'upper'", "'Hello World'"]
NUMBERS = ["0", "1", "2", "3", "-1", "10", "1.5", "0.0", "2.0", "-2.5", "1e3", "7", "100", "12345678901234567890"]
OPERATORS = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
TESTS = ["defined", "undefined", "none", "string", "number", "odd", "even", "mapping", "sequence", "iterable", "true", "false", "upper", "lower", "integer", "float", "boolean", "escaped", "callable", "divisibleby(2)", "eq(1)", "in([1, 'a'])", "sameas(none)", "gt 1", "ne 'a'", "filter", "test"]
# Their results are not the same each time, or they are never asked without list.
UNSTABLE = {"random"}


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


class Maker:
    def __init__(self, dice):
        self.dice = dice
        self.macros = []
        self.blocks = 0
        self.templates = {}
        self.counted = [0]
        self.loops = 0

    def choose(self, *options):
        return self.dice.choice(options)()

    # Expressions.

    def name(self):
        return self.dice.choice(NAMES + (["loop.index", "loop", "loop.first", "loop.last", "loop.length", "loop.previtem", "loop.cycle(1, 2)", "loop.depth"] if self.loops else []))

    def atom(self):
        dice = self.dice
        kind = dice.randrange(12)
        if kind < 5:
            return self.name()
        if kind < 7:
            return dice.choice(NUMBERS)
        if kind < 9:
            return dice.choice(WORDS)
        return dice.choice(["true", "false", "none", "[]", "{}", "()", "[1, 2]", "range(3)", "'a' 'b'", "(1,)", "namespace(a=1)", "dict(a=1)", "True", "None"])

    def expression(self, depth=3):
        dice = self.dice
        if depth <= 0 or dice.random() < 0.25:
            return self.atom()
        kind = dice.randrange(20)
        again = lambda: self.expression(depth - 1)
        if kind < 3:
            return self.operation(again)
        if kind == 3:
            return f"({self.operation(again)})"
        if kind == 4:
            return dice.choice(["-", "not ", "+", "not not "]) + again()
        if kind < 9:
            return self.filtered(depth - 1)
        if kind == 9:
            return f"{self.primary(depth - 1)} is {dice.choice(['', '', 'not '])}{dice.choice(TESTS)}"
        if kind == 10:
            return f"{again()} if {again()}" + (f" else {again()}" if dice.random() < 0.7 else "")
        if kind == 11:
            return f"[{', '.join(again() for _ in range(dice.randrange(4)))}]"
        if kind == 12:
            return "{%s}" % ", ".join(f"{dice.choice(WORDS)}: {again()}" for _ in range(dice.randrange(3)))
        if kind == 13:
            return f"{self.primary(depth - 1)}.{dice.choice(['a', 'b', 'name', '0', 'items', 'n', 'nosuch', 'k.a', 'l', 'address.city'])}"
        if kind == 14:
            # A slice of a constant that has none is undefined in Jinja where it is folded, else an error.
            if dice.random() < 0.5:
                return f"{dice.choice(['l', 's', 't', 'm', 'p', repr('abc'), '[1, 2, 3]'])}[{dice.choice(['1:', '::-1', ':2', '::2', '-1:', '5:'])}]"
            return f"{self.primary(depth - 1)}[{dice.choice([again, lambda: '0', lambda: '-1', lambda: repr('a')])()}]"
        if kind < 17:
            return self.method(depth - 1)
        if kind == 17 and self.macros:
            return f"{dice.choice(self.macros)}({self.arguments(depth - 1)})"
        if kind == 18:
            return f"{again()} {dice.choice(['<', '==', '<=', 'in'])} {again()} {dice.choice(['<', '!=', '>'])} {again()}"
        return f"({', '.join(again() for _ in range(dice.randrange(1, 4)))})"

    def primary(self, depth):
        atom = self.atom()
        if depth > 0 and self.dice.random() < 0.4:
            return f"({self.expression(depth)})"
        return atom if not atom.startswith("-") or self.dice.random() < 0.2 else f"({atom})"

    def operation(self, again):
        """Operands that the operator can do something with, mostly."""
        dice = self.dice
        operator = dice.choice(OPERATORS)
        if operator in ("~", "==", "!=", "and", "or") or dice.random() < 0.15:
            return f"{again()} {operator} {again()}"
        if operator in ("in", "not in"):
            return f"{again()} {operator} {dice.choice(['l', 'd', '[1, 2]', 'range(5)', '(1, none)'])}"
        one = dice.choice(["n", "1", "2", "7", "2.5", "(-3)", "n", "s|length", "l|length", "true"])
        if operator == "+" and dice.random() < 0.4:
            return dice.choice(["s + t", "m + s", "t + m", "[1] + l|list", "s + '<'", "'a' + s"])
        if operator == "*" and dice.random() < 0.3:
            return dice.choice(["s * 2", "m * 3", "2 * t", "l * 2"])
        return f"{one} {operator} {dice.choice(['1', '2', '3', 'n', '0.5', '(-2)'])}"

    def filtered(self, depth):
        dice = self.dice
        name = dice.choice([name for name in filter_cases.FILTERS if name not in UNSTABLE])
        fitting, forms = filter_cases.FILTERS[name]
        if dice.random() < 0.2:
            subject = self.primary(depth)
        elif fitting is filter_cases.LISTS:
            subject = dice.choice(["l", "p", "l", "d", "[3, 1, 2]", "d|items", "range(4)", "s"])
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
        call = filter_cases.call(name, form)
        if name in filter_cases.LAZY:
            call += dice.choice(["|list", "|list", "|join", "|join(',')", "|first"])
        if dice.random() < 0.15:
            call += "|" + dice.choice(["upper", "string", "e", "length", "safe", "default('x')", "list", "int"])
        return f"{subject}|{call}"

    def method(self, depth):
        dice = self.dice
        table = dice.choice([method_cases.STRING_METHODS] * 3 + [method_cases.DICTS, method_cases.LISTS])
        name = dice.choice([name for name in table if not name.startswith("__")])
        form = dice.choice(table[name])
        subject = dice.choice(["d", "{'a': 1}"] if table is method_cases.DICTS else ["l", "[2, 1]"] if table is method_cases.LISTS else ["s", "t", "m", "'a b'"])
        return f"{subject}.{name}({form})"

    def arguments(self, depth):
        dice = self.dice
        parts = [self.expression(depth) for _ in range(dice.randrange(3))]
        if dice.random() < 0.3:
            parts.append(f"{dice.choice(NAMES)}={self.expression(depth)}")
        if dice.random() < 0.1:
            parts.append(dice.choice(["*l", "**d", "*[1]", "**{'a': 2}"]))
        return ", ".join(parts)

    # Statements.

    def tag(self, text):
        dice = self.dice
        start, end = "{%", "%}"
        if dice.random() < 0.12:
            start = dice.choice(["{%-", "{%-", "{%+"])
        if dice.random() < 0.12:
            end = dice.choice(["-%}", "-%}", "+%}"])
        return f"{start} {text} {end}"

    def print_statement(self):
        if self.dice.random() < 0.1:
            return f"{{{{- {self.expression()} -}}}}"
        return f"{{{{ {self.expression()} }}}}"

    def target(self):
        return self.dice.choice(["a", "b", "c", "x", "y", "n", "a, b", "x, y", "(a, b)", "q"])

    def body(self, depth):
        return "".join(self.node(depth - 1) for _ in range(self.dice.randrange(1, 4)))

    def node(self, depth=2):
        dice = self.dice
        if depth <= 0 or dice.random() < 0.5:
            return dice.choice([lambda: dice.choice(TEXTS), self.print_statement, self.print_statement])()
        kinds = [self.if_statement, self.for_statement, self.for_statement, self.set_statement, self.set_statement, self.set_block, self.with_statement,
                 self.filter_block, self.macro, self.call_block, self.block, self.comment, self.raw, self.autoescape, self.include, self.imported,
                 self.namespace, self.do_statement]
        return dice.choice(kinds)(depth)

    def if_statement(self, depth):
        text = self.tag(f"if {self.expression(2)}") + self.body(depth)
        while self.dice.random() < 0.2:
            text += self.tag(f"elif {self.expression(2)}") + self.body(depth)
        if self.dice.random() < 0.5:
            text += self.tag("else") + self.body(depth)
        return text + self.tag("endif")

    def for_statement(self, depth):
        dice = self.dice
        over = dice.choice(["l", "l", "d", "d.items()", "range(3)", "t", "p", "[1, 2, 3]", "p|groupby('age')", "l|batch(2)", self.expression(2)])
        condition = f" if {self.expression(2)}" if dice.random() < 0.2 else ""
        recursive = " recursive" if dice.random() < 0.1 else ""
        self.loops += 1
        target = self.dice.choice(["x, y", "a, b"]) if "items" in over or "groupby" in over else self.target() if dice.random() < 0.1 else dice.choice("abxyni")
        text = self.tag(f"for {target} in {over}{condition}{recursive}") + self.body(depth)
        if dice.random() < 0.1:
            text += self.tag(f"if {self.expression(1)}") + self.tag(dice.choice(["break", "continue"])) + self.tag("endif") + self.body(depth)
        self.loops -= 1
        if dice.random() < 0.3:
            text += self.tag("else") + self.body(depth)
        return text + self.tag("endfor")

    def set_statement(self, depth):
        target = self.target()
        return self.tag(f"set {target} = " + (self.expression(2) + ", " if "," in target else "") + self.expression())

    def set_block(self, depth):
        piped = self.dice.choice(["", "", "|upper", " | replace('a', 'b') | e", "|trim"])
        return self.tag(f"set {self.dice.choice(['a', 'x', 'q'])}{piped}") + self.body(depth) + self.tag("endset")

    def with_statement(self, depth):
        parts = ", ".join(f"{self.dice.choice(['a', 'b', 'x'])} = {self.expression(2)}" for _ in range(self.dice.randrange(3)))
        return self.tag(f"with {parts}") + self.body(depth) + self.tag("endwith")

    def filter_block(self, depth):
        name = self.dice.choice(["upper", "e", "trim", "indent", "replace('a', '<')", "title", "safe", "wordwrap(5)", "truncate(9)", "striptags", "urlize", "string|lower"])
        return self.tag(f"filter {name}") + self.body(depth) + self.tag("endfilter")

    def macro(self, depth):
        dice = self.dice
        name = dice.choice(["f", "g", "h"])
        parameters = dice.choice(["", "a", "a, b", "a, b=1", "x=a", "a, caller=none", "a=1, b=a"])
        extra = dice.choice(["", "", "{{ varargs }}", "{{ kwargs }}", "{{ caller() if caller }}", "{{ caller(1) }}"])
        saved, self.macros, loops, self.loops = self.macros, list(self.macros), self.loops, 0
        text = self.tag(f"macro {name}({parameters})") + self.body(depth) + extra + self.tag("endmacro")
        self.loops = loops
        # A macro calls only those before it, unless they have one name.
        self.macros = saved if name in saved else saved + [name]
        return text + (f"{{{{ {name}({self.arguments(1)}) }}}}" if dice.random() < 0.7 else "")

    def call_block(self, depth):
        if not self.macros:
            return self.macro(depth)
        parameters = self.dice.choice(["", "", "(a)", "(x, y=1)"])
        return self.tag(f"call{parameters} {self.dice.choice(self.macros)}({self.arguments(1)})") + self.body(depth) + self.tag("endcall")

    def block(self, depth):
        self.blocks += 1
        name = self.dice.choice(["one", "two"]) if self.blocks == 1 else f"b{self.blocks}"
        scoped = self.dice.choice(["", "", " scoped"])
        inside = self.dice.choice(["", "", "{{ super() }}", "{{ self.one() if false }}"])
        macros, self.macros = self.macros, []
        loops, self.loops = self.loops, 0
        text = self.tag(f"block {name}{scoped}") + self.body(depth) + inside + self.tag("endblock")
        self.macros, self.loops = macros, loops
        return text

    def comment(self, depth):
        return self.dice.choice(["{# c #}", "{#- c -#}", "{# {{ a }}\n#}", "{#+ c #}"])

    def raw(self, depth):
        return self.tag("raw") + self.dice.choice(["{{ a }}", "\n x \n", "{% if %}"]) + self.tag("endraw")

    def autoescape(self, depth):
        return self.tag(f"autoescape {self.dice.choice(['true', 'false', 'true', 'a'])}") + self.body(depth) + self.tag("endautoescape")

    def namespace(self, depth):
        return "{% set ns = namespace(v=0) %}" + self.tag("for i in [1, 2]") + self.tag(f"set ns.v = {self.dice.choice(['ns.v + i', 'i', 'ns.v ~ a'])}") + self.tag("endfor") + "{{ ns.v }}"

    def do_statement(self, depth):
        return self.tag(f"do {self.dice.choice(['l.append(1)', 'd.update(a=2)', self.expression(2)])}")

    def other(self, library=False):
        """A further template; what it includes in turn was made before it."""
        # Named before what it includes is made, so that nothing includes itself.
        self.counted[0] += 1
        name = f"t{self.counted[0]}{self.dice.choice(['', '.html', '.txt'])}"
        maker = Maker(self.dice)
        maker.templates, maker.counted = self.templates, self.counted
        text = maker.body(2) if not library else "{% macro f(a, b=2) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{% set v = 1 %}" + maker.body(2)
        self.templates[name] = text
        return name

    def include(self, depth):
        names = list(self.templates)
        name = self.dice.choice(names) if names and self.dice.random() < 0.5 else self.other() if len(names) < 3 else names[0]
        # Without context, what stands in a set block or a macro would go to the page in Jinja.
        return self.tag("include " + self.dice.choice([f"'{name}'", f"'{name}'", f"['nosuch', '{name}']", "'nosuch' ignore missing", f"'{name}' ignore missing with context"]))

    def imported(self, depth):
        name = self.other(library=True) if len(self.templates) < 3 else next(iter(self.templates))
        context = self.dice.choice(["", "", " with context", " without context"])
        if self.dice.random() < 0.5:
            return self.tag(f"import '{name}' as h{context}") + f"{{{{ h.f({self.arguments(1)}) }}}}{{{{ h.v }}}}"
        return self.tag(f"from '{name}' import f, v{context}") + f"{{{{ f({self.arguments(1)}) }}}}"

    def document(self):
        text = "".join(self.node(3) for _ in range(self.dice.randrange(1, 4)))
        if self.dice.random() < 0.15:
            base = Maker(self.dice)
            base.templates, base.counted = self.templates, self.counted
            self.templates["base"] = "".join(base.node(2) for _ in range(2)) + "{% block one %}1{{ a }}{% endblock %}{% block two scoped %}2{% endblock %}"
            text = self.dice.choice(["", "", "{{ a }}", "{% set a = 1 %}"]) + "{% extends 'base' %}" + text
        return text


def damage(dice, text):
    """One thing less or more than there should be."""
    if not text:
        return "{{"
    at = dice.randrange(len(text))
    kind = dice.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1:]
    if kind == 1:
        return text[:at] + dice.choice("{}%#'\"()[]|.,:-+ \n=") + text[at:]
    if kind == 2:
        return text[:at] + text[at:at + 6] * 2 + text[at + 6:]
    return text[:at]


def settings(dice):
    env = {"extensions": ["do", "loopcontrols"]}
    if dice.random() < 0.5:
        env["autoescape"] = dice.choice([True, True, {"extensions": ["html"]}, False])
    for name in ("trim_blocks", "lstrip_blocks", "keep_trailing_newline", "sandboxed"):
        if dice.random() < 0.15:
            env[name] = True
    if dice.random() < 0.3:
        env["undefined"] = dice.choice(["strict", "chainable", "debug"])
    return env


def request(dice):
    maker = Maker(dice)
    source = maker.document()
    if dice.random() < 0.06:
        source = damage(dice, source)
    made = {"env": settings(dice), "source": source, "context": context(dice)}
    if maker.templates:
        made["templates"] = maker.templates
    return made
