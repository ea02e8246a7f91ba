# SPDX-License-Identifier: MIT
"""Instructions in user space, counted by valgrind's callgrind: they repeat to well under 1 %.

A server's are the difference of two runs of different length, so that start and end cancel out.
"""
import re
import subprocess
import tempfile

import traffic
from servers import Server

FEW, MANY = 500, 2500


def tool(path):
    return ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + path]


def collected(stderr, pid, what):
    # Of this process: a server may have had children that only looked at its module.
    found = re.search(rf"^=={pid}== Collected : (\d+)", stderr, re.M)
    if not found:
        raise RuntimeError(f"{what} cannot be counted: {stderr[-2000:]}")
    return int(found[1])


def run(command):
    """The instructions of a program that ends by itself, and its output."""
    with tempfile.NamedTemporaryFile() as out:
        process = subprocess.Popen([*tool(out.name), *command], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        try:
            said, complained = process.communicate(timeout=300)
        finally:
            process.kill()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{complained}")
    return collected(complained, process.pid, command[0]), said


def serve(name, request, times, depth=1, path="/dev/null"):
    """The instructions of a server's whole life with so many batches."""
    with Server(name, tool=tool(path)) as server:
        traffic.ask(server.port, request, times, depth)
    return collected(server.said(), server.process.pid, name)


def per_request(name, request, depth=1, few=FEW, many=MANY):
    few, many = few // depth, many // depth
    difference = serve(name, request, many, depth) - serve(name, request, few, depth)
    count = difference / ((many - few) * depth)
    if count < 100:
        raise RuntimeError(f"{count} instructions: this process does not serve the requests")
    return count
