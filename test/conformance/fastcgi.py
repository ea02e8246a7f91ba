# SPDX-License-Identifier: MIT
"""How a FastCGI responder is started, with a front before it, asked about, and stopped."""

import re

import fronts
import servers
from front import Front

LISTENING = re.compile(r"listening on fastcgi(?:://([\d.]+):(\d+)|\+unix:(\S+))")
CAPS = {"RAW_TARGET", "STREAM_REQUEST", "STREAM_RESPONSE", "ABORT_NOTIFY", "BROKEN_END"}


class FastCgi(servers.Kind):
    """The column of a responder behind the suite's own front."""

    def __init__(self, name, unix=True, lint=False, multiplexes=False, front=None, excuses=()):
        """`front`: a class of fronts.py; None: the suite's own."""
        super().__init__(name, lint=lint, caps=CAPS)
        self.by_unix, self.multiplexes, self.front = unix, multiplexes, front
        self.excuses = [EXCUSES, *excuses]

    def missing(self):
        """Why nothing can be asked here, or None."""
        return self.front.missing() if self.front else None

    def place(self, responder):
        return self.front(responder) if self.front else Front(responder, self.multiplexes)

    def command(self, module, use, config, arguments):
        command = super().command(module, use, config, arguments)
        at = command.index("--http")
        command[at] = "--fastcgi"
        if self.by_unix:
            command[at + 1] = f"unix:{servers.socket_path(self.scratch.name)}"
        return command

    def start(self, module=None, use=(), config=None, arguments=()):
        return Server(self, self.command(module or servers.CONFORM, use, config, arguments))

    def excuse(self, title):
        for excuses in self.excuses:
            for beginning, reason in excuses.items():
                if title.startswith(beginning):
                    return reason
        return None


class Server(servers.Server):
    listening = LISTENING

    def __init__(self, kind, command):
        super().__init__(kind, command)
        self.responder = self.address
        self.front = kind.place(self.responder)
        self.address = self.front.address

    def wait(self):
        status = super().wait()
        self.front.close()
        return status

    def kill(self):
        self.front.close()
        super().kill()


# Rows about what the front decides, by the beginnings of their titles.
EXCUSES = {
    "wrong framing is TRUNC": "chunks are the front's to take apart",
}
SHARED = {
    "a body that nobody reads is not read off the wire": "others share the connection",
    "a body that comes steadily, or that nobody asks for": "others share the connection",
    "a client that takes nothing of its answer is left": "the front takes it",
    "told to end, a server lets what is in flight end in good order":
        "the suite's front does not end its clients with a connection they share",
}

# What these do by themselves, so that a row would judge them and not the responder.
BREAKS = "an answer that breaks at once is dropped with its head"
UNREAD = "nginx closes behind a body that was not read, without saying so"
LENGTHS = "nginx tells the length of chunks that have come"
EXPECT = "nginx sends 100 by itself"
NGINX = {
    "less than was declared is LENGTH": BREAKS,
    "OK behind a head without an end breaks": BREAKS,
    "a failure after a head breaks the answer": BREAKS,
    "an exception after the head breaks": BREAKS,
    "abort of an answer that ends with the connection": "nginx closes where others reset",
    "the inspection document of HTTP/1.0, of an absolute": "nginx passes Host on, not the target's",
    "an absolute target's authority goes before Host": "nginx passes Host on, not the target's",
    "a target that core/http refuses": "nginx keeps the connection behind a 400 of others",
    "Host is judged as core/http judges": "nginx judges Host by itself",
    "a body of unknown length is read byte by byte": LENGTHS,
    "LIMIT stays, as EOF does": LENGTHS,
    "a body known to be over max_body": UNREAD,
    "an answer given without reading 10 MB": UNREAD,
    "the rest of a body without end": UNREAD,
    "the rest of a body that comes after": UNREAD,
    "a body that comes too slowly": UNREAD,
    "100 is ": EXPECT,
    "a client that takes nothing of its answer": "nginx waits for its clients by its own clock",
    "told to end, a server lets what is in flight end": "nginx keeps its clients",
}
LIGHTTPD = {
    "an answer in one part has the length": "lighttpd frames a short stream by its length",
    "a value that may stand in a field": "lighttpd drops fields without a value",
    "HEAD has the fields of GET": "lighttpd counts what it has when the request is HEAD",
    "204, 205 and 304": "lighttpd takes lengths away from them",
    "trailers are dropped where nobody can": "lighttpd frames for HTTP/1.0 what it has",
    "a stream that rests for longer": "lighttpd does not tell when its client leaves",
    "each part of a stream is on its way": "lighttpd sends parts together",
    "100 MB to a slow reader": "lighttpd keeps much of an answer by itself",
    "who ignores PAUSE meets LIMIT": "lighttpd keeps much of an answer by itself",
    "OK behind a head without an end breaks": BREAKS,
    "a failure after a head breaks the answer": BREAKS,
    "an exception after the head breaks": BREAKS,
}

KINDS = {kind.name: kind for kind in (
    FastCgi("fastcgi-unix"),
    FastCgi("fastcgi-unix-debug", lint=True),
    FastCgi("fastcgi-tcp-multiplexed", unix=False, multiplexes=True, excuses=[SHARED]),
    FastCgi("fastcgi-nginx", front=fronts.Nginx, excuses=[NGINX]),
    FastCgi("fastcgi-lighttpd", front=fronts.Lighttpd, excuses=[LIGHTTPD]),
)}
