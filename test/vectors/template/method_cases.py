# SPDX-License-Identifier: MIT
"""The methods of Python's values, and str.format()."""

import subjects

STRINGS = ["abc", "", "Hello World", "  pad\t\n", "a,b,,c", "stra\u00dfe \u01c6\ufb01 \u03a3", "one\ntwo\r\nthree", "12", "\u00b2\u0663", "title Case It's", "xyxyx", "\u4e2d\U0001f600", "_a1", "<b>&\"'"]

STRING_METHODS = {
    "capitalize": [""], "casefold": [""], "center": ["7", "8, '*'", "'x'", "5, 'ab'", ""], "count": ["'a'", "''", "'x', 1", "'x', 1, 3", "1"], "encode": ["", "'utf-8'"], "endswith": ["'c'", "('c', 'd')", "''", "'b', 0, 2", "1"],
    "expandtabs": ["", "4"], "find": ["'b'", "''", "'x', 1", "'zz'", "'x', -2", "none"], "format": ["", "1, a=2"], "format_map": ["{'a': 1}"], "index": ["'b'", "'zz'"], "isalnum": [""], "isalpha": [""], "isascii": [""], "isdecimal": [""], "isdigit": [""], "isidentifier": [""],
    "islower": [""], "isnumeric": [""], "isprintable": [""], "isspace": [""], "istitle": [""], "isupper": [""], "join": ["['1', '2']", "'abc'", "[1]", "[]", "{'a': 1}", ""], "ljust": ["6", "6, '.'"], "lower": ["", "1"], "lstrip": ["", "'ab'", "none"], "partition": ["','", "'x'", "''"],
    "removeprefix": ["'ab'"], "removesuffix": ["'bc'", "''"], "replace": ["'a', 'z'", "'', '-'", "'x', 'y', 1", "'x'", "'x', '', -1", "'b', '<'"], "rfind": ["'x'", "''", "'b'"], "rindex": ["'x'"], "rjust": ["6", "6, '.'"], "rpartition": ["','", "'y'"], "rsplit": ["", "','", "',', 1", "none, 1", "maxsplit=1"],
    "rstrip": ["", "'cx'"], "split": ["", "','", "',', 1", "none, 1", "sep=',', maxsplit=2", "''", "'x'", "1"], "splitlines": ["", "true", "keepends=true"], "startswith": ["'a'", "('a', 'H')", "''", "'b', 1", "none"], "strip": ["", "'ax'", "' '", "1"], "swapcase": [""], "title": [""], "translate": ["{97: 'z'}"],
    "upper": [""], "zfill": ["5", "0", "'x'"], "nosuch": [""], "__len__": [""],
}

LISTS = {
    "append": ["1", "", "1, 2"], "extend": ["[1]", "'ab'", "1"], "insert": ["0, 'x'", "-1, 'x'", "99, 'x'", "0"], "pop": ["", "0", "9", "-1"], "remove": ["1", "'zz'"], "index": ["2", "'zz'", "1, 1"], "count": ["1", "'a'"], "sort": ["", "reverse=true"], "reverse": [""], "copy": [""], "clear": [""], "nosuch": [""],
}
DICTS = {
    "get": ["'a'", "'zz'", "'zz', 5", "", "1", "[]"], "items": ["", "1"], "keys": [""], "values": [""], "pop": ["'a'", "'zz'", "'zz', 1", ""], "popitem": [""], "setdefault": ["'a', 9", "'n', 9", "'n'"], "update": ["{'z': 1}", "z=1", "[('q', 2)]", "1", ""], "copy": [""], "clear": [""], "fromkeys": ["['x']", "'ab', 0"], "nosuch": [""],
}
OTHERS = {
    "5": ["bit_length()", "real", "imag", "numerator", "denominator", "conjugate()", "is_integer()", "as_integer_ratio()", "to_bytes(2, 'big')", "nosuch", "bit_count()"], "(-2.5)": ["is_integer()", "as_integer_ratio()", "real", "imag", "hex()", "conjugate()"], "2.0": ["is_integer()", "hex()"], "true": ["real", "bit_length()"], "none": ["x", "real"],
    "(1, 2, 1)": ["count(1)", "index(2)", "index(5)", "append(1)"], "range(5)": ["start", "stop", "step", "index(2)", "count(3)", "index(9)"],
    "b": ["decode()", "decode('utf-8')", "hex()", "upper()", "split()"], "d": ["year", "month", "day", "hour", "minute", "second", "microsecond", "strftime('%Y-%m-%d %H:%M:%S')", "strftime('%d.%m.%y %% %j %a %A %b %B %I %p %f %Z %z %y %U %w %e %-d')", "isoformat()", "isoformat(' ')", "date()", "time()", "weekday()", "isoweekday()", "timestamp()", "isocalendar()", "nosuch", "date().isoformat()", "replace(year=2000)", "strftime('')", "ctime()", "toordinal()", "tzname()", "utcoffset()", "strftime('%c|%x|%X|%D|%T|%F|%R|%G-W%V|%u|%h|%n|%t|%C|%s')"],
    "u": ["hex", "int", "version", "urn", "fields", "bytes", "variant"],
}

FORMAT = [
    ("'{}'", "1"), ("'{} {}'", "1, 2"), ("'{0} {1} {0}'", "1, 2"), ("'{a}'", "a=1"), ("'{a.b}'", "a={'b': 1}"), ("'{a[b]}'", "a={'b': 1}"), ("'{0[0]}'", "[5]"), ("'{0[1]}'", "[5]"), ("'{}'", ""), ("'{a}'", "1"), ("'{0'", "1"), ("'0}'", "1"), ("'{{}}'", "1"), ("'{{{}}}'", "1"), ("'{!r}|{!s}|{!a}'", "'a', 'b', '\u00e9'"), ("'{!x}'", "1"),
    ("'{:5}|{:<5}|{:>5}|{:^5}|{:*^7}'", "1, 2, 3, 4, 5"), ("'{:5}|{:<5}|{:>5}|{:^5}|{:*<7}'", "'a', 'b', 'c', 'd', 'e'"), ("'{:05d}|{:+d}|{: d}|{:-d}'", "42, 42, 42, -42"), ("'{:x} {:X} {:o} {:b} {:#x} {:#b} {:#o}'", "255, 255, 8, 5, 255, 5, 8"), ("'{:,}|{:_}|{:,.2f}'", "1234567, 1234567, 1234567.891"), ("'{:.2f}|{:.0f}|{:10.3f}|{:<10.1f}|{:+.1f}'", "2.345, 2.5, 3.14159, 2.55, 1.0"),
    ("'{:e} {:E} {:.2e} {:g} {:G} {:.3g}'", "12345.678, 0.00012, 5, 0.0001, 1e20, 1234.5"), ("'{:%} {:.1%}'", "0.25, 0.333"), ("'{:c}'", "65"), ("'{:s}'", "'a'"), ("'{:s}'", "1"), ("'{:d}'", "'a'"), ("'{:d}'", "1.5"), ("'{:.2}'", "'abc'"), ("'{:.3}'", "1.23456"), ("'{:5.1}|'", "'abc'"), ("'{:q}'", "1"), ("'{:{}}'", "1, 5"), ("'{:{w}.{p}f}'", "3.14159, w=8, p=2"), ("'{0:>{1}}'", "'a', 4"),
    ("'{:}'", "none"), ("'{}'", "none"), ("'{:5}'", "none"), ("'{}'", "[1, 'a']"), ("'{:5}'", "[1]"), ("'{}'", "true"), ("'{:5}|{:d}'", "true, true"), ("'{:n}'", "1234"), ("'{:010.2f}|{:<010}|{:=+8d}'", "-3.14159, 5, 42"), ("'{:x}'", "1.5"), ("'{:,}'", "'a'"), ("'{} {0}'", "1"), ("'{0} {}'", "1"), ("'{-1}'", "1"), ("'{a b}'", "1"), ("'{0.real}'", "5"), ("'{0.upper}'", "5"), ("'{0.__class__}'", "'a'"),
    ("'{:>5}'", "'\u00e9'"), ("'{:}'", "1e20"), ("'{:}'", "1.0"), ("'{:g}'", "1.0"), ("'{:#g}'", "1.0"), ("'{:.0e}'", "15"), ("'{:,}'", "-1234.5"), ("'{:06,}'", "1234"), ("'{:z.1f}'", "-0.01"), ("'{:5d}'", "10**20"), ("'{:.2f}'", "10**20"), ("'{}'", "'<'"), ("'<{}>'|safe", "'<'"), ("'{:>4}'|safe", "'<'"), ("'{}'|safe", "'<b>'|safe"), ("'{!r}'|safe", "'<'"), ("'{a[x]}'|safe", "a={'x': '<'}"), ("'{:5}'|safe", "'<b>'|safe"),
    ("'{:%Y-%m-%d}'", "d"), ("'{}'", "d"), ("'{}'", "u"), ("'{!r}'", "(1,)"), ("'{:0>3}'", "7"), ("'{:}}'", "1"), ("'{:{'", "1"), ("'{!}'", "1"), ("'{!r:>6}'", "'a'"), ("'{:inf}'", "1"), ("'{:f} {:F}'", "1e400, -1e400"), ("'{:b}'", "-5"), ("'{:_x} {:_b}'", "1048575, 255"),
]



SEQUENCES = [
    "{% set l = [1] %}{% set _ = l.append(2) %}{{ l }}", "{% set l = [1, 2] %}{{ l.append(3) or l }}", "{% set l = [3, 1] %}{{ l.sort() }}{{ l }}", "{% set l = [] %}{% for i in range(3) %}{% do l.append(i) %}{% endfor %}{{ l }}", "{% set a = [1] %}{% set b = a %}{{ b.append(2) or '' }}{{ a }}",
    "{% set d = {} %}{{ d.update({'a': 1}) or '' }}{{ d }}", "{% set d = {'a': 1} %}{% set e = d %}{{ e.update(b=2) or '' }}{{ d }} {{ d.pop('a') }} {{ d }}", "{% set d = {'l': []} %}{{ d.l.append(1) or '' }}{{ d }}", "{% set d = {} %}{{ d.setdefault('k', []).append(1) or '' }}{{ d }}", "{{ x.append(4) or '' }}{{ x }}",
    "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}", "{{ {'a': 1}.items() }} {{ {'a': 1}.keys() }} {{ {'a': 1}.values() }}", "{{ {'a': 1}.items()|list }} {{ {'a': 1}.keys()|length }} {{ 'a' in {'a': 1}.keys() }} {{ 1 in {'a': 1}.values() }}", "{% set k = d.keys() %}{{ d.update(z=1) or '' }}{{ k|list }}",
    "{% set l = [1, 2, 3] %}{% for i in l %}{{ i }}{% if i == 1 %}{{ l.append(9) or '' }}{% endif %}{% endfor %}", "{% macro m(l=[]) %}{{ l.append(1) or l }}{% endmacro %}{{ m() }}{{ m() }}", "{% set s = 'a-b' %}{% set a, b = s.split('-') %}{{ b }}{{ a }}", "{{ 'a b'.split()[1].upper()[0] }}", "{{ ('%s' % 'x').upper() }}",
    "{{ 'x'.join(['a', 'b'])|upper }}", "{% set l = [[1], [2]] %}{{ l[0].append(5) or l }}", "{{ [1, 2, 3].pop() }} {{ [3, 4].index(4) }}", "{% set c = [1, 2].copy() %}{{ c.extend((3, 4)) or c }}", "{{ x.__class__ is defined }}", "{{ 'abc'.upper }}|{{ 'abc'.upper is callable }}", "{% set f = 'abc'.upper %}{{ f() }}", "{% set f = [].append %}{{ f(1) }}", "{{ dict.fromkeys(['a'], 1) }}", "{{ d.a.b.upper() }}",
    "{% set l = [1] %}{{ l.append([l|length]) or l }}", "{% set d = {} %}{{ d.update(d={}) or d }}", "{{ [1,2] is sameas [1,2] }} {% set a = [1] %}{% set b = a %}{{ a is sameas b }} {{ a is sameas a[:] }}", "{% set l = x %}{{ l.insert(0, 'z') or x }}", "{{ (x + [9]).append(1) or x }}", "{{ x.pop() }}{{ x.pop(0) }}{{ x }}",
]

MARKUP = [
    "m + '<'", "'<' + m", "m + m", "m * 2", "2 * m", "m % '<'", "m ~ '<'", "'<' ~ m", "m.join(['<', m])", "'<'.join([m, '>'])", "m.upper()", "m.replace('b', '<')", "m.replace(m, '<')", "m.split('b')", "m.strip('<')", "m[0]", "m[1:]", "m|list", "m.format('<')", "m.striptags()", "m.unescape()", "m == '<b>%s</b>'", "m in [1]", "'b' in m", "'<' in m", "m|length", "m|upper", "m|lower|e",
    "m|replace('b', '&')", "m|string", "m|e", "m|forceescape", "m|safe", "m|trim", "m|first", "m|last", "m|reverse", "m|title", "m|capitalize", "m|center(12)", "m|truncate(3, true, '<')", "m|wordwrap(3, true, '<br>')", "m|indent", "m|join('<')", "m|striptags", "m|urlize", "m|format('<')", "m|urlencode", "m|tojson", "m|pprint", "[m]", "{'m': m}", "(m, '<')", "m.partition('>')", "m.splitlines()", "m.title()", "m.lower()",
    "m.capitalize()", "m.center(14, '<')", "m.ljust(14, '<')", "m.zfill(12)", "m.lstrip('<')", "m.swapcase()", "m.casefold()", "m.expandtabs()", "m.removeprefix('<')", "m.rsplit('b')", "m.startswith('<')", "m.find('b')", "m.encode()", "m % 1", "m % [1, '<']", "m % ('<',)", "m % {'a': 1}", "'%s' % m", "'%s'|safe % {'a': '<'}", "'%(a)s'|safe % {'a': '<'}", "'%d'|safe % 5", "'%r'|safe % '<'", "'%5s|'|safe % '<'", "'%c'|safe % '<'", "'%s'|e % '<'", "[m, '<']|join", "[m, '<']|join('&')", "['<', 1]|join('&'|safe)", "['<']|join(m)", "'<'|e ~ '>'", "('<'|e) + '>'", "m.format_map({})", "'{a}'|safe|attr('format_map')({'a': '<'})", "m|attr('__html__')()", "m.escape('<')", "m < 'z'", "{m: 1}['<b>%s</b>']", "'<b>%s</b>' == m", "m.__html__()",
]



def methods():
    for name, forms in STRING_METHODS.items():
        for form in forms:
            for value in STRINGS:
                request = {"source": "{{ x.%s(%s) }}" % (name, form), "context": {"x": value}}
                yield request
            yield {"source": "{{ x.%s(%s) }}" % (name, form), "context": {"x": {" m": "<b>a, b</b>"}}, "env": {"autoescape": True}}
            yield {"source": "{{ x.%s(%s)|list if x.%s(%s) is iterable }}" % (name, form, name, form), "context": {"x": "x,b"}, "env": {"autoescape": True}}
    for table, examples in ((LISTS, ([], [1, 2, 1], ["b", "a"], [1, "a"])), (DICTS, ({}, {"a": 1, "b": 2}, {"a": {"n": []}}))):
        for name, forms in table.items():
            for form in forms:
                for value in examples:
                    yield {"source": "{{ x.%s(%s) }} {{ x }}" % (name, form), "context": {"x": value}}
                    yield {"source": "{{ x.%s(%s) }} {{ x }}" % (name, form), "context": {"x": value}, "env": {"sandboxed": True}}
    context = {"b": {" b": "YWJj"}, "d": {" d": "Sun, 05 Mar 2023 04:07:09 GMT"}, "u": {" u": "12345678123456781234567812345678"}}
    for value, uses in OTHERS.items():
        for use in uses:
            yield {"source": "{{ %s.%s }}" % (value, use), "context": context}
    for source in SEQUENCES:
        yield {"source": source, "context": {"x": [1, 2, 3], "d": {"a": {"b": "c"}}}, "env": {"extensions": ["do"]}}
    for text, arguments in FORMAT:
        for escape in (False, True):
            yield {"source": "{{ (%s).format(%s) }}" % (text, arguments), "context": context, "env": {"autoescape": escape}}
        yield {"source": "{{ (%s).format(%s) }}" % (text, arguments), "context": context, "env": {"sandboxed": True}}
    for source in MARKUP:
        for escape in (False, True):
            yield {"source": "{{ %s }}" % source, "context": {"m": {" m": "<b>%s</b>"}}, "env": {"autoescape": escape}}


def files():
    yield "methods.jsonl", methods()
