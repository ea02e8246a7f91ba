# SPDX-License-Identifier: MIT
"""The scenarios that servers are compared by: what one is, and how its facts are written down.

A scenario sends the same bytes to each server and returns facts: what the client saw, what the
application recorded. Facts of two servers are equal or the difference is documented; whether they
are right is what the rows of the other themes judge.
"""

import hashlib

import client
from client import get

# What belongs to a server or to a connection, and is left out of every comparison.
LEFT_OUT = {"date", "server", "connection", "keep-alive"}


class Scenario:
    def __init__(self, title, run):
        self.title, self.run = title, run


class List:
    def __init__(self):
        self.all = []

    def scenario(self, title):
        def keep(function):
            self.all.append(Scenario(title, function))
            return function
        return keep


def digest(data):
    return hashlib.sha256(data).hexdigest()


def short(data):
    """A body, or what tells it from others."""
    return data.decode("latin-1") if len(data) <= 100 else f"{len(data)} bytes, {digest(data)}"


def shape(response):
    """An answer as facts."""
    if response is None:
        return None
    fields = sorted([name, value] for name, value in response.fields if name not in LEFT_OUT)
    return {"status": f"{response.status} {response.reason}", "fields": fields,
            "body": short(response.body), "trailers": response.trailers,
            "end": "broken" if response.is_broken else "whole"}


def status(response):
    return None if response is None else response.status


def misleads(response):
    """Whether a client takes for whole what was given up; some fronts drop all of it."""
    return not (response is None or response.is_broken or response.status == 502)


def answer(server, raw, method="GET"):
    """The answer to one request on a connection of its own; None when there is none."""
    with server.connect() as connection:
        connection.send(raw)
        return connection.response(method)


def goes_on(connection):
    """Whether the connection takes another request, or was closed as it should be."""
    connection.send(get("/hello"))
    response = connection.response()
    if response is not None:
        return response.body == b"Hello, world!"
    return connection.state in (client.FIN, client.RST)


def joined(fields):
    """Fields with the lines of one name joined, as the contract's registry joins them."""
    found = {}
    for name, value in fields:
        glue = "; " if name == "cookie" else ", "
        found[name] = found[name] + glue + value if name in found else value
    return found
