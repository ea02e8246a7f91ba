# SPDX-License-Identifier: MIT
"""`csgi tool routing`: questions as its protocol puts them, answered by Werkzeug."""

import random
import warnings

from flask.json.tag import TaggedJSONSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound
from werkzeug.routing import BuildError
from werkzeug.routing import Map
from werkzeug.routing import RequestRedirect
from werkzeug.routing import Rule
from werkzeug.routing import WebsocketMismatch

TAGS = TaggedJSONSerializer()
MAP_OPTIONS = ("default_subdomain", "strict_slashes", "merge_slashes", "redirect_defaults", "sort_parameters",
               "host_matching")


def untag(value):
    """The values that tags stand for, inner ones first."""
    if isinstance(value, dict):
        return TAGS.untag({key: untag(item) for key, item in value.items()})
    return [untag(item) for item in value] if isinstance(value, list) else value


def make_rule(given):
    options = {key: value for key, value in given.items() if key != "rule"}
    if "defaults" in options:
        options["defaults"] = untag(options["defaults"])
    return Rule(given["rule"], **options)


def environ(request):
    """A request as WSGI describes it."""
    scheme = request.get("scheme", "http")
    server = request.get("server", ["localhost", 443 if scheme == "https" else 80])

    def text(name, fallback):
        return request.get(name, fallback).encode().decode("latin-1")

    out = {"wsgi.url_scheme": scheme, "REQUEST_METHOD": request.get("method", "GET"), "PATH_INFO": text("path", "/"),
           "QUERY_STRING": text("query", ""), "SCRIPT_NAME": text("script_name", ""), "SERVER_NAME": server[0],
           "SERVER_PORT": str(server[1])}
    for name, value in request.get("headers", {}).items():
        out["HTTP_" + name.upper().replace("-", "_")] = value
    return out


def bind(url_map, question):
    off = not question.get("map", {}).get("subdomain_matching", True) and not url_map.host_matching
    if "bind_request" in question:
        given = question["bind_request"]
        subdomain = url_map.default_subdomain if off else given.get("subdomain")
        return url_map.bind_to_environ(environ(given), server_name=given.get("server_name"), subdomain=subdomain)
    given = {"server_name": "localhost", **question.get("bind", {})}
    if off:
        given["subdomain"] = url_map.default_subdomain
    return url_map.bind(**given)


def match(adapter, request):
    try:
        endpoint, values = adapter.match(request.get("path"), request.get("method"), query_args=request.get("query_args"),
                                         websocket=request.get("websocket"))
        return {"endpoint": endpoint, "values": TAGS.tag(values)}
    except RequestRedirect as redirect:
        return {"redirect": redirect.new_url, "code": redirect.code}
    except MethodNotAllowed as error:
        return {"error": "method_not_allowed", "methods": sorted(error.valid_methods)}
    except WebsocketMismatch:
        return {"error": "websocket_mismatch"}
    except NotFound:
        return {"error": "not_found"}


def build(adapter, request):
    values = untag(request.get("values", {}))
    how = {key: request[key] for key in ("method", "force_external", "append_unknown", "url_scheme") if key in request}
    try:
        return {"url": adapter.build(request["endpoint"], MultiDict(values) if request.get("multi") else values, **how)}
    except BuildError:
        return {"error": "build"}
    except (ValueError, TypeError):
        return {"error": "value"}


def result(adapter, request):
    if request["op"] == "match":
        return match(adapter, request)
    if request["op"] == "build":
        return build(adapter, request)
    if request["op"] == "test":
        return {"matches": adapter.test(request.get("path"), request.get("method"))}
    return {"methods": sorted(adapter.allowed_methods(request.get("path")))}


def answer(question):
    options = {key: value for key, value in question.get("map", {}).items() if key in MAP_OPTIONS}
    try:
        url_map = Map([make_rule(rule) for rule in question["rules"]], **options)
    except (ValueError, LookupError, TypeError):
        return {"error": "invalid_rule"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            adapter = bind(url_map, question)
    except (HTTPException, RuntimeError):
        return {"error": "bind"}
    return {"results": [result(adapter, request) for request in question["requests"]]}


RULES = [{"rule": "/", "endpoint": "index"}, {"rule": "/b/", "endpoint": "b"},
         {"rule": "/u/<int:id>", "endpoint": "user", "methods": ["GET"]},
         {"rule": "/u/<int:id>", "endpoint": "save", "methods": ["PUT", "POST"]},
         {"rule": "/f/<float:x>", "endpoint": "float"}, {"rule": "/id/<uuid:u>", "endpoint": "uuid"},
         {"rule": "/p/<path:p>", "endpoint": "path"}, {"rule": "/none", "endpoint": None},
         {"rule": "/old", "endpoint": "old", "redirect_to": "/b/"},
         {"rule": "/pages/", "endpoint": "pages", "defaults": {"page": 1}},
         {"rule": "/pages/<int:page>", "endpoint": "pages"},
         {"rule": "/d", "endpoint": "d", "defaults": {"t": {" t": [1, "a"]}, "m": {" m": "<b>"}, "n": None}},
         {"rule": "/", "endpoint": "sub", "subdomain": "<name>"}, {"rule": "/ws", "endpoint": "ws", "websocket": True}]
UUID = "12345678123456781234567812345678"
REQUESTS = [
    {"op": "match"}, {"op": "match", "path": "/b"}, {"op": "match", "path": "/b", "query_args": {"a": [1, None, "x y"], "b": None}},
    {"op": "match", "path": "/b", "query_args": ""}, {"op": "match", "path": "//b/"}, {"op": "match", "path": ""},
    {"op": "match", "path": "/u/7"}, {"op": "match", "path": "/u/7", "method": "post"},
    {"op": "match", "path": "/u/7", "method": "DELETE"}, {"op": "match", "path": "/u/x"},
    {"op": "match", "path": "/f/1.50"}, {"op": "match", "path": f"/id/{UUID[:8]}-1234-5678-1234-{UUID[20:]}"},
    {"op": "match", "path": "/p/a/\u00fc b"}, {"op": "match", "path": "/none"}, {"op": "match", "path": "/old"},
    {"op": "match", "path": "/pages/1"}, {"op": "match", "path": "/d"}, {"op": "match", "path": "/ws"},
    {"op": "match", "path": "/ws", "websocket": True}, {"op": "match", "path": "/b/", "websocket": True},
    {"op": "test", "path": "/b"}, {"op": "test", "path": "/u/7", "method": "DELETE"}, {"op": "test", "path": "/ws"},
    {"op": "test", "path": "/nothing"}, {"op": "test"}, {"op": "allowed_methods", "path": "/u/7"},
    {"op": "allowed_methods", "path": "/b"}, {"op": "allowed_methods", "path": "/ws"}, {"op": "allowed_methods"},
    {"op": "build", "endpoint": "user", "values": {"id": 7}}, {"op": "build", "endpoint": "user", "values": {"id": "x"}},
    {"op": "build", "endpoint": "user"}, {"op": "build", "endpoint": "nobody"}, {"op": "build", "endpoint": None},
    {"op": "build", "endpoint": "uuid", "values": {"u": {" u": UUID}}},
    {"op": "build", "endpoint": "b", "values": {"z": 1, "a": ["y", "x", None], "n": None, "t": {" t": [2, 1]}}},
    {"op": "build", "endpoint": "b", "values": {"q": 1.5, "p": True, "b": {" b": "/w=="}}},
    {"op": "build", "endpoint": "b", "values": {"q": "v"}, "append_unknown": False},
    {"op": "build", "endpoint": "b", "values": {"q": "v"}, "force_external": True},
    {"op": "build", "endpoint": "b", "values": {}, "force_external": True, "url_scheme": ""},
    {"op": "build", "endpoint": "b", "values": {}, "force_external": True, "url_scheme": "wss"},
    {"op": "build", "endpoint": "ws"}, {"op": "build", "endpoint": "sub", "values": {"name": "bob"}},
    {"op": "build", "endpoint": "save", "values": {"id": 1}, "method": "POST"},
    {"op": "build", "endpoint": "save", "values": {"id": 1}, "method": "GET"},
    {"op": "build", "endpoint": "pages", "values": {"page": 1}}, {"op": "build", "endpoint": "pages", "values": {"page": 2}},
    {"op": "build", "endpoint": "user", "values": {"id": [7], "q": ["b", "a"], "e": [], "n": [None]}, "multi": True},
    {"op": "build", "endpoint": "path", "values": {"p": ["a/b"], "z": ["1"], "a": ["2", None]}, "multi": True},
    {"op": "build", "endpoint": "path", "values": {"p": [None]}, "multi": True},
]
BINDS = [{}, {"server_name": "Example.ORG:8080", "script_name": "/app", "url_scheme": "https", "query_args": "a=1&b"},
         {"subdomain": "bob", "default_method": "POST", "query_args": {"k": "v w", "l": [1, 2], "n": None}},
         {"url_scheme": "ws", "path_info": "/ws"}, {"url_scheme": "wss", "script_name": "/x/"}, {"url_scheme": ""},
         {"server_name": "b\u00fccher.example", "path_info": "/b"}, {"server_name": "a..b"}, {"server_name": "x" * 64},
         {"server_name": ""}, {"server_name": "dot."}, {"default_method": "put", "path_info": "/u/1"}]
BIND_REQUESTS = [
    {}, {"headers": {"Host": "example.org"}, "path": "/b", "query": "x=1"},
    {"headers": {"Host": "Bob.Example.org"}, "server_name": "example.org"},
    {"headers": {"Host": "bob.example.org:5000"}, "server_name": "example.org:5000", "method": "POST", "path": "/u/7"},
    {"headers": {"Host": "bob.example.org:5000"}, "server_name": "example.org"},
    {"headers": {"Host": "example.org:443"}, "scheme": "https", "server_name": "example.org:443", "script_name": "/app"},
    {"headers": {"Host": "example.org:443"}, "scheme": "http", "server_name": "example.org:80"},
    {"headers": {"Host": "a.b.example.org"}, "server_name": "example.org"},
    {"headers": {"Host": "notexample.org"}, "server_name": "example.org"},
    {"headers": {"Host": "example.org"}, "server_name": "example.org", "subdomain": "eve"},
    {"headers": {"Host": "bad host"}, "server_name": "example.org"}, {"headers": {"Host": "bad host"}},
    {"server": ["10.0.0.1", 8000]}, {"server": ["::1", 8000]}, {"server": ["example.org", "80"]},
    {"server": ["example.org", 443], "scheme": "https"},
    {"headers": {"Host": "x.y", "Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket"}, "path": "/ws"},
    {"headers": {"Host": "x.y", "Connection": "upgrade", "Upgrade": "websocket"}, "scheme": "https", "path": "/ws"},
    {"headers": {"Host": "x.y", "Connection": "upgraded", "Upgrade": "websocket"}, "path": "/ws"},
    {"headers": {"Host": "x.y", "Connection": "upgrade", "Upgrade": "h2c"}, "path": "/ws"},
    {"headers": {"Host": "x.y"}, "path": "/p/\u00fc", "script_name": "/\u00e4", "query": "q=\u00f6"},
]
MAPS = [{}, {"strict_slashes": False}, {"merge_slashes": False}, {"redirect_defaults": False}, {"sort_parameters": True},
        {"default_subdomain": "bob"}, {"subdomain_matching": False}, {"host_matching": True},
        {"default_subdomain": "www", "subdomain_matching": False, "sort_parameters": True}]
BROKEN = ["x", "/<x", "/<what:x>", "/<int(zz=1):x>", "/<8:x>"]


def questions():
    dice = random.Random(3)
    for rule in BROKEN:
        yield {"rules": RULES + [{"rule": rule, "endpoint": "broken"}], "requests": REQUESTS[:1]}
    for number, url_map in enumerate(MAPS):
        rules = RULES
        if url_map.get("host_matching"):
            hosts = ("<h>", "localhost")
            rules = [{**rule, "host": hosts[i % 2]} for i, rule in enumerate(RULES) if "subdomain" not in rule]
        for given in BINDS if number == 0 else [{}, *dice.sample(BINDS, 4)]:
            some = REQUESTS if number == 0 or given == {} else dice.sample(REQUESTS, 8)
            yield {"map": url_map, "rules": rules, "bind": given, "requests": some}
        for given in BIND_REQUESTS if number == 0 else dice.sample(BIND_REQUESTS, 7):
            some = [REQUESTS[0], *dice.sample(REQUESTS, 6)]
            yield {"map": url_map, "rules": rules, "bind_request": given, "requests": some}


def files():
    yield "routing_tool.jsonl", [{"question": one, "answer": answer(one)} for one in questions()]
