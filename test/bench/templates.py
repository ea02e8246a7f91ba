# SPDX-License-Identifier: MIT
"""The same templates rendered here and by Jinja2 on the same machine, compiled once."""
import json
import subprocess
import time

from servers import built

TEMPLATES = {
    "table.html": "<table>{% for row in table %}<tr>{% for col in row %}<td>{{ col }}</td>"
                  "{% endfor %}</tr>{% endfor %}</table>",
    "base.html": "<!doctype html><html><head><title>{% block title %}Site{% endblock %}</title>"
                 "</head>\n<body>{% block body %}{% endblock %}<footer>{{ year }}</footer></body>"
                 "</html>",
    "parts.html": "{% macro link(user) %}<a href=\"/user/{{ user.id }}\">{{ user.name }}</a>"
                  "{% endmacro %}",
    "page.html": "{% extends 'base.html' %}{% from 'parts.html' import link %}"
                 "{% block title %}Users - {{ super() }}{% endblock %}\n"
                 "{% block body %}<ul>\n{% for user in users %}"
                 "<li class=\"{{ loop.cycle('odd', 'even') }}\">{{ loop.index }}. {{ link(user) }}"
                 "{% if user.active %} <b>active</b>{% elif user.note %} ({{ user.note }})"
                 "{% endif %}, {{ user.mail }}</li>\n{% else %}<li>nobody</li>{% endfor %}"
                 "</ul>{% endblock %}",
    "filters.html": "{% for user in users %}{{ user.mail|lower }} {% endfor %}",
    "fragment.html": "<p class=\"{{ kind }}\">Hello {{ user.name }}, you have {{ count }} "
                     "message{{ 's' if count != 1 }}.</p>",
}
USERS = [{"id": i, "name": f"User <{i}>", "active": i % 3 == 0,
          "note": "new & \"eager\"" if i % 3 == 1 else "", "mail": f"User{i}@Example.ORG"}
         for i in range(100)]
CASES = [
    {"name": "table 1000 x 10, integers", "page": "table.html", "rounds": 40,
     "context": {"table": [[row * 10 + col for col in range(10)] for row in range(1000)]}},
    {"name": "table 1000 x 10, escaped text", "page": "table.html", "rounds": 40,
     "context": {"table": [[f"<{row}> & \"{col}\"" for col in range(10)] for row in range(1000)]}},
    {"name": "page with 100 rows", "page": "page.html", "rounds": 300,
     "context": {"users": USERS, "year": 2024}},
    {"name": "a filter on 100 texts", "page": "filters.html", "rounds": 300,
     "context": {"users": USERS}},
    {"name": "fragment", "page": "fragment.html", "rounds": 1000,
     "context": {"kind": "info", "user": {"name": "Ann"}, "count": 3}},
]


def best_us(rounds, work):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e6)
    return min(times)  # what was disturbed least


def jinja():
    """The same answers from Jinja2; None where it is not installed."""
    try:
        import jinja2
    except ImportError:
        return None
    env = jinja2.Environment(loader=jinja2.DictLoader(TEMPLATES), autoescape=True)
    answers = []
    for case in CASES:
        page = env.get_template(case["page"])
        source = TEMPLATES[case["page"]]
        answers.append({
            "output": page.render(case["context"]),
            "us": best_us(case["rounds"], lambda: page.render(case["context"])),
            "parsed_us": best_us(20, lambda: env.from_string(source)),
        })
    return answers


def main():
    print("### Templates\n")
    asked = json.dumps({"templates": TEMPLATES, "cases": CASES})
    made = subprocess.run([built("templates")], input=asked, check=True, capture_output=True,
                          text=True)
    ours = [json.loads(line) for line in made.stdout.splitlines()]
    theirs = jinja()
    if theirs is None:
        print("Jinja2 is not installed for this python3: only our side.\n")
    print("| page | us | Jinja2, us | times faster | streamed, us | heap calls | compiled, us |"
          " Jinja2, us |")
    print("|---|---|---|---|---|---|---|---|")
    for index, one in enumerate(ours):
        other = theirs[index] if theirs else None
        if other and other["output"] != one["output"]:
            raise SystemExit(f"{one['name']}: the outputs differ")
        print("|", " | ".join([
            one["name"], f"{one['us']:.1f}", f"{other['us']:.1f}" if other else "",
            f"{other['us'] / one['us']:.1f}" if other else "",
            f"{one['streamed_us']:.1f}", str(one["heap_calls"]), f"{one['parsed_us']:.1f}",
            f"{other['parsed_us']:.1f}" if other else ""]), "|")


if __name__ == "__main__":
    main()
