# SPDX-License-Identifier: MIT
"""Web servers of others in front of a FastCGI responder: how they are set up and ended.

Each keeps its connections to the responder and passes bodies on as they come, as the documentation
of this project says they should. Only processes started here are ever signalled.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 20
# As systemd hands a socket down: so no two tests meet at a port.
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""
PARAMS = """
fastcgi_param QUERY_STRING $query_string; fastcgi_param REQUEST_METHOD $request_method;
fastcgi_param CONTENT_TYPE $content_type; fastcgi_param CONTENT_LENGTH $content_length;
fastcgi_param SCRIPT_NAME $fastcgi_script_name; fastcgi_param REQUEST_URI $request_uri;
fastcgi_param DOCUMENT_URI $document_uri; fastcgi_param DOCUMENT_ROOT $document_root;
fastcgi_param SERVER_PROTOCOL $server_protocol; fastcgi_param REQUEST_SCHEME $scheme;
fastcgi_param HTTPS $https if_not_empty; fastcgi_param GATEWAY_INTERFACE CGI/1.1;
fastcgi_param SERVER_SOFTWARE nginx/$nginx_version; fastcgi_param REMOTE_ADDR $remote_addr;
fastcgi_param REMOTE_PORT $remote_port; fastcgi_param SERVER_ADDR $server_addr;
fastcgi_param SERVER_PORT $server_port; fastcgi_param SERVER_NAME $server_name;
fastcgi_param REDIRECT_STATUS 200;
"""


def program(name):
    """Where it is, or None."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")


class Front:
    """A process in front, in a folder of its own, listening at `address`."""

    name = None

    @classmethod
    def missing(cls):
        return None if program(cls.name) else f"{cls.name} is not installed"

    def __init__(self, responder):
        self.folder = tempfile.TemporaryDirectory(prefix="csgi-front-")
        os.chmod(self.folder.name, 0o755)
        self.where = (f"unix:{responder[1]}" if responder[0] == "unix"
                      else f"{responder[1]}:{responder[2]}")
        self.responder = responder
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(511)
            self.address = ("tcp", *listener.getsockname())
            self.process = self.start(listener)
        until = time.monotonic() + PATIENCE
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"{self.name} does not listen: {self.log()[-2000:]}")
            time.sleep(0.02)

    def listens(self):
        with socket.socket() as sock:
            return sock.connect_ex(tuple(self.address[1:])) == 0

    def log(self):
        return "".join(path.read_text(errors="replace")
                       for path in Path(self.folder.name).glob("*.log"))

    def run(self, command, **more):
        with open(f"{self.folder.name}/output.log", "ab") as output:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                    stderr=output, **more)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.folder.cleanup()


class Nginx(Front):
    name = "nginx"
    buffering = "off"  # of requests

    def start(self, listener):
        folder = self.folder.name
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        Path(folder, "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log info; {user}
events {{ worker_connections 2000; }}
http {{
access_log off; client_max_body_size 0; keepalive_requests 1000000; {temporary}
upstream responder {{ server {self.where}; keepalive 64; }}
server {{
listen {self.address[1]}:{self.address[2]};
location / {{
fastcgi_pass responder; fastcgi_keep_conn on; fastcgi_request_buffering {self.buffering};
{PARAMS}
}} }} }}
""", encoding="utf-8")
        # As a running nginx hands its sockets to its successor: so no two tests meet at a port.
        return self.run([program("nginx"), "-p", folder, "-c", f"{folder}/nginx.conf", "-e",
                         f"{folder}/error.log"], pass_fds=[listener.fileno()],
                        env={**os.environ, "NGINX": f"{listener.fileno()};"})


class NginxBuffering(Nginx):
    """It has all of a body before the responder hears of the request."""

    buffering = "on"


class Lighttpd(Front):
    name = "lighttpd"

    def start(self, listener):
        folder = self.folder.name
        responder = (f'"socket" => "{self.responder[1]}"' if self.responder[0] == "unix" else
                     f'"host" => "{self.responder[1]}", "port" => {self.responder[2]}')
        Path(folder, "lighttpd.conf").write_text(f"""
server.document-root = "{folder}"
server.bind = "127.0.0.1"
server.port = {self.address[2]}
server.errorlog = "{folder}/error.log"
server.systemd-socket-activation = "enable"
server.modules = ("mod_fastcgi")
server.stream-request-body = 2
server.stream-response-body = 2
server.max-keep-alive-requests = 100000
server.max-request-size = 0
server.range-requests = "disable"
server.http-parseopts = ("header-strict" => "disable", "host-strict" => "disable",
                         "url-normalize" => "disable", "url-ctrls-reject" => "disable")
fastcgi.server = ("/" => (({responder}, "check-local" => "disable",
                           "fix-root-scriptname" => "enable")))
""", encoding="utf-8")
        return self.run([sys.executable, "-c", ACTIVATE, str(listener.fileno()), program("lighttpd"),
                         "-D", "-f", f"{folder}/lighttpd.conf"], pass_fds=[listener.fileno()])
