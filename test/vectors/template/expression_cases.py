# SPDX-License-Identifier: MIT
"""Tests, operators, literals, look-ups and calls: what stands inside {{ }}."""

import itertools

import subjects

TESTS = {
    "boolean": [""], "callable": [""], "defined": [""], "divisibleby": ["(3)", " 2", "(num=7)", "(0)", ""], "eq": ["(1)", " 'a'", "(1.0)", "([])", "(none)"],
    "==": [], "equalto": ["(42)", " true"], "escaped": [""], "even": [""], "odd": [""], "false": [""], "true": [""], "filter": [""], "test": [""], "float": [""],
    "ge": ["(1)", "('a')"], "greaterthan": ["(0)"], "gt": ["(1)", "('b')", " 0.5"], "le": ["(1)", "([1])"], "lessthan": ["(2)"], "lt": ["(1)", "('b')"],
    "in": ["([1, 'a', none])", "('abc')", "({'a': 1, 42: 2})", "(5)", " [true]"], "integer": [""], "iterable": [""], "lower": [""], "mapping": [""], "ne": ["(1)", "('a')", " none"],
    "none": [""], "number": [""], "sameas": ["(none)", "(true)", "(1)", "(x)", " false"], "sequence": [""], "string": [""], "undefined": [""], "upper": [""], "nosuch": [""],
}


def tests():
    for name, forms in TESTS.items():
        for form in forms:
            for value in subjects.ALL.values():
                yield {"source": "{{ x is %s%s }}" % (name, form), "context": {"x": value}}
            for source in ("{{ y is %s%s }}", "{{ x is not %s%s }}", "{{ not x is %s%s }}", "{{ range is %s%s }}", "{{ y.z is %s%s }}", "{{ x.y is %s%s }}"):
                yield {"source": source % (name, form), "context": {"x": 3}}
                yield {"source": source % (name, form), "context": {"x": {"y": "Q"}}, "env": {"undefined": "strict"}}
    for name in ("upper", "lower", "e", "==", ">", "in", "true", "nosuch", "selectattr", "none"):
        yield {"source": "{{ '%s' is filter }} {{ '%s' is test }}" % (name, name)}
    for source in [
        "{{ 1 is odd and 2 is even }}", "{{ 1 is odd is even }}", "{{ 1 is not odd or true }}", "{{ 3 is divisibleby 3 and true }}", "{{ 3 is divisibleby 2 + 1 }}", "{{ 'a' is in 'abc' }}", "{{ 1 is in [1] }}", "{{ x is defined and x }}",
        "{{ 1 is eq 1 }}", "{{ 1 is eq -1 }}", "{{ (1 is eq) }}", "{{ 1 is sameas none }}", "{{ none is none }}", "{{ 1 + 1 is even }}", "{{ 2 is even == true }}", "{{ not 2 is odd }}", "{{ 'x'|upper is upper }}", "{{ 1 is lt 2 }}", "{{ 1 is == 1 }}",
        "{{ 1 is divisibleby }}", "{{ 1 is divisibleby(1, 2) }}", "{{ 1 is no.such }}", "{{ 'a' is string is true }}", "{{ 5 is not divisibleby 5 }}", "{{ [] is sequence }}", "{{ {} is iterable }}", "{{ (1,) is sequence }}", "{{ range(3) is sequence }}",
        "{{ range(3) is iterable }}", "{{ 'a'|safe is escaped }}", "{{ ('a'|e) is escaped }}", "{{ [1]|map('upper') is iterable }}", "{{ [1]|map('upper') is sequence }}", "{{ dict is callable }}", "{{ 'a'.upper is callable }}", "{{ loop is defined }}", "{{ 1.0 is float }}",
        "{{ 1 is number }}", "{{ true is number }}", "{{ true is integer }}", "{{ 10 ** 30 is integer }}", "{{ '1' is number }}", "{{ namespace() is mapping }}", "{{ 'ABC1' is upper }} {{ '1' is upper }} {{ '' is lower }} {{ '\u00c4' is upper }} {{ 5 is upper }}", "{{ '\u01c5' is upper }} {{ '\u01c5' is lower }}",
        "{% if x is defined %}a{% elif y is undefined %}b{% endif %}", "{{ foo is defined or foo.bar }}", "{{ 1 is in }}", "{{ 1 is foo if false else 2 }}", "{% if false %}{{ 1 is foo }}{% endif %}", "{{ 'x' is foo }}", "{{ 1 is string('a') }}", "{{ 1 is integer and 1 is not float }}",
    ]:
        yield {"source": source}


OPERANDS = {
    "none": "none", "true": "true", "0": "0", "1": "1", "7": "7", "-3": "(-3)", "big": "12345678901234567890", "2.5": "2.5", "-0.0": "(-0.0)", "text": "'ab'", "digit": "'1'", "markup": "'<b>'|safe", "list": "[1, 2]",
    "other list": "[1, 3]", "tuple": "(1, 2)", "dict": "{'a': 1}", "undefined": "u",
}
BINARY = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]


def operators():
    context = {"p": None}
    for operator in BINARY:
        for left, right in itertools.product(OPERANDS.values(), repeat=2):
            if operator == "**" and "123" in left + right:
                continue
            yield {"source": "{{ %s %s %s }}" % (left, operator, right)}
        # With variables nothing can be folded.
        for left, right in itertools.product((None, True, 0, 7, -3, 2.5, "ab", {" m": "<"}, [1, 2], {" t": [1]}, {"a": 1}, 10**19), repeat=2):
            if operator == "**" and 10**19 in (left, right):
                continue
            context = {"x": left, "y": right}
            yield {"source": "{{ x %s y }}" % operator, "context": context}
    for operator in ("+", "~", "*", "%", "==", "and", "or"):
        for left, right in itertools.product(("'<'", "'<'|safe", "x", "m", "1", "none"), repeat=2):
            yield {"env": {"autoescape": True}, "source": "{{ %s %s %s }}" % (left, operator, right), "context": {"x": "<x>", "m": {" m": "<m>%s"}}}
    for operator in ("-", "+", "not "):
        for operand in OPERANDS.values():
            yield {"source": "{{ %s%s }}" % (operator, operand)}


LITERALS = [
    "1", "1_000", "0x1F", "0X1f", "0o17", "0b101", "0B1_0", "007", "00", "1.5", "1e3", "1E-3", "1.5e+10", "1_0.2_5", ".5", "5.", "1__0", "1_", "1e", "0x", "0b2", "12345678901234567890123", "1.0", "100000000000000000.0", "1e16", "1e15", "1.0e-5", "0.0001",
    "true", "True", "TRUE", "false", "False", "none", "None", "NONE", "null", "''", '""', "'a' 'b'", "'a' \"b\" 'c'", "'it\\'s'", "'\\n\\t\\\\\\x41\\u00e9\\U0001f600'", "'\\q'", "'\\'", "'a\nb'", "'\\101\\0'", "'\\N{DIGIT ONE}'", "'\\x4'", "'\\\n'", "\"'\"", "'\"'", "'\\r\\a\\b\\f\\v'",
    "[]", "[1]", "[1,]", "[1, 2, ]", "[,]", "[[], [[]]]", "()", "(1)", "(1,)", "(1, 2)", "(,)", "1, 2", "1,", ", 1", "{}", "{'a': 1}", "{'a': 1,}", "{a: 1}", "{1: 2, 1.0: 3, true: 4}", "{'a'}", "{[]: 1}", "{'a': 1, 'a': 2}", "{(1, 2): 3}", "{none: none}",
    "[1, 'a', none, true, 1.5, (1,), {'k': [()]}]", "'a\"b\\'c'", "[\"a'b\", 'c\"d', 'e\\'f\"g']", "['\\n\\t\\\\\\r\\x00\\x7f\\x80\\xa0\\u00e9\\u200b\\u2028\\ue000\\U0001f600']", "'\u00e9'", "\u00e9", "_", "a-b", "1-1", "1 -1", "a.b.c", "a.0", "a.0.1", "[[5]].0.0", "1.real", "1 .real", "1.5.x", "a..b", "a.", "a[", "a]", "(", ")", "[1", "{1", "'a", "a b", "1 2", "1a", "a1", "$", "a ? b", "a ! b", "a & b", "a | b", "a = b", "a := b", "!a", "a!=b", "a <> b", "@", "`a`", "a;b", "a:b", "\\",
    "-1", "--1", "+1", "- -1", "-'a'", "not not 1", "not", "1 +", "+ ", "* 1", "1 ** -1", "-1 ** 2", "2 ** 3 ** 2", "(2 ** 3) ** 2", "2 ** -2", "-2 ** -2", "1 - 1 - 1", "2 * 3 + 4", "2 + 3 * 4", "7 // 2 * 2", "7 % 4 * 2", "-7 // 2", "-7 % 3", "7 % -3", "-7.5 // 2", "-7.5 % 2", "7.5 % -2", "1 / 3", "4 / 2", "0 / 1", "1 / 0", "1 // 0", "1 % 0", "1.0 / 0", "0 ** 0", "0.0 ** -1", "(-8) ** 0.5", "2 ** 0.5", "2 ** 100", "10 ** 18 * 10", "9223372036854775807 + 1", "-9223372036854775808 - 1", "9223372036854775807 * 2", "10 ** 20 // 3", "10 ** 20 % 7", "10 ** 20 / 10 ** 19", "-(10 ** 20) // 7", "10 ** 20 == 1e20", "10 ** 20 > 1e19", "-9223372036854775808", "- 9223372036854775808 // -1",
    "1 < 2 < 3", "3 > 2 > 2", "1 == 1.0 == true", "1 < 2 > 1", "1 in [1] == true", "1 < 'a'", "'a' < 'b'", "[1, 2] < [1, 3]", "(1,) < (2,)", "none < 1", "none == false", "'a' in 'abc' in ['abc']", "not 1 == 2", "not 1 in [2]", "1 not in [2]", "1 not [2]", "1 in", "1 is", "1 not", "a if b", "'x' if false", "1 if true else 2", "1 if 0 else 2 if 0 else 3", "(1 if true) if true", "if true", "1 if", "1 else 2", "1 if true else", "a and b or c", "1 and 2", "0 and x.y", "1 or x.y", "'' or 'b' and 'c'", "none ~ 1", "1 ~ 2 ~ 'x'", "1 ~ 2 + 3", "'a' ~ 1.0 ~ true ~ [1]", "'a' * 3", "3 * 'a'", "[1] * 2", "'a' * -1", "'a' + 1", "'%s' % 1", "'%s-%s' % (1, 2)", "'%(a)s' % {'a': 1}", "(1, 2) + (3,)", "[1] + (2,)", "{} + {}", "true + true", "true * 3", "-true", "true / 2", "1 + none", "1.5 // 0.5", "1e308 * 10", "-1e308 * 10", "1e308 * 10 - 1e308 * 10", "1e16 + 1", "0.1 + 0.2", "1.1 * 3", "5 * 1.0", "2 ** 62 + 2 ** 62", "2 ** 63 - 1", "7 // 0.0",
    "'abc'[0]", "'abc'[-1]", "'abc'[5]", "'abc'[1:]", "'abc'[:-1]", "'abc'[::-1]", "'abc'[::2]", "'abcdef'[1:5:2]", "'abc'[:]", "'abc'[::]", "'abc'[5:]", "'abc'[:0]", "'abc'[::0]", "'abc'[none:2]", "'abc'['a']", "'abc'[1.0]", "'abc'[true]", "'\u00e9\U0001f600x'[1]", "'\u00e9\U0001f600x'[1:]", "'\u00e9\U0001f600x'[::-1]", "[1, 2, 3][0]", "[1, 2, 3][-3]", "[1, 2, 3][3]", "[1, 2, 3][1:]", "[1, 2, 3, 4][::-2]", "[1, 2, 3][-2:]", "[1, 2, 3][10:0:-1]", "(1, 2, 3)[1:]", "(1, 2)[0]", "{'a': 1}['a']", "{'a': 1}['b']", "{1: 2}[1]", "{1: 2}[1.0]", "{'a': 1}[0]", "{'a': 1}.a", "{'items': 1}.items", "{'items': 1}['items']", "{'a': {'b': 2}}.a.b", "{'a': {'b': 2}}['a']['b']", "{'a': [1, 2]}.a[1]", "[{'a': 1}][0].a", "[1, 2].0", "'ab'.0", "[1][0:1][0]", "range(10)[3]", "range(10)[2:5]", "range(10)[::3]|list", "5[0]", "none[0]", "none.x", "none.x.y", "true.x", "5 .x", "u[0]", "u.x", "u", "u.x.y", "[][0]", "[][0].x", "{}.x", "{}.x.y", "'a'.nope", "[1][1:2, 3]", "[1][1, 2]", "{(1, 2): 3}[1, 2]", "[1][]", "[1][:", "'abc'[1:2:3:4]",
    "range(3)", "range(1, 3)", "range(0)", "range(3)|list", "range(1, 10, 3)|list", "range(5, 0, -2)|list", "range(0, 1, 0)", "range('a')", "range()", "range(1.5)", "range(3) == range(3)", "range(3)[5]", "3 in range(5)", "dict()", "dict(a=1, b=2)", "dict({'a': 1}, b=2)", "dict([('a', 1)])", "dict(1)", "dict(**{'a': 1})", "dict(a=1).items()|list", "namespace()", "namespace(a=1).a", "namespace(a=1).b", "namespace({'a': 1}).a", "cycler('a', 'b').next()", "cycler()", "cycler(1, 2).current", "joiner()()", "joiner('|')()", "u()", "1()", "'a'()", "none()", "u.x()", "range(*[1, 4])|list", "range(*[1], **{})|list", "dict(*[], a=1, **{'b': 2})", "dict(a=1, **{'a': 2})", "range(1, a=2)", "range(,)", "range(1,)|list", "range(1 2)", "dict(a=)", "dict(=1)", "dict(a=1, 2)", "dict(**{}, a=1)", "dict(*[], *[])", "dict(**{}, **{})", "range(*1)", "dict(**1)", "foo(1, *a, b=2, **c)", "lipsum is defined", "gettext is defined", "self is defined", "loop", "true.real", "1 .__class__ is defined", "'a'.__len__ is defined",
    "(1 if false).x is defined", "(u or 5)", "[u]", "{'a': u}", "(u, 1)", "[u]|join('-')", "u ~ 'x'", "u + 1", "1 + u", "u == u", "u == v", "u == none", "u != 1", "u < 1", "-u", "not u", "u and 1", "u in [1]", "1 in u", "u|list", "u|length", "u|int", "u * 2", "u % 2", "'%s' % u", "u()", "u[0]['x']", "u if true", "u is none", "u|string ~ '.'", "'a'.join(u)", "u ** 2", "u // 1", "+u", "u in u", "'x' in u", "u|sort", "u|join", "u|first", "u|map('x')|list", "u|default", "u.x|default(1)", "u.x.y|default(1)", "u[1]|default(1)", "u|e", "u|upper", "u|tojson", "u|string|length", "[1, u, 2]|sum", "[u] == [v]", "u ~ u",
    "a.b(c)[d].e|f", "{'a': 1}.update({'b': 2})", "[1].append(2)", "'a' 'b'|upper", "'a' ~ 'b' 'c'", "1 if 2 if 3 else 4 else 5", "[x for x in y]", "lambda x: x", "x = 1", "*a", "**a", "a.b = 1", "(a, b) = 1", "1 == 2 in [false]", "a is b", "a is not b is c", "'a' not 'b'", "not a not in b",
]
CONTEXT = {"a": {"b": {"c": "abc"}, "0": "zero"}, "b": [1], "c": 3}

LOOKUPS = ["x.a", "x['a']", "x.items", "x['items']", "x.keys()|list", "x.0", "x[0]", "x['0']", "x[-1]", "x.name.first", "x['name']['first']", "x.a.b", "x.count", "x.index", "x.upper", "x.b|attr('c')", "x.get('a')", "x[a]", "x[true]", "x[none]", "x[1.0]", "x[1:]", "x['a':]", "x.append", "x.length", "x.size", "x.a()", "x.real", "x.imag", "x.year", "x.hex", "x.denominator"]


def literals():
    for source in LITERALS:
        yield {"source": "{{ %s }}" % source, "context": CONTEXT}
        yield {"source": "{%% set q = %s %%}{{ q }}" % source, "context": CONTEXT}
    for source in LITERALS:
        yield {"source": "{{ [%s, p] }}" % source, "context": {**CONTEXT, "p": "p"}, "env": {"undefined": "chainable", "autoescape": True}}
    for source in LOOKUPS:
        for value in (None, 5, 2.5, "ab", {"a": 1, "items": 2, "0": 3}, {"a": {"b": 4}, "name": {"first": "F"}, "b": {"c": 1}}, ["x", "y"], {" t": [1, 2]}, {" m": "<b>"}, {" d": "Tue, 14 Nov 2023 22:13:20 GMT"}, {" u": "12345678123456781234567812345678"}, {" b": "AGE="}, True):
            yield {"source": "{{ %s }}" % source, "context": {"x": value, "a": "a"}}


def rendering():
    for value in subjects.ALL.values():
        for source in ("{{ x }}", "{{ [x] }}", "{{ (x,) }}", "{{ {'k': x} }}", "{{ x ~ '' }}", "{{ x|string }}", "{{ '%s|%r' % (x, x) }}", "{{ [[x], {1: (x, x)}] }}", "{% if x %}y{% else %}n{% endif %}", "{{ x and 1 or 2 }}", "{% for i in x %}[{{ i }}]{% endfor %}", "{{ x == x }} {{ x in [x] }}", "{{ '{} {!r}'.format(x, x) }}", "{{ x|e }}"):
            yield {"source": source, "context": {"x": value}}
            yield {"source": source, "context": {"x": value}, "env": {"autoescape": True}}
    for number in ("1e22", "1e21", "123456789012345680.0", "1e-4", "1e-5", "0.1", "1/3", "2/3", "1e100", "5e-324", "1.7976931348623157e308", "1e400", "-1e400", "1e400 - 1e400", "-0.0", "100.0", "1e15", "9999999999999998.0", "123456.789"):
        yield {"source": "{{ %s }} {{ [%s] }} {{ %s|string|length }}" % (number, number, number)}


def files():
    yield "tests.jsonl", tests()
    yield "operators.jsonl", operators()
    yield "expressions.jsonl", literals()
    yield "rendering.jsonl", rendering()
