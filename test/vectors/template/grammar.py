# SPDX-License-Identifier: MIT
"""Templates by chance, of all of Jinja's statements, and the settings that they are read with."""

from expression_grammar import NAMES, Expressions, context

TEXTS = ["", " ", "x", "text & <b>", "a\nb", "\n", "  \n  ", "{", "}", "#", "%", "-", "'", "\u00e9", "end", "\n\n", "\t", "a\r\nb", "\\", "\n    ", "  ", " \n", "\r", "{ {", "%}", "<!--", "## x\n"]
FILTERS = ["upper", "e", "trim", "indent", "replace('a', '<')", "title", "safe", "wordwrap(5)", "truncate(9)", "striptags", "urlize", "string|lower", "indent(n)", "default(a)|upper", "center(20)", "length", "list|join('-')",
           "replace('x', s)", "urlencode", "nosuch", "first", "format(1)", "wordcount|string", "reverse", "tojson", "forceescape"]
TREE = [{"n": "a", "c": [{"n": "b", "c": []}, {"n": "c", "c": [{"n": "<d>"}]}]}, {"n": "e"}]
DELIMITERS = [
    {"block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "<<", "variable_end_string": ">>", "comment_start_string": "<#", "comment_end_string": "#>"},
    {"block_start_string": "[%", "block_end_string": "%]", "variable_start_string": "${", "variable_end_string": "}", "comment_start_string": "<!--", "comment_end_string": "-->"},
    {"block_start_string": "{{%", "block_end_string": "%}}", "variable_start_string": "{{", "variable_end_string": "}}", "comment_start_string": "{#", "comment_end_string": "#}"},
    {"block_start_string": "\\BLOCK{", "block_end_string": "}", "variable_start_string": "\\VAR{", "variable_end_string": "}", "comment_start_string": "\\#{", "comment_end_string": "}"},
]


class Maker(Expressions):
    def __init__(self, dice, i18n=False, line_prefix=None):
        super().__init__(dice)
        self.templates = {}
        self.counted = [0]
        self.i18n = i18n
        self.line_prefix = line_prefix

    def further(self):
        """For another template of the same case."""
        maker = Maker(self.dice, self.i18n, self.line_prefix)
        maker.templates, maker.counted = self.templates, self.counted
        return maker

    def tag(self, text):
        dice = self.dice
        if self.line_prefix and dice.random() < 0.4 and "\n" not in text:
            return f"\n{dice.choice(['', '  '])}{self.line_prefix}{dice.choice(['', ' ', '- '])}{text}{dice.choice(['', ':', ' ', ' ## c'])}\n"
        start, end = "{%", "%}"
        if dice.random() < 0.12:
            start = dice.choice(["{%-", "{%-", "{%+"])
        if dice.random() < 0.12:
            end = dice.choice(["-%}", "-%}", "+%}"])
        space = " " if dice.random() < 0.95 else dice.choice(["", "\n", "\t "])
        return f"{start}{space}{text}{space}{end}"

    def print_statement(self):
        dice = self.dice
        if dice.random() < 0.1:
            return f"{{{{{dice.choice(['-', '', '+'])} {self.expression()} {dice.choice(['-', '-', ''])}}}}}"
        if dice.random() < 0.02:
            return self.tag(f"print {self.expression()}, {self.expression(1)}")
        more = f", {self.expression(1)}" if dice.random() < 0.03 else ""
        return f"{{{{ {self.expression()}{more} }}}}"

    def target(self):
        return self.dice.choice(["a", "b", "c", "x", "y", "n", "a, b", "x, y", "(a, b)", "q", "a, (b, c)", "ns.v", "ns.v, a", "a, b, c"])

    def body(self, depth):
        return "".join(self.node(depth - 1) for _ in range(self.dice.randrange(1, 4)))

    def node(self, depth=2):
        dice = self.dice
        if depth <= 0 or dice.random() < 0.5:
            return dice.choice([lambda: dice.choice(TEXTS), self.print_statement, self.print_statement])()
        kinds = [self.if_statement, self.if_statement, self.for_statement, self.for_statement, self.set_statement, self.set_statement, self.set_block, self.with_statement,
                 self.filter_block, self.macro, self.call_block, self.block, self.comment, self.raw, self.autoescape, self.include, self.imported,
                 self.namespace, self.do_statement, self.tree]
        if self.i18n:
            kinds += [self.translation] * 3
        return dice.choice(kinds)(depth)

    def leave(self, depth):
        """A loop is left, or its next pass begins."""
        word = self.dice.choice(["break", "continue"])
        return self.tag(word) if self.dice.random() < 0.1 else self.tag(f"if {self.expression(1)}") + self.body(depth) + self.tag(word) + self.tag("endif")

    def if_statement(self, depth):
        text = self.tag(f"if {self.expression(2)}") + self.body(depth)
        while self.dice.random() < 0.2:
            text += self.tag(f"elif {self.expression(2)}") + self.body(depth)
        if self.dice.random() < 0.5:
            text += self.tag("else") + self.body(depth)
        if self.loops and self.dice.random() < 0.15:
            text += self.tag(self.dice.choice(["break", "continue"]))
        return text + self.tag("endif")

    def for_statement(self, depth):
        dice = self.dice
        over = dice.choice(["l", "l", "d", "d.items()", "range(3)", "t", "p", "[1, 2, 3]", "p|groupby('age')", "l|batch(2)", "d|dictsort", "range(n)", "l|reverse", "s.split()", "l, d", "l|slice(2)", "p|map(attribute='name')",
                            "[1, 2] if a", "loop", self.expression(2), self.expression(2)])
        condition = f" if {self.expression(2)}" if dice.random() < 0.2 else ""
        recursive = " recursive" if dice.random() < 0.1 else ""
        pairs = "items" in over or "groupby" in over or "dictsort" in over
        target = dice.choice(["x, y", "a, b", "(x, y)"]) if pairs and dice.random() < 0.9 else self.target() if dice.random() < 0.1 else dice.choice("abxyni")
        self.loops += 1
        text = self.tag(f"for {target} in {over}{condition}{recursive}") + self.body(depth)
        if recursive and dice.random() < 0.7:
            text += dice.choice(["{{ loop([]) }}", "{% if loop.depth < 3 %}{{ loop([1, 2]) }}{% endif %}", "{{ loop(x) if loop.depth0 < 2 }}", "{% set q = loop('ab') if loop.depth == 1 %}{{ q }}"])
        if dice.random() < 0.1:
            text += self.leave(depth) + self.body(depth)
        self.loops -= 1
        if dice.random() < 0.3:
            text += self.tag("else") + self.body(depth)
        return text + self.tag("endfor")

    def tree(self, depth):
        """A loop that calls itself, over the tree."""
        self.loops += 1
        inside = self.body(depth - 1)
        self.loops -= 1
        condition = self.dice.choice(["", "", f" if {self.expression(1)}", " if x.n != 'b'"])
        call = self.dice.choice(["{{ loop(x.c) }}", "{% if x.c %}<{{ loop(x.c) }}>{% endif %}", "{% for y in [1] %}{{ loop(x.c or []) if false }}{% endfor %}", "{{ loop(x.c)|upper if x.c }}", "{% set inner = loop(x.c or []) %}[{{ inner }}]"])
        otherwise = self.tag("else") + self.body(depth - 1) if self.dice.random() < 0.2 else ""
        return self.tag(f"for x in r{condition} recursive") + f"{{{{ x.n }}}}{{{{ loop.depth }}}}{inside}{call}" + otherwise + self.tag("endfor")

    def set_statement(self, depth):
        target = self.target()
        return self.tag(f"set {target} = " + (self.expression(2) + ", " if "," in target and self.dice.random() < 0.8 else "") + self.expression())

    def set_block(self, depth):
        piped = self.dice.choice(["", "", "|upper", " | replace('a', 'b') | e", "|trim", f"|default({self.atom()})", "|" + self.dice.choice(FILTERS)])
        return self.tag(f"set {self.dice.choice(['a', 'x', 'q', 'ns.v'])}{piped}") + self.body(depth) + self.tag("endset")

    def with_statement(self, depth):
        parts = ", ".join(f"{self.dice.choice(['a', 'b', 'x', 'n'])} = {self.expression(2)}" for _ in range(self.dice.randrange(3)))
        return self.tag(f"with {parts}") + self.body(depth) + self.tag("endwith")

    def filter_block(self, depth):
        return self.tag(f"filter {self.dice.choice(FILTERS)}") + self.body(depth) + self.tag("endfilter")

    def macro(self, depth):
        dice = self.dice
        name = dice.choice(["f", "g", "h", "_f"])
        parameters = dice.choice(["", "a", "a, b", "a, b=1", "x=a", "a, caller=none", "a=1, b=a", "a, b=a|upper, n=s", "caller=1", "varargs", "a, kwargs=2", "n, loop=1", f"a={self.expression(1)}", "a=q, q=2"])
        extra = dice.choice(["", "", "{{ varargs }}", "{{ kwargs }}", "{{ caller() if caller }}", "{{ caller(1) }}", "{% for v in varargs %}{{ v }}{{ loop.index }}{% endfor %}", "{{ kwargs|dictsort }}", "{% if caller is defined %}{{ caller(a, b=2) }}{% endif %}"])
        saved, self.macros, loops, self.loops, around, self.in_macro = self.macros, list(self.macros), self.loops, 0, self.in_macro, True
        text = self.tag(f"macro {name}({parameters})") + self.body(depth) + extra + self.tag("endmacro")
        self.loops, self.in_macro = loops, around
        # A macro calls only those before it, unless they have one name.
        self.macros = saved if name in saved else saved + [name]
        return text + (f"{{{{ {name}({self.arguments(1)}) }}}}" if dice.random() < 0.7 else "")

    def call_block(self, depth):
        if not self.macros:
            return self.macro(depth)
        parameters = self.dice.choice(["", "", "(a)", "(x, y=1)", "()", "(a, n=l)"])
        loops, self.loops = self.loops, 0
        inside = self.body(depth)
        self.loops = loops
        return self.tag(f"call{parameters} {self.dice.choice(self.macros)}({self.arguments(1)})") + inside + self.tag("endcall")

    def block(self, depth):
        dice = self.dice
        self.counted[0] += 1
        name = dice.choice([name for name in ("one", "two", "three") if name not in self.blocks] or [f"b{self.counted[0]}"])
        self.blocks.append(name)
        if dice.random() < 0.05:
            return self.tag(f"block {name} {dice.choice(['required', 'scoped required'])}") + dice.choice(["", " \n", "{# c #}", "x"]) + self.tag("endblock")
        scoped = dice.choice(["", "", " scoped"])
        inside = dice.choice(["", "", "{{ super() }}", f"{{{{ self.{dice.choice(self.blocks)}() if false }}}}", "{{ super.super() }}", "{{ super()|upper }}", "{% set q %}{{ super() }}{% endset %}{{ q|length }}"])
        saved = self.macros, self.loops, self.in_macro, self.blocks
        # What is in a block calls no block: it would be without end.
        self.macros, self.loops, self.in_macro, self.blocks = [], 0, False, []
        body = self.body(depth)
        within = self.blocks
        self.macros, self.loops, self.in_macro, self.blocks = saved
        self.blocks += within
        return self.tag(f"block {name}{scoped}") + body + inside + self.tag("endblock" + dice.choice(["", "", f" {name}"]))

    def comment(self, depth):
        return self.dice.choice(["{# c #}", "{#- c -#}", "{# {{ a }}\n#}", "{#+ c #}", "{# c +#}", "{##}", "  {#- x #}\n"])

    def raw(self, depth):
        return self.tag("raw") + self.dice.choice(["{{ a }}", "\n x \n", "{% if %}", "", "{#", " {{ "]) + self.tag("endraw")

    def autoescape(self, depth):
        return self.tag(f"autoescape {self.dice.choice(['true', 'false', 'true', 'a', 'not a', 'n > 1'])}") + self.body(depth) + self.tag("endautoescape")

    def namespace(self, depth):
        made = self.dice.choice(["namespace(v=0)", "namespace(d, v=a)", "namespace()"])
        inside = self.dice.choice(["ns.v + i", "i", "ns.v ~ a", self.expression(2)])
        self.loops += 1
        body = self.body(depth - 1)
        self.loops -= 1
        return f"{{% set ns = {made} %}}" + self.tag("for i in [1, 2]") + self.tag(f"set ns.v = {inside}") + body + self.tag("endfor") + "{{ ns.v }}" + self.dice.choice(["", "{{ ns['v'] }}", "{{ ns.a }}"])

    def do_statement(self, depth):
        return self.tag(f"do {self.dice.choice(['l.append(1)', 'd.update(a=2)', 'd.pop(1, n)', 'l.insert(0, a)', 'd.setdefault(s, l)', self.expression(2), self.expression(2)])}")

    def translation(self, depth):
        dice = self.dice
        given = dice.choice(["", "", "n=n", "n", "a=s", "count=n", "a=s, b=m", "trimmed", "trimmed n=n", "notrimmed", "'ctx'", "'ctx' n=n", "x=s|upper", "n=l|length", "a=[1, '<']"])
        text = lambda: "".join(dice.choice(["a ", "<b>", " 100% ", "\n  b\n", "{{ a }}", "{{ n }}", "{{ m }}", "{{ count }}", "%(a)s", "{{ s }}"]) for _ in range(dice.randrange(4)))
        plural = self.tag("pluralize" + dice.choice(["", "", " n", " a"])) + text() if dice.random() < 0.4 else ""
        return self.tag(f"trans {given}") + text() + plural + self.tag("endtrans")

    # Templates that use each other.

    def other(self, library=False):
        """A further template; what it includes in turn was made before it."""
        # Named before what it includes is made, so that nothing includes itself.
        self.counted[0] += 1
        name = f"t{self.counted[0]}{self.dice.choice(['', '.html', '.txt'])}"
        maker = self.further()
        text = maker.body(2) if not library else "{% macro f(a, b=2) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{% set v = 1 %}" + maker.body(2)
        self.templates[name] = text
        return name

    def include(self, depth):
        names = [name for name in self.templates if name.startswith("t")]
        name = self.dice.choice(names) if names and self.dice.random() < 0.5 else self.other() if len(names) < 3 else names[0]
        return self.tag("include " + self.dice.choice([f"'{name}'", f"'{name}'", f"['nosuch', '{name}']", "'nosuch' ignore missing", f"'{name}' ignore missing with context", f"'{name}' without context",
                                                       f"'{name}' if n else 'nosuch'", f"('no', '{name}') ignore missing without context", "a", "'nosuch'", f"'{name}' ~ ''"]))

    def imported(self, depth):
        names = [name for name in self.templates if name.startswith("t")]
        name = self.other(library=True) if len(names) < 3 else names[0]
        context = self.dice.choice(["", "", " with context", " without context"])
        if self.dice.random() < 0.5:
            if "h" not in self.macros and self.dice.random() < 0.3:
                self.macros = self.macros + ["h.f"]
            return self.tag(f"import '{name}' as h{context}") + f"{{{{ h.f({self.arguments(1)}) }}}}{{{{ h.{self.dice.choice(['v', 'v', 'nosuch', '_f', 'a'])} }}}}{self.dice.choice(['', '', '{{ h }}'])}"
        names = self.dice.choice(["f, v", "f as g, v as n", "f, nosuch", "v", "f"])
        return self.tag(f"from '{name}' import {names}{context}") + f"{{{{ {self.dice.choice('ffg')}({self.arguments(1)}) }}}}"

    def child(self, parent, blocks):
        """A template that extends another one, whose blocks it may fill."""
        dice = self.dice
        maker = self.further()
        text = dice.choice(["", "", "{{ a }}", "{% set a = 1 %}", "{% macro f(a) %}[{{ a }}]{% endmacro %}", "text ", "{% import 'base' as h %}" if parent != "base" else ""])
        text += "{% extends " + dice.choice([f"'{parent}'"] * 6 + [f"'{parent}' if n else 'base'", f"['nosuch', '{parent}']", f"'{parent}' ~ ''", "nosuch", "'nosuch'"]) + " %}"
        if dice.random() < 0.05:
            text = dice.choice([f"{{% if {self.expression(1)} %}}{text}{{% endif %}}", f"{text}{{% extends 'base' %}}"])
        for name in blocks:
            if dice.random() < 0.6:
                maker.blocks = [] if dice.random() < 0.5 else [other for other in blocks if other > name]
                inside = "".join(maker.node(2) for _ in range(2)) + dice.choice(["", "{{ super() }}", "<{{ super() }}>", "{{ super.super() }}", "{{ super()|e }}", "{{ self.one() if false }}"])
                text += maker.tag(f"block {name}{dice.choice(['', '', ' scoped'])}") + inside + maker.tag("endblock") + dice.choice(["", " between ", "{% set a = 2 %}"])
        return text

    def inheritance(self):
        dice = self.dice
        base = self.further()
        blocks = ["one", "two", "three"]
        base.blocks = list(blocks)
        text = base.node(2) if dice.random() < 0.5 else ""
        text += "{% block one %}1{{ a }}{% endblock %}"
        text += dice.choice(["{% for n in [1, 2] %}{% block two scoped %}2{{ n }}{% endblock %}{% endfor %}", "{% block two %}{% block three %}3{% endblock %}{% endblock %}", "{% block two required %}{% endblock %}", "{% block two %}{{ b }}{% endblock %}{{ self.one() }}"])
        text += "{{ self.two() }}" if dice.random() < 0.2 else ""
        self.templates["base"] = text + (base.node(1) if dice.random() < 0.5 else "")
        parent = "base"
        if dice.random() < 0.5:
            self.templates["middle"] = self.child("base", blocks)
            parent = "middle"
        return self.child(parent, blocks)

    def document(self):
        if self.dice.random() < 0.15:
            return self.inheritance()
        return "".join(self.node(3) for _ in range(self.dice.randrange(1, 4)))


def damage(dice, text):
    """One thing less or more than there should be."""
    if not text:
        return "{{"
    at = dice.randrange(len(text))
    kind = dice.randrange(5)
    if kind == 0:
        return text[:at] + text[at + 1:]
    if kind == 1:
        return text[:at] + dice.choice("{}%#'\"()[]|.,:-+ \n=!~*/\\\r\t\u00e9_0") + text[at:]
    if kind == 2:
        return text[:at] + text[at:at + 6] * 2 + text[at + 6:]
    if kind == 3:
        other = dice.randrange(len(text))
        return text[:at] + text[other:other + 5] + text[at + 5:]
    return text[:at]


def settings(dice):
    env = {"extensions": ["do", "loopcontrols"]}
    if dice.random() < 0.5:
        env["autoescape"] = dice.choice([True, True, {"extensions": ["html"]}, False, {"disabled_extensions": ["txt"], "default": True}])
    for name in ("trim_blocks", "lstrip_blocks", "keep_trailing_newline", "sandboxed"):
        if dice.random() < 0.15:
            env[name] = True
    if env.get("sandboxed") and dice.random() < 0.3:
        env["immutable"] = True
    if dice.random() < 0.3:
        env["undefined"] = dice.choice(["strict", "chainable", "debug"])
    if dice.random() < 0.03:
        env["newline_sequence"] = dice.choice(["\r\n", "\r"])
    if dice.random() < 0.12:
        env["extensions"].append("i18n")
        env["newstyle_gettext"] = dice.random() < 0.5
        if dice.random() < 0.2:
            env["policies"] = {"ext.i18n.trimmed": True}
    if dice.random() < 0.02:
        env["extensions"] = []
    if dice.random() < 0.08:
        env["line_statement_prefix"] = dice.choice(["#", "%%", "//"])
        env["line_comment_prefix"] = "##"
    if dice.random() < 0.05:
        env |= dice.choice(DELIMITERS)
    return env


def spelled(text, env):
    """With the delimiters that the settings ask for."""
    usual = {"block_start_string": "{%", "block_end_string": "%}", "variable_start_string": "{{", "variable_end_string": "}}", "comment_start_string": "{#", "comment_end_string": "#}"}
    if "block_start_string" not in env:
        return text
    for number, (name, mark) in enumerate(usual.items()):
        text = text.replace(mark, chr(0xE000 + number))
    for number, name in enumerate(usual):
        text = text.replace(chr(0xE000 + number), env[name])
    return text


def request(dice):
    env = settings(dice)
    maker = Maker(dice, i18n="i18n" in env["extensions"], line_prefix=env.get("line_statement_prefix"))
    source = maker.document()
    if dice.random() < 0.06:
        source = damage(dice, source)
    made = {"env": env, "source": spelled(source, env), "context": {**context(dice), "r": TREE}}
    if maker.templates:
        made["templates"] = {name: spelled(text, env) for name, text in maker.templates.items()}
    if dice.random() < 0.1:
        made["globals"] = {dice.choice(NAMES): dice.choice([1, "<g>", [1, 2]])}
    if dice.random() < 0.05:
        name = dice.choice(["page", "page.html", "page.txt"])
        made["templates"] = {**made.get("templates", {}), name: made.pop("source")}
        made["name"] = dice.choice([name, ["nosuch", name]])
    return made
