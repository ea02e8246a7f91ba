# SPDX-License-Identifier: MIT
"""An application written in Python and served by libcsgi-serve: ctypes, <csgi.h>, nothing else.

    python3 hello_python.py [ADDRESS]
"""

import ctypes
import sys
from ctypes import (CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int32, c_int64, c_size_t,
                    c_uint16, c_uint32, c_uint64, c_void_p, cast, sizeof)

# ---- As in csgi.h and csgi/serve.h, with their names and their order ----------------------------
#
# What the host makes is declared as far as it is read: structures grow at their ends only.

CSGI_LOG_INFO = 1
CSGI_LOG_ERROR = 3
CSGI_MEM_COPY = 0
CSGI_PART_END = 1
CSGI_APP = -9


class csgi_str(Structure):
    _fields_ = [("p", c_void_p), ("n", c_size_t)]

    def __bytes__(self):
        return ctypes.string_at(self.p, self.n)


class csgi_header(Structure):
    _fields_ = [("name", csgi_str), ("value", csgi_str), ("id", c_uint16), ("next", c_uint16),
                ("flags", c_uint32)]


class csgi_head(Structure):
    _fields_ = [("struct_size", c_uint32), ("status", c_uint16), ("reserved", c_uint16),
                ("headers", POINTER(csgi_header)), ("nheaders", c_uint32), ("reserved2", c_uint32),
                ("content_length", c_int64)]


class csgi_chunk(Structure):
    _fields_ = [("kind", c_uint32), ("mem", c_uint32), ("p", c_void_p), ("n", c_uint64),
                ("fd", c_int64), ("off", c_uint64), ("release", c_void_p), ("arg", c_void_p)]


class csgi_part(Structure):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("head", POINTER(csgi_head)),
                ("chunks", POINTER(csgi_chunk)), ("nchunks", c_size_t), ("trailers", c_void_p),
                ("ntrailers", c_size_t)]


class csgi_api(Structure):  # its beginning
    _fields_ = [("struct_size", c_uint32), ("abi_minor", c_uint32), ("caps", c_uint64),
                ("server", csgi_str)] + [(name, c_void_p) for name in (
                    "alloc", "derive", "listen", "raise", "on_done", "hold", "release", "post",
                    "timer", "ext")] + [
                ("log", CFUNCTYPE(None, c_void_p, c_void_p, c_int32, csgi_str))]


class csgi_exchange(Structure):  # its beginning
    _fields_ = [("struct_size", c_uint32), ("state", c_uint16), ("flags", c_uint16),
                ("api", POINTER(csgi_api)), ("worker", c_void_p)]


class csgi_sink(Structure):
    pass


csgi_sink._fields_ = [
    ("struct_size", c_uint32), ("wants", c_uint32), ("next", c_void_p), ("next_body", c_void_p),
    ("send", CFUNCTYPE(c_int32, POINTER(csgi_sink), POINTER(csgi_exchange), POINTER(csgi_part)))]


class csgi_request(Structure):  # its beginning
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32),
                ("exchange", POINTER(csgi_exchange)), ("sink", POINTER(csgi_sink)),
                ("body_sink", c_void_p), ("source", c_void_p), ("method", csgi_str),
                ("target", csgi_str), ("path", csgi_str)]


HANDLE = CFUNCTYPE(c_int32, c_void_p, POINTER(csgi_request))


class csgi_app(Structure):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("max_body", c_uint64),
                ("inner", c_void_p), ("ninner", c_size_t), ("handle", HANDLE),
                ("start", c_void_p), ("drain", c_void_p), ("stop", c_void_p),
                ("destroy", c_void_p)]


LISTENING = CFUNCTYPE(None, c_void_p, c_char_p)


class csgi_serve_options(Structure):  # its beginning; struct_size says how much that is
    _fields_ = [("struct_size", c_uint32), ("worker_index", c_uint32),
                ("listen", POINTER(c_char_p)), ("nlisten", c_size_t), ("listening", LISTENING),
                ("log", c_void_p), ("name", c_char_p), ("arg", c_void_p), ("log_level", c_int32),
                ("flags", c_uint32)]


# ---- From a function of Python to a table of C --------------------------------------------------

def lent(data):
    """The bytes, for as long as whoever calls keeps `data`."""
    return csgi_str(cast(c_char_p(data), c_void_p), len(data))


def answer(req, status, kind, data):
    """A whole answer in one part. It is read during the call, so Python may forget it afterwards."""
    name = b"content-type"
    field = csgi_header(lent(name), lent(kind))
    head = csgi_head(sizeof(csgi_head), status, headers=ctypes.pointer(field), nheaders=1)
    body = csgi_chunk(mem=CSGI_MEM_COPY, p=cast(c_char_p(data), c_void_p), n=len(data))
    part = csgi_part(sizeof(csgi_part), CSGI_PART_END, ctypes.pointer(head), ctypes.pointer(body), 1)
    return req.sink.contents.send(req.sink, req.exchange, byref(part))


def log_error(req, error):
    exchange = req.exchange.contents
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    line = f"{type(error).__name__}: {error} ({where})".encode("utf-8", "backslashreplace")
    exchange.api.contents.log(exchange.worker, req.exchange, CSGI_LOG_ERROR, lent(line))


def serve(view, address="127.0.0.1:8000", name="hello_python"):
    """Serves `view(method, path) -> (status, content type, body)`, all of them bytes but the
    status, until TERM or INT. An exception is a line in the log and a 500.
    """
    def handle(_app, request):
        # Nothing may be thrown across the interface: what would be, ctypes takes for a 0, an answer.
        req = request.contents
        try:
            return answer(req, *view(bytes(req.method), bytes(req.path)))
        except BaseException as error:  # SystemExit too
            try:
                log_error(req, error)
            except Exception:  # such as one whose __str__ fails
                pass
            return CSGI_APP

    def listening(_arg, url):
        print(f"{name}: listening on {url.decode()}", flush=True)

    library = ctypes.CDLL("libcsgi-serve.so.0")
    # These are the server's until it returns, and ours to keep so long.
    app = csgi_app(sizeof(csgi_app), handle=HANDLE(handle))
    addresses = (c_char_p * 1)(address.encode())
    options = csgi_serve_options(
        sizeof(csgi_serve_options), listen=addresses, nlisten=1, listening=LISTENING(listening),
        name=name.encode(), log_level=CSGI_LOG_INFO)
    reason = ctypes.create_string_buffer(1024)
    if library.csgi_serve_http(byref(app), byref(options), reason, c_size_t(len(reason))) < 0:
        sys.exit(f"{name}: {reason.value.decode() or 'stopped before all was answered'}")


# ---- The application ----------------------------------------------------------------------------

def hello(method, path):
    return 200, b"text/plain", b"Hello, world!\n"


if __name__ == "__main__":
    serve(hello, *sys.argv[1:2])
