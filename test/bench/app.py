# SPDX-License-Identifier: MIT
"""What the framework costs: instructions of a request through an App, and beside others."""
import statistics

import callgrind
import counts
import servers
import traffic
from servers import Server

TARGET = ("through 100 routes, with a converter and two fields: at most 6,000 / 9,500 instructions "
          "(minimal / browser) and 1 heap call")
FLASK, THREADS = "Flask on gunicorn", "Flask on gunicorn's threads"
REQUESTS = {"minimal": traffic.MINIMAL, "browser": traffic.BROWSER}
POST = b'{"title": "a title", "body": "some words of a body", "likes": 41}'


def at(request, path):
    return request.replace(b"GET / ", b"GET " + path + b" ", 1)


def kept(request):
    """Says what HTTP/1.1 means without it, to all but Pistache."""
    return request.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n", 1)


def json_request():
    head = (b"POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(POST))
    return head + POST


def session_request(name):
    """With the cookie that a first answer set."""
    with Server(name) as server, traffic.connect(server.port) as client:
        client.sendall(at(traffic.MINIMAL, b"/session"))
        answer = client.recv(65536)
    cookie = answer.lower().split(b"set-cookie: session=")[1]
    start = len(answer) - len(cookie)
    value = answer[start:].split(b";")[0]
    return at(traffic.MINIMAL, b"/session").replace(b"\r\n\r\n", b"\r\nCookie: session=" + value + b"\r\n\r\n")


def cell(value):
    return "–" if value is None else f"{value:,.0f}"


def row(words, name, minimal, browser=None):
    heap = counts.heap_calls(name, minimal, 300)
    print(f"| {words} | {cell(callgrind.per_request(name, minimal))} | "
          f"{cell(browser and callgrind.per_request(name, browser))} | "
          f"{'–' if heap is None else format(heap, '.3g')} |", flush=True)


def instructions():
    print("### A request through an App\n")
    print("| request | instructions minimal | browser | heap calls minimal |\n|---|---|---|---|")
    row("hello on the bare interface", servers.OURS, *REQUESTS.values())
    row("hello through an App", "app hello", *REQUESTS.values())
    row("the same, behind five layers that pass it on", "app hello x5", *REQUESTS.values())
    row("the same, behind five that add a field each", "app hello +5", *REQUESTS.values())
    for count in ("1", "100", "2000"):
        row(f"a converter and two fields, {count} routes", f"app routes{count}",
            *(at(request, b"/user/1234") for request in REQUESTS.values()))
    row("JSON onto a struct, and back", "app json", json_request())
    row("a session read and written", "app session", session_request("app session"))
    print(f"\nTarget {TARGET}.")


def cpu_per_request(name, times, keep):
    """Microseconds of CPU time, the server's alone, after a hundred requests to warm up."""
    request = kept(traffic.MINIMAL)
    last = request.replace(b"keep-alive", b"close")

    def once(port):
        with traffic.connect(port, 10) as client:
            client.sendall(last)
            traffic.read_answers(client, 1)

    def ask(port, count):
        if keep:
            traffic.ask(port, request, count)
        else:
            for _ in range(count):
                once(port)
    with Server(name, pin=True) as server:
        ask(server.port, 100)
        before = server.cpu()
        ask(server.port, times)
        return (server.cpu() - before) / times / 1000


# Frameworks in C++ that Debian packages: who says hello, takes a converter and sets two fields, and
# answers JSON.
FRAMEWORKS = {"App, 100 routes": ("app hello", "app routes100", "app json"),
              "cpp-httplib": ("cpp-httplib",) * 3,
              "Pistache": ("Pistache",) * 3,
              "Boost.Beast": ("Boost.Beast", None, None)}
ROUNDS = 5  # that CPU time is measured in, all servers in each
LEFT_OUT = (servers.Missing, traffic.WrongAnswer, RuntimeError, OSError)


def left_out(name, why):
    print(f"{name} was left out: {str(why).splitlines()[0]}\n", flush=True)


def beside_frameworks():
    print("### Instructions beside other frameworks in C++\n")
    minimal, browser = kept(traffic.MINIMAL), traffic.BROWSER
    rows = {}
    for words, (hello, user, json) in FRAMEWORKS.items():
        asked = ((hello, minimal), (hello, browser), (user, at(minimal, b"/user/1234")),
                 (user, at(browser, b"/user/1234")), (json, kept(json_request())))
        try:
            # Few: one of them takes millions for a browser's fields.
            counted = [cell(name and callgrind.per_request(name, request, few=50, many=250))
                       for name, request in asked]
            heap = counts.heap_calls(hello, minimal, 300)
        except LEFT_OUT as why:
            left_out(words, why)
            continue
        rows[words] = [*counted, "–" if heap is None else format(heap, ".3g")]
    print("minimal: Host and Connection: keep-alive. Boost.Beast has neither routes nor JSON.\n")
    print("| framework | hello minimal | browser | converter and two fields, minimal | browser "
          "| JSON | heap calls of hello |\n|---|---|---|---|---|---|---|")
    for words, cells in rows.items():
        print(f"| {words} | {' | '.join(cells)} |")


def cpu_of_each(keep, names):
    """The median of each that is here."""
    found = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in [*found]:
            try:
                found[name].append(cpu_per_request(name, 2000 if "Flask" in name else 10000, keep))
            except LEFT_OUT as why:
                left_out(f"{name} ({'kept' if keep else 'a connection each'})", why)
                del found[name]
    return {name: statistics.median(values) for name, values in found.items()}


def beside_flask():
    print("### CPU time of hello, beside Flask's and other frameworks'\n")
    # Of a connection for each request most is the kernel's: servers.RETURN shows how much has to be.
    ours, others = "app hello", (servers.RETURN, "cpp-httplib", "Pistache", "Boost.Beast")
    kept_ones = cpu_of_each(True, (ours, THREADS, *others))
    # Neither gunicorn's own kind of worker nor uWSGI's plain HTTP socket keeps any.
    fresh_ones = cpu_of_each(False, (ours, FLASK, THREADS, "Flask on uWSGI", *others))
    print(f"Medians of {ROUNDS} rounds.\n\n"
          "| server | connection | µs of CPU per request | as a multiple |\n|---|---|---|---|")
    for words, found in (("kept", kept_ones), ("one each", fresh_ones)):
        for name, cpu in found.items():
            print(f"| {name} | {words} | {cpu:.1f} | {cpu / found[ours]:.1f} |")
    if FLASK in fresh_ones:
        print(f"\n{FLASK} as it comes, which closes each connection, takes "
              f"{fresh_ones[FLASK] / kept_ones[ours]:.0f} times as much as App as it comes, which keeps "
              "them. Target: at least 20.")


def main():
    instructions()
    print()
    beside_frameworks()
    print()
    beside_flask()
