# SPDX-License-Identifier: MIT
"""Who is measured: our server, the floors and the peers; how each is started, watched and ended."""
import os
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("CSGI_BENCH_BUILD", os.path.join(HERE, "..", "..", "build")))
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = CORES[0], CORES[-1]
CONNECTIONS = 15000  # that a peer must be told to allow


class Missing(Exception):
    """Why a server is not here to be measured."""


def built(name):
    path = os.path.join(BUILD, "test", "bench", name)
    if not os.path.exists(path):
        raise Missing("was not built: what it is made of is missing")
    return path


def installed(name, package):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if not path:
        raise Missing(f"is not installed (Debian package {package})")
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def csgi(module=None, factory="", layers=()):
    """`layers`: (name, configuration) of examples/middleware_c, the outermost first."""
    module = module or os.path.join(BUILD, "examples", "hello_c", "hello_c.so")
    program = os.path.join(BUILD, "adapters", "cli", "csgi")
    layers = [(os.path.join(BUILD, "examples", "middleware_c", name + ".so"), text)
              for name, text in layers]
    for path in (program, module, *[file for file, _ in layers]):
        if not os.path.exists(path):
            raise SystemExit(f"{path} is not there: ./dev build makes it")
    target = module + (":" + factory if factory else "")
    return [program, "run", target, "--workers", "0", "--http", "127.0.0.1:0",
            *[word for file, text in layers for word in ("--use", f"{file}:{text}" if text else file)]], None


def app(factory, layers=()):
    return csgi(os.path.join(BUILD, "test", "bench", "app_bench.so"), factory, layers)


def gunicorn(*words):
    def make(folder):
        port = free_port()
        return [installed("gunicorn", "gunicorn and python3-flask"), "--workers", "1", *words,
                "--chdir", os.path.join(HERE, "peers"), "--bind", f"127.0.0.1:{port}",
                "flask_hello:app"], port
    return make


def uwsgi(folder):
    port = free_port()
    return [installed("uwsgi", "uwsgi-core, uwsgi-plugin-python3 and python3-flask"), "--plugin", "python3",
            "--http-socket", f"127.0.0.1:{port}", "--master", "--processes", "1", "--disable-logging",
            "--chdir", os.path.join(HERE, "peers"), "--module", "flask_hello:app", "--die-on-term"], port


def nginx(folder, load="", serve='return 200 "Hello, world!\\n";', http=""):
    port = free_port()
    temporary = "".join(f"{kind}_temp_path {folder};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    path = os.path.join(folder, "nginx.conf")
    with open(path, "w", encoding="ascii") as out:
        # One process, so that instruments see the one that serves.
        out.write(f"""{load} daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
worker_rlimit_nofile {CONNECTIONS + 1000};
events {{ worker_connections {CONNECTIONS}; }}
http {{
access_log off; keepalive_requests 1000000000; keepalive_timeout 300; default_type text/plain;
{temporary}{http}
server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ {serve} }} }}
}}
""")
    return [installed("nginx", "nginx-light"), "-p", folder, "-c", path, "-e", "stderr"], port


def nginx_module(folder):
    module = os.path.join(BUILD, "adapters", "nginx", "ngx_http_csgi_module.so")
    hello = os.path.join(BUILD, "examples", "hello_c", "hello_c.so")
    if not os.path.exists(module):
        raise Missing("was not built: nginx's headers are missing (Debian package nginx-dev)")
    return nginx(folder, f"load_module {module};", f"csgi_app {hello};")


def nginx_peer(serve, http="", *modules, package):
    """An nginx that answers by others' modules; http may say @/ for its folder."""
    def make(folder):
        paths = [f"/usr/lib/nginx/modules/{name}.so" for name in modules]
        for path in paths:
            if not os.path.exists(path):
                raise Missing(f"is not installed (Debian package {package})")
        with open(os.path.join(folder, "hello.js"), "w", encoding="ascii") as out:
            out.write('function hello(r) { r.headersOut["Content-Type"] = "text/plain";'
                      ' r.return(200, "Hello, world!\\n"); }\nexport default { hello };\n')
        return nginx(folder, "".join(f"load_module {path};" for path in paths), serve,
                     http.replace("@/", folder + "/"))
    return make


def h2o(folder):
    port = free_port()
    path = os.path.join(folder, "h2o.conf")
    # It has no constant answer, so it pays for a file.
    with open(os.path.join(folder, "index.txt"), "w", encoding="ascii") as out:
        out.write("Hello, world!\n")
    os.chmod(folder, 0o755)
    with open(path, "w", encoding="ascii") as out:
        out.write(f"""num-threads: 1
num-name-resolution-threads: 1
max-connections: {CONNECTIONS}
http1-request-timeout: 300
user: {'root' if os.geteuid() == 0 else os.environ.get('USER', 'nobody')}
listen: {{ host: 127.0.0.1, port: {port} }}
hosts:
  default:
    paths: {{ "/": {{ file.dir: {folder}, file.index: [index.txt] }} }}
""")
    return [installed("h2o", "h2o"), "-m", "worker", "-c", path], port


# name: (how it is started, what it is). The reference of all ratios is REFERENCE.
OURS, REFERENCE = "csgi hello_c", "floor libuv+llhttp"
SERVERS = {
    OURS: lambda folder: csgi(),
    "floor epoll": lambda folder: ([built("raw_epoll")], None),
    "floor libuv": lambda folder: ([built("uv_floor"), "scan"], None),
    REFERENCE: lambda folder: ([built("uv_floor"), "parse"], None),
    "floor + spans": lambda folder: ([built("uv_floor"), "collect"], None),
    "nginx return 200": nginx,
    "nginx + csgi module": nginx_module,
    "h2o (file)": h2o,
    "libmicrohttpd": lambda folder: ([built("microhttpd")], None),
    "Boost.Beast": lambda folder: ([built("beast")], None),
}

# What answers in nginx, compared with the least that can: RETURN.
RETURN, MODULE = "nginx return 200", "nginx + csgi module"
IN_NGINX = {
    RETURN: nginx,
    MODULE: nginx_module,
    "nginx + echo": nginx_peer('echo "Hello, world!";', "", "ngx_http_echo_module",
                               package="libnginx-mod-http-echo"),
    "nginx + njs": nginx_peer("js_content main.hello;", "js_path @/; js_import main from hello.js;",
                              "ngx_http_js_module", package="libnginx-mod-http-js"),
    "nginx + lua": nginx_peer('content_by_lua_block { ngx.header["Content-Length"] = 14;'
                              ' ngx.print("Hello, world!\\n") }', "", "ndk_http_module",
                              "ngx_http_lua_module", package="libnginx-mod-http-lua"),
}

# What the table of the framework measures besides.
APPS = {
    "app hello": lambda folder: app("hello"),
    "app hello x5": lambda folder: app("hello", [("pass_through", "")] * 5),
    "app hello +5": lambda folder: app("hello", [("add_header", "name=x-layer,value=v")] * 5),
    "app routes1": lambda folder: app("routes1"),
    "app routes100": lambda folder: app("routes100"),
    "app routes2000": lambda folder: app("routes2000"),
    "app json": lambda folder: app("json"),
    "app session": lambda folder: app("session"),
    # Its own kind of workers, "sync", closes each connection.
    "Flask on gunicorn": gunicorn(),
    "Flask on gunicorn's threads": gunicorn("--threads", "1", "--worker-class", "gthread",
                                            "--keep-alive", "300"),
    "Flask on uWSGI": uwsgi,
    "cpp-httplib": lambda folder: ([built("httplib")], None),
    "Pistache": lambda folder: ([built("pistache")], None),
}


def available(servers=None):
    """Those of the servers that are here; those that are not are named, with the reason."""
    here = []
    for name, make in (servers or SERVERS).items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                make(folder)
            except Missing as why:
                print(f"{name} {why}: left out.")
                continue
        here.append(name)
    return here


def raise_descriptors():
    """As many descriptors as may be had; servers inherit them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Server:
    """A running server. `tool` is a command before its own, `pin` gives it a core to itself."""

    def __init__(self, name, tool=(), pin=False, environment=None, module=None):
        self.name = name
        self.tool = tool
        self.folder = tempfile.TemporaryDirectory()
        make = (lambda folder: csgi(module)) if module else {**SERVERS, **IN_NGINX, **APPS}[name]
        command, self.port = make(self.folder.name)
        self.stderr = tempfile.TemporaryFile()
        core = {SERVER_CORE} if pin else set(CORES)
        self.process = subprocess.Popen(
            [*tool, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.stderr,
            env={**os.environ, **(environment or {})},
            preexec_fn=lambda: os.sched_setaffinity(0, core))
        try:
            self.wait_ready()
        except BaseException:
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.end()

    def wait_ready(self):
        until = time.monotonic() + 60
        if self.port is None:
            ready, _, _ = select.select([self.process.stdout], [], [], 60)
            line = self.process.stdout.readline().decode() if ready else ""
            found = re.search(r":(\d+)\s*$", line)
            if not found:
                raise RuntimeError(f"{self.name} does not say where it listens: {line}{self.said()}")
            self.port = int(found[1])
            return
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended: {self.said()}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5):
                    return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"{self.name} does not listen")

    def said(self):
        self.stderr.seek(0)
        return self.stderr.read().decode(errors="replace")

    def pids(self):
        """The server and its descendants."""
        found, fresh = [], [self.process.pid]
        while fresh:
            pid = fresh.pop()
            found.append(pid)
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as text:
                        fresh += [int(child) for child in text.read().split()]
            except OSError:
                pass
        return found

    def cpu(self):
        """Nanoseconds of CPU time that the tree has used, as the scheduler counts them."""
        total = 0
        for pid in self.pids():
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as text:
                    total += int(text.read().split()[0])
        return total

    def memory(self, field="VmRSS"):
        """Bytes of the tree."""
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as text:
                found = re.search(rf"^{field}:\s+(\d+) kB", text.read(), re.M)
            total += int(found[1]) * 1024 if found else 0
        return total

    def end(self):
        """Asks the server to end, and then insists; what a tool says is complete after it."""
        # A tool that is not the server itself ends with it, and says what it saw.
        children = [pid for pid in self.pids() if pid != self.process.pid]
        targets = children if children and self.tool else [self.process.pid]
        # More than once: nginx misses a signal that comes just before it waits for events.
        for number in (*[signal.SIGTERM] * 8, signal.SIGKILL):
            for pid in targets if self.process.poll() is None else ():
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            try:
                self.process.wait(timeout=4)
                break
            except subprocess.TimeoutExpired:
                pass
        self.process.stdout.close()
        self.folder.cleanup()
