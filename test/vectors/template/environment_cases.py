# SPDX-License-Identifier: MIT
"""Settings of the environment: undefined, autoescape, i18n, policies, the sandbox; and errors."""

import itertools

UNDEFINED_USES = [
    "u", "u.x", "u.x.y", "u['x']", "u[0]", "x.u", "x.u.v", "x['u']", "l[9]", "l[9].a", "n.a", "n.a.b", "u()", "u.x()", "x.u()", "u + 1", "1 + u", "u ~ 'a'", "u == 1", "u == u", "u != u", "u < 1", "u is defined", "x.u is defined", "x.u.v is defined", "u is undefined", "u is none", "u|default('d')", "x.u|default('d')", "x.u.v|default('d')", "u|d('e', true)", "u|upper", "u|length", "u|list", "u|join", "u|e", "u|string", "u|int", "u|first", "u|sort|list", "u|tojson", "u|trim", "u or 'o'", "u and 1", "not u", "'y' if u else 'n'", "u in [1]", "1 in u", "[u]", "{'a': u}", "(u,)", "u is iterable", "u is sequence", "u is string", "u is mapping", "u is number", "u is callable", "-u", "u * 2", "u // 2", "u ** 2", "'%s' % u", "'{}'.format(u)", "l.nosuch", "'a'.nosuch", "5 .nosuch", "(1 if false)", "(1 if false).x", "(1 if false) is defined", "u|attr('x')", "x|attr('u')", "x|attr('u')|default(1)", "l|first", "[]|first", "[]|first is defined", "[]|max", "u|map('upper')|list", "[u]|join('-')", "[1, u]|join", "u|safe", "u|replace('a', 'b')", "u|round", "u|abs", "range(u)", "x[u]", "l[u]", "u|select|list", "u|groupby('a')", "u|batch(2)|list", "u|urlencode", "u|truncate(2)", "u|wordcount", "u|xmlattr", "u|items|list", "u|dictsort", "u|sum", "[u, 1]|sum", "u|unique|list", "u|reverse", "u|float", "u|filesizeformat", "u|pprint", "u|indent", "u|center", "u|title", "u|striptags", "u|urlize", "u|format(1)", "u|last", "u|random", "u|min", "u|lower", "u|capitalize", "u|forceescape", "u|count", "u is eq 1", "u is in [1]", "u is sameas u", "u is true", "u is odd", "u is lower", "u is divisibleby 2", "u is escaped", "u is filter", "u is boolean",
]
UNDEFINED_STATEMENTS = [
    "{% for i in u %}{{ i }}{% else %}e{% endfor %}", "{% for i in x.u %}{{ i }}{% endfor %}", "{% if u %}a{% else %}b{% endif %}", "{% if x.u.v %}a{% endif %}", "{% set a = u %}{{ a is defined }}{{ a }}", "{% set a, b = u %}", "{% include u %}", "{% extends u %}", "{% import u as z %}", "{% macro m(a) %}{{ a }}|{{ a.x }}{% endmacro %}{{ m() }}", "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m(u) }}", "{% call u() %}{% endcall %}", "{% with a = u %}{{ a }}{% endwith %}", "{% filter default('x') %}{{ u }}{% endfilter %}", "{% for i in l %}{{ loop.previtem.x }}{% endfor %}", "{% for i in l %}{{ loop.nextitem }}|{% endfor %}", "{{ u }}{% set u = 1 %}{{ u }}", "{% for i in l %}{{ loop.nosuch }}{% endfor %}", "{% autoescape u %}{{ '<' }}{% endautoescape %}", "{% for i in l if u %}{{ i }}{% endfor %}", "{% for i in l if u.x %}{{ i }}{% endfor %}", "{{ self.u }}", "{{ self.u() }}", "{% block b %}{{ super() }}{% endblock %}", "{% for a, b in [[1, u]] %}{{ b }}{% endfor %}", "{% set n = namespace(a=u) %}{{ n.a }}{{ n.b }}", "{% set n = namespace() %}{{ n.b.c }}",
]
CONTEXT = {"x": {"a": 1}, "l": [1, 2], "n": None}


def undefined():
    for kind in ("default", "strict", "chainable", "debug"):
        for use in UNDEFINED_USES:
            yield {"env": {"undefined": kind}, "source": "{{ %s }}" % use, "context": CONTEXT}
        for statement in UNDEFINED_STATEMENTS:
            yield {"env": {"undefined": kind}, "source": statement, "context": CONTEXT}


ESCAPED = [
    "t", "m", "t|e", "m|e", "t|safe", "t|safe|e", "t|forceescape", "m|forceescape", "t ~ t", "t ~ m", "m ~ t", "t + m", "m + t", "m + m", "[t]", "[m]", "{'k': t}", "{'k': m}", "(t, m)", "t|upper", "m|upper", "t|string", "m|string", "[t, m]|join", "[t, m]|join('<')", "[t, m]|join('<'|safe)", "t|replace('<', '>')", "m|replace('b', '<')", "t|title", "t|indent", "t|center(20)", "t|truncate(6, true)", "t|truncate(6, true, '<')", "t|wordwrap(3)", "t|striptags", "m|striptags", "t|urlize", "m|urlize", "t|tojson", "m|tojson", "{'a': t, 'b': m}|xmlattr", "t|urlencode", "'%s' % t", "'%s'|safe % t", "'%s'|format(t)", "('%s'|safe)|format(t)", "m * 2", "'<' if true", "t if false", "t or m", "m and t", "5", "1.5", "none", "true", "t is escaped", "m is escaped", "(t|e) is escaped", "(t ~ m) is escaped", "t|first", "m|first", "t|list", "m|list", "t[0]", "m[0]", "m[1:3]", "t|reverse", "m|reverse", "t|trim", "m|trim", "t|default('<')", "u|default('<')", "u|default(m)", "[t, m]|sum(start='')", "[m, t]|sum(start=m)", "t|lower ~ m", "t|map('e')|join", "[t]|map('e')|join('<')", "[t]|map('safe')|join('<')", "[t, m]|map('upper')|join", "'a&b' ~ 1 ~ none", "'<' '>'", "'<' ~ '>'", "'<' + '>'", "'<%s>' % 'a'", "t == m", "m == m|string", "t in m", "m in t", "[m]|first", "[t]|first", "{'<': 1}", "dict(a=t).a", "t.format(t)", "m.format(t)", "'{}'.format(t)", "t.join([t, m])", "m.join([t, m])", "t|pprint", "m|pprint", "t|length", "m|length", "t|wordcount", "[t, m]|sort|join", "[t, m]|unique|join('|')", "t|batch(2)|list", "cycler(t, m).next()", "joiner(t)() ~ t", "t|attr('upper')()", "m|attr('upper')()", "[t, m]|max", "t|escape|upper|escape", "d", "uid", "by", "l", "'&amp;'", "'&amp;'|safe", "\"'\\\"\"", "t|capitalize ~ '&'", "m|filesizeformat if false", "t|int", "namespace(a=t).a", "range(3)",
]


def escapes():
    context = {"t": "<b>\"T\" & 't'</b>", "m": {" m": "<b>m &amp; M</b>"}, "d": {" d": "Tue, 14 Nov 2023 22:13:20 GMT"}, "uid": {" u": "0" * 32}, "by": {" b": "PGI+"}, "l": ["<", {" m": "<"}, {"<": ["&"]}]}
    for use in ESCAPED:
        for source in ("{{ %s }}", "{%% set v = %s %%}{{ v }}", "{%% autoescape true %%}{{ %s }}{%% endautoescape %%}", "{%% autoescape false %%}{{ %s }}{%% endautoescape %%}", "{%% autoescape b %%}{{ %s }}{%% endautoescape %%}", "{%% macro q(a) %%}{{ a }}{%% endmacro %%}{{ q(%s) }}"):
            for escape in (False, True):
                yield {"env": {"autoescape": escape}, "source": source % use, "context": {**context, "b": True}}


I18N = [
    "{% trans %}Hello{% endtrans %}", "{% trans %}Hello {{ name }}{% endtrans %}", "{% trans name=x %}Hello {{ name }}{% endtrans %}", "{% trans name=x|upper, b=2 %}{{ name }} {{ b }}{% endtrans %}", "{% trans count=n %}one{% pluralize %}many{% endtrans %}", "{% trans count=n %}{{ count }} item{% pluralize %}{{ count }} items{% endtrans %}", "{% trans n %}one{% pluralize n %}{{ n }}{% endtrans %}", "{% trans a=1, b=2 %}{{ a }}{% pluralize b %}{{ b }}{% endtrans %}", "{% trans l|length %}x{% endtrans %}", "{% trans count=l|length %}{{ count }} a{% pluralize %}{{ count }} b{% endtrans %}", "{% trans %}\n  a\n  b\n{% endtrans %}", "{% trans trimmed %}\n  a\n  b {{ x }}\n {% endtrans %}", "{% trans notrimmed %}\n a\n{% endtrans %}", "{% trans trimmed count=n %}\n a\n{% pluralize %}\n b {{ count }}\n{% endtrans %}", "{% trans 'ctx' %}a{% endtrans %}", "{% trans 'ctx', x=x %}{{ x }}{% endtrans %}", "{% trans 'ctx' count=n %}a{% pluralize %}b{% endtrans %}", "{% trans %}100%{% endtrans %}", "{% trans %}100% {{ x }}{% endtrans %}", "{% trans %}%(x)s{% endtrans %}", "{% trans %}<b>{{ x }}</b>{% endtrans %}", "{% trans %}{{ u }}{% endtrans %}", "{% trans u=u %}{{ u }}{% endtrans %}", "{% trans x.y %}{% endtrans %}", "{% trans %}{{ x.y }}{% endtrans %}", "{% trans %}{{ x|upper }}{% endtrans %}", "{% trans %}{% if x %}{% endif %}{% endtrans %}", "{% trans %}a", "{% trans %}a{% pluralize %}b{% endtrans %}", "{% trans count=1 %}a{% pluralize %}b{% pluralize %}c{% endtrans %}", "{% trans x=1, x=2 %}{% endtrans %}", "{% trans %}{% endtrans %}", "{% pluralize %}", "{% endtrans %}", "{% trans a=1 b=2 %}{% endtrans %}", "{% trans count=n %}a{% pluralize nosuch %}b{% endtrans %}", "{% trans x %}{{ x }}{% endtrans %}{{ x }}", "{% trans _x=1 %}{{ _x }}{% endtrans %}", "{% trans trimmed=1 %}{{ trimmed }}{% endtrans %}", "{% trans count %}{{ count }}{% endtrans %}", "{%- trans -%} a {%- endtrans -%} b", "{% trans %}{# c #}a{% endtrans %}", "{% trans %}{% raw %}{{ x }}{% endraw %}{% endtrans %}", "{% trans num=n %}{{ num }} %{% pluralize %}{{ num }} %%{% endtrans %}",
    "{{ _('Hi') }}", "{{ gettext('Hi') }}", "{{ _('Hi %(x)s', x=1) }}", "{{ _('Hi %(x)s') % {'x': 1} }}", "{{ _('<b>') }}", "{{ _('%(x)s', x='<') }}", "{{ _('<%(x)s>', x='<') }}", "{{ ngettext('a', 'b', 1) }}{{ ngettext('a', 'b', 2) }}", "{{ ngettext('%(num)s a', '%(num)s b', n) }}", "{{ ngettext('%(num)d a', '%(num)d b', 5, num=7) }}", "{{ pgettext('c', 'a') }}", "{{ npgettext('c', 'a', 'b', 2) }}", "{{ _('a', 'b') }}", "{{ _() }}", "{{ _(x) }}", "{{ _('100%') }}", "{{ _('%s') }}", "{{ pgettext('c', '%(a)s', a='<') }}", "{{ npgettext('c', '%(num)s a', '%(num)s b', 3) }}", "{{ _('a') is escaped }}", "{{ 'x'|upper ~ _('y') }}", "{% set t = _('q') %}{{ t }}", "{% trans %}{{ _ }}{% endtrans %}", "{% trans a=_('b') %}{{ a }}{% endtrans %}", "{% trans a=[1, '<'] %}{{ a }}{% endtrans %}", "{% trans a='<' %}{{ a }}{% endtrans %}", "{% for i in [1, 2] %}{% trans i=i %}{{ i }}x{% endtrans %}{% endfor %}", "{% macro m(a) %}{% trans a=a %}[{{ a }}]{% endtrans %}{% endmacro %}{{ m(3) }}", "{% trans count=0 %}a{% pluralize %}b{% endtrans %}", "{% trans count='x' %}a{% pluralize %}b{% endtrans %}", "{% trans a=1 %}{{ a }}{% pluralize a %}{{ a }}{{ x }}{% endtrans %}", "{% trans name='a' %}{{ name }}%{{ name }}{% endtrans %}",
]


def translations():
    for source in I18N:
        for newstyle, escape in itertools.product((False, True), repeat=2):
            yield {"env": {"extensions": ["i18n"], "newstyle_gettext": newstyle, "autoescape": escape}, "source": source, "context": {"x": "<X>", "n": 2, "l": [1], "name": "N%"}}
        yield {"env": {"extensions": ["i18n"], "policies": {"ext.i18n.trimmed": True}}, "source": source, "context": {"x": "X", "n": 1, "name": "Ann"}}
    yield {"source": "{% trans %}a{% endtrans %}"}
    yield {"source": "{{ _('a') }}"}
    for extension in ("do", "loopcontrols", "debug"):
        for source in ("{% do 1 %}", "{% for i in [1] %}{% break %}{% endfor %}", "{% debug x %}"):
            yield {"env": {"extensions": [extension]}, "source": source}
            yield {"source": source}


POLICIES = [
    ({"urlize.rel": "me"}, ["{{ 'http://a.com'|urlize }}", "{{ 'http://a.com'|urlize(rel='x') }}", "{{ 'http://a.com'|urlize(nofollow=true) }}"]),
    ({"urlize.rel": None}, ["{{ 'http://a.com'|urlize }}", "{{ 'http://a.com'|urlize(nofollow=true) }}"]),
    ({"urlize.rel": ""}, ["{{ 'http://a.com'|urlize }}"]),
    ({"urlize.target": "_blank"}, ["{{ 'http://a.com'|urlize }}", "{{ 'http://a.com'|urlize(target='_top') }}", "{{ 'a@b.co'|urlize }}"]),
    ({"urlize.extra_schemes": ["ftp:", "tel:"]}, ["{{ 'ftp://a.com tel:12 x'|urlize }}", "{{ 'ftp://a tel:1'|urlize(extra_schemes=['tel:']) }}"]),
    ({"urlize.extra_schemes": ["x"]}, ["{{ 'a'|urlize }}"]),
    ({"truncate.leeway": 0}, ["{{ 'foo bar baz'|truncate(9) }}", "{{ 'foo bar baz'|truncate(9, leeway=5) }}"]),
    ({"truncate.leeway": 20}, ["{{ 'foo bar baz'|truncate(5) }}"]),
    ({"json.dumps_kwargs": {"sort_keys": False}}, ["{{ {'b': 1, 'a': 2}|tojson }}", "{{ {'b': 1, 'a': 2}|tojson(2) }}", "{{ {1: 1, 'a': 2}|tojson }}"]),
    ({"json.dumps_kwargs": {"sort_keys": True}}, ["{{ {'b': 1, 'a': 2}|tojson }}"]),
    ({"json.dumps_kwargs": {}}, ["{{ {'b': 1, 'a': '\u00e9'}|tojson }}"]),
    ({"json.dumps_kwargs": {"ensure_ascii": False}}, ["{{ {'b': 1, 'a': '\u00e9'}|tojson }}"]),
    ({"json.dumps_kwargs": {"indent": 1}}, ["{{ {'b': 1}|tojson }}"]),
    ({"compiler.ascii_str": False}, ["{{ '\u00e9' }}"]),
    ({"nosuch.policy": 1}, ["{{ 1 }}"]),
]


def policies():
    for policy, sources in POLICIES:
        for source in sources:
            yield {"env": {"policies": policy}, "source": source}
            yield {"env": {"policies": policy, "autoescape": True}, "source": source}


SANDBOX = [
    "x.__class__", "x['__class__']", "x|attr('__class__')", "x.__class__.__mro__", "''.__class__.__mro__[1]", "x.__len__()", "x._private", "d._private", "d['_private']", "d.__class__ is defined", "l.__class__", "(1).__class__", "u.__class__", "f.__globals__", "range.__self__", "m.__init__", "m._func", "m.name", "self.__class__", "self._TemplateReference__context", "loop.__class__", "cycler.__init__", "joiner.__init__.__globals__", "namespace.__init__", "dict.__base__", "lipsum.__globals__", "lipsum.func_globals is defined", "''.format('a')", "'{0.__class__}'.format(1)", "'{0.a}'.format(d)", "'{0[a]}'.format(d)", "'{a.__class__.__mro__}'.format(a='')", "'{0.__class__}'.format_map({})", "'{a}'.format_map({'a': 1})", "'{a.__class__}'.format_map({'a': 1})", "('{0.__class__}'|safe).format(1)", "'{0.__class__}'|format(1)", "'%s'|format(1)", "'{!r}'.format('a')", "'{0.upper}'.format('a')", "'{:>{}}'.format('a', 5)", "'{0.x}'.format(1)", "''.format", "('a'|attr('format'))('b')", "'{}'.format('<')", "('{}'|safe).format('<')", "'{0.a.b}'.format(d)", "'{} {}'.format(1)",
    "range(5)|list", "range(100000)|length", "range(100001)|length", "range(10000000)", "range(0, 1000000, 10)|length", "range(0, 1000001, 10)|length", "range(1000000, 0, -10)|length", "range(10 ** 10)", "l.append(1) or l", "l.clear()", "l.sort()", "d.update({'a': 1})", "d.pop('a')", "d.clear()", "d.items()|list", "l.pop()", "l.reverse()", "l.insert(0, 1)", "l.index(1)", "l.copy()", "d.setdefault('z', 1)", "x.upper()", "x.encode()", "x.mro", "dict.mro", "1 + 1", "2 ** 3", "7 // 2", "'a' * 3", "1 / 0", "x % 1", "-x", "dict(a=1)", "namespace(a=1).a", "cycler(1, 2).next()", "joiner()()", "lipsum(n=1)|length > 0", "x|upper", "[1]|map('upper')|list", "l|map(attribute='__class__')|list", "l|map(attribute='real')|list", "[x]|map('attr', '__class__')|list", "l|sum(attribute='__class__')", "l|selectattr('__class__')|list", "l|groupby('__class__')", "l|sort(attribute='__class__')", "l|join(attribute='__class__')", "d|xmlattr", "d.a", "d['a']", "d.nosuch", "d.nosuch.x", "x()", "x.nosuch()", "(x.__class__)|default('safe')", "x.__class__ is defined", "x.__class__ is undefined", "x.__class__ ~ ''", "x.__class__ == 1", "not x.__class__", "[x.__class__]", "x.__class__()", "x.__class__.__name__", "x.__class__|string", "x.gi_frame", "x.func_code", "x.im_func", "x.f_locals", "x.tb_frame", "x.cr_frame", "x.ag_frame", "x.gi_code", "self", "x.__doc__", "x.__add__('a')", "d.__getitem__('a')", "x['_']", "x._", "x.__", "x.a_b", "x.a__b", "l[0:1]", "x[0]", "x['upper']()", "d['get']('a')", "x|attr('upper')()", "x|attr('_x')", "x|attr('_x') is defined", "loop", "caller", "varargs",
]


def sandbox():
    for use in SANDBOX:
        for settings in ({}, {"undefined": "strict"}, {"autoescape": True}):
            yield {"env": {"sandboxed": True, **settings}, "source": "{% macro m() %}{% endmacro %}{{ " + use + " }}", "context": {"x": "abc", "l": [1, 2], "d": {"a": {"b": 1}, "_private": 2}}}
    for source in ("{% for i in range(100001) %}{% endfor %}", "{% for i in l %}{{ l.append(i) }}{% if i > 3 %}{% break %}{% endif %}{% endfor %}", "{% set x.a = 1 %}", "{% set n = namespace() %}{% set n.__class__ = 1 %}{{ n.a }}", "{% set n = namespace() %}{% set n._a = 1 %}{{ n._a }}", "{% for i in l %}{{ loop.index }}{{ loop.__class__ }}{% endfor %}", "{% for i in l %}{{ loop._iterator }}{% endfor %}", "{% macro m() %}{{ caller.__class__ }}{% endmacro %}{% call m() %}{% endcall %}", "{% set f = 'a'.format %}{{ f(1) }}", "{% set f = '{0.__class__}'.format %}{{ f(1) }}", "{% from 'a' import m %}{{ m.__class__ }}", "{% import 'a' as a %}{{ a.m() }}{{ a.__class__ }}", "{% import 'a' as a %}{{ a._x }}", "{% include 'a' %}"):
        yield {"env": {"sandboxed": True, "extensions": ["loopcontrols"]}, "source": source, "context": {"x": "abc", "l": [1]}, "templates": {"a": "{% macro m() %}M{% endmacro %}{% set _x = 1 %}{{ ''.__class__ if false }}a"}}


PLACES = [
    "{{ 1 / 0 }}", "{{ u.x }}", "{{ x.y.z }}", "{{ 'a' + 1 }}", "{% for i in 5 %}{% endfor %}", "{% if 1 < 'a' %}{% endif %}", "{% set a = none + 1 %}", "{% include 'nosuch' %}", "{{ x() }}", "{{ nosuch() }}", "{{ 'a'|int + none }}", "{% call u() %}{% endcall %}", "{% with a = 1 / 0 %}{% endwith %}", "{% filter upper %}{{ 1 / 0 }}{% endfilter %}", "{% set a, b = [1] %}", "{{ [1, 'a']|sort }}", "{{ dict(1) }}", "{% import 'x' as y %}", "{{ range(1, 2, 0) }}", "{{ {}['a']['b'] }}", "{% block b %}{{ 1 / 0 }}{% endblock %}", "{% macro m() %}{{ 1 / 0 }}{% endmacro %}{{ m() }}", "{% autoescape true %}{{ 1 / 0 }}{% endautoescape %}", "{{ a\n.b\n.c }}", "{{ 1 +\n 2 +\n none }}", "{{ [\n1 / 0\n] }}", "{{ 'a'|\nround }}", "{% if x %}\n{{ 1 / 0 }}\n{% endif %}", "{% for i in [1, 0] %}\n{{ 1 / i }}\n{% endfor %}",
    "{% if %}", "{{ 1 + }}", "{{ a b }}", "{% nosuch %}", "{% endif %}", "{{ (1 }}", "{{ 'a }}", "{{ $ }}", "{% for i in %}{% endfor %}", "{% block b %}{% block b %}", "{{ x|nosuch }}", "{{ x is nosuch }}", "{% set 1 = 2 %}", "{# open", "{% raw %}", "{{ x", "{% if x", "{{ [1, }}", "{{ {1: } }}", "{{ ) }}", "{{ 1 ] }}", "{{ ( ] }}", "{% extends 'a' 'b' %}", "{% macro m(a, b=1, c) %}{% endmacro %}", "{{ f(a=1, 2) }}", "{{ 1.2.3 }}", "{{ a.1b }}", "{{ a..b }}", "{% if x %}\n{% for y in z %}\n{% endif %}", "{% block a %}\n\n{% endblock b %}", "{{\n\n1 +\n\n}}", "{%\n\nif\n\n%}", "{{ 'a\nb }}", "{% if x %}\n\n{% else %}\n", "{% macro m() %}\n{% if y %}\n{% endmacro %}", "{% call %}", "{% import 'a' %}", "{% from 'a' %}", "{% include %}", "{{ loop( }}", "{{ a[ }}", "{{ a[1: }}", "{{ not }}", "{{ a if }}", "{{ a if b else }}", "{{ a is }}", "{{ a is not }}", "{{ a| }}", "{{ |a }}", "{{ a ~ }}", "{{ 0x }}", "{{ 1__2 }}", "{{ '\\x1' }}", "{{ '\\u12' }}", "{{ '\\N{nosuch}' }}", "{{ '\\", "{{ \"a' }}", "{{ {a} }}", "{{ [1 2] }}", "{{ (1 2) }}", "{{ a: b }}", "{{ ; }}", "{{ a := 1 }}", "{{ -}}", "{{- }}", "{{ {} {} }}", "{{ 1 if 2 else 3 else 4 }}", "{{ x|f(a b) }}", "{{ x.0.a.'b' }}", "{{ x.'a' }}", "{{ *a }}", "{{ f(**a, *b) }}", "{{ f(*a, b) }}", "{{ f(a, a=1, *c) }}", "{% set a %}", "{% set a = 1, %}{{ a }}", "{% set a, = 1, %}{{ a }}", "{% set %}{% endset %}", "{% with %}", "{% autoescape %}", "{% filter %}", "{% do 1 %}", "{% break %}", "{% trans %}", "{% else %}", "{% elif x %}", "{% endfor %}", "{% endblock %}", "{% endmacro %}", "{% endraw %}", "{% if x %}{% elif %}{% endif %}", "{% if x %}{% else x %}{% endif %}", "{% endif x %}", "{% if x %}{% endif x %}", "{% for x in y %}{% endfor x %}", "{% block a b %}{% endblock %}", "{% print %}", "{% import 'a' as b c %}", "{% from 'a' import b as %}", "{% from 'a' import b, c d %}", "{% raw x %}{% endraw %}", "{% raw %}{% endraw x %}", "{%- raw -%} {%- end", "{% if x %}{{ y }}{% endwhile %}", "{% 'x' %}", "{% if (x %}", "{% }} %}", "{{ %} }}", "{% if a = b %}", "{% if a == %}", "{% set x.y.z = 1 %}", "{% set self = 1 %}", "{% set loop = 1 %}", "{% macro loop() %}{% endmacro %}", "{% for loop in [] %}{% endfor %}", "{% set none = 1 %}", "{% set None = 1 %}", "{% set TRUE = 1 %}{{ TRUE }}", "{% for none in x %}{% endfor %}", "{% block if %}x{% endblock %}", "{% macro if() %}x{% endmacro %}{{ if() }}", "{% set in = 1 %}", "{{ if }}", "{{ for }}", "{{ and }}", "{{ is }}", "{{ else }}", "{{ block }}{{ endif }}", "{{ x.if }}", "{{ x.and }}", "{{ x.not.in }}", "{{ f(if=1) }}", "{% call(if) m() %}{% endcall %}",
]


def errors():
    for source in PLACES:
        for before, after in (("", ""), ("one\ntwo\n", ""), ("{# a\nb #}\r\n", "\nend\n"), ("{% set q = '\n\n' %}\n", ""), ("{%- if true -%}\n\n", "\n{% endif %}"), ("x\r\ry\n", "\n")):
            yield {"source": before + source + after, "context": {"x": 5}}
        yield {"source": "\n{% include 'e' %}", "templates": {"e": "\n" + source}, "context": {"x": 5}}
        yield {"source": "{% extends 'e' %}", "templates": {"e": "a\n" + source}, "context": {"x": 5}}
        yield {"source": "{% extends 'p' %}\n{% block b %}\n" + source + "{% endblock %}", "templates": {"p": "\n\n{% block b %}{% endblock %}"}, "context": {"x": 5}}
        yield {"name": "e.html", "templates": {"e.html": "\n{% macro q() %}\n" + source + "\n{% endmacro %}\n{{ q() }}"}, "context": {"x": 5}, "env": {"undefined": "strict"}}
    for size in (10, 30, 90):
        yield {"source": "{{ " + "(" * size + "1" + ")" * size + " }}"}
        yield {"source": "{{ " + "[" * size + "]" * size + "|length }}"}
        yield {"source": "{{ " + "-" * size + "1 }}"}
        yield {"source": "{{ " + "not " * size + "1 }}"}
        yield {"source": "{{ 1" + " + 1" * size + " }}"}
        yield {"source": "{{ 'a'" + "|upper" * size + " }}"}
        yield {"source": "{{ " + "1 ~ " * size + "1 }}"}
        yield {"source": "{{ x" + ".y" * size + " is defined }}", "env": {"undefined": "chainable"}}
    for depth in (5, 15):
        yield {"source": "{% if x %}" * depth + "a" + "{% endif %}" * depth, "context": {"x": 1}}
        yield {"source": "{% for i in x %}" * depth + "{{ i }}" + "{% endfor %}" * depth, "context": {"x": [7]}}


def files():
    yield "undefined.jsonl", undefined()
    yield "escapes.jsonl", escapes()
    yield "i18n.jsonl", translations()
    yield "policies.jsonl", policies()
    yield "sandbox.jsonl", sandbox()
    yield "errors.jsonl", errors()
