# SPDX-License-Identifier: MIT
"""A client for HTTP/2 over TLS, on Python's h2, that sees what happens to each stream."""

import socket
import ssl
import sys
import time

from client import PATIENCE

# Where Debian has the packages of its python3, for another that runs this.
sys.path.append("/usr/lib/python3/dist-packages")
try:
    import h2.config
    import h2.connection
    import h2.errors
    import h2.events
    import h2.settings
    INITIAL_WINDOW = h2.settings.SettingCodes.INITIAL_WINDOW_SIZE
    MISSING = None
except ImportError:
    MISSING = "h2 is not installed (Debian package python3-h2)"


class Answer:
    """What came on one stream. `end` is None, "whole", or the code that it was reset with."""

    def __init__(self):
        self.fields, self.trailers, self.body, self.end = [], [], b"", None

    @property
    def status(self):
        return int(dict(self.fields)[":status"])

    def all(self, name):
        return [value for key, value in self.fields if key == name]


class Client:
    def __init__(self, address, reads=True):
        """`reads`: gives windows back as bytes come."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        self.socket = context.wrap_socket(socket.create_connection(address[1:], PATIENCE))
        if self.socket.selected_alpn_protocol() != "h2":
            raise AssertionError("the server agreed on no HTTP/2")
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.reads, self.answers, self.goes_away, self.is_open = reads, {}, False, True
        self.have = b""
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        if data := self.h2.data_to_send():
            self.socket.sendall(data)

    def ask(self, target, *fields, method="GET", ends=True):
        """The number of a new stream."""
        number = self.h2.get_next_available_stream_id()
        self.answers[number] = Answer()
        self.h2.send_headers(number, [
            (":method", method), (":scheme", "https"), (":authority", "conform.test"),
            (":path", target), *fields], end_stream=ends)
        self.flush()
        return number

    def send(self, number, data, ends=True):
        """All of it, as windows allow; a server that wants no more of it resets the stream."""
        until = time.monotonic() + PATIENCE
        while data or ends:
            n = min(self.h2.local_flow_control_window(number), self.h2.max_outbound_frame_size, len(data))
            if n or not data:
                is_last = ends and n == len(data)
                self.h2.send_data(number, data[:n], end_stream=is_last)
                data = data[n:]
                self.flush()
                if is_last or not data:
                    return
            else:
                self.receive(until)

    def reset(self, number):
        self.h2.reset_stream(number, h2.errors.ErrorCodes.CANCEL)
        self.flush()

    def give(self, number, n):
        """Room for n bytes more, where `reads` does not."""
        self.h2.acknowledge_received_data(n, number)
        self.flush()

    def receive(self, until):
        self.socket.settimeout(max(until - time.monotonic(), 0.001))
        data = self.socket.recv(1 << 16)
        if not data:
            self.is_open = False
            return False
        self.have += data
        for event in self.h2.receive_data(self.frames()):
            self.take(event)
        self.flush()
        return True

    def frames(self):
        """Whole frames that have come. GOAWAY is kept from h2, which takes nothing behind it, where
        streams that were begun go on (RFC 9113 6.8).
        """
        found, at = b"", 0
        while len(self.have) - at >= 9:
            end = at + 9 + int.from_bytes(self.have[at:at + 3], "big")
            if end > len(self.have):
                break
            if self.have[at + 3] == 7:
                self.goes_away = True
            else:
                found += self.have[at:end]
            at = end
        self.have = self.have[at:]
        return found

    def take(self, event):
        answer = self.answers.get(getattr(event, "stream_id", None))
        if answer is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            answer.fields = list(event.headers)
        elif isinstance(event, h2.events.TrailersReceived):
            answer.trailers = list(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            if self.reads:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            answer.end = answer.end or "whole"
        elif isinstance(event, h2.events.StreamReset):
            answer.end = event.error_code

    def wait(self, number, done=lambda answer: answer.end is not None):
        """The stream's answer, when it is done."""
        until = time.monotonic() + PATIENCE
        while not done(self.answers[number]):
            if not self.receive(until):
                raise AssertionError(f"the connection ended: {vars(self.answers[number])}")
        return self.answers[number]

    def get(self, target, *fields, method="GET", body=None):
        number = self.ask(target, *fields, method=method, ends=body is None)
        if body is not None:
            self.send(number, body)
        return self.wait(number)
