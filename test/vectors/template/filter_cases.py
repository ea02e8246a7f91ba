# SPDX-License-Identifier: MIT
"""Every filter, with every form of its arguments, on every kind of value."""

import subjects

# What a filter is for: tried on these kinds with all forms of its arguments, on the others with one.
NUMBERS = tuple(subjects.SCALARS) + ("integer", "signed", "decimal", "exponent", "hexadecimal", "commas", "empty")
TEXTS = tuple(subjects.TEXTS) + ("none", "answer", "float", "true")
LISTS = tuple(subjects.CONTAINERS) + ("words", "markup", "wide", "empty")
EVERY = tuple(subjects.ALL)

FILTERS = {
    "abs": (NUMBERS, [""]),
    "attr": (LISTS, ["'name'", "'upper'", "name='b'", "'b'", "1", "", "'zz'"]),
    "batch": (LISTS, ["2", "3, 'x'", "linecount=2", "2, fill_with=0", "0", "'2'", "", "3, none"]),
    "capitalize": (TEXTS, [""]),
    "center": (TEXTS, ["", "20", "width=21", "1", "-3", "'5'"]),
    "count": (EVERY, [""]),
    "d": (EVERY, ["", "'x'", "'x', true", "default_value=1, boolean=true"]),
    "default": (EVERY, ["", "'x'", "'x', true", "'<d>'"]),
    "dictsort": (LISTS, ["", "true", "by='value'", "false, 'value', true", "reverse=true", "by='other'"]),
    "e": (EVERY, [""]),
    "escape": (EVERY, [""]),
    "filesizeformat": (NUMBERS, ["", "true", "binary=true", "1"]),
    "first": (LISTS, [""]),
    "float": (NUMBERS + TEXTS, ["", "1.5", "default='x'", "none"]),
    "forceescape": (EVERY, [""]),
    "format": (("letter", "words", "html", "markup", "none", "answer"), ["", "1", "a=1"]),
    "groupby": (LISTS, ["'name'", "'age'", "'address.city'", "'name', default='zz'", "attribute='name', case_sensitive=true",
                        "'name', 'y', true", "0", "1", "'n', default=0", ""]),
    "indent": (TEXTS, ["", "2", "4, true", "width=1, first=true, blank=true", "'> '", "2, false, true", "'--', true", "0", "1.5", "-1"]),
    "int": (NUMBERS + TEXTS, ["", "7", "default='x'", "0, 16", "0, 2", "base=8", "0, 0", "1, 37"]),
    "items": (EVERY, [""]),
    "join": (LISTS + ("html",), ["", "', '", "d='<'", "'|', attribute='name'", "attribute=0", "'&', 'age'", "1", "'-', 'address.city'"]),
    "last": (LISTS, [""]),
    "length": (EVERY, [""]),
    "list": (EVERY, [""]),
    "lower": (EVERY, [""]),
    "map": (LISTS, ["'upper'", "attribute='name'", "attribute='name', default='q'", "'int', 5", "'default', 'z'", "attribute=0",
                    "attribute='address.city'", "'join', ','", "'nofilter'", "", "foo=1", "attribute='name', bar=1", "'round', precision=1",
                    "'e'", "'replace', 'a', 'b'"]),
    "max": (LISTS, ["", "true", "attribute='age'", "case_sensitive=true", "attribute='name'", "attribute=1", "attribute='n'"]),
    "min": (LISTS, ["", "true", "attribute='age'", "case_sensitive=true", "attribute='name'", "attribute=0"]),
    "pprint": (EVERY, [""]),
    "random": (("no items", "one tuple", "letter", "empty", "answer", "none"), []),
    "reject": (LISTS, ["", "'odd'", "'equalto', 'a'", "'string'", "'notest'", "'in', [1, 2]", "'divisibleby', 3", "'gt', 1"]),
    "rejectattr": (LISTS, ["'name'", "'age', 'odd'", "'n', 'none'", "'address.city', 'equalto', 'Rome'", "", "0", "1, 'eq', 2"]),
    "replace": (TEXTS, ["'a', 'b'", "'o', '<0>'", "'l', '', 1", "'', '-'", "old='l', new='L', count=2", "'a'", "1, 2", "'&', '&&'",
                        "'o', 'x'|e", "'', '.', 3", "'l', 'LL', -1", "'<', '>', 0"]),
    "reverse": (EVERY, [""]),
    "round": (NUMBERS, ["", "1", "2, 'floor'", "method='ceil'", "precision=1, method='common'", "-1", "0, 'other'", "-2, 'ceil'", "-1, 'floor'", "20", "'1'"]),
    "safe": (EVERY, [""]),
    "select": (LISTS, ["", "'odd'", "'equalto', 'a'", "'string'", "'notest'", "'in', [1, 2]", "'mapping'", "'lt', 3", "'sameas', true"]),
    "selectattr": (LISTS, ["'name'", "'age', 'odd'", "'n', 'none'", "'address.city', 'equalto', 'Rome'", "", "0", "1, 'eq', 2",
                           "'name', 'in', ['x', 'Bob']", "'zz', 'defined'"]),
    "slice": (LISTS, ["2", "3, 'x'", "slices=2, fill_with=0", "0", "'a'", "10", "", "3, none"]),
    "sort": (LISTS, ["", "true", "reverse=true", "case_sensitive=true", "attribute='name'", "false, true, 'name'", "attribute='age,name'",
                     "attribute=1", "attribute='address.city'", "attribute='n'", "true, attribute='age,address.city'"]),
    "string": (EVERY, [""]),
    "striptags": (TEXTS, [""]),
    "sum": (LISTS, ["", "attribute='age'", "start=10", "'age', 5", "attribute=1", "start='x'", "start=[]", "0.5"]),
    "title": (TEXTS, [""]),
    "tojson": (EVERY, ["", "2", "indent=1", "0", "none"]),
    "trim": (TEXTS, ["", "'a'", "chars=' <>'", "none", "''", "1"]),
    "truncate": (TEXTS, ["", "5", "10, true", "9, true, '~'", "5, false, '...', 0", "length=7, killwords=true, end='', leeway=2",
                         "12, leeway=0", "3, true, '', 0", "2", "leeway=none", "14, false, '<>'", "'5'"]),
    "unique": (LISTS, ["", "true", "case_sensitive=true", "attribute='name'", "attribute='age'", "attribute=0", "false, 'address.city'"]),
    "upper": (EVERY, [""]),
    "urlencode": (EVERY, [""]),
    "urlize": (TEXTS, ["", "10", "20, true", "nofollow=true", "target='_blank'", "rel='me you'", "none, false, '_top', 'x'",
                       "extra_schemes=['ftp:']", "15, true, '<t>', 'a&b'"]),
    "wordcount": (TEXTS, [""]),
    "wordwrap": (TEXTS, ["", "5", "8, false", "6, true, '<br>'", "width=4, break_long_words=false, wrapstring='|'",
                         "10, break_on_hyphens=false", "1", "79", "0"]),
    "xmlattr": (LISTS, ["", "false", "autospace=false", "true"]),
}

# Those that give an iterator are asked for its items; also as such.
LAZY = {"batch", "items", "map", "reject", "rejectattr", "reverse", "select", "selectattr", "slice", "unique"}

# Whose result depends on whether the template escapes.
ESCAPING = {"e", "escape", "forceescape", "join", "map", "safe", "string", "replace", "urlize", "xmlattr", "indent", "tojson", "format",
            "striptags", "default", "wordwrap", "truncate", "trim", "title", "center", "upper", "lower", "capitalize", "urlencode", "first",
            "last", "reverse", "pprint", "sum", "dictsort"}


def call(name, arguments):
    return f"{name}({arguments})" if arguments else name


def by_kind():
    for name, (fitting, forms) in FILTERS.items():
        for kind, value in subjects.ALL.items():
            for number, form in enumerate(forms):
                if kind not in fitting and number > 0:
                    continue
                lazy = "|list" if name in LAZY else ""
                request = {"source": "{{ x|%s%s }}" % (call(name, form), lazy), "context": {"x": value}}
                yield request
                if name in ESCAPING and (kind in subjects.TEXTS or kind in ("html items", "attributes", "people", "letters")):
                    yield {"env": {"autoescape": True}, **request}
        if not forms:
            # What is chosen by chance is the same each time only where there is no choice.
            yield from ({"source": "{{ x|%s }}" % name, "context": {"x": subjects.ALL[kind]}} for kind in fitting)
            continue
        yield {"source": "{{ x|%s }}" % call(name, forms[0])}
        yield {"source": "{{ x|%s }}" % call(name, forms[0]), "env": {"undefined": "strict"}}
        yield {"source": "{{ 'x'|%s(1, 2, 3, 4, 5, 6, 7, 8) }}" % name}
        yield {"source": "{{ 'x'|%s(nosuch=1) }}" % name}
        yield {"source": "{{ 'x'|%s(*[], **{}) }}" % name}
        yield {"source": "{%% filter %s %%}a <b> C{%% endfilter %%}" % call(name, forms[0])}


FORMATS = [
    ("%s", "1"), ("%s", "'<'"), ("%s %s", "1, 2"), ("%s", "1, 2"), ("%s %s", "1"), ("%(a)s", "a=1"), ("%(a)s %(b)s", "a=1"), ("%d", "3.7"),
    ("%d", "'x'"), ("%5d|%-5d|%05d|%+d|% d", "1, 2, 3, 4, 5"), ("%x %X %o %#x %#o", "255, 255, 8, 255, 8"), ("%e %E", "12345.678, 0.00012"),
    ("%f %.2f %10.3f %-10.1f|", "1.5, 2.345, 3.14159, 2.5"), ("%g %G %.3g", "0.0001, 1e20, 1234.5"), ("%r %a", "'a', '\u00e9'"), ("%c%c", "65, 'b'"),
    ("%%", ""), ("%5s|%-5s|%.2s", "'ab', 'cd', 'efgh'"), ("%*d", "5, 42"), ("%.*f", "2, 3.14159"), ("%q", "1"), ("%", "1"), ("%(a", "a=1"),
    ("%i %u", "-3, 7"), ("%s", "none"), ("%s", "[1, 'a']"), ("%s", "{'a': 1}"), ("%c", "'ab'"), ("%c", "-1"), ("%d", "true"), ("%s", "1.0"), ("%F", "1e400"),
    ("%5.1f%%", "99.55"), ("%-8s|", "'<a>'"), ("%s", "'<b>'|safe"), ("%(x)5.2f", "x=1"), ("%d", "12345678901234567890"), ("%x", "1.5"), ("%ld %hd", "1, 2"),
    ("a", ""), ("a", "1"), ("%s", ""), ("%#.3g %+.1e", "1, 12"), ("%08.3f", "-3.14159"), ("%+s", "'a'"), ("%06d", "-42"), ("%x", "-255"), ("%.0f %.0f", "0.5, 1.5"),
]

SPECIAL = [
    "{{ 'a'|upper|lower }}", "{{ ('a' ~ 'b')|upper }}", "{{ 'a' ~ 'b'|upper }}", "{{ -1|abs }}", "{{ (-1)|abs }}", "{{ 2 ** 3|string }}",
    "{{ 'x'|default('y')|upper }}", "{{ not 1|string }}", "{{ foo.bar|default('z') }}", "{{ foo|default }}", "{{ x.y|default(1, true) }}",
    "{{ [1, 2, 3]|sum|string|length }}", "{{ 'a' if true else 'b'|upper }}", "{{ 'b'|upper if false else 'c'|upper }}",
    "{{ '%s'|format(x)|upper }}", "{{ [3, 1]|sort|join }}", "{{ 'abc'|first|upper }}", "{{ 1|nosuch }}", "{{ 1|no.such }}", "{{ 1|upper.x }}",
    "{{ 'a'|upper()|lower() }}", "{{ 'a'|upper .x }}", "{{ 'a'|e|e }}", "{{ '<'|safe|e }}", "{{ '<'|e|forceescape }}", "{{ '<'|string|e }}",
    "{{ ('<'|e)|string|e }}", "{{ ['<']|join('>')|e }}", "{{ ['<'|safe]|join('>') }}", "{{ '<'|upper|safe }}", "{{ [1, 2]|map('string')|join(', ') }}",
    "{{ range(5)|select('odd')|map('string')|join('-') }}", "{{ range(10)|batch(3)|map('list')|list }}", "{{ range(10)|slice(3)|list }}",
    "{{ [{'a': 1}, {'a': 2}]|map(attribute='a')|sum }}", "{{ {'a': 1}|items|list }}", "{{ {'b': 1, 'a': 2}|dictsort|list }}", "{{ {}|items }}",
    "{% for k, v in {'b': 1, 'a': 2}|dictsort %}{{ k }}={{ v }};{% endfor %}", "{{ 'abc'|reverse }}", "{{ [1, 2]|reverse|list }}", "{{ 'a b'|title|e }}",
    "{% for g, l in [{'a': 1, 'b': 2}, {'a': 1, 'b': 3}, {'a': 0, 'b': 4}]|groupby('a') %}{{ g }}:{{ l|map(attribute='b')|join(',') }};{% endfor %}",
    "{% for g in [{'a': 1}]|groupby('a') %}{{ g.grouper }} {{ g.list }} {{ g[0] }} {{ g[1] }} {{ g|length }} {{ g }}{% endfor %}",
    "{{ [1, 2, 3]|first }}{{ []|first }}|{{ []|last }}|", "{{ []|first|default('none') }}", "{{ []|first is undefined }}", "{{ []|min }}|{{ []|max }}|",
    "{{ []|min.x }}", "{{ []|random }}", "{{ 'foo bar baz qux'|truncate(9) }}", "{{ 'foo bar baz qux'|truncate(11) }}", "{{ 'foo bar baz'|truncate(5, true) }}",
    "{{ 'foo bar'|truncate(7) }}", "{{ 'x' * 300|int }}", "{{ ('a ' * 200)|truncate }}", "{{ ('a' * 200)|truncate(20) }}", "{{ ('a' * 200)|wordwrap(50) }}",
    "{{ 'a\\nb\\n\\nc'|indent(2, true) }}", "{{ 'a\\r\\nb'|indent }}", "{{ 'a\\nb\\n'|indent(blank=true) }}", "{{ '\\n'|indent(first=true) }}",
    "{{ 'a&b c/d?\u00e9=~-._'|urlencode }}", "{{ {'a b': 'c&d', '\u00e9': 1}|urlencode }}", "{{ [('a', 1), ('b', none)]|urlencode }}", "{{ '/'|urlencode }}", "{{ 5|urlencode }}",
    "{{ {'a': 1, 'b': none, 'c': '<>'}|xmlattr }}", "{{ {'a b': 1}|xmlattr }}", "{{ {'a/b': 1}|xmlattr }}", "{{ {'a=b': 1}|xmlattr }}", "{{ {'a>b': 1}|xmlattr }}", "{{ {'x': y}|xmlattr }}", "{{ {'a\\tb': none}|xmlattr }}",
    "{{ {'a<b': 1}|xmlattr }}", "{{ {1: 2}|xmlattr }}", "{{ {'': 1}|xmlattr }}", "{{ {}|xmlattr }}|", "{{ {'a': true, 'b': 1.5, 'c': [1]}|xmlattr }}",
    "{{ {'a': '</script>', 'b': \"'\", 'c': '&'}|tojson }}", "{{ [1.0, 1e20, true, none, 'a\\nb\"']|tojson }}", "{{ {'b': 1, 'a': [1, {'z': 2}]}|tojson(2) }}",
    "{{ x|tojson }}", "{{ (1, 2)|tojson }}", "{{ {1: 2, 'a': 3}|tojson }}", "{{ {true: 1}|tojson }}", "{{ {none: 1}|tojson }}", "{{ {1.5: 1}|tojson }}", "{{ {(1, 2): 1}|tojson }}", "{{ range(3)|tojson }}",
    "{{ '\u00e9\u2028\U0001f600'|tojson }}", "{{ []|tojson(2) }}{{ {}|tojson(2) }}", "{{ '<'|safe|tojson }}", "{{ [[], [1, [2]]]|tojson(indent=3) }}",
    "{{ 1.25|round(1) }} {{ 2.5|round }} {{ 3.5|round }} {{ -2.5|round }} {{ 2.675|round(2) }}", "{{ 42|round }} {{ 42|round(1) }} {{ 42|round(-1) }}", "{{ 45|round(-1) }} {{ 55|round(-1) }}",
    "{{ 42.55|round(1, 'floor') }} {{ 42.55|round(1, 'ceil') }} {{ 42.55|round(method='ceil') }}", "{{ 1e300|round(2) }} {{ 1e22|round }}", "{{ 0.1|round(3) }} {{ 1234.5678|round(-2) }}",
    "{{ 100|filesizeformat }} {{ 1000|filesizeformat }} {{ 1000000|filesizeformat }} {{ 1e12|filesizeformat }} {{ 1024|filesizeformat(true) }} {{ 1048576|filesizeformat(true) }}",
    "{{ 1|filesizeformat }} {{ 0|filesizeformat }} {{ 999|filesizeformat }} {{ 999999|filesizeformat }} {{ 10**30|filesizeformat }} {{ 10**24|filesizeformat }} {{ '1500'|filesizeformat }} {{ -5000|filesizeformat }} {{ 1023|filesizeformat(true) }}",
    "{{ '12abc'|int }} {{ '12.9'|int }} {{ '1_000'|int }} {{ '0b11'|int(0, 2) }} {{ '0x1f'|int(0, 16) }} {{ 'ff'|int(base=16) }} {{ none|int(9) }} {{ 3.99|int }} {{ '  5 '|int }} {{ '\u0663'|int }} {{ '1e3'|int }}",
    "{{ 'inf'|float }} {{ 'nan'|float }} {{ '1_0.5'|float }} {{ '.5'|float }} {{ '5.'|float }} {{ 'x'|float(2) }} {{ '-1E-3'|float }} {{ true|float }}", "{{ 'infinity'|float|int }}",
    "{{ 'a  b\\tc\\nd'|wordcount }} {{ ''|wordcount }} {{ 'foo-bar b_c d1 \u00e9\u00e9'|wordcount }}", "{{ 'HELLO wORLD'|capitalize }} {{ \"it's o'neil (foo) a-b a_b 1st\"|title }}",
    "{{ '<p>a <b>b</b>  c</p><!-- x -->&amp; &lt;'|striptags }}", "{{ 'a < b > c'|striptags }}", "{{ '<!--a--b-->c<!--'|striptags }}", "{{ '<a\\nb>x\\n\\ny'|striptags }}",
    "{{ [1, 2, 3, 4]|sum(start=0.5) }}", "{{ ['a', 'b']|sum(start='') }}", "{{ [[1], [2]]|sum(start=[]) }}", "{{ [0.1] * 3 }} {{ ([0.1] * 10)|sum }}", "{{ [10**18, 10**19]|sum }}",
    "{{ ['B', 'a', 'C']|sort }} {{ ['B', 'a', 'C']|sort(case_sensitive=true) }} {{ ['b', 'B', 'a']|sort(reverse=true) }}", "{{ [2, 'a']|sort }}", "{{ {'b': 1, 'a': 2}|sort }}", "{{ 'hello'|sort }}",
    "{{ ['a', 'A', 'b']|unique|list }} {{ ['a', 'A']|unique(true)|list }} {{ [1, 1.0, true, 2]|unique|list }}", "{{ [[1], [1]]|unique|list }}",
    "{{ 'text'|attr('upper')() }}", "{{ {'a': 1}|attr('a') }}|", "{{ {'a': 1}|attr('items')()|list }}", "{{ [1]|attr('nope') is defined }}", "{{ 'ab'|list }} {{ {'a': 1}|list }} {{ 5|list }}",
    "{{ x|d(1) + 1 }}", "{{ none|d(1) }} {{ none|d(1, true) }} {{ ''|d('e', true) }} {{ false|d(2, boolean=true) }}", "{{ 5|string + '1' }}", "{{ none|string }} {{ true|string }} {{ 1.0|string }}",
    "{{ [1, 2]|string|length }}", "{{ ['a']|string }}", "{{ '  a '|trim ~ '|' }}", "{{ 'xxaxx'|trim('x') }}", "{{ ' <a> '|e|trim }}", "{{ 'a'|center(5) ~ '|' }} {{ 'ab'|center(5) ~ '|' }} {{ 'abc'|center(4) ~ '|' }}",
    "{{ 'a,b'|replace(',', '<') }} {{ 'aaa'|replace('a', 'b', 2) }}", "{{ '<a>'|replace('<', '>') }}", "{{ '<a>'|safe|replace('<', '>') }}", "{{ 'aaa'|replace('', '-') }}",
    "{{ [{'a': {'b': 1}}]|map(attribute='a.b')|list }} {{ [[1, 2], [3, 4]]|map(attribute='1')|list }} {{ [[[5]]]|map(attribute='0.0')|list }}", "{{ ['a']|map('upper', 1)|list }}",
    "{{ [1, none, 0, 'a', '']|select|list }} {{ [1, none, 0]|reject|list }}", "{{ ['a', 1]|select('string')|list }}", "{{ [1, 2, 3]|select('>', 1)|list }} {{ [1, 2]|reject('==', 1)|list }}", "{{ [1]|select('lt', 'a')|list }}",
    "{{ [{'a': 1}, {'a': 0}, {}]|selectattr('a')|list }}", "{{ [{'a': 1}, {}]|rejectattr('a', 'defined')|list }}", "{{ [1, 2, 3]|batch(2)|list }} {{ [1, 2, 3]|batch(2, '-')|list }} {{ []|batch(2)|list }}",
    "{{ [1, 2, 3, 4, 5, 6, 7]|slice(3, 'x')|list }} {{ []|slice(2)|list }} {{ [1]|slice(3)|list }}", "{{ 'abc'|batch(2)|list }} {{ 'abcdefg'|slice(3)|list }}",
    "{{ 'http://a.com'|urlize }} {{ 'www.a.com'|urlize }} {{ 'a.com'|urlize }} {{ 'x.org/y'|urlize }} {{ 'a@b.co'|urlize }} {{ 'mailto:a@b.co'|urlize }} {{ 'ftp://x.y'|urlize }}",
    "{{ '(http://a.com)'|urlize }} {{ '<http://a.com>'|urlize }} {{ 'http://a.com/(x)'|urlize }} {{ 'http://a.com.'|urlize }} {{ 'http://a.com,x'|urlize }} {{ '\"http://a.com\"'|urlize }}",
    "{{ 'http://a.com/?a=1&b=\"'|urlize }}", "{{ 'http://localhost:80/x'|urlize }} {{ 'http://1.2.3.4'|urlize }} {{ 'https://[::1]/'|urlize }} {{ 'http://\u00e9.com/\u00e9'|urlize }} {{ 'HTTP://A.COM'|urlize }}",
    "{{ 'http://example.com/very/long/path'|urlize(12) }}", "{{ 'foo https://e.org/x bar'|urlize(nofollow=true, target='_x') }}", "{{ 'tel:123 x'|urlize(extra_schemes=['tel:']) }}", "{{ 'x'|urlize(extra_schemes=['bad']) }}",
    "{{ 'a\\nhttp://b.com\\n'|urlize }}", "{{ '<http://a.com>'|e|urlize }}", "{{ 'http://a.com&lt;'|safe|urlize }}", "{{ 'see (www.a.com), or &lt;www.b.com&gt;'|urlize }}", "{{ 'www.a.com/a_(b)_c)'|urlize }} {{ 'http://a.com/[x]]'|urlize }}",
    "{{ {'x': 'y' * 100, 'z': [1, 2, 3]}|pprint }}", "{{ range(40)|list|pprint }}", "{{ ['a' * 30, 'b' * 30, 'c' * 30]|pprint }}", "{{ {'b': 1, 'a': {'d': 'x' * 70, 'c': 1}}|pprint }}", "{{ ('word ' * 40)|pprint }}", "{{ 'a'|pprint }}", "{{ (1,)|pprint }} {{ ('a' * 50, 'b' * 50)|pprint }}",
    "{{ [3, 1, 2]|min }} {{ ['b', 'A']|max }} {{ ['b', 'B', 'a']|min(case_sensitive=true) }} {{ [1, 'a']|max }}", "{{ 'hello'|max }} {{ {'a': 1, 'b': 2}|min }}", "{{ [{'a': 2}, {'a': 1}]|min(attribute='a') }}", "{{ 5|max }}",
    "{{ 'abc'|length }} {{ {'a': 1}|count }} {{ range(4)|length }} {{ 5|length }}", "{{ x|length }}", "{{ '\U0001f600e\u0301'|length }}", "{{ '\u00df'|upper }} {{ '\u0130'|lower|length }} {{ '\ufb01x'|title }} {{ '\u01c6a'|capitalize }} {{ '\u03a3\u03a3'|lower }} {{ 'A\u03a3 \u03a3'|lower }}",
    "{{ ['x', 'y']|join(attribute='upper') }}", "{{ ['a', 1, none, true]|join('-') }}", "{{ 'abc'|join(',') }}", "{{ {'a': 1, 'b': 2}|join(',') }}", "{{ [1, [2, 3]]|join(',') }}", "{{ 1|join }}", "{{ [u, u2]|join(',') }}",
    "{{ '2024'|wordwrap(2) }} {{ 'foo bar\\n\\nbaz qux'|wordwrap(5) }} {{ 'long-hyphenated-word'|wordwrap(8) }} {{ 'aaaaaaaaaa b'|wordwrap(4, false) }} {{ ' leading and  double'|wordwrap(9) }}", "{{ 'tab\\there and there'|wordwrap(8) }} {{ 'end  '|wordwrap(3) }}|", "{{ 'a--b c---d e\u2014f'|wordwrap(3) }} {{ 'foo-bar-baz'|wordwrap(5, true, '/', false) }}",
]


def formats():
    for text, arguments in FORMATS:
        for escape in (False, True):
            env = {"env": {"autoescape": True}} if escape else {}
            yield {**env, "source": "{{ x|format(%s) }}" % arguments, "context": {"x": text}}
            yield {**env, "source": "{{ x|format(%s) }}" % arguments, "context": {"x": {" m": "<b>" + text}}}
        positional = "=" not in arguments and "," not in arguments
        if positional and arguments:
            yield {"source": "{{ x %% (%s) }}" % arguments, "context": {"x": text}}
        if "=" not in arguments:
            yield {"source": "{{ x %% (%s,) }}" % arguments if arguments else "{{ x % () }}", "context": {"x": text}}
        elif arguments:
            entries = ", ".join("'%s': %s" % tuple(part.strip().split("=", 1)) for part in arguments.split(","))
            yield {"source": "{{ x %% {%s} }}" % entries, "context": {"x": text}}


def special():
    for source in SPECIAL:
        yield {"source": source}
        yield {"source": source, "env": {"autoescape": True}}


def files():
    yield "filters.jsonl", by_kind()
    yield "formats.jsonl", formats()
    yield "filter_uses.jsonl", special()
