# SPDX-License-Identifier: MIT
"""The table of the suite: rows, and how one becomes a test case.

A row is a function of (case, server) under a title that is a sentence, with the rules it exercises
in square brackets. What a server writes to its log counts: an id of a rule there that the row does
not expect is a failure, whoever broke the rule.
"""

import json
import re
import time
import unittest

import client
from client import PATIENCE, get, request

DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov"
                  r"|Dec) \d{4} \d\d:\d\d:\d\d GMT")


class Row:
    def __init__(self, title, run, log, lint, start, needs, memory):
        self.title, self.run = title, run
        self.log = set(log)  # rules whose breach has to be logged
        self.lint = set(lint)  # and those that only a lint inside would report
        self.start = start  # how a server of its own is started; None: any will do
        self.needs = set(needs)  # capabilities
        self.memory = memory  # measures the server's memory


class Table:
    """The rows of one theme."""

    def __init__(self):
        self.rows = []

    def row(self, title, log=(), lint=(), start=None, needs=(), memory=False):
        """`start`: arguments of Kind.start, for a server of the row's own; "itself": the row
        starts what it needs, and gets the Kind.
        """
        def keep(function):
            self.rows.append(Row(title, function, log, lint, start, needs, memory))
            return function
        return keep


class Case(unittest.TestCase):
    maxDiff = 2000

    def run_row(self, row, shared):
        kind = shared.kind
        missing = row.needs - kind.caps
        if missing:
            self.skipTest(f"{kind.name} lacks {' '.join(sorted(missing))}")
        if reason := getattr(kind, "excuse", lambda _: None)(row.title):
            self.skipTest(reason)
        if row.memory and (kind.build.is_sanitized or getattr(kind, "is_watched", False)):
            self.skipTest("a sanitizer's memory says nothing about the server's")
        if row.start == "itself":
            row.run(self, kind)
        elif row.start is not None:
            with kind.start(**row.start) as server:
                self.run_on(row, server)
                self.assertEqual(server.stop(), 0, server.log()[-2000:])
        else:
            self.run_on(row, shared.server())

    def run_on(self, row, server):
        mark = server.log_size()
        row.run(self, server)
        for rule in row.log:
            server.wait_log(rf"\[{rule}\]", mark)
        self.assertTrue(server.is_alive, f"the server ended: {server.log(mark)[-2000:]}")
        self.ask(server, "/hello")  # what the row brought about has been settled by now
        allowed = row.log | (row.lint if server.kind.has_lint else set())
        self.assertEqual([line for rule, line in server.breaches(mark) if rule not in allowed], [])

    # ---- Asking ----

    def judge(self, response):
        """What holds for every answer of a server."""
        self.assertIsNotNone(response, "the connection ended without an answer")
        self.assertRegex(response.get("date") or "", f"^{DATE.pattern}$", "Date (RFC 9110 6.6.1)")
        self.assertTrue(response.get("server"), "Server (RFC 9110 10.2.4)")
        return response

    def next(self, connection, status=200, method="GET"):
        response = self.judge(connection.response(method))
        self.assertEqual(response.status, status, response)
        return response

    def ask(self, server, target, status=200, method="GET", fields=(), body=None):
        """One request on a connection of its own, and its whole answer."""
        with server.connect() as connection:
            connection.send(request(method, target, *fields, body=body))
            response = self.next(connection, status, method)
            self.assertFalse(response.is_broken, response)
            return response

    def json(self, response):
        self.assertEqual(response.get("content-type"), "application/json", response)
        return json.loads(response.body)

    def inspect(self, server, target="/__inspect", **more):
        return self.json(self.ask(server, target, **more))

    def still_works(self, connection):
        """The connection takes another request."""
        connection.send(get("/hello"))
        self.assertEqual(self.next(connection).body, b"Hello, world!")

    def works_or_closed(self, connection, response):
        """After an answer that could leave the connection either way: cleanly, as announced."""
        if response.says_close:
            self.assertEqual(connection.end(), client.FIN)
            self.assertEqual(bytes(connection.have), b"")
        else:
            self.still_works(connection)

    def ends(self, connection):
        """The server closes, in good order, and says nothing more."""
        self.assertEqual(connection.end(), client.FIN)
        self.assertEqual(bytes(connection.have), b"")

    # ---- Records ----

    def record(self, server, name, done=True):
        """What the conform application noted under this id, when that exchange is over."""
        until = time.monotonic() + PATIENCE
        while True:
            with server.connect() as connection:
                connection.send(get(f"/__conform/record?of={name}"))
                response = self.judge(connection.response())
            if response.status == 200:
                record = self.json(response)
                if not done or (record["done"] and record["released"] == record["owned"]):
                    if done:
                        self.assertEqual(record["done"], 1, record)
                    return record
            if time.monotonic() > until:
                raise client.Late(f"no record {name}: {response.body!r}")
            time.sleep(0.02)

    def calls(self, record, *names):
        """[what, result] of the calls that were noted, or of those named."""
        return [[what, result] for what, result, _ in record["calls"]
                if not names or what in names]


class Shared:
    """The server that the rows of a theme share; a new one when a row brought it down."""

    def __init__(self, kind):
        self.kind, self.running = kind, None

    def server(self):
        if self.running and not self.running.is_alive:
            self.running.kill()
            self.running = None
        if not self.running:
            self.running = self.kind.start()
        return self.running

    def stop(self):
        running, self.running = self.running, None
        return running


def cases(table, kind):
    """A TestCase class with a case for each row, and one for the server's own end."""
    shared = Shared(kind)

    def case_of(row):
        def run(self):
            self.run_row(row, shared)
        run.__doc__ = row.title
        return run

    def last(self):
        """the server ends with status 0 when it is told to"""
        server = shared.stop()
        if server is None:
            self.skipTest("no row needed it")
        with server:
            self.assertEqual(server.stop(), 0, server.log()[-2000:])

    methods = {f"test_{i:03}": case_of(row) for i, row in enumerate(table.rows)}
    return type("Rows", (Case,), {**methods, "test_end": last})
