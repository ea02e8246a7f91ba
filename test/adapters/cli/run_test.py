# SPDX-License-Identifier: MIT
"""`csgi run` from its first line to its last, with real requests."""

import os
import signal
import socket
import tempfile
import unittest

from command import CONFORM, HELLO, LAYERS, PATIENCE, Server, broken, csgi, judge_block
import tap


class Serving(unittest.TestCase):
    def test_hello(self):
        """the address is told once, requests are answered, INT and TERM end with 0"""
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number), Server(HELLO) as server:
                self.assertRegex(server.line, r"^csgi: listening on http://127\.0\.0\.1:\d+\n$")
                for _ in range(3):
                    answer, body = server.request("GET", "/")
                    self.assertEqual((answer.status, body), (200, b"Hello, world!\n"))
                self.assertEqual(server.end(number), (0, "", ""))

    def test_at_once(self):
        """a signal right behind the address ends with 0 as well"""
        for _ in range(5):
            with Server(HELLO) as server:
                self.assertEqual(server.end(signal.SIGINT)[0], 0)

    def test_unix(self):
        """a unix socket is listened on and is gone afterwards"""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "csgi.sock")
            with Server(HELLO, address=f"unix:{path}") as server:
                self.assertEqual(server.line, f"csgi: listening on http+unix:{path}\n")
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(path)
                    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 200 "))
                self.assertEqual(server.end()[0], 0)
            self.assertFalse(os.path.exists(path))

    def test_descriptor(self):
        """a socket that listens already is taken over"""
        with socket.create_server(("127.0.0.1", 0)) as ours:
            number, port = ours.fileno(), ours.getsockname()[1]
            with Server(HELLO, address=f"fd:{number}", pass_fds=[number]) as server:
                self.assertEqual(server.port, port)
                self.assertEqual(server.request("GET", "/")[0].status, 200)
                self.assertEqual(server.end()[0], 0)

    def test_two_addresses(self):
        """each address is told on a line of its own"""
        with Server(HELLO, "--http", "127.0.0.1:0") as server:
            self.assertRegex(server.line, r"^csgi: listening on http://127\.0\.0\.1:\d+\n$")
            status, out, _ = server.end()
            self.assertEqual(status, 0)
            self.assertRegex(out, r"^csgi: listening on http://127\.0\.0\.1:\d+\n$")

    def test_configuration(self):
        """--config reaches the application"""
        with tempfile.NamedTemporaryFile(suffix=",with comma") as file:
            file.write(b"of the file")
            file.flush()
            escaped = file.name.replace(",", "\\,")
            with Server(CONFORM, "--config", f"file={escaped}") as server:
                answer, body = server.request("GET", "/file")
                self.assertEqual((answer.status, body), (200, b"of the file"))

    def test_behind_a_large_answer(self):
        """a request that waited behind an answer above the high mark is answered when that is out"""
        with tempfile.NamedTemporaryFile() as file:
            file.write(bytes(200000))
            file.flush()
            with Server(CONFORM, "--config", f"file={file.name}") as server, \
                    socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
                client.sendall(b"GET /file HTTP/1.1\r\nhost: a\r\n\r\n"
                               b"GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
                self.assertTrue(client.makefile("rb").read().endswith(b"Hello, world!"))

    def test_layers(self):
        """the first --use is the outermost layer"""
        quote, upper = LAYERS / "quote.so", LAYERS / "upper.so"
        add = f"{LAYERS / 'add_header.so'}:name=x-added,value=a\\,b"
        with Server(HELLO, "--use", quote, "--use", upper, "--use", add) as server:
            answer, body = server.request("GET", "/")
            self.assertEqual(body, b"> HELLO, WORLD!\n")
            self.assertEqual(answer.getheader("x-added"), "a,b")

    def test_limits(self):
        """limits are the server's: a body over --max-body is refused"""
        with Server(CONFORM, "--max-body", "1K") as server:
            self.assertEqual(server.request("POST", "/echo", b"x" * 1024)[0].status, 200)
            self.assertEqual(server.request("POST", "/echo", b"x" * 1025)[0].status, 413)

    def test_drain(self):
        """an answer that is under way when TERM comes is finished; past --drain it is cut off"""
        for seconds, expected in (("20", 0), ("0.2", 1)):
            with self.subTest(drain=seconds), Server(CONFORM, "--drain", seconds) as server:
                with socket.create_connection(("127.0.0.1", server.port), 20) as client:
                    client.sendall(b"GET /stream?n=4&delay=400 HTTP/1.0\r\n\r\n")
                    received = client.recv(16)
                    server.process.send_signal(signal.SIGTERM)
                    cut = False
                    try:
                        while chunk := client.recv(65536):
                            received += chunk
                    except ConnectionResetError:
                        cut = True  # an end of input would look like the end of the answer
                status, _, err = server.end(0)
                self.assertEqual(status, expected, err)
                self.assertEqual((b"chunk 3" in received, cut), (expected == 0, expected == 1))


class Failing(unittest.TestCase):
    def test_busy(self):
        """a port that another has is an error that names the address"""
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = "127.0.0.1:%d" % other.getsockname()[1]
            judge_block(self, csgi("run", HELLO, "--http", address), 1, "address already in use",
                        address)

    def test_no_folder(self):
        """a unix socket in a folder that is not there is an error that names it"""
        with tempfile.TemporaryDirectory() as folder:
            address = f"unix:{folder}/none/csgi.sock"
            judge_block(self, csgi("run", HELLO, "--http", address), 1, "no such file", address)


class Log(unittest.TestCase):
    def test_lint(self):
        """--lint and --debug name the rule that an answer breaks, and the server lives on [RES-6]"""
        for flag in ("--lint", "--debug"):
            with self.subTest(flag=flag), Server(broken("short_body"), flag) as server:
                self.assertEqual(server.request("GET", "/")[0].status, 500)
                self.assertEqual(server.request("GET", "/")[0].status, 500)
                status, _, err = server.end()
                self.assertEqual(status, 0)
                self.assertRegex(err, r"(?m)^csgi: app-misbehaving: \[RES-6\] .*subject")

    def test_lint_is_asked_for(self):
        """without --lint the host itself still names what it refuses [RES-2]"""
        with Server(broken("bad_field")) as server:
            self.assertEqual(server.request("GET", "/")[0].status, 500)
            err = server.end()[2]
            self.assertRegex(err, r"(?m)^csgi: app-misbehaving: \[RES-2\] ")
            self.assertNotIn("csgi.md", err)

    def test_lint_is_enough(self):
        """with --lint a part that is refused is one line, not the host's besides [RES-2]"""
        with Server(broken("bad_field"), "--lint") as server:
            self.assertEqual(server.request("GET", "/")[0].status, 500)
            err = server.end()[2]
            self.assertEqual(err.count("[RES-2]"), 1, err)
            self.assertIn("csgi.md", err)

    def test_one_line(self):
        """a message is one line, without bytes that a terminal would obey"""
        with Server(broken("logs")) as server:
            server.request("GET", "/")
            err = server.end()[2]
            self.assertRegex(err, r"^csgi: warning: red .+\[31m alert.+forged: line \\xff.*\n$")
            self.assertEqual([byte for byte in err[:-1] if not byte.isprintable()], [])
            self.assertIn("subject", err)

    def test_level(self):
        """--log-level keeps back what is less"""
        with Server(broken("logs"), "--log-level", "error") as server:
            server.request("GET", "/")
            self.assertEqual(server.end(), (0, "", ""))

    def test_exception(self):
        """an exception out of handle is answered 500 and told with its text [RET-4]"""
        with Server(broken("throws")) as server:
            self.assertEqual(server.request("GET", "/")[0].status, 500)
            self.assertRegex(server.end()[2], r"app-misbehaving: \[RET-4\] .*thrown by handle")


if __name__ == "__main__":
    tap.main()
