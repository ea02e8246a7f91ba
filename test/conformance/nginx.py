# SPDX-License-Identifier: MIT
"""How an nginx with the module is started, asked about, and stopped.

One worker under a master, in a folder of its own. Its listening socket is made here and handed
down, as a running nginx hands its sockets to its successor: so no two tests can meet at a port, and
nobody has to wait until it listens. An alert in its log is a failure like a breach of a rule.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import servers
import vectors

# What rows ask of the command, in nginx's words. Two seconds for one: still less than what is waited
# for, and more than a busy machine sleeps.
WORDS = {"--send-timeout": "send_timeout {}s;", "--head-timeout": "client_header_timeout 2s;",
         "--keep-alive-timeout": "keepalive_timeout 2s;",
         "--body-timeout": "client_body_timeout {}s;", "--max-body": "client_max_body_size {};",
         "--drain": "worker_shutdown_timeout {}s;", "--body-rate": None,
         "--mount": "csgi_mount {};", "--request-buffering": "csgi_request_buffering {};"}
OF_MAIN = {"--drain"}
ALERT = re.compile(r"\[(?:alert|emerg|crit)\](?! \d+#\d+: (?:\*\d+ )?csgi)|exited on signal"
                   r"|exited with code [1-9]|Sanitizer|runtime error:")
MODULE = "adapters/nginx/ngx_http_csgi_module.so"
CAPS = servers.STANDALONE | {"SENDFILE"}
LEAKS = Path(__file__).with_name("nginx_leaks.txt")
SUPPRESSIONS = Path(__file__).with_name("nginx.supp")
# A report of a process is its exit status, which nginx's master logs. Forks are followed.
MEMCHECK = ["valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full",
            "--errors-for-leak-kinds=definite", "--show-leak-kinds=definite", "--num-callers=30",
            f"--suppressions={SUPPRESSIONS}"]


def program():
    """Where nginx is, or None."""
    for folder in [*os.environ.get("PATH", "").split(":"), "/usr/sbin", "/sbin"]:
        path = os.path.join(folder, "nginx")
        if os.access(path, os.X_OK):
            return path
    return None


def sanitizer():
    """What a program that is not sanitized needs, to load a module that is; None: not here. With the
    C++ library, because exceptions are watched, and nginx alone has none.
    """
    found = [subprocess.run(["gcc", f"-print-file-name={name}"], stdout=subprocess.PIPE, text=True,
                            check=False).stdout.strip() for name in ("libasan.so", "libstdc++.so")]
    return " ".join(found) if all(map(os.path.isabs, found)) else None


def environment(is_sanitized, **more):
    # What nginx itself leaves behind at its end is not ours to mend.
    extra = {"LD_PRELOAD": sanitizer(), "LSAN_OPTIONS": f"suppressions={LEAKS}:print_suppressions=0"}
    return {**os.environ, **(extra if is_sanitized else {}), **more}


def why_not(build):
    """Why nothing can be asked here, or None."""
    if build.is_sanitized and not sanitizer():
        return "libasan.so is not where gcc says"
    if not program():
        return "nginx is not installed (Debian package nginx)"
    if not (build.folder / MODULE).exists():
        return "the nginx module was not built: no headers (Debian package nginx-dev)"
    return None


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def configuration(folder, module, listen, inside, of_server="", of_main="", of_http=""):
    """A whole nginx.conf with one server; `inside` are its directives.

    It lingers always: else a client that sends on behind an answer may meet a reset, or not.
    """
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return f"""load_module {module};
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log info; {user}
{of_main}
events {{ worker_connections 2000; }}
http {{
access_log off; client_max_body_size 2g; lingering_close always; client_header_timeout 10s; root {folder}/nothing; keepalive_requests 1000000;
{temporary}{of_http}
server {{
listen {listen};
{of_server}{inside}
}}
}}
"""


def listener(path=None):
    """A socket that listens, at a path or at a port of the kernel's choice, and nginx's name for
    it."""
    if path:
        made = socket.socket(socket.AF_UNIX)
        made.bind(str(path))
        name = f"unix:{path}"
    else:
        made = socket.socket()
        made.bind(("127.0.0.1", 0))
        name = "127.0.0.1:%d" % made.getsockname()[1]
    made.listen(511)
    return made, name


class Nginx:
    """The column of the table: `start` and `run` as servers.Kind has them."""

    is_unix = False
    has_master = True
    caps = CAPS

    def __init__(self, name, lint=False, tool=()):
        """`tool`: the beginning of the command line, of what watches nginx."""
        self.name, self.has_lint, self.tool = name, lint, tool
        self.is_watched = bool(tool)
        self.build = self.scratch = self.file = None
        self.differs = {raw: answer.replace("\\|", "|") for _, rows in vectors.tables("nginx.md")
                        for raw, answer, _ in rows}

    prepare = servers.Kind.prepare
    tidy = servers.Kind.tidy

    def missing(self):
        if self.tool and self.build.is_sanitized:
            return "a sanitizer watches already"
        if self.tool and not shutil.which(self.tool[0]):
            return f"{self.tool[0]} is not installed"
        return why_not(self.build)

    def excuse(self, title):
        return EXCUSES.get(title.split(" [")[0])

    def answer(self, raw, usual):
        """What test/vectors/nginx.md says to this input, or what every server does."""
        return self.differs.get(raw, usual)

    def directives(self, module, use, config):
        if config is None and module == servers.CONFORM:
            config = f"file={self.file}"
        lint = f"csgi_middleware {self.build.folder}/test/conformance/lint.so;\n"
        lines = lint if self.has_lint else ""
        for layer, text in use:
            lines += f"csgi_middleware {self.build.module(layer)} {quoted(text)};\n"
            lines += lint if self.has_lint else ""
        return lines + f"csgi_app {self.build.module(module)} {quoted(config or '')};\n"

    def start(self, module=None, use=(), config=None, arguments=()):
        of_server = of_main = ""
        for word, value in zip(arguments[::2], arguments[1::2]):
            line = (WORDS[word] or "").format(value)
            if word in OF_MAIN:
                of_main += line
            else:
                of_server += line
        inside = self.directives(module or servers.CONFORM, use, config)
        return Server(self, inside, of_server, of_main)

    def run(self, module, use=(), config=None, arguments=()):
        """(exit status, output) of one that does not serve. nginx refuses a configuration that
        `check` refuses; what fails later leaves it running without the application: 503 then.
        """
        with self.start(module, use, config, arguments) as server:
            if server.wait_started() and server.status_of("/hello") != 503:
                return 0, server.log()
            server.stop()
            return 1, server.log()


class Server(servers.Server):
    takes_alerts = False  # they are no failure

    def __init__(self, kind, inside, of_server="", of_main="", of_http="", files=(), listen=""):
        """The texts may say @/ for the server's own folder; `listen` is what else is said there."""
        self.kind = kind
        self.folder = tempfile.TemporaryDirectory(dir=kind.scratch.name)
        os.chmod(self.folder.name, 0o755)
        self.log_file = open(f"{self.folder.name}/error.log", "ab")
        for file, content in dict(files).items():
            Path(self.folder.name, file).write_bytes(content)
            os.chmod(f"{self.folder.name}/{file}", 0o755)
        made, name = listener()
        with made:
            self.address = ("tcp", *made.getsockname())
            conf = Path(self.folder.name) / "nginx.conf"
            conf.write_text(configuration(self.folder.name, kind.build.folder / MODULE, f"{name} {listen}",
                                          inside, of_server, of_main, of_http)
                            .replace("@/", self.folder.name + "/"), encoding="utf-8")
            self.process = subprocess.Popen(
                [*getattr(kind, "tool", ()), program(), "-p", self.folder.name, "-c", conf, "-e", self.log_file.name],
                stdin=subprocess.DEVNULL, stdout=self.log_file, stderr=self.log_file,
                pass_fds=[made.fileno()],
                env=environment(kind.build.is_sanitized, NGINX=f"{made.fileno()};"))

    @property
    def pid(self):
        """The worker's: the process that serves."""
        return int(self.wait_log(r"start worker process (\d+)")[1])

    @property
    def is_alive(self):
        return self.process.poll() is None and (self.takes_alerts or not ALERT.search(self.log()))

    def breaches(self, start=0):
        return super().breaches(start) + [
            ("ALERT", line) for line in self.log(start).splitlines() if ALERT.search(line)]

    def wait_started(self):
        """False when it ended instead."""
        try:
            self.wait_log(r"start worker process (\d+)")
            return True
        except AssertionError:
            self.process.wait()
            return False

    def status_of(self, target):
        with self.connect() as connection:
            connection.send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            response = connection.response()
            return response.status if response else None

    def terminate(self):
        # A signal before the master can take it would end it at once.
        self.wait_started()
        self.process.send_signal(signal.SIGQUIT)

    def wait(self):
        """As a process that fails when its worker did."""
        status = super().wait()
        return 99 if not self.takes_alerts and ALERT.search(self.log()) else status

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)  # so that its worker ends too
            until = time.monotonic() + 10
            while self.process.poll() is None and time.monotonic() < until:
                time.sleep(0.01)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log_file.close()
        self.folder.cleanup()


# Rows that say nothing about nginx, and why.
EXCUSES = {
    "the rest of a body without end is not read and dropped without end":
        "nginx drops what is unread for lingering_time, however much it is",
    "a body that comes too slowly is TRUNC without ABORT: that client is there, and gets its 400":
        "nginx has no least rate: client_body_timeout is the time between two reads",
    "a head over the host's limits is answered 414 or 431, then closed":
        "nginx answers 400 where a field is too long (its own 494)",
    "chunk extensions and trailers count: floods of them are refused (CVE-2024-22019)":
        "nginx reads extensions and trailers without end, in bounded memory",
}

KINDS = {kind.name: kind for kind in (Nginx("nginx"), Nginx("nginx-debug", lint=True),
                                      Nginx("nginx-memcheck", tool=MEMCHECK))}
