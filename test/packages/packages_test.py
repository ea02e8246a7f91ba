# SPDX-License-Identifier: MIT
"""The Debian packages, installed in a Debian that has nothing else: what they bring works there.

`./dev deb --test` runs it; it is no part of `./dev test`, since it downloads a system and takes some
minutes. Arguments: the folder with the packages, in which the bare system is kept for the next time.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "examples"
PACKAGES = Path(tap.arguments[0]).resolve()
BARE = PACKAGES / "bookworm.tar"
PATIENCE = 60
SUITE = "bookworm"


def why_not():
    if os.geteuid() != 0:
        return "only root may make a system of its own"
    for program, package in (("debootstrap", "debootstrap"), ("unshare", "util-linux")):
        if not shutil.which(program):
            return f"{program} is not installed (Debian package {package})"
    return None


def mirror():
    """Where this machine gets its packages from; nothing: debootstrap knows a place of its own."""
    asked = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages",
         f"Codename: {SUITE}"], capture_output=True, text=True, check=False)
    return asked.stdout.split()[:1]


def make_bare():
    with tempfile.TemporaryDirectory(dir=PACKAGES) as folder:
        made = subprocess.run(["debootstrap", "--variant=minbase", SUITE, f"{folder}/root", *mirror()],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        if made.returncode:
            raise AssertionError(made.stdout[-3000:])
        part = f"{BARE}.part"
        subprocess.run(["tar", "-C", f"{folder}/root", "-cf", part, "."], check=True)
        os.rename(part, BARE)


class Installed(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        if why := why_not():
            raise unittest.SkipTest(why)
        if not BARE.exists():
            make_bare()
        folder = tempfile.TemporaryDirectory(dir=PACKAGES)
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name)
        subprocess.run(["tar", "-C", cls.root, "-xf", BARE], check=True)
        shutil.copy("/etc/resolv.conf", cls.root / "etc/resolv.conf")
        shutil.copy("/etc/hosts", cls.root / "etc/hosts")
        # Nobody starts a service because a package of it is installed.
        (cls.root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (cls.root / "usr/sbin/policy-rc.d").chmod(0o755)
        (cls.root / "packages").mkdir()
        for package in PACKAGES.glob("*.deb"):
            shutil.copy(package, cls.root / "packages")
        cls.inside("apt-get", "-q", "update")
        cls.install("csgi")

    @classmethod
    def command(cls, *words):
        """In a namespace of its own, so that /proc is there and nothing stays mounted or running."""
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--root={cls.root}",
                "--mount-proc", "--wd=/", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", "HOME=/root", *words]

    @classmethod
    def inside(cls, *words, status=0):
        done = subprocess.run(cls.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        if done.returncode != status:
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout[-3000:]}")
        return done.stdout

    @classmethod
    def install(cls, *names):
        """Ours from their files, others from the mirror."""
        words = []
        for name in names:
            files = list((cls.root / "packages").glob(f"{name}_*.deb"))
            words.append(f"/packages/{files[0].name}" if files else name)
        cls.inside("apt-get", "-q", "install", "-y", "--no-install-recommends", *words)

    def asked(self, process, pattern):
        """What the server that says its address like this answers, before it is told to end."""
        try:
            line = next((line for line in process.stdout if re.search(pattern, line)), "")
            self.assertTrue(line, "it never said where it listens")
            with urllib.request.urlopen(re.search(pattern, line)[1], timeout=PATIENCE) as answer:
                told = answer.read()
            # The process itself, since unshare stands before it.
            pids = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            os.kill(int(pids[0]), signal.SIGTERM)
            process.wait(PATIENCE)
            return told
        finally:
            process.kill()
            process.communicate()

    def started(self, *words):
        return subprocess.Popen(self.command(*words), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def build(self, name):
        """A module, by the words of its example's README."""
        folder = self.root / "srv" / name
        shutil.copytree(EXAMPLES / name, folder)
        readme = (folder / "README.md").read_text(encoding="utf-8")
        command = re.search(r"^    (c(?:c|\+\+) .*)$", readme, re.M)[1]
        self.inside("sh", "-ec", f"cd /srv/{name}; {command}")
        return f"/srv/{name}/{name}.so"

    def test_1_command(self):
        """csgi is there, with nothing that was not declared, and tells its version"""
        (file,) = PACKAGES.glob("csgi_*.deb")
        version = file.name.split("_")[1]
        self.assertRegex(self.inside("csgi", "--version"),
                         rf"^csgi {re.escape(version)} \(interface 1\.\d+\)\n$")
        self.assertNotIn("not found", self.inside("ldd", "/usr/bin/csgi"))

    def test_2_c(self):
        """an application in C is built with libcsgi-dev, judged and served"""
        self.install("libcsgi-serve0", "libcsgi-dev", "g++", "pkg-config")
        module = self.build("hello_c")
        self.assertIn(" 0 failed", self.inside("csgi", "check", module))
        self.assertEqual(self.asked(self.started("csgi", "run", module, "--http", "127.0.0.1:0"),
                                    r"csgi: listening on (http://\S+)"), b"Hello, world!\n")

    def test_3_cpp(self):
        """an application with the framework is built from the packages alone, and served"""
        module = self.build("hello")
        self.assertIn(b"Hello", self.asked(
            self.started("csgi", "run", module, "--http", "127.0.0.1:0"),
            r"csgi: listening on (http://\S+)"))

    def test_4_python(self):
        """a program in Python finds libcsgi-serve and serves"""
        self.install("python3")
        shutil.copy(EXAMPLES / "hello_python/hello_python.py", self.root / "srv")
        self.assertEqual(
            self.asked(self.started("python3", "/srv/hello_python.py", "127.0.0.1:0"),
                       r"hello_python: listening on (http://\S+)"), b"Hello, world!\n")

    def test_5_nginx(self):
        """nginx loads the module by its package, and serves an application with it"""
        self.install("nginx", "libnginx-mod-http-csgi")
        self.assertTrue((self.root / "etc/nginx/modules-enabled/50-mod-http-csgi.conf").is_symlink())
        site = (EXAMPLES / "behind_nginx/module.conf").read_text(encoding="utf-8")
        site = site.replace("listen 80;", "listen unix:/run/front.sock;")
        site = site.replace("/srv/csgi/app.so", "/srv/hello_c/hello_c.so")
        (self.root / "etc/nginx/sites-available/module").write_text(site, encoding="utf-8")
        (self.root / "etc/nginx/sites-enabled/default").unlink()
        (self.root / "etc/nginx/sites-enabled/module").symlink_to("../sites-available/module")
        self.assertIn("test is successful", self.inside("nginx", "-t"))
        # Another namespace: the socket of the test is left behind.
        (self.root / "run/front.sock").unlink(missing_ok=True)
        process = self.started("sh", "-c", "nginx && echo started && sleep 600")
        try:
            self.assertIn("started", process.stdout.readline())
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(PATIENCE)
                # Relative, since a socket's path is short.
                here = os.open(self.root / "run", os.O_PATH)
                client.connect(f"/proc/self/fd/{here}/front.sock")
                os.close(here)
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                answer = b"".join(iter(lambda: client.recv(4096), b""))
            self.assertTrue(answer.endswith(b"\r\n\r\nHello, world!\n"), answer)
        finally:
            process.kill()
            process.communicate()

    def test_6_removal(self):
        """without the module's package nginx starts as before, and nothing of ours is left"""
        (self.root / "etc/nginx/sites-enabled/module").unlink()
        self.inside("apt-get", "-q", "purge", "-y", "libnginx-mod-http-csgi")
        self.assertIn("test is successful", self.inside("nginx", "-t"))
        self.inside("apt-get", "-q", "purge", "-y", "csgi", "libcsgi-dev", "libcsgi-serve0")
        left = [str(path) for part in ("usr", "etc", "var/lib/nginx")
                for path in (self.root / part).rglob("*csgi*")]
        self.assertEqual(left, [])


if __name__ == "__main__":
    tap.main()
