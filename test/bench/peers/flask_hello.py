# SPDX-License-Identifier: MIT
"""The same hello in Flask, for gunicorn and uWSGI."""

from flask import Flask

app = Flask(__name__, static_folder=None)


@app.get("/")
def hello():
    return "Hello, world!\n"
