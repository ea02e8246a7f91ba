# SPDX-License-Identifier: MIT
"""What the differential fuzzer found, made small: each was once rendered otherwise here than by Jinja."""

CONTEXT = {"d": {"k": {"a": 2}}, "l": [1, "a", None], "m": {" m": "<b>"}, "n": 1, "s": "ab", "t": "<b>", "p": [{"name": "x", "l": [1]}, {"name": "y", "l": [2]}]}

SOURCES = [
    # Which error: indent appends to a list before it asks for lines.
    "{{ l|indent }}", "{{ []|indent(2, true) }}", "{{ d|indent }}", "{{ (1,)|indent }}", "{{ 5|indent }}", "{{ s|indent(u) }}", "{{ s|indent(none) }}", "{{ l|indent(u) }}",
    # What is undefined has no keys().
    "{{ dict(u) }}", "{{ namespace(u, a=1) }}", "{{ d.update(u) }}", "{{ dict(u.x|default([])) }}",
    # What may be a key.
    "{{ [] is filter }}", "{{ ([],) is filter }}", "{{ ('upper', []) is test }}", "{{ {} is test }}", "{{ u is filter }}", "{{ [] in d.keys() }}", "{{ ([], 1) in d.items() }}", "{{ ([], 1, 2) in d.items() }}",
    "{{ u in d.keys() }}", "{{ [] in d.values() }}", "{{ 'k' in d.keys() }}", "{{ {u: 1} }}", "{{ {u: 1}[u] }}", "{{ d.get(u) }}", "{{ d.get([]) }}", "{{ d.pop(u, 1) }}", "{{ d.setdefault(u, 1) }}", "{{ n|round(1, []) }}", "{{ n|round('', []) }}",
    "{{ n|round(0, 'x') }}", "{{ n|round(0, u) }}",
    # A group of one has a key that is compared with nothing.
    "{{ 'B'|groupby('') }}", "{{ d|groupby('x') }}", "{{ 'ab'|groupby('x') }}", "{{ ['nan'|float]|groupby('real')|length }}",
    "{{ [1]|unique(attribute='x')|list }}", "{{ [1, 2]|unique(attribute='x')|list }}",
    # Chainable undefined values know themselves as HTML.
    "{{ m + u }}", "{{ u + m }}", "{{ m ~ u }}", "{{ m + u.x }}", "{{ m % u }}", "{{ m.join([u, '<']) }}",
    # Parts of a format.
    "{{ '% %' % () }}", "{{ '%5%' % d }}", "{{ '%-%' % n }}", "{{ '%%' % d }}", "{{ '%(k)%' % d }}", "{{ '%(k)s' % d }}", "{{ '%q' % () }}", "{{ '%5%' % (1,) }}", "{{ '<b>' % namespace(a=1) }}", "{{ '<b>' % l }}", "{{ 'a' % range(2) }}",
    "{{ 'a' % d.keys() }}", "{{ 'a' % dict }}", "{{ 'a' % u }}", "{{ s.encode() % namespace(a=1) }}", "{{ 'a' % self }}", "{% macro f() %}{% endmacro %}{{ 'a' % f }}", "{% for x in s %}{{ 'a' % loop }}{% endfor %}",
    # The bytes of a text.
    "{{ 'a' in s.encode() }}", "{{ s.encode() in s.encode() }}", "{{ 97 in s.encode() }}", "{{ 256 in s.encode() }}", "{{ none in s.encode() }}", "{{ u in s.encode() }}", "{{ true in s.encode() }}",
    # A loop is an iterator of its own items.
    "{% for x in s ~ 'cdef' %}{{ x }}{% for y, outer in loop %}{{ y }}{{ outer.index }}{{ loop.index }}{% break %}{% endfor %}{{ loop.index }}{{ loop.previtem }}{% endfor %}", "{% for x in s %}{{ loop|list }}{{ loop.last }}{% endfor %}",
    "{% for x in s %}{{ loop|urlencode }}{% endfor %}", "{% for x in s %}{{ loop is iterable }}{{ loop is sequence }}{{ loop is mapping }}{% endfor %}", "{% for x in 'abc' %}{{ 1 in loop }}{{ x }}{% endfor %}", "{% for x in 'abc' %}{% set a, b = loop %}{{ a[0] }}{{ b[0] }}{% endfor %}",
    "{% for x in s if x != 'b' %}{{ loop|length }}{{ loop|list }}{% endfor %}", "{% for x in s recursive %}{{ loop|first }}{% endfor %}", "{% set ns = namespace() %}{% for x in 'abc' %}{% set ns.l = loop %}{% endfor %}{{ ns.l|list }}", "{% for x in 'abcd' %}{{ loop|map('first')|join }}{{ loop.nextitem }}{% endfor %}",
    "{{ self|list }}", "{{ self is iterable }}", "{% for x in self %}{% endfor %}", "{{ self|reverse|list }}", "{{ self|length }}", "{{ 1 in self }}",
    # Keys that are truths.
    "{{ range(3)[true] }}", "{{ range(3)[false]() }}", "{{ l[true] }}", "{{ (1, 2)[false] }}", "{{ s[true] }}", "{{ range(3)[1.0] }}",
    # Flags that Python wants as numbers, names of tests that may be keys.
    "{{ [2, 1]|sort(()) }}", "{{ [2, 1]|sort(none) }}", "{{ [2, 1]|sort('x') }}", "{{ [2, 1]|sort(2) }}", "{{ d|dictsort(reverse=[]) }}", "{{ l.sort(reverse='') }}", "{{ s|select([])|list }}", "{{ s|rejectattr('a', [])|list }}", "{{ s|map([])|list }}", "{{ s|select(n)|list }}", "{{ s|map(none)|list }}",
    # Chainable undefined values have every item.
    "{{ '%(a)s|%()s' % u }}", "{{ '%(a)s' % u.x }}",
    # Views are no keys.
    "{{ d.keys() is test }}", "{{ {d.keys(): 1} }}", "{{ d.items() in d }}", "{{ d.values() in d }}",
    # In which order Python looks at things.
    "{% macro f() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(a=nosuch(), *n) }}", "{% macro f() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(l.append(1), b=l.append(2), *l) }}", "{{ '%d' % u }}", "{{ '%x' % u }}", "{{ '%f' % u }}", "{{ '%c' % u }}", "{{ m % u }}",
    "{{ ''|urlize(u) }}", "{{ 'http://a.com'|urlize(u) }}", "{{ 'http://a.com'|urlize('x') }}", "{{ 'http://a.com'|urlize(true) }}", "{{ 'a@b.co'|urlize(u) }}", "{{ ''|wordwrap('') }}", "{{ s|wordwrap('') }}", "{{ self|urlencode }}",
    # Of a strictly undefined value nothing can be said, wherever it is.
    "{{ (1,) == (u, 2) }}", "{{ [u] == [1, 2] }}", "{{ [u] == [u] }}", "{{ {'a': u} == {'a': 1} }}", "{{ (u,) != (1,) }}", "{{ [1, u] == [2, 3] }}", "{{ {'a': u} in [{'a': 1}] }}", "{% for x in s %}{{ loop.changed(u) }}{% endfor %}", "{% for x in s %}{{ loop.changed(x, [u]) }}{% endfor %}",
    # Space is kept before what is not split.
    "{{ '  a  b c '.rsplit(maxsplit=1) }}", "{{ '  a  b c '.rsplit(none, 5) }}", "{{ '  a b'.rsplit(maxsplit=0) }}", "{{ ' '.rsplit(maxsplit=1) }}", "{{ '  a b  '.split(maxsplit=1) }}",
    # Where it is not known whether to escape: what holds a name is no constant.
    "{% autoescape n %}{{ {'': 7 < n} }}{{ [1 < n, '<'] }}{{ (7 == n, '<') }}{% endautoescape %}", "{% autoescape n %}{{ {'<': 7} }}{{ ['<', 1 < 2] }}{% endautoescape %}", "{% autoescape u %}{{ [2 in l, '\"'] }}{% endautoescape %}",
    "{{ s|wordwrap(u) }}", "{{ [m|wordwrap, ''|e|wordwrap, ''|wordwrap(wrapstring=m)] }}", "{{ cycler('')|xmlattr }}", "{{ namespace(a=1)|xmlattr }}", "{{ l|tojson('') }}", "{{ dict|tojson(10 ** 20) }}", "{{ dict|tojson }}", "{{ {'a': [2, {}], 'b': s}|tojson('--') }}", "{{ '\n x'|tojson('<') }}", "{{ []|tojson('  ') }}",
    # A loop that is over.
    "{% set ns = namespace() %}{% for x in 'abc' %}{% set ns.l = loop %}{% endfor %}{{ ns.l }}{{ ns.l.index }}{{ ns.l.index0 }}{{ ns.l.revindex }}{{ ns.l.revindex0 }}{{ ns.l.first }}{{ ns.l.last }}{{ ns.l.length }}{{ ns.l|length }}",
    "{% set ns = namespace() %}{% for x in 'abc' %}{% set ns.l = loop %}{% break %}{% endfor %}{{ ns.l }}{{ ns.l.index }}{{ ns.l.last }}", "{% set ns = namespace() %}{% for x in 'abc' if x != 'c' %}{% set ns.l = loop %}{% endfor %}{{ ns.l }}{{ ns.l.revindex }}",
    "{% for y in 'ab' %}{% set ns = namespace(v=0) %}{% for i in [2] %}{% set ns.v = loop %}{% endfor %}{{ ns }}{{ loop }}{% endfor %}",
     "{{ 0.0.hex() }}", "{{ -0.0.hex() }}", "{{ (-0.0).hex() }}", "{{ 1e-310.hex() }}", "{{ 0.1.hex() }}", "{{ 1e300.hex() }}", "{{ (n * 2.5).hex() }}", "{{ 1.5.hex(1) }}",
    "{% set ns.v|replace('b', u) %}b{% endset %}", "{% set ns.v %}{{ nosuch() }}{% endset %}",
    # Numbers as names may have a base.
    "{{ 'abc'.0b1 }}", "{{ 'abc'.0x_2 }}", "{{ l.0B1.0 }}", "{{ 'abc'.1_0 }}",
    # Named twice: refused where code is made of it.
    "{{ f(b=1, b=2) }}", "{% call f(caller=1) %}{% endcall %}", "{% call f(1, a=2, a=3) %}{% endcall %}", "{% if false %}{{ f(b=1, b=2) }}{% endif %}", "{{ 'x'|upper(a=n, a=n) }}", "{% extends 'base' %}{{ f(b=1, b=2) }}", "{% extends 'base' %}{% call f(caller=1) %}{% endcall %}",
    # What is included has a name that may be a key.
    "{% include l %}", "{% include [[]] %}", "{% include [[], 'base'] %}", "{% include d %}", "{% include d ignore missing %}", "{% include l|map('string') %}", "{% include range(2) %}", "{% include [u] %}", "{% import [] as h %}", "{% import d as h %}", "{% import 5 as h %}",
]


def found():
    for source in SOURCES:
        for undefined in ("default", "strict", "chainable"):
            if "ns.v" in source and "namespace" not in source:
                continue  # row "set blocks"
            yield {"source": source, "context": CONTEXT, "env": {"undefined": undefined, "extensions": ["loopcontrols", "do"]}, "templates": {"base": "[{{ n }}]"} if "base" in source else {}}


TRANSLATED = ["{{ _(u) }}", "{{ _(u) % {'a': 1} }}", "{{ pgettext('c', u) }}", "{{ pgettext('c', u)['x'] }}", "{{ ngettext(u, 'b', 1) }}", "{{ _(n) }}", "{{ _(n) + 1 }}", "{{ _(m) }}", "{{ _(l) }}", "{{ gettext(none) }}", "{% set q %}{% trans n %}% %{% endtrans %}{% endset %}{{ q }}",
              "{% trans n %}% %{% endtrans %}", "{% trans n %}5%{% endtrans %}", "{% trans n %}%(n)s{% endtrans %}"]


def translated():
    for source in TRANSLATED:
        for newstyle in (False, True):
            for escape in (False, True):
                yield {"source": source, "context": CONTEXT, "env": {"extensions": ["i18n"], "newstyle_gettext": newstyle, "autoescape": escape}}


def files():
    yield "found.jsonl", [*found(), *translated()]
