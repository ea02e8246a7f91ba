# SPDX-License-Identifier: MIT
"""The configurations and units of examples/behind_nginx: accepted by the programs they are for, and
a rolling restart behind them that loses no request.

Arguments: those of the command's tests, the build folder, what sanitizes it ("none").
"""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "adapters/cli"),
                str(HERE.parent / "conformance")]
import nginx
import tap
from command import CONFORM, CSGI, PATIENCE

BUILD, SANITIZED = Path(tap.arguments[3]).resolve(), tap.arguments[4] != "none"
MODULE = BUILD / nginx.MODULE
FOLDER = HERE.parents[1] / "examples/behind_nginx"
PARAMS = Path("/etc/nginx/fastcgi_params")
ROUNDS, CLIENTS = 3, 8
# What systemd does before it starts a service: sets the process's id, which the process that is to
# be has already.
ACTIVATE = ('import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ["LISTEN_PID"] = str(os.getpid()); '
            'os.execv(sys.argv[2], sys.argv[2:])')


def filled(name, folder):
    """A file of the example with the places of the test."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    for theirs, ours in (("listen 80;", f"listen unix:{folder}/front.sock;"), ("/srv/csgi/app.so", CONFORM),
                         ("/run/csgi/", f"{folder}/"), ("/usr/bin/csgi", CSGI)):
        text = text.replace(theirs, str(ours))
    return text


def configure(folder, name):
    """Writes an nginx.conf as Debian's is, with one site."""
    Path(folder, "site.conf").write_text(filled(name, folder), encoding="utf-8")
    if PARAMS.exists():
        shutil.copy(PARAMS, folder)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    module = f"load_module {MODULE};" if "csgi_app" in filled(name, folder) else ""
    user = "user root;" if os.geteuid() == 0 else ""
    conf = Path(folder, "nginx.conf")
    conf.write_text(f"""{module}
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log info; {user}
events {{ worker_connections 1000; }}
http {{ access_log off; keepalive_requests 1000000;
{temporary}include site.conf;
}}
""", encoding="utf-8")
    return {"args": [nginx.program(), "-p", folder, "-c", str(conf), "-e", f"{folder}/error.log"],
            "env": nginx.environment(SANITIZED and bool(module))}


class Instance:
    """csgi@N.service under its socket, as systemd runs them."""

    def __init__(self, folder, number, speaks):
        self.speaks = speaks
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{folder}/{number}.sock")
        self.listener.listen(511)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify_name = f"{folder}/notify{number}"
        self.notify.bind(self.notify_name)
        self.notify.settimeout(PATIENCE)
        self.process = None

    def start(self):
        """Ends when it is ready, as systemctl does."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", ACTIVATE, str(self.listener.fileno()), CSGI, "run", CONFORM,
             f"--{self.speaks}", "fd:3", "--workers", "2", "--log-level", "warning"],
            pass_fds=[self.listener.fileno()], stdout=subprocess.DEVNULL,
            env={**os.environ, "LISTEN_FDS": "1", "NOTIFY_SOCKET": self.notify_name})
        while b"READY=1" not in self.notify.recv(4096):
            pass

    def stop(self):
        """The status it ends with."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def restart(self):
        status = self.stop()
        if status:
            raise AssertionError(f"it ended with {status}")
        self.start()

    def reload(self):
        self.process.send_signal(signal.SIGHUP)
        while b"READY=1" not in self.notify.recv(4096):
            pass

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.listener.close()
        self.notify.close()


class Load:
    """Clients that ask and ask through nginx, each answer verified."""

    def __init__(self, path):
        self.path, self.stop = path, threading.Event()
        self.counts, self.wrong, self.lock = {"GET": 0, "POST": 0}, [], threading.Lock()
        self.threads = [threading.Thread(target=self.ask, args=(number,)) for number in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def ask(self, number):
        connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(PATIENCE)
        connection.sock.connect(self.path)
        turn = 0
        while not self.stop.is_set():
            turn += 1
            method = "POST" if (turn + number) % 2 else "GET"
            body = b"%d/%d;" % (number, turn) * 500
            try:
                if method == "POST":
                    connection.request(method, "/echo", body)
                else:
                    connection.request(method, "/hello")
                answer = connection.getresponse()
                told = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(f"{method}: {error!r}")
                break
            wanted = body if method == "POST" else b"Hello, world!"
            if answer.status != 200 or told != wanted:
                self.wrong.append(f"{method}: {answer.status}, {len(told)} bytes")
            with self.lock:
                self.counts[method] += 1
        connection.close()


class BehindNginx(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="csgi-behind-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def need_nginx(self, module=False):
        if not nginx.program():
            self.skipTest("nginx is not installed (Debian package nginx)")
        if not PARAMS.exists():
            self.skipTest(f"no {PARAMS} (Debian package nginx-common)")
        if module and SANITIZED and not nginx.sanitizer():
            self.skipTest("libasan.so is not where gcc says")
        if module and not MODULE.exists():
            self.skipTest("the nginx module was not built: no headers (Debian package nginx-dev)")

    def try_out(self, told):
        return subprocess.run([*told["args"], "-t"], env=told["env"], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)

    def accepts(self, name):
        done = self.try_out(configure(self.folder, name))
        log = Path(self.folder, "error.log").read_text()
        self.assertEqual(done.returncode, 0, done.stderr + log)
        self.assertNotIn("[warn]", log + done.stderr)

    def test_module(self):
        """nginx -t accepts module.conf"""
        self.need_nginx(module=True)
        self.accepts("module.conf")

    def test_fastcgi(self):
        """nginx -t accepts fastcgi.conf"""
        self.need_nginx()
        self.accepts("fastcgi.conf")

    def test_http(self):
        """nginx -t accepts http.conf"""
        self.need_nginx()
        self.accepts("http.conf")

    def test_can_fail(self):
        """nginx -t refuses a configuration with a mistake in it"""
        self.need_nginx()
        told = configure(self.folder, "http.conf")
        site = Path(self.folder, "site.conf")
        site.write_text(site.read_text().replace("proxy_pass http://csgi", "proxy_pass http://cgsi"))
        self.assertNotEqual(self.try_out(told).returncode, 0)

    def test_module_serves(self):
        """module.conf serves, and lets a POST through"""
        self.need_nginx(module=True)
        with self.front("module.conf"), Load(f"{self.folder}/front.sock") as load:
            while not self.done(load, 50):
                pass
        self.assertEqual(load.wrong, [])

    @contextlib.contextmanager
    def front(self, name):
        with open(f"{self.folder}/out", "wb") as out:
            process = subprocess.Popen(**configure(self.folder, name), stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=out)
        try:
            while "start worker process" not in self.log():
                self.assertIsNone(process.poll(), self.log())
            yield
            process.send_signal(signal.SIGQUIT)
            self.assertEqual(process.wait(PATIENCE), 0, self.log())
        finally:
            process.kill()
            process.wait()

    def log(self):
        log = Path(self.folder, "error.log")
        return log.read_text() if log.exists() else ""

    def done(self, load, most):
        return load.wrong or load.stop.wait(0.01) or sum(load.counts.values()) >= most

    def rolling(self, name, speaks):
        self.need_nginx()
        with contextlib.ExitStack() as stack:
            instances = []
            for number in (1, 2):
                instances.append(Instance(self.folder, number, speaks))
                stack.callback(instances[-1].close)
                instances[-1].start()
            stack.enter_context(self.front(name))
            with Load(f"{self.folder}/front.sock") as load:
                for instance in instances * ROUNDS:
                    for change in (instance.restart, instance.reload):
                        before = sum(load.counts.values())
                        change()
                        # Each serves again before the other ends.
                        while not self.done(load, before + 500):
                            pass
            log = self.log()
        self.assertEqual(load.wrong, [], log[-3000:])
        # What nginx had to ask a second time was lost the first, and only GET may be asked again.
        again = log.count("while reading response header from upstream")
        self.assertEqual(again, 0, log[-3000:])
        print(f"# {speaks}: {load.counts['GET']} GET and {load.counts['POST']} POST verified under "
              f"{2 * ROUNDS} restarts and {2 * ROUNDS} reloads, 0 lost, {again} asked again by nginx")

    def test_rolling_http(self):
        """two instances behind http.conf are restarted and reloaded in turn under load, and nothing is lost"""
        self.rolling("http.conf", "http")

    def test_rolling_fastcgi(self):
        """two instances behind fastcgi.conf are restarted and reloaded in turn under load: nothing is lost"""
        self.rolling("fastcgi.conf", "fastcgi")


class Units(unittest.TestCase):
    def verify(self, change=lambda text: text):
        if not shutil.which("systemd-analyze"):
            self.skipTest("no systemd-analyze here (Debian package systemd)")
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for kind in ("service", "socket"):
                path = Path(folder, f"csgi@1.{kind}")
                path.write_text(change(filled(f"csgi@.{kind}", folder)), encoding="utf-8")
                paths.append(path)
            return subprocess.run(["systemd-analyze", "verify", "--man=no", *paths],
                                  capture_output=True, text=True, timeout=PATIENCE, check=False)

    def test_units(self):
        """systemd-analyze verify has nothing against the units"""
        done = self.verify()
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_can_fail(self):
        """a mistake in a unit is noticed"""
        done = self.verify(lambda text: text.replace("Type=notify", "Type=notifies"))
        self.assertIn("notifies", done.stderr)

    def test_command(self):
        """the unit's command is one that csgi understands"""
        line = next(line for line in (FOLDER / "csgi@.service").read_text().splitlines()
                    if line.startswith("ExecStart="))
        options = [word for word in line.split() if word.startswith("--")]
        said = subprocess.run([CSGI, "help", "run"], capture_output=True, text=True, check=True).stdout
        self.assertEqual([option for option in options if option + " " not in said], [])


if __name__ == "__main__":
    tap.main()
