# SPDX-License-Identifier: MIT
"""An installed CSGI is all that an application's author needs.

Arguments: the build folder, the prefix and the folder for libraries that it was set up with.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap

ROOT = Path(__file__).resolve().parents[2]
BUILD, PREFIX, LIBDIR = Path(tap.arguments[0]), tap.arguments[1].lstrip("/"), tap.arguments[2]

TEST = """
#include <cstdio>
#include <csgi/app.hpp>
#include <csgi/testing.hpp>

int main() {
    csgi::App app("tested");
    app.get("/", [] { return "Hello, test!"; });
    csgi::TestClient client(app);
    const auto answer = client.get("/");
    std::printf("%d %s", answer.status, answer.text().c_str());
}
"""


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = Path(cls.folder.name, "root")
        cls.work = Path(cls.folder.name, "work")
        cls.work.mkdir()
        subprocess.run(
            ["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", cls.root],
            check=True, stdout=subprocess.DEVNULL)
        cls.environment = dict(
            os.environ,
            PKG_CONFIG_SYSROOT_DIR=str(cls.root),
            PKG_CONFIG_PATH=str(cls.root / PREFIX / LIBDIR / "pkgconfig"))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def build_hello(self):
        """Builds the README's program by the README's words, in a folder that knows nothing."""
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        (self.work / "hello.c").write_text(re.search(r"^```c\n(.*?)^```", readme, re.M | re.S)[1])
        command = re.search(r"^    (cc -shared .*) && csgi run hello\.so$", readme, re.M)[1]
        return self.build(command, self.work / "hello.so")

    def build_app(self):
        """Builds examples/hello by the words of its README, in a folder that knows nothing."""
        example = ROOT / "examples/hello"
        (self.work / "hello.cpp").write_text((example / "hello.cpp").read_text(encoding="utf-8"))
        command = re.search(r"^    (c\+\+ .*)$", (example / "README.md").read_text(), re.M)[1]
        return self.build(command, self.work / "hello.so")

    def build(self, command, product):
        made = subprocess.run(command, shell=True, cwd=self.work, env=self.environment,
                              capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        return product

    def test_headers(self):
        """the headers lie where applications include them from"""
        include = self.root / PREFIX / "include"
        installed = {path.relative_to(include).as_posix() for path in include.rglob("*.h*")}
        here = ROOT / "spec/include"
        expected = {path.relative_to(here).as_posix()
                    for pattern in ("*.h", "csgi/*.h", "csgi/ext/**/*.h")
                    for path in here.glob(pattern)}
        here = ROOT / "core/include"
        expected |= {path.relative_to(here).as_posix() for path in here.rglob("*.hpp")}
        self.assertEqual(expected - installed, set())
        for name in ("csgi.h", "csgi/app.hpp", "csgi/testing.hpp"):
            self.assertIn(name, expected)

    def test_builds(self):
        """the README's program builds to a module that wants nothing of ours"""
        undefined = subprocess.run(
            ["nm", "-D", "--undefined-only", self.build_hello()],
            capture_output=True, text=True, check=True).stdout
        self.assertNotIn("csgi", undefined)
        defined = subprocess.run(
            ["nm", "-D", "--defined-only", self.work / "hello.so"],
            capture_output=True, text=True, check=True).stdout
        self.assertIn("csgi_entry_v1", defined)

    def test_app_builds(self):
        """the framework's hello builds to a module that shows its entry and nothing else"""
        module = self.build_app()
        listing = subprocess.run(["nm", "-D", "--defined-only", module],
                                 capture_output=True, text=True, check=True).stdout
        self.assertEqual([line.split()[-1] for line in listing.splitlines()], ["csgi_entry_v1"])
        needed = subprocess.run(["readelf", "-d", module], capture_output=True, text=True,
                                check=True).stdout
        self.assertNotIn("libcsgi", needed)

    def test_app_tests(self):
        """a test of an application builds with the installed client, and runs"""
        (self.work / "app_test.cpp").write_text(TEST)
        program = self.build("c++ -std=c++20 app_test.cpp"
                             " $(pkg-config --cflags --libs csgi-testing) -o app_test",
                             self.work / "app_test")
        answer = subprocess.run([program], capture_output=True, text=True)
        self.assertEqual((answer.returncode, answer.stdout), (0, "200 Hello, test!"), answer.stderr)

    def test_runs(self):
        """the installed command serves the README's program and ends on Ctrl-C with 0"""
        self.serve(self.build_hello())

    def test_app_runs(self):
        """and it serves the framework's hello"""
        self.serve(self.build_app())

    def serve(self, module):
        program = self.root / PREFIX / "bin/csgi"
        if not program.exists():
            self.skipTest("the csgi program is not there yet")
        server = subprocess.Popen(
            [program, "run", module.name, "--http", "127.0.0.1:0"], cwd=self.work,
            stdout=subprocess.PIPE, text=True)
        try:
            # Ends with its output if the server ends; the test's own time limit sees to the rest.
            address = next((line.split()[-1] for line in server.stdout
                            if line.startswith("csgi: listening on http://")), None)
            self.assertIsNotNone(address, "it never said where it listens")
            with urllib.request.urlopen(address, timeout=10) as answer:
                self.assertEqual(answer.status, 200)
                self.assertTrue(answer.read().startswith(b"Hello"))
            server.send_signal(signal.SIGINT)
            self.assertEqual(server.wait(timeout=10), 0)
        finally:
            server.kill()
            server.wait()
            server.stdout.close()


tap.main()
