# SPDX-License-Identifier: MIT
"""Several templates: inheritance, include and import."""

BASES = {
    "base": "[{% block title %}T{% endblock %}|{% block body %}B{{ x }}{% endblock %}]",
    "middle": "{% extends 'base' %}{% block body %}M<{{ super() }}>{% block inner %}I{% endblock %}{% endblock %}",
    "required": "{% block r required %}{% endblock %}!",
    "required comment": "{% block r required %} {# c #} {% endblock %}!",
    "loop": "{% for i in [1, 2] %}{% block item scoped %}{{ i }}{% endblock %}{% endfor %}",
    "unscoped": "{% for i in [1, 2] %}{% block item %}({{ i }}){% endblock %}{% endfor %}",
    "with set": "{% set y = 'base' %}{% block b %}{{ y }}{% endblock %}{{ y }}",
    "self": "{% block a %}A{% endblock %}{{ self.a() }}{{ self.a()|upper }}",
    "macros": "{% macro m(a) %}<{{ a }}|{{ x }}>{% endmacro %}{% macro _p() %}p{% endmacro %}{% set v = 5 %}{% set _w = 6 %}text{{ x }}",
    "inc": "inc:{{ x }}{{ y }}{{ z }};",
    "broken": "\n{% if %}",
    "failing": "a\n\n{{ 1 / 0 }}",
    "strict": "{{ nosuch.attr }}",
    "a.html": "{{ '<' }}{{ x }}",
    "a.txt": "{{ '<' }}{{ x }}",
    "cycle": "{% include 'cycle' %}",
    "cycle extends": "{% extends 'cycle extends' %}",
    "empty": "",
    "super": "{% extends 'base' %}{% block nosuch %}{{ super() }}{% endblock %}",
    "globals": "{{ g }}{{ x }}",
    "import globals": "{% macro m() %}{{ g }}{{ x }}{% endmacro %}",
    "extends macros": "{% extends 'base' %}{% macro m() %}em{% endmacro %}{% set q = 'Q' %}",
    "includes": "{% include 'inc' %}{% set y = 3 %}{% include 'inc' %}",
    "imports": "{% import 'macros' as h %}{{ h.m(1) }}",
    "recursive": "{{ n }}{% if n > 0 %}{% set n = n - 1 %}{% include 'recursive' %}{% endif %}",
    "broken macro": "\n{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}{% macro n() %}{{ u.x }}{% endmacro %}",
    "broken block": "\n{% block b %}\n{{ 1 / 0 }}{% endblock %}",
}

SOURCES = [
    "{% extends 'base' %}", "{% extends 'base' %}{% block title %}C{% endblock %}", "{% extends 'base' %}{% block body %}{{ super() }}{{ super() }}{% endblock %}", "{% extends 'middle' %}{% block body %}L{{ super() }}{% endblock %}", "{% extends 'middle' %}{% block inner %}X{{ super() }}{% endblock %}", "{% extends 'middle' %}{% block body %}{{ super.super() }}{% endblock %}", "{% extends 'base' %}{% block body %}{{ super.super() }}{% endblock %}", "{% extends 'base' %}{% block body %}{{ super.super.super() }}{% endblock %}", "{% extends 'middle' %}{% block title %}{{ self.body() }}{% endblock %}", "{% extends 'base' %}ignored{{ 1 / 0 }}{% block title %}t{% endblock %}ignored", "{% extends 'base' %}{% set x = 'S' %}", "{% extends 'base' %}{% set x = 'S' %}{% block title %}{{ x }}{% endblock %}", "before{% extends 'base' %}after", "{{ x }}{% extends 'base' %}", "{% if x %}{% extends 'base' %}{% endif %}", "{% if x %}{% extends 'base' %}{% else %}{% extends 'middle' %}{% endif %}{% block title %}dyn{% endblock %}", "{% if u %}{% extends 'base' %}{% endif %}here{% block title %}own{% endblock %}", "{% extends x ~ '' %}", "{% extends base %}{% block title %}v{% endblock %}", "{% extends u %}", "{% extends none %}", "{% extends 5 %}", "{% extends 'nosuch' %}", "{% extends ['nosuch', 'base'] %}", "{% extends ['nosuch', 'none'] %}", "{% extends [] %}", "{% extends 'base' %}{% extends 'base' %}", "{% extends 'broken' %}", "{% extends 'failing' %}", "{% extends '' %}", "{% extends %}", "{% extends 'base' 'x' %}", "{% extends 'base' if x else 'middle' %}", "{% extends 'base' %}{% block title %}{% extends 'middle' %}{% endblock %}", "{% for i in [1] %}{% extends 'base' %}{% endfor %}",
    "{% extends 'required' %}", "{% extends 'required' %}{% block r %}R{% endblock %}", "{% extends 'required comment' %}{% block r %}R{% endblock %}", "{% extends 'required' %}{% block r %}{{ super() }}{% endblock %}", "{% include 'required' %}", "{% extends 'loop' %}{% block item %}<{{ i }}{{ loop }}>{% endblock %}", "{% extends 'loop' %}{% block item %}[{{ super() }}]{% endblock %}", "{% extends 'unscoped' %}{% block item %}<{{ i }}>{% endblock %}", "{% extends 'loop' %}{% block item scoped %}{{ i }}{{ loop.index }}{% endblock %}", "{% extends 'with set' %}{% block b %}{{ y }}!{% endblock %}", "{% extends 'with set' %}{% set y = 'child' %}{% block b %}{{ y }}!{% endblock %}", "{% extends 'with set' %}{% set y = 'child' %}", "{% extends 'self' %}", "{% extends 'self' %}{% block a %}C{% endblock %}", "{{ self.a() }}{% block a %}x{% endblock %}", "{{ self.nosuch() }}", "{{ self.a }}", "{{ super() }}", "{% block a %}{{ super() }}{% endblock %}", "{% block a %}{{ super }}{% endblock %}", "{% extends 'super' %}", "{% extends 'base' %}{% block body %}{{ self.title() }}{% endblock %}{% block title %}{{ super() }}+{% endblock %}", "{% extends 'base' %}{% block body %}{% for i in [1, 2] %}{{ super() }}{{ i }}{% endfor %}{% endblock %}", "{% extends 'base' %}{% block body %}{% macro m() %}{{ super() }}{% endmacro %}{{ m() }}{% endblock %}", "{% extends 'base' %}{% macro m() %}M{% endmacro %}{% block body %}{{ m() }}{% endblock %}", "{% extends 'extends macros' %}{% block body %}{{ q }}{% endblock %}", "{% extends 'base' %}{% import 'macros' as h %}{% block body %}{{ h.m(2) }}{% endblock %}", "{% extends 'base' %}{% from 'macros' import m %}{% block body %}{{ m(2) }}{% endblock %}", "{% extends 'base' %}{% block body %}{% include 'inc' %}{% endblock %}", "{% extends 'base' %}{% if x %}{% block body %}cond{% endblock %}{% endif %}", "{% extends 'base' %}{% if u %}{% block body %}cond{% endblock %}{% endif %}", "{% extends 'base' %}{% block body %}{% set x = 'in' %}{{ x }}{% endblock %}", "{% extends 'base' %}{% block title %}{{ self.title() if u else 1 }}{% endblock %}", "{% extends 'base' %}{% block body %}{% filter upper %}{{ super() }}b{% endfilter %}{% endblock %}", "{% extends 'base' %}{% set t %}{{ self.title() }}{% endset %}{% block body %}{{ t }}{% endblock %}", "{% extends 'base' %}{% block body %}{{ super()|length }}{{ super() is string }}{{ super() ~ '<' }}{% endblock %}",
    "{% extends 'broken block' %}", "\n{% extends 'base' %}\n{% block body %}\n{{ u.x.y }}\n{% endblock %}", "{% extends 'cycle extends' %}", "{% include 'cycle' %}",
    "{% include 'inc' %}", "{% include 'inc' with context %}", "{% include 'inc' without context %}", "{% include 'nosuch' %}", "{% include 'nosuch' ignore missing %}x", "{% include 'nosuch' ignore missing with context %}x", "{% include 'nosuch' ignore missing without context %}x", "{% include ['nosuch', 'inc'] %}", "{% include ['nosuch', 'none'] %}", "{% include ['nosuch', 'none'] ignore missing %}x", "{% include [] %}", "{% include [] ignore missing %}x", "{% include ('nosuch', 'inc') %}", "{% include x %}", "{% include u %}", "{% include u ignore missing %}x", "{% include none %}", "{% include 5 %}", "{% include 'i' ~ 'nc' %}", "{% include names %}", "{% include 'broken' %}", "{% include 'broken' ignore missing %}", "{% include 'failing' %}", "\n\n{% include 'failing' %}", "{% include 'empty' %}x", "{% include 'base' %}", "{% include 'middle' %}", "{% include %}", "{% include 'inc' with %}", "{% include 'inc' ignore %}", "{% include 'inc' 'x' %}", "{% include 'inc' ignore missing ignore missing %}", "{% set y = 2 %}{% include 'inc' %}", "{% set x = 2 %}{% include 'inc' %}", "{% for z in [1, 2] %}{% include 'inc' %}{% endfor %}", "{% for z in [1, 2] %}{% set y = z %}{% include 'inc' %}{% endfor %}", "{% with y = 1 %}{% include 'inc' %}{% endwith %}", "{% macro m(z) %}{% include 'inc' %}{% endmacro %}{{ m(7) }}", "{% block b %}{% set y = 4 %}{% include 'inc' %}{% endblock %}", "{% include 'includes' %}", "{% include 'imports' %}", "{% include 'imports' without context %}", "{% include 'recursive' %}", "{% set q %}{% include 'inc' %}{% endset %}[{{ q }}]", "{% filter upper %}{% include 'inc' %}{% endfilter %}", "{% include 'globals' %}{% include 'globals' without context %}", "{% for i in [1] %}{% include 'loop' %}{{ loop.index }}{% endfor %}", "{% include 'macros' %}{{ m is defined }}{{ v is defined }}", "{% if u %}{% include 'nosuch' %}{% endif %}ok", "{% autoescape true %}{% include 'a.txt' %}{% endautoescape %}", "{% include 'a.html' %}{% include 'a.txt' %}", "{% include 'strict' %}", "{% include ['broken', 'inc'] %}", "{% set a = 1 %}{% if x %}{% set a = 2 %}{% include 'inc' %}{% endif %}",
    "{% import 'macros' as h %}{{ h.m(1) }}{{ h.v }}", "{% import 'macros' as h with context %}{{ h.m(1) }}", "{% import 'macros' as h without context %}{{ h.m(1) }}", "{% import 'macros' as h %}{{ h._p }}|{{ h._w }}|{{ h.nosuch }}", "{% import 'macros' as h %}{{ h._p() }}", "{% import 'macros' as h %}{{ h.nosuch() }}", "{% import 'macros' as h %}{{ h }}", "{% import 'macros' as h with context %}{{ h }}", "{% import 'macros' as h %}{{ h|string }}{{ h|upper }}{{ h is string }}{{ h is mapping }}", "{% from 'macros' import m %}{{ m(1) }}", "{% from 'macros' import m, v %}{{ m(1) }}{{ v }}", "{% from 'macros' import m as n, v as w %}{{ n(1) }}{{ w }}", "{% from 'macros' import m with context %}{{ m(1) }}", "{% from 'macros' import m without context %}{{ m(1) }}", "{% from 'macros' import m, v with context %}{{ m(v) }}", "{% from 'macros' import nosuch %}{{ nosuch }}", "{% from 'macros' import nosuch %}{{ nosuch() }}", "{% from 'macros' import nosuch as z %}{{ z.a }}", "{% from 'macros' import nosuch %}x", "{% from 'macros' import _p %}", "{% from 'macros' import m as _q %}{{ _q(1) }}", "{% from 'macros' import m, %}{{ m(1) }}", "{% from 'macros' import m v %}", "{% from 'macros' import %}", "{% from 'macros' import with context %}", "{% from 'macros' %}", "{% from import m %}", "{% import 'macros' %}", "{% import 'macros' as %}", "{% import 'macros' as 1 %}", "{% import 'nosuch' as h %}", "{% from 'nosuch' import m %}", "{% import ['nosuch', 'macros'] as h %}{{ h.v }}", "{% import u as h %}", "{% import x as h %}", "{% import 'broken' as h %}", "{% import 'failing' as h %}", "{% from 'failing' import m %}", "\n{% import 'broken macro' as h %}\n\n{{ h.m() }}", "{% import 'broken macro' as h %}{{ h.n() }}", "{% set x = 'S' %}{% import 'macros' as h with context %}{{ h.m(1) }}", "{% set x = 'S' %}{% from 'macros' import m %}{{ m(1) }}", "{% for x in [1, 2] %}{% import 'macros' as h with context %}{{ h.m(1) }}{% endfor %}", "{% for i in [1] %}{% import 'macros' as h %}{% endfor %}{{ h is defined }}", "{% if x %}{% import 'macros' as h %}{% endif %}{{ h.v }}", "{% macro w() %}{% import 'macros' as h %}{{ h.m(1) }}{% endmacro %}{{ w() }}", "{% import 'macros' as h %}{% macro w() %}{{ h.m(1) }}{% endmacro %}{{ w() }}", "{% import 'import globals' as h %}{{ h.m() }}", "{% import 'import globals' as h with context %}{{ h.m() }}", "{% import 'imports' as h %}{{ h.h.v }}{{ h }}", "{% import 'base' as h %}{{ h.title }}|{{ h }}", "{% import 'middle' as h %}{{ h }}", "{% import 'extends macros' as h %}{{ h.m() }}{{ h.q }}{{ h }}", "{% import 'empty' as h %}[{{ h }}]{{ h.x }}", "{% from 'macros' import v %}{% set v = v + 1 %}{{ v }}", "{% import 'macros' as h %}{% call h.m(1) %}x{% endcall %}", "{% import 'macros' as h %}{{ h['v'] }}{{ h.m.name }}{{ h.m.arguments }}", "{% import 'a.html' as h %}{{ h }}", "{% import 'macros' as h %}{% block b %}{{ h.v }}{% endblock %}", "{% block b %}{% import 'macros' as h %}{{ h.v }}{% endblock %}{{ h is defined }}", "{% from 'macros' import m, m as n %}{{ m(1) }}{{ n(2) }}", "{% import 'macros' as range %}{{ range.v }}", "{% import 'macros' as h %}{% import 'macros' as h %}{{ h.v }}", "{% with %}{% from 'macros' import v %}{{ v }}{% endwith %}{{ v is defined }}", "{% import 'macros' as h %}{% include 'imports' %}{{ h.v }}", "{% import 'macros' as _h %}{{ _h.v }}", "{% import 'includes' as h %}{{ h }}", "{% import 'macros' as h %}{% for k in h %}{% endfor %}", "{% from 'macros' import m.x %}", "{% from 'macros' import 'm' %}",
]

CONTEXT = {"x": "X<", "base": "base", "names": ["zz", "inc"], "n": 3}


def composed():
    for source in SOURCES:
        used = {name: text for name, text in BASES.items() if name in source}
        # What these use in turn.
        for _ in range(3):
            used |= {name: text for name, text in BASES.items() if any(f"'{name}'" in other for other in used.values())}
        for env in ({}, {"autoescape": {"extensions": ["html"], "default_for_string": False}}, {"autoescape": True, "undefined": "strict"}):
            templates = used if "x ~" not in source else BASES
            if "base" in source or "{% extends" in source:
                templates = {**{name: BASES[name] for name in ("base", "middle")}, **templates}
            if "names" in source or "~ 'nc'" in source:
                templates = {**templates, "inc": BASES["inc"]}
            yield {"env": env, "templates": templates, "source": source, "context": CONTEXT, "globals": {"g": "G"}}
    for name in BASES:
        templates = BASES if name not in ("cycle",) else {name: BASES[name]}
        needed = {key: text for key, text in templates.items() if key == name or f"'{key}'" in BASES[name] or key in ("base", "inc", "macros")}
        yield {"templates": needed, "name": name, "context": CONTEXT}
        yield {"templates": needed, "name": ["nosuch", name], "context": CONTEXT, "env": {"autoescape": {"extensions": ["html"]}}}
    yield {"templates": {"a": "x"}, "name": "b"}
    yield {"templates": {"a": "x"}, "name": ["b", "c"]}
    yield {"templates": {"a": "x"}, "name": []}
    yield {"name": "b"}
    yield from deep()


def deep():
    # Chains of inheritance and inclusion.
    for depth in (2, 3, 6):
        templates = {"t0": "{% block b %}0{% endblock %}"}
        for i in range(1, depth):
            templates[f"t{i}"] = "{%% extends 't%d' %%}{%% block b %%}%d({{ super() }}){%% endblock %%}" % (i - 1, i)
        yield {"templates": templates, "name": f"t{depth - 1}"}
        templates = {f"i{i}": "%d{%% include 'i%d' %%}" % (i, i + 1) for i in range(depth)}
        templates[f"i{depth}"] = "end{{ x }}"
        yield {"templates": templates, "name": "i0", "context": {"x": 5}}
        templates = {**templates, f"i{depth}": "\n\n{{ x.y.z }}"}
        yield {"templates": templates, "name": "i0", "context": {"x": 5}}
    for names in (["a.html", "a.HTML", "a.xml", "a.htm", "a", "html", "a.html.txt", "a.svg", "b.html"],):
        for name in names:
            for rule in ({"extensions": ["html", "xml"]}, {"extensions": [".html"], "disabled_extensions": ["txt"], "default": True}, {"extensions": ["HTML"], "default_for_string": False}, {"disabled_extensions": ["html"], "default": True}, {}):
                yield {"env": {"autoescape": rule}, "templates": {name: "{{ '<' }}"}, "name": name}
                yield {"env": {"autoescape": rule}, "source": "{{ '<' }}{% include '" + name + "' %}", "templates": {name: "{{ '<' }}"}}


def files():
    yield "composition.jsonl", composed()
