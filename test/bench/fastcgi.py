# SPDX-License-Identifier: MIT
"""FastCGI: what a responder costs by itself, and behind one nginx that keeps its connections."""
import getpass
import glob
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import callgrind
import counts
import ratios
import servers
from servers import BUILD, HERE, Missing, built

sys.path.insert(0, os.path.join(HERE, "..", "conformance"))
import records

OURS, FLOOR, LIBFCGI = "csgi hello_c", "floor: framing only", "libfcgi hello"
PHP = "php-fpm, one child"  # behind nginx only: it wants to be told of a file
CONNECTIONS, ROUNDS, SECONDS = 64, 9, 1.0
# Of the floor's: CPU of the responder, of both processes; p99.
MOST = {"application": 1.35, "total": 1.10, "p99": 1.5}
COMMON = [("QUERY_STRING", ""), ("REQUEST_METHOD", "GET"), ("CONTENT_TYPE", ""),
          ("CONTENT_LENGTH", ""), ("SCRIPT_NAME", "/"), ("REQUEST_URI", "/"),
          ("DOCUMENT_URI", "/"), ("DOCUMENT_ROOT", "/usr/share/nginx/html"),
          ("SERVER_PROTOCOL", "HTTP/1.1"), ("REQUEST_SCHEME", "http"),
          ("GATEWAY_INTERFACE", "CGI/1.1"), ("SERVER_SOFTWARE", "nginx/1.22.1"),
          ("REMOTE_ADDR", "127.0.0.1"), ("REMOTE_PORT", "40000"), ("SERVER_ADDR", "127.0.0.1"),
          ("SERVER_PORT", "80"), ("SERVER_NAME", ""), ("REDIRECT_STATUS", "200")]


def as_nginx_sends(request):
    """The records for the bytes of an HTTP request without a body."""
    fields = [line.split(": ", 1) for line in request.decode().split("\r\n")[1:-2]]
    fields = [("HTTP_" + name.upper().replace("-", "_"), value) for name, value in fields]
    return (records.begin(1) + records.params(1, COMMON + fields)
            + records.record(records.STDIN, 1))


def php(path):
    """php-fpm with a script beside its socket."""
    found = glob.glob("/usr/sbin/php-fpm*")
    if not found:
        raise Missing("is not installed (Debian package php-fpm)")
    folder = os.path.dirname(path)
    if os.path.isdir(folder) and folder:
        with open(f"{folder}/hello.php", "w", encoding="ascii") as out:
            out.write('<?php header("Content-Type: text/plain"); echo "Hello, world!\\n";')
        with open(f"{folder}/fpm.conf", "w", encoding="ascii") as out:
            out.write(f"[global]\nerror_log = /dev/null\ndaemonize = no\n[www]\n"
                      f"user = {getpass.getuser()}\nlisten = {path}\npm = static\npm.max_children = 1\n")
    return [found[-1], "--nodaemonize", "--allow-to-run-as-root", "--fpm-config", f"{folder}/fpm.conf"]


def responder(name, path):
    if name == PHP:
        return php(path)
    if name == FLOOR:
        return [built("fcgi_floor"), path]
    if name == LIBFCGI:
        return [built("fcgi_hello"), path]
    return [os.path.join(BUILD, "adapters", "cli", "csgi"), "run",
            os.path.join(BUILD, "examples", "hello_c", "hello_c.so"), "--workers", "0",
            "--fastcgi", f"unix:{path}"]


class Responder(servers.Server):
    """A running responder at the unix socket `path`."""

    def __init__(self, name, tool=(), pin=False, environment=None):
        self.name, self.tool = name, tool
        self.folder = tempfile.TemporaryDirectory()
        os.chmod(self.folder.name, 0o755)
        self.path, self.port = os.path.join(self.folder.name, "s"), None
        self.stderr = tempfile.TemporaryFile()
        core = {servers.SERVER_CORE} if pin else set(servers.CORES)
        self.process = subprocess.Popen(
            [*tool, *responder(name, self.path)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.stderr, env={**os.environ, **(environment or {})},
            preexec_fn=lambda: os.sched_setaffinity(0, core))
        until = time.monotonic() + 60
        while not os.path.exists(self.path):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{name} does not listen: {self.said()}")
            time.sleep(0.02)
        time.sleep(0.1)
        if os.path.exists(self.path):
            os.chmod(self.path, 0o666)

    def connect(self):
        import socket
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(60)
        client.connect(self.path)
        return client


def ask(client, request, times):
    """One request after the other on a kept connection; every answer is looked at."""
    reader = records.Reader()
    for _ in range(times):
        client.sendall(request)
        out, over = b"", False
        while not over:
            for kind, _, content in reader.feed(client.recv(65536)):
                over = kind == records.END
                out += content if kind == records.STDOUT else b""
        if not out.endswith(b"Hello, world!\n"):
            raise RuntimeError(f"a wrong answer: {out!r}")


def instructions(name, request, few=500, many=2500):
    def whole(times):
        with Responder(name, tool=callgrind.tool("/dev/null")) as server:
            with server.connect() as client:
                ask(client, request, times)
        return callgrind.collected(server.said(), server.process.pid, name)
    return (whole(many) - whole(few)) / (many - few)


def heap_calls(name, request, times=1000):
    with tempfile.NamedTemporaryFile() as shared:
        shared.write(bytes(64))
        shared.flush()
        environment = {"LD_PRELOAD": built("heap_count.so"), "HEAP_COUNT_FILE": shared.name}

        def count():
            # Past Python's buffer, which would show the first answer for ever.
            return struct.unpack("=Q", os.pread(shared.fileno(), 8, 0))[0]
        with Responder(name, environment=environment) as server, server.connect() as client:
            ask(client, request, 100)
            before = count()
            ask(client, request, times)
            return (count() - before) / times


def system_calls(name, request, few=200, many=1200):
    def whole(times):
        with tempfile.NamedTemporaryFile(mode="r") as out:
            with Responder(name, tool=["strace", "-f", "-qq", "-c", "-o", out.name]) as server:
                with server.connect() as client:
                    ask(client, request, times)
            rows = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$",
                              out.read(), re.M)
        return sum(int(count) for count, call in rows if call != "total")
    return (whole(many) - whole(few)) / (many - few)


class Nginx:
    """One worker without a master, on the responder's core, in front of the socket."""

    def __init__(self, path, core):
        self.folder = tempfile.TemporaryDirectory()
        folder, self.port = self.folder.name, servers.free_port()
        os.chmod(folder, 0o755)
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        params = "".join(f"fastcgi_param {name} ${name.lower()};\n" for name in
                         ("QUERY_STRING", "REQUEST_METHOD", "CONTENT_TYPE", "CONTENT_LENGTH",
                          "REQUEST_URI", "DOCUMENT_URI", "DOCUMENT_ROOT", "SERVER_PROTOCOL",
                          "REMOTE_ADDR", "REMOTE_PORT", "SERVER_ADDR", "SERVER_PORT",
                          "SERVER_NAME"))
        with open(f"{folder}/nginx.conf", "w", encoding="ascii") as out:
            out.write(f"""daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 4000; }}
http {{ access_log off; keepalive_requests 1000000000; {temporary}
upstream responder {{ server unix:{path}; keepalive {CONNECTIONS * 2}; }}
server {{ listen 127.0.0.1:{self.port} backlog=4096; location / {{
fastcgi_pass responder; fastcgi_keep_conn on; {params}
fastcgi_param SCRIPT_NAME $fastcgi_script_name; fastcgi_param REQUEST_SCHEME $scheme;
fastcgi_param GATEWAY_INTERFACE CGI/1.1; fastcgi_param SERVER_SOFTWARE nginx;
fastcgi_param SCRIPT_FILENAME {os.path.dirname(path)}/hello.php;
fastcgi_param REDIRECT_STATUS 200; }} }} }}
""")
        self.process = subprocess.Popen(
            [servers.installed("nginx", "nginx-light"), "-p", folder, "-c", f"{folder}/nginx.conf",
             "-e", "stderr"], preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        time.sleep(0.5)

    def cpu(self):
        with open(f"/proc/{self.process.pid}/schedstat", encoding="ascii") as text:
            return int(text.read().split()[0])

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


def load(port):
    """Answered requests, p99 in milliseconds."""
    said = ratios.pinned(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(SECONDS))}s",
                          "--latency", f"http://127.0.0.1:{port}/"])
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    if "Non-2xx" in said:
        raise RuntimeError(said)
    return (int(re.search(r"(\d+) requests in", said)[1]),
            float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit])


LEAST = 4  # times the requests/s of LIBFCGI


def behind_nginx(names):
    figures = {name: {"application": [], "total": [], "p99": [], "rate": []} for name in names}
    # Taken in turn, so that neighbours in time meet the same machine; one pair at a time, since a
    # process that waits for libfcgi's would starve.
    for _ in range(ROUNDS):
        for name in names:
            server = Responder(name, pin=True)
            front = Nginx(server.path, servers.SERVER_CORE)
            try:
                load(front.port)
                own, all_ = server.cpu(), server.cpu() + front.cpu()
                answered, p99 = load(front.port)
                own, all_ = server.cpu() - own, server.cpu() + front.cpu() - all_
                one = figures[name]
                one["application"].append(own / answered / 1000)
                one["total"].append(all_ / answered / 1000)
                one["p99"].append(p99)
                one["rate"].append(answered / max(1, round(SECONDS)))
            finally:
                front.end()
                server.end()
    return figures


def main():
    names = []
    for name in (OURS, FLOOR, LIBFCGI, PHP):
        try:
            responder(name, "x")
            names.append(name)
        except Missing as why:
            print(f"{name} {why}: left out.")
    import traffic
    minimal, browser = map(as_nginx_sends, (traffic.MINIMAL, traffic.BROWSER))
    print("### FastCGI: counts of one request, kept connection, as nginx sends it\n")
    print("| responder | instructions minimal | browser | heap calls | system calls |")
    print("|---" * 5 + "|")
    for name in names:
        if name == PHP:
            continue
        row = [f"{instructions(name, minimal):,.0f}", f"{instructions(name, browser):,.0f}",
               f"{heap_calls(name, browser):.3g}"]
        row.append(f"{system_calls(name, minimal):.2f}" if shutil.which("strace") else "–")
        print(f"| {name} | " + " | ".join(row) + " |", flush=True)
    try:
        servers.installed("nginx", "nginx-light")
        servers.installed("wrk", "wrk")
    except Missing as why:
        print(f"Behind nginx nothing is measured: {why}.")
        return
    figures = behind_nginx(names)
    print(f"\n### FastCGI behind nginx, keep_conn, {CONNECTIONS} connections, both on one core, "
          f"{ROUNDS} rounds\n")
    print("| responder | CPU µs/request, its own | with nginx | p99 ms | requests/s |")
    print("|---" * 5 + "|")
    for name, one in figures.items():
        print(f"| {name} | " + " | ".join(f"{statistics.median(one[what]):,.2f}" for what in
                                         ("application", "total", "p99", "rate")) + " |")
    for what, most in MOST.items():
        pairs = [a / b for a, b in zip(figures[OURS][what], figures[FLOOR][what])]
        low, middle, _ = ratios.quartiles(pairs)
        print(f"{what}: {middle:.2f} of the floor's, at most {most}: "
              f"{'missed' if low > most else 'met'} (lower quartile {low:.2f})")
    if LIBFCGI in figures:
        pairs = [a / b for a, b in zip(figures[OURS]["rate"], figures[LIBFCGI]["rate"])]
        _, middle, high = ratios.quartiles(pairs)
        print(f"requests/s: {middle:.2f} times libfcgi's, at least {LEAST}: "
              f"{'missed' if high < LEAST else 'met'} (upper quartile {high:.2f})")


if __name__ == "__main__":
    main()
