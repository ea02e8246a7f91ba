# SPDX-License-Identifier: MIT
"""What the framework costs: instructions of a request through an App, and CPU time beside Flask's."""
import socket

import callgrind
import counts
import servers
import traffic
from servers import Server

TARGET = ("through 100 routes, with a converter and two fields: at most 6,000 / 9,500 instructions "
          "(minimal / browser) and 1 heap call")
REQUESTS = {"minimal": traffic.MINIMAL, "browser": traffic.BROWSER}
POST = b'{"title": "a title", "body": "some words of a body", "likes": 41}'


def at(request, path):
    return request.replace(b"GET / ", b"GET " + path + b" ", 1)


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
    request = traffic.MINIMAL if keep else traffic.MINIMAL.replace(
        b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

    def once(port):
        with traffic.connect(port) as client:
            client.sendall(request)
            while client.recv(65536):
                pass

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


def beside_flask():
    print("### CPU time of hello, beside Flask's\n")
    print("| server | connection | µs of CPU per request | as a multiple |\n|---|---|---|---|")
    for keep, words in ((True, "kept"), (False, "one each")):
        ours = cpu_per_request("app hello", 20000 if keep else 4000, keep)
        print(f"| App on csgi | {words} | {ours:.1f} | 1 |", flush=True)
        for name in ("Flask on gunicorn", "Flask on uWSGI"):
            if keep and "uWSGI" in name:
                continue  # its plain HTTP socket does not keep connections
            try:
                theirs = cpu_per_request(name, 2000, keep)
            except (servers.Missing, RuntimeError, OSError, socket.timeout) as why:
                print(f"\n{name} ({words}) was left out: {str(why).splitlines()[0]}\n")
                continue
            print(f"| {name} | {words} | {theirs:.1f} | {theirs / ours:.0f} |", flush=True)
    print("\nTarget: Flask on gunicorn at least 20.")


def main():
    instructions()
    print()
    beside_flask()
