# SPDX-License-Identifier: MIT
"""What `nginx -t` says to each directive that is wrong: one line, with the file and its line."""

import os
import re
from pathlib import Path

import running
from running import BUILD, CONFORM, Case, nginx, tap

CLI = BUILD.folder / "test/adapters/cli"
WITNESS = BUILD.folder / "test/conformance/witness.so"

# A sanitizer turns one into the other, if it is not told to leave that.
CRASHED = (r"it crashed with signal \d+ \(.*\)" if not BUILD.is_sanitized else
           r"it (crashed with signal|ended the process with status) \d+.*")

# (what is wrong, http block, what is said). The block begins in line 5.
WRONG = [
    ("a file that is not there", "server { location / {\ncsgi_app /nowhere/app.so; } }",
     r'csgi_app "/nowhere/app.so": \[LOAD-11\] No such file or directory; .* in \S+:6$'),
    ("a path below the prefix", "server {\n\ncsgi_app app.so; }",
     r'csgi_app "\S+/app.so": \[LOAD-11\] No such file .* in \S+:7$'),
    ("a middleware that is not there",
     f"csgi_app {CONFORM};\ncsgi_middleware /nowhere/layer.so; server {{ }}",
     r'csgi_middleware "/nowhere/layer.so": \[LOAD-11\] .* in \S+:6$'),
    ("a second csgi_app", f"server {{ location / {{ csgi_app {CONFORM};\ncsgi_app {CONFORM}; }} }}",
     r'"csgi_app" directive is duplicate in \S+:6$'),
    ("a middleware without an application",
     f"server {{ location / {{\n\ncsgi_middleware {WITNESS}; }} }}",
     r'csgi_middleware "\S+witness.so" stands around no csgi_app in \S+:7$'),
    ("a middleware whose application is elsewhere",
     f"server {{ location /a {{ csgi_app {CONFORM}; }}\nlocation /b {{ csgi_middleware {WITNESS}; }} }}",
     r'csgi_middleware "\S+witness.so" stands around no csgi_app in \S+:6$'),
    ("a shared library that is no module", f"server {{\ncsgi_app {CLI}/no_symbol.so; }}",
     r"\[LOAD-1\] a shared library, but it exports no csgi_entry_v1; .* in \S+:6$"),
    ("the interface's next version", f"server {{\ncsgi_app {CLI}/next_major.so; }}",
     r"\[LOAD-1\] made for version 2 of the interface; .* in \S+:6$"),
    ("a truncated entry", f"server {{\ncsgi_app {CLI}/short_entry.so; }}",
     r"\[LOAD-1\] csgi_entry_v1.struct_size is \d+; .* in \S+:6$"),
    ("a need that no server meets", f"server {{\ncsgi_app {CLI}/needs_upgrade.so; }}",
     r"\[LOAD-10\] '\S+' needs what this server cannot do: UPGRADE; .* in \S+:6$"),
    ("a configuration that check refuses",
     f'server {{\ncsgi_app {WITNESS} "fail=check"; }}',
     r"the witness was told to fail in check in \S+:6$"),
    ("a check that gives no reason", f"server {{\ncsgi_app {CLI}/check_is_mute.so; }}",
     r"\[LOAD-8\] .* in \S+:6$"),
    ("a check that crashes", f"server {{\ncsgi_app {CLI}/check_crashes.so; }}",
     CRASHED + r" when it was checked in \S+:6$"),
    ("a module that crashes when it is loaded",
     f"server {{\ncsgi_app {CLI}/crashes_when_loaded.so; }}",
     CRASHED + r" when it was checked in \S+:6$"),
    ("a check that never ends", f"server {{\ncsgi_app {CLI}/check_hangs.so; }}",
     r"its check was not done within 10 seconds in \S+:6$"),
    ("a configuration that create refuses",
     f"server {{\ncsgi_app {CLI}/create_refuses.so; }}", r'csgi_app "\S+": .* in \S+:6$'),
    ("an application without handle", f"server {{\ncsgi_app {CLI}/small_app.so; }}",
     r"\[LOAD-2\] .* in \S+:6$"),
    ("no file", "server {\ncsgi_app; }", r'invalid number of arguments in "csgi_app" .*:6$'),
    ("a mount that is no path", f"server {{ csgi_app {CONFORM};\ncsgi_mount api; }}",
     r'"csgi_mount" directive needs a path that begins with "/".* in \S+:6$'),
    ("a mount with a query", f"server {{ csgi_app {CONFORM};\ncsgi_mount /a?b; }}",
     r'"csgi_mount" directive needs a path, and nothing behind it in \S+:6$'),
    ("a switch that is none", "server {\ncsgi_request_buffering maybe; }",
     r'invalid value "maybe" in "csgi_request_buffering" .*:6$'),
]
# (what is right, http block)
RIGHT = [
    ("one application everywhere", f"csgi_app {CONFORM}; server {{ }}"),
    ("and not there", f"csgi_app {CONFORM}; server {{ location /x {{ csgi_app off; }} }}"),
    ("layers of an outer block", f"csgi_middleware {WITNESS} name=a; "
                                 f"server {{ location / {{ csgi_app {CONFORM}; }} }}"),
    ("no layers there", f"csgi_middleware {WITNESS}; csgi_app {CONFORM}; "
                        "server { location /x { csgi_middleware off; } }"),
    ("all directives", f"server {{ location /a {{ csgi_app {CONFORM}; csgi_mount /a/;"
                       "csgi_request_buffering on; csgi_intercept_errors on; } }"),
    ("no application at all", "server { }"),
]


def processes_with(library):
    """Numbers of the processes that have it in their memory."""
    found = []
    for maps in Path("/proc").glob("[0-9]*/maps"):
        try:
            if str(library) in maps.read_text(encoding="utf-8", errors="replace"):
                found.append(maps.parent.name)
        except OSError:  # it has ended, or is another's
            pass
    return found


class Directives(Case):
    def judge(self, http):
        """(exit status, output) of nginx -t."""
        folder = self.kind.scratch.name
        path = os.path.join(folder, "nginx.conf")
        temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in
                             ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.geteuid() == 0 else ""
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"load_module {running.MODULE}; {user}\npid {folder}/pid; events {{ }}\n"
                       f"http {{\naccess_log off; {temporary}\n{http}\n}}\n".replace(
                           "\naccess_log", " access_log", 1).replace("http {", "\nhttp {", 1))
        done = running.run([nginx.program(), "-t", "-q", "-p", folder, "-c", path, "-e", "stderr"],
                           # It does not free what it has read.
                           env=nginx.environment(BUILD.is_sanitized, ASAN_OPTIONS=":".join(
                               [os.environ.get("ASAN_OPTIONS", ""), "detect_leaks=0"])))
        return done.returncode, done.stdout.decode(errors="replace")

    def test_left_behind(self):
        """a process that a module's check started and left is not there any more afterwards"""
        module = CLI / "check_leaves_child.so"
        self.assertEqual(self.judge(f"csgi_app {module}; server {{ }}"), (0, ""))
        self.assertEqual(processes_with(module), [])


def wrong(what, http, said):
    def test(self):
        status, output = self.judge(http)
        self.assertEqual(status, 1, output)
        lines = [line for line in output.splitlines() if "[emerg]" in line]
        self.assertEqual(len(lines), 1, output)
        self.assertRegex(lines[0], said)
    test.__doc__ = f"{what} is one error with its place"
    return test


def right(what, http):
    def test(self):
        self.assertEqual(self.judge(http), (0, ""))
    test.__doc__ = f"{what}: nothing to say"
    return test


for number, (what, http, said) in enumerate(WRONG):
    setattr(Directives, f"test_wrong_{number:02}", wrong(what, http, said))
for number, (what, http) in enumerate(RIGHT):
    setattr(Directives, f"test_right_{number:02}", right(what, http))

if __name__ == "__main__":
    tap.main()
