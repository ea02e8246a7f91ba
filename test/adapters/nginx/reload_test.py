# SPDX-License-Identifier: MIT
"""New files under a running nginx: a reload under load loses no request, and serves what is there
then."""

import os
import shutil
import signal
import threading
import time

import running
from client import Connection, request
from running import BUILD, CONFORM, Case, tap

CLI = BUILD.folder / "test/adapters/cli"
FIRST = {"app.so": (CLI / "deployed_first.so").read_bytes()}
RELOADS = 5
CLIENTS = 6


class Load:
    """Clients that ask and ask, each answer verified."""

    def __init__(self, server, target, allowed, ends=False):
        """`ends`: the server may, between two answers."""
        self.server, self.target, self.allowed, self.ends = server, target, allowed, ends
        self.stop, self.counts, self.wrong = threading.Event(), {}, []
        self.threads = [threading.Thread(target=self.ask) for _ in range(CLIENTS)]
        self.lock = threading.Lock()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def ask(self):
        connection = None
        while not self.stop.is_set():
            fresh = connection is None
            try:
                connection = connection or Connection(self.server.address)
                connection.send(request("GET", self.target))
                response = connection.response()
            except (AssertionError, OSError) as error:
                if not (self.ends and isinstance(error, OSError)):
                    self.wrong.append(repr(error))
                return
            if response is None and self.ends:
                connection.close()
                return
            if response is None:
                # A kept connection may be closed between two answers (RFC 9112 9.6); a fresh one not.
                connection.close()
                connection = None
                if fresh:
                    self.wrong.append("a fresh connection was not answered")
                continue
            with self.lock:
                self.counts[response.body] = self.counts.get(response.body, 0) + 1
            if response.status != 200 or response.body not in self.allowed or response.is_broken:
                self.wrong.append(repr(response))
            if response.says_close:
                connection.close()
                connection = None
        if connection:
            connection.close()


class Reload(Case):
    def deploy(self, path, which):
        """By rename, so that nobody maps half a file."""
        shutil.copyfile(CLI / f"deployed_{which}.so", f"{path}.new")
        os.chmod(f"{path}.new", 0o755)
        os.rename(f"{path}.new", path)

    def reload(self, server, mark):
        server.process.send_signal(signal.SIGHUP)
        server.wait_log(r"start worker process \d+", mark)

    def test_under_load(self):
        """a reload with a new file serves the new one, and every request under way is answered"""
        server = self.serve("csgi_app @/app.so;", files=FIRST)
        path = f"{server.folder.name}/app.so"
        self.ask(server, "/")  # its worker has the first one
        with Load(server, "/", {b"first\n", b"second\n"}) as load:
            for number in range(RELOADS):
                which = "second" if number % 2 == 0 else "first"
                mark = server.log_size()
                self.deploy(path, which)
                self.reload(server, mark)
                server.wait_log("worker process \\d+ exited", mark)  # the old one
                self.assertEqual(self.ask(server, "/").body, which.encode() + b"\n")
                time.sleep(0.2)
        self.assertEqual(load.wrong, [])
        self.assertEqual(set(load.counts), {b"first\n", b"second\n"})
        print(f"# {sum(load.counts.values())} requests verified under {RELOADS} reloads: "
              + ", ".join(f"{n} {text.decode().strip()}" for text, n in load.counts.items()))
        self.stop(server)

    def test_refused(self):
        """a reload whose module is broken is refused, and the old one goes on"""
        server = self.serve("csgi_app @/app.so;", files=FIRST)
        path = f"{server.folder.name}/app.so"
        server.takes_alerts = True
        self.ask(server, "/")  # its worker has the first one
        mark = server.log_size()
        with open(f"{path}.new", "wb") as file:
            file.write(b"\x7fELF, but not for long")
        os.chmod(f"{path}.new", 0o755)
        os.rename(f"{path}.new", path)
        server.process.send_signal(signal.SIGHUP)
        server.wait_log(r'\[emerg\] .*csgi_app "\S+/app.so": \[LOAD-11\] .* in \S+nginx.conf:\d+', mark)
        self.assertEqual(self.ask(server, "/").body, b"first\n")
        self.deploy(path, "second")
        mark = server.log_size()
        self.reload(server, mark)
        server.wait_log("worker process \\d+ exited", mark)
        self.assertEqual(self.ask(server, "/").body, b"second\n")
        self.assertEqual(server.stop(), 0)

    def test_waiting(self):
        """what waits for its answer at a reload, or at the end, gets it from the old worker"""
        server = self.serve(f"csgi_app {CONFORM};")
        with (server.connect() as one, server.connect() as other, server.connect() as polling):
            mark = server.log_size()
            one.send(request("GET", "/defer?ms=700"))
            other.send(request("GET", "/stream?n=7&delay=100"))
            polling.send(request("GET", "/__conform/never?id=poll"))
            self.ask(server, "/hello")
            self.reload(server, mark)
            self.assertEqual(one.response().body, b"deferred\n")
            self.assertEqual(len(other.response().chunks), 7)
            self.assertEqual(polling.response().body, b"draining\n")
            server.wait_log("exited with code 0", mark)
        self.ask(server, "/hello")
        with server.connect() as one:
            one.send(request("GET", "/defer?ms=500"))
            self.ask(server, "/hello")
            server.terminate()
            self.assertEqual(one.response().body, b"deferred\n")
        self.assertEqual(server.wait(), 0)
        self.assertEqual(server.breaches(), [])

    def test_quit_under_load(self):
        """told to quit under load, a worker breaks no answer off that it has begun"""
        for target, body in (("/defer?ms=5", b"deferred\n"),
                             ("/stream?n=3&delay=3", b"chunk 0\nchunk 1\nchunk 2\n"),
                             ("/__conform/big?n=200000",
                              (b"abcdefghijklmnopqrstuvwxyz" * 7693)[:200000])):
            with self.subTest(target):
                server = self.serve(f"csgi_app {CONFORM};")
                self.ask(server, "/hello")
                with Load(server, target, {body}, ends=True) as load:
                    until = time.monotonic() + 20
                    while sum(load.counts.values()) < 100 and time.monotonic() < until:
                        time.sleep(0.01)
                    server.terminate()
                    self.assertEqual(server.wait(), 0)
                self.assertEqual(load.wrong, [])
                self.assertGreaterEqual(sum(load.counts.values()), 100)
                self.assertEqual(server.breaches(), [])

    def test_fast(self):
        """told to end at once, a worker lets its applications go in good order"""
        witness = BUILD.folder / "test/conformance/witness.so"
        server = self.serve(f"location / {{ csgi_app {CONFORM}; }}"
                            f"location /w {{ csgi_app {witness}; }}")
        with server.connect() as pending:
            pending.send(request("GET", "/defer?ms=10000"))
            self.ask(server, "/w")
            # What a thread still holds then is left, which a sanitizer calls a leak.
            server.takes_alerts = BUILD.is_sanitized
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0)
            log = server.log()
        if not BUILD.is_sanitized:
            self.assertEqual(server.breaches(), [])
        self.assertIn("witness app: stop", log)


if __name__ == "__main__":
    tap.main()
