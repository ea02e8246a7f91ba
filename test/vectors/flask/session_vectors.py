# SPDX-License-Identifier: MIT
"""Sessions and tokens: questions as `csgi tool session` has them, and what Flask and ItsDangerous answer."""

import hashlib
import json
from unittest import mock

import itsdangerous
from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from itsdangerous import (BadPayload, BadSignature, Serializer, Signer, SignatureExpired, TimedSerializer,
                          TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer)
from flask.sessions import SecureCookieSessionInterface

NOW = 1700000000
TAGS = TaggedJSONSerializer()


def session_serializer(secret_key, fallbacks=()):
    app = Flask("oracle")
    app.config.update(SECRET_KEY=secret_key, SECRET_KEY_FALLBACKS=list(fallbacks))
    return app, SecureCookieSessionInterface().get_signing_serializer(app)


def session_dump(session, secret_key, fallbacks=()):
    app, serializer = session_serializer(secret_key, fallbacks)
    with app.app_context():
        return serializer.dumps(TAGS.loads(json.dumps(session)))


def session_load(cookie, secret_key, fallbacks=(), max_age=2678400):
    app, serializer = session_serializer(secret_key, fallbacks)
    with app.app_context():
        return json.loads(TAGS.dumps(serializer.loads(cookie, max_age=max_age)))


def serializer(secret_keys, salt="itsdangerous", timestamp=False, url_safe=False, digest="sha1",
               key_derivation="django-concat"):
    cls = {(False, False): Serializer, (True, False): TimedSerializer, (False, True): URLSafeSerializer,
           (True, True): URLSafeTimedSerializer}[timestamp, url_safe]
    return cls(secret_keys, salt=salt, signer_kwargs={
        "digest_method": getattr(hashlib, digest), "key_derivation": key_derivation})


def dumps(value, **options):
    return serializer(**options).dumps(value)


def loads(token, max_age=None, **options):
    made = serializer(**options)
    return made.loads(token, max_age=max_age) if options.get("timestamp") else made.loads(token)


def signer(secret_keys, salt="itsdangerous.Signer", timestamp=False, sep=".", digest="sha1",
           key_derivation="django-concat"):
    return (TimestampSigner if timestamp else Signer)(
        secret_keys, salt=salt, sep=sep, digest_method=getattr(hashlib, digest),
        key_derivation=key_derivation)


def sign(value, **options):
    return signer(**options).sign(value).decode()


def unsign(token, max_age=None, **options):
    made = signer(**options)
    return (made.unsign(token, max_age=max_age) if options.get("timestamp") else made.unsign(token)).decode()


OPERATIONS = {"session_dump": session_dump, "session_load": session_load, "dumps": dumps, "loads": loads,
              "sign": sign, "unsign": unsign}


def answer(op, now=NOW, **question):
    row = {"op": op, "now": now, **question}
    try:
        with mock.patch.object(itsdangerous.TimestampSigner, "get_timestamp", lambda self: now):
            return {"question": row, "result": OPERATIONS[op](**question)}
    except SignatureExpired:
        return {"question": row, "error": "expired"}
    except BadSignature:
        return {"question": row, "error": "bad_signature"}
    except (BadPayload, UnicodeDecodeError):
        return {"question": row, "error": "bad_payload"}
    except (ValueError, TypeError):
        return {"question": row, "error": "value"}


SESSIONS = [
    {}, {"user_id": 42}, {"x": {" di": {" t__": [1]}}}, {"big": 1e22, "neg": -0.0, "small": 1e-07},
    {"_permanent": True, "f": 1.5, "n": None, "z": "a" * 100},
    {"b": {" b": "AP8="}, "d": {" d": "Tue, 02 Jan 2024 03:04:05 GMT"}, "m": {" m": "<b>x</b>"}, "name": "Zo\u00eb",
     "t": {" t": [1, 2]}, "u": {" u": "12345678123456781234567812345678"}},
    {"_flashes": [{" t": ["message", "Hi"]}, {" t": ["error", "No"]}]}, {"i": 2**70, "j": -2**64, "k": 2**63},
    {"deep": [[[[{"a": {" t": [{" t": []}]}}]]]]}, {"emoji": "\U0001f600", "quote": "\"\\/<>&'", "ctl": "\x00\n\x7f"},
    {" t": 1, "x": 2}, {"x": {" b__": 1}}, {"x": {" di": {" di__": {" di": {" m__": "y"}}}}}, {"": ""},
    {"z": 1, "a": 2, "M": 3, "\u00e9": 4}, {"f": [0.1, 1e16, 123456789.123, 5e-324, 1.0]}, {"k%d" % i: i for i in range(60)},
    {"nan": [float("nan"), float("inf"), float("-inf")]},
]


def rows():
    key = "dev-secret"
    for session in SESSIONS:
        row = answer("session_dump", secret_key=key, session=session)
        yield row
        for age in (0, 1, 2678400, 2678401, -1):
            yield answer("session_load", now=NOW + age, secret_key=key, cookie=row["result"])
    cookie = answer("session_dump", secret_key=key, session={"user_id": 42})["result"]
    old = answer("session_dump", secret_key="old-1", session={"user_id": 42})["result"]
    yield answer("session_load", secret_key=key, cookie=old)
    yield answer("session_load", secret_key=key, fallbacks=["old-1", "old-2"], cookie=old)
    yield answer("session_load", secret_key=key, fallbacks=["old-2"], cookie=old)
    yield answer("session_dump", secret_key=key, fallbacks=["old-1"], session={"a": 1})
    yield answer("session_load", secret_key="caf\u00e9 \U0001f600", cookie=answer(
        "session_dump", secret_key="caf\u00e9 \U0001f600", session={"a": 1})["result"])
    for bad in ["", ".", "..", "a", "a.b", "a.b.c", cookie + "=", cookie + "==", cookie + "x", cookie[:-1], "x" + cookie,
                cookie.replace(".", ""), cookie.replace(".", "..", 1), cookie.upper(), cookie + "."]:
        yield answer("session_load", secret_key=key, cookie=bad)
    for age in (0, 10):
        yield answer("session_load", now=NOW + 11, secret_key=key, cookie=cookie, max_age=age)
    # Well signed, but nothing that a session can be read from.
    for payload in ["e30", "", "!!!!", "bm90IGpzb24", ".e30", ".eJw", "W10", "eyIgdCI6MX0", "eyIgZCI6IngifQ", "eyIgdSI6Inh5In0"]:
        token = TimestampSigner(key, salt="cookie-session", key_derivation="hmac")
        with mock.patch.object(TimestampSigner, "get_timestamp", lambda self: NOW):
            signed = token.sign(payload).decode()
        row = answer("session_load", secret_key=key, cookie=signed)
        if row.get("error") == "value":
            row["error"] = "bad_payload"  # what Flask does not catch there is one to us
        yield row
    for value in [None, 1, "x", "caf\u00e9 \U0001f600", [1, 2.5, None, True], {"b": 1, "a": [1, {"c": "d"}]}, "z" * 200, {}]:
        for timestamp in (False, True):
            for url_safe in (False, True):
                options = {"secret_keys": ["k"], "timestamp": timestamp, "url_safe": url_safe}
                row = answer("dumps", value=value, **options)
                yield row
                yield answer("loads", token=row["result"], **options)
                yield answer("loads", token=row["result"] + "x", **options)
                yield answer("loads", token=row["result"], **{**options, "secret_keys": ["other"]})
                yield answer("loads", token=row["result"], **{**options, "salt": "other"})
    for digest in ("sha1", "sha256", "sha512"):
        for derivation in ("concat", "django-concat", "hmac", "none"):
            options = {"secret_keys": ["old", "k" * 200], "digest": digest, "key_derivation": derivation}
            yield answer("dumps", value=[1], salt="s", **options)
            for timestamp in (False, True):
                row = answer("sign", value="text.with.dots", timestamp=timestamp, **options)
                yield row
                yield answer("unsign", token=row["result"], timestamp=timestamp, **options)
                yield answer("unsign", token=row["result"], timestamp=not timestamp, **options)
    for sep in [".", ":", "--x--!", "a", "-", "=", "|"]:
        row = answer("sign", secret_keys=["k"], value="v", sep=sep)
        yield row
        if "result" in row:
            yield answer("unsign", secret_keys=["k"], token=row["result"], sep=sep)
    for keys in (["a", "b"], ["b", "a"], ["a"], ["b"]):
        yield answer("unsign", secret_keys=keys, token=answer("sign", secret_keys=["a"], value="v")["result"])
    timed = answer("sign", secret_keys=["k"], value="v", timestamp=True)["result"]
    for age in (-1, 0, 5, 6):
        for max_age in (None, 5):
            yield answer("unsign", now=NOW + age, secret_keys=["k"], token=timed, timestamp=True, max_age=max_age)
    for now in (0, 1, 255, 256, 2**32, 2**40):
        yield answer("sign", now=now, secret_keys=["k"], value="v", timestamp=True)
    for text in ["", "v", "\u00e9", "a b"]:
        yield answer("sign", secret_keys=["k"], value=text)


def files():
    yield "sessions.jsonl", rows()
