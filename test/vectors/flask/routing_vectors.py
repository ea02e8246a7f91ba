# SPDX-License-Identifier: MIT
"""Routing: which rule Werkzeug finds for a path, where it redirects to, and what it builds."""

import random
import re
import uuid

from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound
from werkzeug.routing import BuildError
from werkzeug.routing import Map
from werkzeug.routing import RequestRedirect
from werkzeug.routing import Rule
from werkzeug.routing import WebsocketMismatch
from werkzeug.routing import ValidationError
from werkzeug.routing.converters import BaseConverter


class Two(BaseConverter):
    """Two letters; of them "no" is no value after all."""

    regex = "[a-z]{2}"
    weight = 60

    def to_python(self, value):
        if value == "no":
            raise ValidationError()
        return value.upper()

    def to_url(self, value):
        if value == "skip":
            raise ValidationError()
        return value.lower()


class Rest(BaseConverter):
    """Any number of segments, as many as there can be."""

    regex = "[a-z/]+"
    part_isolating = False
    weight = 150


CONVERTERS = {"two": Two, "rest": Rest}


def plain(value):
    """What JSON can say of a value."""
    return {"uuid": value.hex} if isinstance(value, uuid.UUID) else value


def made(options):
    options = dict(options)
    return Rule(options.pop("rule"), **options)


def match(adapter, path, method, websocket=None):
    try:
        rule, values = adapter.match(path, method, return_rule=True, websocket=websocket)
        return {"endpoint": rule.endpoint, "rule": rule.rule,
                "values": {key: plain(value) for key, value in values.items()}}
    except RequestRedirect as redirect:
        return {"redirect": redirect.new_url}
    except MethodNotAllowed as error:
        return {"status": 405, "allow": sorted(error.valid_methods)}
    except WebsocketMismatch:
        return {"status": 400}
    except NotFound:
        return {"status": 404}


def build(adapter, endpoint, values, **how):
    try:
        return {"url": adapter.build(endpoint, values, **how)}
    except BuildError as error:
        return {"error": str(error)}
    except (ValueError, TypeError) as error:
        return {"value_error": str(error)}


def row(rules, matches, builds=(), bind=None, **options):
    """One map, and what it says to each question."""
    url_map = Map([made(rule) for rule in rules], converters=CONVERTERS, **options)
    bound = {"server_name": "example.com", "script_name": "/", "query_args": "", **(bind or {})}
    adapter = url_map.bind(**bound)
    out = {"options": options, "bind": bound, "rules": list(rules), "matches": [], "builds": []}
    for question in matches:
        path, method, websocket = (*question, None)[:3]
        answer = match(adapter, path, method, websocket)
        allowed = sorted(adapter.allowed_methods(path))
        out["matches"].append({"path": path, "method": method, "websocket": bool(websocket),
                               "answer": answer, "allowed": allowed})
    for endpoint, values, how in builds:
        out["builds"].append({"endpoint": endpoint, "values": values, "how": how,
                              "answer": build(adapter, endpoint, values, **how)})
    return out


def r(rule, endpoint, **options):
    return {"rule": rule, "endpoint": endpoint, **options}


def q(*paths, method="GET"):
    return [(path, method) for path in paths]


UUID = "12345678-1234-5678-1234-567812345678"


def by_hand():
    yield row([r("/b/", "b", methods=["GET"]), r("/b/", "post", methods=["POST"]), r("/leaf", "leaf")],
              q("/b", "/b/", "/leaf", "/leaf/", "", "/", "//b", "//b//", "/b//", "/c") +
              q("/b", "/b/", "/leaf", method="POST") + q("/b/", "/leaf", "/b", method="PUT") +
              q("/b/", method="get"))
    yield row([r("/u/<int:i>", "int"), r("/u/<name>", "name"), r("/u/<path:p>", "path"), r("/u/me", "me")],
              q("/u/me", "/u/007", "/u/-7", "/u/a/b", "/u/\u0663", "/u/\u0664\u0662x", "/u/" + "9" * 30, "/u/",
                "/u", "/u/a//b", "/u//x", "/u/a\nb", "/u/a/b\nc", "/u/\n", "/u/" + "1" * 4301),
              [("int", {"i": 7}, {}), ("int", {"i": "12"}, {}), ("int", {"i": "x"}, {}),
               ("int", {"i": 1.9}, {}), ("int", {"i": True}, {}), ("int", {}, {}),
               ("name", {"name": "a b/\u00fc&?#"}, {}), ("path", {"p": "a b/\u00fc/?#"}, {}),
               ("name", {"name": "x", "q": ["a", "b"], "\u00fc": "\u20ac &", "none": None}, {}),
               ("me", {"z": 1, "a": [None, 2], "b": [], "t": True, "f": 1.5}, {}),
               ("mee", {}, {}), ("nam", {"name": "x"}, {}), ("name", {"nam": "x", "b": 1}, {}),
               ("name", {"name": None}, {}), ("me", {}, {"force_external": True}),
               ("me", {}, {"force_external": True, "url_scheme": "https"}),
               ("me", {}, {"force_external": True, "url_scheme": ""}),
               ("me", {"a": 1}, {"append_unknown": False})])
    users = [r("/users/", "users", defaults={"page": 1}), r("/users/page/<int:page>", "users")]
    yield row(users, q("/users/page/1", "/users/page/2", "/users/", "/users", "/users/page/01"),
              [("users", {"page": 1}, {}), ("users", {"page": 2}, {}), ("users", {}, {}),
               ("users", {"page": 1, "x": 3}, {}), ("users", {"page": "1"}, {}), ("users", {"page": 1.0}, {})],
              {"query_args": "q=2"})
    yield row(users, q("/users/page/1", "/users/page/2"), redirect_defaults=False)
    yield row([r("/f/<float:x>", "f"), r("/fs/<float(signed=True):x>", "fs"), r("/s/<int(signed=True):n>", "s"),
               r("/fd/<int(fixed_digits=3):n>", "fd"), r("/mm/<int(min=5,max=9):n>", "mm"), r("/mm/<n>", "any"),
               r("/fm/<float(min=0.5, max=2):x>", "fm"), r("/p/<int(2, 5):n>", "p")],
              q("/f/1", "/f/1.5", "/f/-1.0", "/f/1.", "/f/.5", "/f/1.5.2", "/f/\u0661.\u0665", "/f/1e5", "/f/0.10",
                "/f/" + "9" * 400 + ".0", "/fs/-1.50", "/fs/--1.5", "/fs/+1.5", "/s/-3", "/s/3", "/s/--3", "/s/-",
                "/s/-0", "/fd/7", "/fd/007", "/fd/0007", "/mm/5", "/mm/4", "/mm/9", "/mm/10", "/mm/x", "/fm/0.5",
                "/fm/0.4", "/fm/2.0", "/fm/2.1", "/p/05", "/p/04", "/p/5", "/s/-" + "8" * 25),
              [("f", {"x": 1}, {}), ("f", {"x": 1.5}, {}), ("f", {"x": "2.5"}, {}), ("f", {"x": 1e22}, {}),
               ("f", {"x": "y"}, {}), ("f", {"x": 0.00001}, {}), ("fd", {"n": 7}, {}), ("fd", {"n": 12345}, {}),
               ("s", {"n": -3}, {}), ("fd", {"n": -7}, {}), ("mm", {"n": 100}, {})])
    yield row([r('/any/<any(a,"b,c",about):w>', "any"), r("/lc/<string(length=2):l>", "lc"),
               r("/ll/<string(minlength=2,maxlength=3):l>", "ll"), r("/l0/<string(minlength=0):l>", "l0"),
               r("/any/<any(abc, ab):w><x>", "two"), r("/uuid/<uuid:u>", "uuid")],
              q("/any/b,c", "/any/a", "/any/about", "/any/ab", "/any/abx", "/any/abcx", "/any/abc", "/lc/eng",
                "/lc/en", "/lc/\u00fc\u00fc", "/lc/\u00fc", "/ll/a", "/ll/ab", "/ll/abc", "/ll/abcd",
                "/ll/\U0001f600\U0001f600", "/l0/", "/l0", "/l0/x", "/uuid/" + UUID, "/uuid/" + UUID.upper(),
                "/uuid/" + UUID[:-1], "/uuid/" + UUID + "0", "/uuid/" + UUID.replace("-", ""),
                "/uuid/" + UUID.replace("a", "g").replace("1", "g")),
              [("any", {"w": "b,c"}, {}), ("any", {"w": "d"}, {}), ("uuid", {"u": UUID}, {}), ("uuid", {"u": "x y"}, {}),
               ("lc", {"l": "long"}, {}), ("two", {"w": "ab", "x": "c"}, {})])
    yield row([r("/wiki/<path:p>/edit", "edit"), r("/wiki/<path:p>", "wiki"), r("/w2/<path:p>/", "w2"),
               r("/w3/<path:p>/<int:n>/x/", "w3"), r("/w4/<path:a>/-/<path:b>", "w4"), r("/w5/x<path:p>", "w5")],
              q("/wiki/a/b/edit", "/wiki/a/b/edit/", "/wiki/edit", "/wiki//edit", "/wiki/a//edit", "/w2/a/b", "/w2/a/b/",
                "/w2/a//", "/w2/", "/w2", "/w3/a/b/1/x/", "/w3/a/b/1/x", "/w3/1/2/x/", "/w3/a/x/", "/w3/a//1/x/",
                "/w4/a/-/b", "/w4/a/-/b/-/c", "/w4/-/-/-", "/w4/a/-", "/w5/xa/b", "/w5/x", "/w5/x/", "/w5/ax"))
    yield row([r("/mix/<a>-<int:b>.html", "mix"), r("/mix/<a>.html", "html"), r("/mix/<a>.<b>", "dot"),
               r("/v<int:major>.<int:minor>", "v"), r("/v<x>", "vx"), r("/<a><int:b>", "ab"),
               r("/t/<two:a><two:b>", "tt"), r("/t/<two:a>", "t"), r("/r/<rest:a>", "rest"), r("/r/<rest:a>/x", "rx")],
              q("/mix/a-b-42.html", "/mix/a-b.html", "/mix/a.b.c", "/mix/-1.html", "/mix/.html", "/v1.2", "/v1.2.3",
                "/v", "/vx", "/abc123", "/1", "/12", "/t/abcd", "/t/abno", "/t/no", "/t/ab", "/t/abc", "/t/AB",
                "/r/a/b", "/r/a/x", "/r/x", "/r/a/x/", "/r/A", "/r/a/"),
              [("t", {"a": "AB"}, {}), ("t", {"a": "skip"}, {}), ("tt", {"a": "ab"}, {}),
               ("mix", {"a": "x", "b": 4}, {}), ("rest", {"a": "a/b c"}, {})])
    for strict in (True, False):
        for merge in (True, False):
            yield row([r("/ns", "ns"), r("/nsb/", "nsb"), r("/yes/", "yes", strict_slashes=True),
                       r("/no/", "no", strict_slashes=False), r("/nl", "nl", strict_slashes=False),
                       r("/x/<a>/", "x"), r("/m//n", "mn", merge_slashes=False), r("/k//l", "kl", merge_slashes=True),
                       r("/po/", "po", methods=["POST"]), r("/pl", "pl", methods=["POST"]), r("/d/<path:p>/", "d")],
                      q("/ns", "/ns/", "/nsb", "/nsb/", "/yes", "/yes/", "/no", "/no/", "/nl", "/nl/", "/nl//", "/x/1",
                        "/x/1/", "/x//1/", "/x//1", "/m//n", "/m/n", "/k//l", "/k/l", "//k///l//", "/po", "/po/", "/pl",
                        "/pl/", "/d/x", "/d/x/", "/d/x//y", "/d/x//", "/a/../b//", "/no//", "//ns//") +
                      q("/po", "/po/", "/pl", "/pl/", "/ns", method="POST"),
                      [("mn", {}, {}), ("kl", {}, {})], strict_slashes=strict, merge_slashes=merge)
    yield row([r("/old", "old", redirect_to="/leaf"), r("/old/<int:n>", "oldn", redirect_to="new/<n>"),
               r("/abs", "abs", redirect_to="https://else.where/x?y=1"), r("/rel/", "rel", redirect_to="../up/./x"),
               r("/s/<path:p>", "s", redirect_to="/t/<p>"), r("/q", "q", redirect_to="?a=b"),
               r("/net", "net", redirect_to="//cdn/x")],
              q("/old", "/old/5", "/abs", "/rel/", "/s/a b/c", "/q", "/net"),
              bind={"query_args": "z=1", "script_name": "/app"})
    yield row([r("/", "index"), r("/a", "a"), r("/a/", "a_slash"), r("/c d/\u00fc", "uni"), r("/x&y;=$/<v>!", "odd")],
              q("/", "/a", "/a/", "/c d/\u00fc", "/x&y;=$/1!", "/x&y;=$/!"),
              [("index", {}, {}), ("uni", {}, {}), ("odd", {"v": "%41/ "}, {}), ("index", {}, {"force_external": True}),
               ("uni", {"k k": "v v"}, {"force_external": True})],
              {"script_name": "/mount/here", "url_scheme": "https", "server_name": "example.com:8443"})
    yield row([r("/", "main"), r("/", "api", subdomain="api"), r("/", "user", subdomain="<user>"),
               r("/x/", "x", subdomain="<a>-<int:b>"), r("/p", "p", subdomain="<p>.pages")],
              q("/", "/x", "/x/", "/p"),
              [("main", {}, {}), ("api", {}, {}), ("user", {"user": "bob"}, {}), ("x", {"a": "q", "b": 3}, {}),
               ("p", {"p": "z"}, {"url_scheme": "https"})], {"subdomain": "api"})
    for subdomain in ("", "bob", "n-12", "n-x", "z.pages", "a.b"):
        yield row([r("/", "main"), r("/", "api", subdomain="api"), r("/", "user", subdomain="<user>"),
                   r("/x/", "x", subdomain="<a>-<int:b>"), r("/p", "p", subdomain="<p>.pages"), r("/m/", "m")],
                  q("/", "/x", "/x/", "/p", "/m"), [("main", {}, {}), ("user", {"user": subdomain}, {})],
                  {"subdomain": subdomain})
    for host in ("example.com", "www.example.com", "a.b", "example.com:5000"):
        yield row([r("/", "main", host="example.com"), r("/", "www", host="www.<domain>"), r("/", "any", host="<host>"),
                   r("/h/", "h", host="<host>"), r("/h/", "hm", host="example.com:5000"),
                   r("/two", "two", host="a.b"), r("/two", "two", host="example.com")],
                  q("/", "/h", "/h/", "/two"),
                  [("main", {}, {}), ("www", {"domain": "z.y"}, {}), ("any", {"host": "h"}, {}), ("two", {}, {}),
                   ("two", {}, {"force_external": True})], {"server_name": host}, host_matching=True)
    yield row([r("/users/", "users", defaults={"page": 1}), r("/users/index", "users", alias=True, defaults={"page": 1}),
               r("/users/<int:page>", "users"), r("/u/<int:page>", "users", alias=True),
               r("/never", "never", build_only=True), r("/nv/<x>", "never", build_only=True)],
              q("/users/index", "/users/1", "/u/5", "/u/1", "/never", "/nv/1", "/users/2"),
              [("never", {}, {}), ("never", {"x": 1}, {}), ("users", {"page": 3}, {})], {"query_args": "a=b"})
    yield row([r("/ws", "ws", websocket=True), r("/ws", "http", methods=["POST"]), r("/both", "b1"),
               r("/both", "b2", websocket=True), r("/only/", "only", websocket=True)],
              [("/ws", "GET", True), ("/ws", "GET", False), ("/ws", "POST", False), ("/both", "GET", True),
               ("/both", "GET", False), ("/only", "GET", False), ("/only", "GET", True), ("/only/", "GET", False)],
              [("ws", {}, {}), ("b2", {}, {"url_scheme": "https"}), ("only", {"x": 1}, {})])
    yield row([r("/", "many", methods=["GET"]), r("/", "many_post", methods=["POST"]), r("/p/<a>", "pa", methods=["GET"]),
               r("/p/<int:a>", "pi", methods=["PUT", "custom"]), r("/p/x", "px", methods=["DELETE"]),
               r("/b/<a>", "same", methods=["POST"]), r("/g/<a>", "same", methods=["GET"])],
              q("/", "/p/1", "/p/x", "/p/y", "/p/x/") + q("/", "/p/1", "/p/x", "/p/y", method="PUT") +
              q("/p/1", "/p/x", method="CUSTOM") + q("/p/1", "/p/x", method="PATCH") + q("/", method="HEAD"),
              [("same", {"a": 1}, {}), ("same", {"a": 1}, {"method": "POST"}), ("same", {"a": 1}, {"method": "PUT"}),
               ("pa", {"a": 1}, {"method": "DELETE"}), ("many_p", {}, {"method": "POST"}), ("samee", {"a": 1}, {}),
               ("px", {"a": 1}, {}), ("pxx", {"it's": 1, 'say "x"': 2}, {})])
    yield row([r("/l/<lang>/", "l", defaults={"lang": "en"}), r("/d/<int:a>", "d", defaults={"a": 3, "b": 4}),
               r("/d2/", "d", defaults={"a": 3}), r("/e/", "e", defaults={"x": 1}), r("/e/<int:x>", "e"),
               r("/e/<int:x>/<int:y>", "e"), r("/e/y/<int:y>", "e", defaults={"x": 1})],
              q("/l/en/", "/l/de/", "/d/3", "/d/4", "/d2/", "/e/1", "/e/1/2", "/e/2/2", "/e/y/2"),
              [("l", {}, {}), ("l", {"lang": "de"}, {}), ("l", {"lang": "en"}, {}), ("d", {}, {}), ("d", {"a": 3}, {}),
               ("d", {"a": 3, "b": 4}, {}), ("d", {"b": 5}, {}), ("e", {"x": 1}, {}), ("e", {"x": 2, "y": 3}, {}),
               ("e", {"x": 1, "y": 3}, {}), ("e", {"y": 3}, {})])


SEGMENTS = ["a", "b", "ab", "new", "<x>", "<y>", "<int:x>", "<int:y>", "<path:x>", "<path:y>", "<float:x>", "a<x>", "<x>b",
            "<x>-<y>", "<int:x>-<y>", "<x>.<int:y>", "<string(length=2):x>", "<string(minlength=2):y>", "<any(a,b,new):x>",
            "<two:x>", "<two:y>a", "<int(min=3):x>", "<int(signed=True):y>", "<rest:y>", "", "a<path:y>b", "<uuid:x>",
            "v<int:x>.<int:y>", "\u00fc", "<any(a,ab):x><y>"]
PIECES = ["a", "b", "ab", "aa", "new", "1", "2", "12", "-3", "1.5", "no", "a-b", "1-b", "x.5", "", "", "\u00fc", "\u0663", "zz",
          "v1.2", "abab", "aab", UUID, "b-", "a1"]
METHODS = [None, ["GET"], ["POST"], ["GET", "POST"], ["PUT"], ["DELETE", "GET"]]


def at_random(dice):
    """A map of a few rules that get in each other's way."""
    rules, seen = [], set()
    for number in range(dice.randrange(2, 14)):
        segments = [dice.choice(SEGMENTS) for _ in range(dice.randrange(1, 4))]
        rule = "/" + "/".join(segments) + dice.choice(["", "", "/"])
        # A rule that another one covers entirely is refused here.
        place = re.sub("/+", "/", rule.replace("(min=3)", ""))
        if rule.count("x>") > 1 or rule.count("y>") > 1 or place in seen:
            continue
        seen.add(place)
        options = r(rule, f"e{number}")
        if methods := dice.choice(METHODS):
            options["methods"] = methods
        if dice.randrange(8) == 0:
            options["strict_slashes"] = dice.choice([True, False])
        if dice.randrange(8) == 0:
            options["merge_slashes"] = dice.choice([True, False])
        if dice.randrange(10) == 0:
            options["endpoint"] = "e0"
        if dice.randrange(10) == 0:
            options["defaults"] = {dice.choice("xyz"): dice.choice([1, "a", 3])}
        rules.append(options)
    matches = []
    for _ in range(30):
        pieces = [dice.choice(PIECES) for _ in range(dice.randrange(1, 5))]
        if rules and dice.randrange(2):
            # Something near a rule.
            shape = dice.choice(rules)["rule"].split("/")[1:]
            pieces = [piece if "<" not in piece and dice.randrange(9) else dice.choice(PIECES) for piece in shape]
        path = "/" + "/".join(pieces) + dice.choice(["", "", "", "/"])
        matches.append((path, dice.choice(["GET", "GET", "POST", "PUT", "HEAD"])))
    builds = []
    for _ in range(12):
        values = {name: dice.choice(["a", "a b", 1, 7, "new", "ab", 2.5, ["p", "q"], "\u00fc/"])
                  for name in dice.sample(["x", "y", "z"], dice.randrange(4))}
        builds.append((f"e{dice.randrange(14)}", values, {}))
    options = {}
    if dice.randrange(4) == 0:
        options["strict_slashes"] = False
    if dice.randrange(4) == 0:
        options["merge_slashes"] = False
    if dice.randrange(6) == 0:
        options["redirect_defaults"] = False
    try:
        return row(rules, matches, builds, **options)
    except (AttributeError, AssertionError, ValueError):
        # Werkzeug itself stumbles over a value that a converter cannot write.
        return None


def random_rows(seed, count):
    dice = random.Random(seed)
    made_rows = (at_random(dice) for _ in range(count))
    return [one for one in made_rows if one]


def files():
    yield "routing.jsonl", list(by_hand())
    yield "routing_random.jsonl", random_rows(7, 80)
