# SPDX-License-Identifier: MIT
"""HTTPS, judged by Python's TLS client: what is agreed, what is carried, and how it ends.

The certificates are made here by the openssl command.
"""

import concurrent.futures
import hashlib
import os
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from command import CONFORM, HELLO, PATIENCE, Server, csgi, judge_block
import tap

# What is freed is to be free again, for those cases that measure memory.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"

GET = b"GET /hello HTTP/1.1\r\nhost: a\r\n\r\n"
LAST = b"GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
MB = 1 << 20


def make_certificate(folder, name, key=("-newkey", "rsa:2048")):
    """(certificate, key): files."""
    paths = Path(folder) / f"{name}.pem", Path(folder) / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", *key, "-nodes", "-days", "2", "-subj", f"/CN={name}",
         "-addext", "subjectAltName=IP:127.0.0.1", "-out", paths[0], "-keyout", paths[1]],
        check=True, capture_output=True)
    return paths


def trusting(certificate):
    context = ssl.create_default_context(cafile=str(certificate))
    return context


def trusting_nobody():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def read_all(client):
    """Up to close_notify; a ragged end is an exception."""
    received = bytearray()
    while chunk := client.recv(65536):
        received += chunk
    return bytes(received)


def read_answer(client, held=b""):
    """(body, what came behind it) of an answer with a content-length."""
    while b"\r\n\r\n" not in held:
        chunk = client.recv(65536)
        if not chunk:
            raise EOFError(held)
        held += chunk
    head, _, rest = held.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                  if line.lower().startswith(b"content-length:"))
    while len(rest) < length:
        chunk = client.recv(65536)
        if not chunk:
            raise EOFError(rest)
        rest += chunk
    return rest[:length], rest[length:]


class Dribble:
    """A TLS client whose bytes leave and arrive one at a time."""

    def __init__(self, context, port):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.in_, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.in_, self.out, server_hostname="127.0.0.1")

    def step(self, function, *arguments):
        while True:
            try:
                return function(*arguments)
            except ssl.SSLWantReadError:
                self.flush()
                self.in_.write(self.socket.recv(1))
            finally:
                self.flush()

    def flush(self):
        for byte in self.out.read():
            self.socket.sendall(bytes([byte]))


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("openssl"):
            raise unittest.SkipTest("the openssl command makes the certificates, and is not here")
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.one = make_certificate(cls.folder.name, "one")
        cls.two = make_certificate(
            cls.folder.name, "two", ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"))

    def serve(self, *arguments, target=CONFORM, pair=None, workers=0, **more):
        """In one process, whose memory and descriptors can be looked at, unless workers are asked for."""
        cert, key = pair or self.one
        return Server(target, "--tls", f"{cert},{key}", "--workers", workers, *arguments, **more)

    def connect(self, server, context=None, timeout=PATIENCE):
        plain = socket.create_connection(("127.0.0.1", server.port), timeout)
        try:
            return (context or trusting(self.one[0])).wrap_socket(
                plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False)
        except BaseException:
            plain.close()
            raise

    def judge_alive(self, server):
        with self.connect(server) as client:
            client.sendall(LAST)
            self.assertTrue(read_all(client).endswith(b"Hello, world!"))

    def judge_end(self, server):
        """Nothing but log lines, and exit 0: a sanitizer would have had its say."""
        status, _, err = server.end()
        self.assertEqual(status, 0, err)
        self.assertEqual([line for line in err.splitlines() if not line.startswith("csgi: ")], [])
        return err


class Agreeing(Tls):
    def test_versions(self):
        """TLS 1.3 and 1.2 are spoken, with a chain that is verified, and the end is told"""
        for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            for pair in (self.one, self.two):
                with self.subTest(version=version, pair=pair), self.serve(pair=pair) as server:
                    self.assertRegex(server.line, r"listening on https://127\.0\.0\.1:\d+\n$")
                    context = trusting(pair[0])
                    context.minimum_version = context.maximum_version = version
                    with self.connect(server, context) as client:
                        client.sendall(LAST)
                        self.assertTrue(read_all(client).endswith(b"Hello, world!"))
                        self.assertEqual(client.version(), version.name.replace("_", "."))
                        self.assertIsNone(client.compression())
                    self.assertEqual(self.judge_end(server), "")

    def test_old_versions(self):
        """TLS 1.1 is refused with an alert (RFC 8996)"""
        with self.serve() as server:
            context = trusting_nobody()
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
            with self.assertRaisesRegex(ssl.SSLError, "(?i)protocol.version"):
                self.connect(server, context)
            self.judge_alive(server)
            self.assertIn("TLS failed: unsupported protocol", self.judge_end(server))

    def test_ciphers(self):
        """in TLS 1.2 only ciphers with forward secrecy and authenticated encryption are taken"""
        with self.serve() as server:
            for names in ("AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256"):
                context = trusting_nobody()
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                context.set_ciphers(names)
                with self.subTest(names), self.assertRaisesRegex(ssl.SSLError, "(?i)handshake.failure"):
                    self.connect(server, context)
            self.judge_alive(server)

    def test_protocols(self):
        """http/1.1 is agreed on when it is offered; who offers only others is refused (RFC 7301)"""
        with self.serve() as server:
            for offered, chosen in ((["h2", "http/1.1"], "http/1.1"), ([], None)):
                context = trusting(self.one[0])
                if offered:
                    context.set_alpn_protocols(offered)
                with self.connect(server, context) as client:
                    self.assertEqual(client.selected_alpn_protocol(), chosen)
            context = trusting(self.one[0])
            context.set_alpn_protocols(["h2", "http/1.10"])
            with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
                self.connect(server, context)
            self.judge_alive(server)

    def test_tickets(self):
        """a session is resumed, in both versions"""
        with self.serve() as server:
            for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
                context = trusting(self.one[0])
                context.minimum_version = context.maximum_version = version
                with self.connect(server, context) as client:
                    client.sendall(GET)
                    read_answer(client)  # the ticket of TLS 1.3 comes behind the handshake
                    session = client.session
                with self.subTest(version), context.wrap_socket(
                        socket.create_connection(("127.0.0.1", server.port), PATIENCE),
                        server_hostname="127.0.0.1", session=session) as client:
                    client.sendall(GET)
                    self.assertEqual(read_answer(client)[0], b"Hello, world!")
                    self.assertTrue(client.session_reused)

    def test_by_the_byte(self):
        """a client whose bytes come one at a time is served"""
        with self.serve() as server:
            client = Dribble(trusting(self.one[0]), server.port)
            with client.socket:
                client.step(client.tls.do_handshake)
                client.step(client.tls.write, LAST)
                received = b""
                while chunk := client.step(client.tls.read, 100):
                    received += chunk
                self.assertTrue(received.endswith(b"Hello, world!"))
            self.assertEqual(self.judge_end(server), "")


class Carrying(Tls):
    def test_request(self):
        """the application sees https, and the connection's names"""
        with self.serve() as server, self.connect(server) as client:
            client.sendall(LAST.replace(b"/hello", b"/__inspect"))
            body = read_all(client)
            self.assertIn(b'"scheme": "https"', body)
            self.assertIn(b'"remote_addr": "127.0.0.1"', body)

    def test_keep_alive(self):
        """a connection carries one request after the other, and many at once, in order"""
        with self.serve() as server, self.connect(server) as client:
            for _ in range(3):
                client.sendall(GET)
                self.assertEqual(read_answer(client)[0], b"Hello, world!")
            client.sendall(b"".join(
                b"GET /reflect?value=%d HTTP/1.1\r\nhost: a\r\n\r\n" % i for i in range(500)) + LAST)
            values = [line.split(b":")[1].strip() for line in read_all(client).split(b"\r\n")
                      if line.lower().startswith(b"x-reflect:")]
            self.assertEqual(values, [b"%d" % i for i in range(500)])

    def test_echo(self):
        """50 MB there and back at once, unharmed"""
        size = 50 * MB
        data = os.urandom(MB - 17) * 53
        with self.serve() as server, self.connect(server) as client:
            client.sendall(b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n"
                           b"connection: close\r\n\r\n" % size)
            body = self.exchange(client, memoryview(data)[:size]).partition(b"\r\n\r\n")[2]
            self.assertEqual(len(body), size)
            self.assertEqual(hashlib.sha256(body).digest(), hashlib.sha256(data[:size]).digest())
            self.assertEqual(self.judge_end(server), "")

    @staticmethod
    def exchange(client, data):
        """Sends and reads at the same time, in one thread: Python's TLS is not made for two."""
        client.setblocking(False)
        received = bytearray()
        while True:
            if data:
                try:
                    data = data[client.send(data[:MB]):]
                except ssl.SSLWantWriteError:
                    pass
            try:
                chunk = client.recv(MB)
                if not chunk:
                    return bytes(received)
                received += chunk
            except ssl.SSLWantReadError:
                if not any(select.select([client], [client] if data else [], [], PATIENCE)):
                    raise TimeoutError

    def test_file(self):
        """a range of a file arrives as it lies on disk"""
        data = os.urandom(3 * MB + 7)
        with tempfile.NamedTemporaryFile(dir=self.folder.name) as file:
            file.write(data)
            file.flush()
            with self.serve("--config", f"file={file.name}") as server, \
                    self.connect(server) as client:
                client.sendall(b"GET /file?off=3 HTTP/1.1\r\nhost: a\r\n\r\n" + LAST)
                body, rest = read_answer(client)
                self.assertEqual(body, data[3:])
                self.assertEqual(read_answer(client, rest)[0], b"Hello, world!")

    def test_short_file(self):
        """a file that shrinks while it is sent ends the connection without an end"""
        with tempfile.NamedTemporaryFile(dir=self.folder.name) as file:
            file.write(bytes(20 * MB))
            file.flush()
            with self.serve("--config", f"file={file.name}") as server:
                with self.connect(server) as client:
                    client.sendall(b"GET /file HTTP/1.1\r\nhost: a\r\n\r\n")
                    client.recv(1)
                    os.truncate(file.name, MB)
                    with self.assertRaises((ssl.SSLError, OSError)):
                        read_all(client)
                self.judge_alive(server)
                self.judge_end(server)

    def test_slow_reader(self):
        """a client that does not read costs no more memory than fits between the marks"""
        with self.serve() as server:
            self.judge_alive(server)
            before = self.memory(server)
            with self.connect(server) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
                client.sendall(b"GET /stream?n=20000&size=10000&delay=0 HTTP/1.0\r\n\r\n")
                time.sleep(1.5)
                # 200 MB would have been made by then.
                self.judge_growth(server, before, 4 * MB)
                received = 0
                while chunk := client.recv(1 << 20):
                    received += len(chunk)
                self.assertGreaterEqual(received, 20000 * 10000)
            self.judge_growth(server, before, 8 * MB)
            self.assertEqual(self.judge_end(server), "")

    def test_flood(self):
        """requests whose answers are not read are not taken for ever"""
        with self.serve() as server:
            self.judge_alive(server)
            before = self.memory(server)
            with self.connect(server) as client:
                client.settimeout(2)
                sent = 0
                with self.assertRaises(TimeoutError):
                    while sent < 48 * MB:
                        client.sendall(GET * 1000)
                        sent += len(GET) * 1000
                self.judge_growth(server, before, 4 * MB)

    def judge_growth(self, server, before, most):
        growth = self.memory(server) - before
        if "libasan" in Path(f"/proc/{server.process.pid}/maps").read_text():
            print(f"# grew by {growth}: a sanitizer's memory says nothing about the server's")
        else:
            self.assertLess(growth, most)

    @staticmethod
    def memory(server):
        for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024

    def test_two_kinds(self):
        """--http and --https may stand side by side, and a unix socket can be encrypted"""
        path = os.path.join(self.folder.name, "csgi.sock")
        cert, key = self.one
        with Server(HELLO, "--tls", f"{cert},{key}", "--workers", 0, "--https",
                    f"unix:{path}") as server:
            self.assertRegex(server.line, r" http://")
            self.assertEqual(server.process.stdout.readline().decode(),
                             f"csgi: listening on https+unix:{path}\n")
            self.assertEqual(server.request("GET", "/")[1], b"Hello, world!\n")
            plain = socket.socket(socket.AF_UNIX)
            plain.connect(path)
            with trusting(cert).wrap_socket(plain, server_hostname="127.0.0.1",
                                            suppress_ragged_eofs=False) as client:
                client.sendall(LAST)
                self.assertTrue(read_all(client).endswith(b"Hello, world!\n"))
            self.assertEqual(self.judge_end(server), "")


class Ending(Tls):
    def test_abort(self):
        """an answer that is given up ends without close_notify, a whole one with it"""
        with self.serve() as server:
            for version in ("1.1", "1.0"):
                with self.subTest(version), self.connect(server) as client:
                    client.sendall(f"GET /__conform/abort HTTP/{version}\r\nhost: a\r\n\r\n".encode())
                    with self.assertRaises((ssl.SSLEOFError, ConnectionResetError)):
                        read_all(client)
            self.judge_alive(server)  # which insists on close_notify
            self.judge_end(server)

    def test_close_notify(self):
        """a client that says it is done is answered the same, idle or not"""
        with self.serve() as server:
            for request in (b"", GET):
                with self.subTest(request), self.connect(server) as client:
                    if request:
                        client.sendall(request)
                        read_answer(client)
                    client.unwrap().close()
            self.assertEqual(self.judge_end(server), "")

    def test_gone(self):
        """clients that leave at any point, politely or not, leave nothing behind"""
        with self.serve() as server:
            self.judge_alive(server)
            files = f"/proc/{server.process.pid}/fd"
            before = len(os.listdir(files))
            hello = self.client_hello()
            for reset in (False, True):
                for n in (0, 1, 5, 100, len(hello)):
                    self.leave(socket.create_connection(("127.0.0.1", server.port)), hello[:n], reset)
                for request in (b"", b"GE", b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n1",
                                b"GET /stream?n=20000&size=10000 HTTP/1.1\r\nhost: a\r\n\r\n",
                                b"GET /never HTTP/1.1\r\nhost: a\r\n\r\n", GET * 50):
                    self.leave(self.connect(server), request, reset)
            limit = time.monotonic() + PATIENCE
            while len(os.listdir(files)) > before and time.monotonic() < limit:
                time.sleep(0.05)
            self.assertLessEqual(len(os.listdir(files)), before)
            self.judge_alive(server)
            self.judge_end(server)

    @staticmethod
    def client_hello():
        out = ssl.MemoryBIO()
        try:
            trusting_nobody().wrap_bio(ssl.MemoryBIO(), out).do_handshake()
        except ssl.SSLWantReadError:
            pass
        return out.read()

    @staticmethod
    def leave(client, request, reset):
        client.sendall(request)
        time.sleep(0.02)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()

    def test_plain(self):
        """plain HTTP is told what the port is for; garbage is closed; others are served meanwhile"""
        with self.serve() as server:
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
                client.sendall(GET)
                received = client.makefile("rb").read()
                self.assertTrue(received.startswith(b"HTTP/1.1 400 "))
                self.assertIn(b"https", received)
            garbage = [b"\0" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 70000, os.urandom(5000),
                       b"\x16\x03\x01\0\x05\x01\xff\xff\xff\xff", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                       self.client_hello() + b"\x17\x03\x03\0\x05hello",
                       b"\x14\x03\x03\0\x01\x01" * 50, b"\x15\x03\x03\0\x02\x02\x28"]
            for bytes_ in garbage:
                with self.subTest(bytes_[:8]), socket.create_connection(
                        ("127.0.0.1", server.port), PATIENCE) as client:
                    try:
                        client.sendall(bytes_)
                        while chunk := client.recv(4096):
                            self.assertNotIn(b"HTTP", chunk)
                    except ConnectionError:
                        pass
                self.judge_alive(server)
            self.judge_end(server)

    def test_half_a_handshake(self):
        """a handshake that is not done in 10 seconds is given up, and hinders nobody"""
        with self.serve() as server:
            hello = self.client_hello()
            begin = time.monotonic()
            clients = []
            for n in (0, 1, 60, len(hello)):
                client = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
                client.sendall(hello[:n])
                clients.append(client)
            self.judge_alive(server)
            for client in clients:
                with client:
                    while client.recv(65536):
                        pass
            self.assertGreater(time.monotonic() - begin, 9)
            self.judge_end(server)

    def test_damage(self):
        """a record that was tampered with ends the connection"""
        with self.serve() as server:
            with self.connect(server) as client:
                client.sendall(GET)
                read_answer(client)
                plain = socket.socket(fileno=os.dup(client.fileno()))
                with plain:
                    plain.sendall(b"\x17\x03\x03\0\x20" + b"x" * 32)
                with self.assertRaisesRegex(ssl.SSLError, "(?i)bad.record.mac"):
                    client.recv(1)
            self.judge_alive(server)
            self.judge_end(server)

    def test_drain(self):
        """at TERM an answer is finished, an idle client is told, a half handshake is dropped"""
        with self.serve() as server:
            half = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
            half.sendall(self.client_hello()[:50])
            idle, busy = self.connect(server), self.connect(server)
            with half, idle, busy:
                busy.sendall(b"GET /stream?n=4&delay=200 HTTP/1.1\r\nhost: a\r\n\r\n")
                received = busy.recv(16)
                server.process.send_signal(signal.SIGTERM)
                self.assertEqual(idle.recv(1), b"")
                while chunk := busy.recv(65536):
                    received += chunk
                self.assertIn(b"chunk 3", received)
                idle.close()
                self.assertEqual(half.recv(1), b"")
                half.close()
                status, _, err = server.end(0)
                self.assertEqual((status, err), (0, ""))


class Certificates(Tls):
    def name(self, client):
        certificate = client.getpeercert(True)
        return "one" if certificate == self.der(self.one) else "two"

    @staticmethod
    def der(pair):
        return ssl.PEM_cert_to_DER_cert(pair[0].read_text())

    def install(self, pair):
        for source, target in zip(pair, self.files):
            shutil.copyfile(source, target)

    def wait_for(self, server, text):
        line = server.process.stderr.readline().decode()
        self.assertIn(text, line)

    def test_reload(self):
        """at HUP new connections get the new certificate, old ones go on; a bad one is not taken"""
        self.files = [Path(self.folder.name) / "live.pem", Path(self.folder.name) / "live.key"]
        self.install(self.one)
        with self.serve(pair=self.files) as server, self.connect(server) as old:
            self.install(self.two)
            server.process.send_signal(signal.SIGHUP)
            self.wait_for(server, "live.pem: read again")
            with self.connect(server, trusting_nobody()) as client:
                self.assertEqual(self.name(client), "two")
            old.sendall(GET)
            self.assertEqual(read_answer(old)[0], b"Hello, world!")
            self.assertEqual(self.name(old), "one")
            shutil.copyfile(self.one[0], self.files[0])  # which two's key does not fit
            server.process.send_signal(signal.SIGHUP)
            self.wait_for(server, "the old certificate stays")
            with self.connect(server, trusting_nobody()) as client:
                self.assertEqual(self.name(client), "two")
            self.judge_end(server)

    def test_workers(self):
        """at HUP new workers get the new certificate; when they cannot use it, the old ones go on"""
        self.files = [Path(self.folder.name) / f"workers.{kind}" for kind in ("pem", "key")]
        self.install(self.one)
        with self.serve(pair=self.files, workers=2) as server:
            for install, text, name in ((self.two, "reloaded", "two"), (None, "go on with the old", "two"),
                                        (self.one, "reloaded", "one")):
                if install:
                    self.install(install)
                else:
                    shutil.copyfile(self.one[0], self.files[0])
                server.process.send_signal(signal.SIGHUP)
                while text not in (line := server.process.stderr.readline().decode()):
                    self.assertNotEqual(line, "")
                until, right = time.monotonic() + PATIENCE, 0
                while right < 10:  # the old ones may still accept for a moment
                    with self.connect(server, trusting_nobody()) as client:
                        right = right + 1 if self.name(client) == name else 0
                        client.sendall(LAST)
                        self.assertTrue(read_all(client).endswith(b"Hello, world!"))
                    self.assertLess(time.monotonic(), until, f"{name} is not served")
                    if not right:
                        time.sleep(0.02)
            self.assertEqual(server.end()[0], 0)

    def test_reload_under_load(self):
        """HUPs while clients connect: every one is served, by either certificate"""
        self.files = [Path(self.folder.name) / "busy.pem", Path(self.folder.name) / "busy.key"]
        for workers in (0, 2):
            with self.subTest(workers=workers):
                self.load(workers)

    def load(self, workers):
        self.install(self.one)
        with self.serve(pair=self.files, workers=workers) as server:
            stop = threading.Event()

            def visit():
                n = 0
                while not stop.is_set():
                    with self.connect(server, trusting_nobody()) as client:
                        client.sendall(LAST)
                        if not read_all(client).endswith(b"Hello, world!"):
                            return -1
                    n += 1
                return n

            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                visits = [pool.submit(visit) for _ in range(4)]
                try:
                    for i in range(10):
                        self.install((self.two, self.one)[i % 2])
                        server.process.send_signal(signal.SIGHUP)
                        self.wait_for(server, "reloaded" if workers else "read again")
                finally:
                    stop.set()
                for visit_ in visits:
                    self.assertGreater(visit_.result(PATIENCE), 0)
            self.assertEqual(self.judge_end(server), "")

    def judge_refused(self, pair, what, where, status=1):
        result = csgi("run", HELLO, "--http", "127.0.0.1:0", "--tls", ",".join(map(str, pair)))
        judge_block(self, result, status, what, where)

    def test_faults(self):
        """files that cannot be used are an error that names them and the fault"""
        none = Path(self.folder.name) / "none.pem"
        empty = Path(self.folder.name) / "empty.pem"
        empty.write_bytes(b"")
        locked = Path(self.folder.name) / "locked.key"
        subprocess.run(["openssl", "pkey", "-in", self.one[1], "-aes128", "-passout", "pass:secret",
                        "-out", locked], check=True, capture_output=True)
        other = make_certificate(self.folder.name, "other")
        self.judge_refused((none, self.one[1]), "No such file", none)
        self.judge_refused((self.one[0], none), "No such file", none)
        self.judge_refused((empty, self.one[1]), "empty", empty)
        self.judge_refused((self.folder.name, self.one[1]), "Is a directory", self.folder.name)
        self.judge_refused((self.one[1], self.one[1]), "no chain of certificates", self.one[1])
        self.judge_refused((self.one[0], self.one[0]), "no private key", self.one[0])
        self.judge_refused((self.one[0], locked), "passphrase", locked)
        self.judge_refused((self.one[0], other[1]), "does not belong", other[1])
        self.judge_refused((self.one[0], self.two[1]), "does not belong", self.two[1])

    def test_busy(self):
        """a port that another has is an error here as well"""
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = "127.0.0.1:%d" % other.getsockname()[1]
            result = csgi("run", HELLO, "--http", address, "--tls", ",".join(map(str, self.one)))
            judge_block(self, result, 1, "address already in use", address)

    def test_usage(self):
        """--tls takes two files, and --https takes --tls"""
        for text in ("cert.pem", "cert.pem,", ",key.pem"):
            judge_block(self, csgi("run", HELLO, "--tls", text), 2, "certificate and a key", text)
        judge_block(self, csgi("run", HELLO, "--https", ":8443"), 2, "no certificate",
                    "--https :8443")


if __name__ == "__main__":
    tap.main()
