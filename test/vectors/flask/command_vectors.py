# SPDX-License-Identifier: MIT
"""An application's own commands, and `flask routes`: what Click and Flask print, and with which status."""

import click
from flask import Blueprint
from flask import Flask
from flask.cli import routes_command
from flask.cli import ScriptInfo


def make_app():
    app = Flask("app")

    @app.cli.command("greet", help="Greets somebody.")
    @click.argument("greeting")
    @click.argument("mark", default="!")
    @click.option("--name", default="World", help="whom")
    @click.option("--count", type=int, default=1, help="how often")
    @click.option("--size", type=float)
    @click.option("--loud", is_flag=True, help="in capitals")
    def greet(greeting, mark, name, count, size, loud):
        line = f"{greeting}, {name}{mark}"
        for _ in range(count):
            click.echo(line.upper() if loud else line)
        if size is not None:
            click.echo(f"{size:.2f}")

    @app.cli.command("init-db")
    def init_db():
        """Makes the tables anew."""
        click.echo("Initialized the database.")

    @app.cli.command("need")
    @click.option("--what", required=True)
    def need(what):
        click.echo(what)

    @app.cli.command("fail")
    def fail():
        raise click.ClickException("it did not work")

    users = Blueprint("users", "app")

    @users.cli.command("add")
    @click.argument("name")
    def add(name):
        """Adds one."""
        click.echo(f"added {name}")

    flat = Blueprint("flat", "app", cli_group=None)

    @flat.cli.command("sweep")
    def sweep():
        """Sweeps."""
        click.echo("swept")

    renamed = Blueprint("renamed", "app", cli_group="tools")

    @renamed.cli.command("add")
    def tool():
        click.echo("tool")

    for blueprint in (users, flat, renamed):
        app.register_blueprint(blueprint)
    return app


CALLS = [
    "", "--help", "init-db", "init-db --help", "greet Hi", "greet Hi ?", "greet Hi ? x", "greet Hi ? x y", "greet",
    "greet --help", "greet Hi --help", "greet --name Ann Hi", "greet --name=Ann Hi --loud", "greet Hi --name",
    "greet Hi --count 2", "greet Hi --count x", "greet Hi --count=-1", "greet Hi --size 1.5", "greet Hi --size x",
    "greet Hi --loud=yes", "greet -- --name", "greet --zzz Hi", "greet --name=Ann --name=Bob Hi", "greet Hi -x", "greet -",
    "need", "need --what=", "need --what x", "fail", "nothing", "--nope", "users", "users add", "users add Ann", "users --help",
    "users nothing", "sweep", "tools add", "init-db x",
]


def commands():
    app = make_app()
    runner = app.test_cli_runner()
    for line in CALLS:
        result = runner.invoke(app.cli, line.split(), prog_name="csgi app.so", obj=ScriptInfo(create_app=lambda: app))
        yield {"words": line.split(), "status": result.exit_code, "output": result.output}


def routes_app(kind):
    app = Flask("app", host_matching=kind == "hosts", static_folder=None, subdomain_matching=kind == "subdomains")
    if kind == "none":
        return app
    more = {"subdomains": {"subdomain": "api"}, "hosts": {"host": "api.example.org"}}.get(kind, {})
    app.add_url_rule("/", "index", lambda: "")
    app.add_url_rule("/user/<int:id>", "user", lambda id: "", methods=["GET", "POST", "DELETE"], **more)
    app.add_url_rule("/later", "index", app.view_functions["index"], methods=["POST"])
    app.add_url_rule("/quiet", "quiet", lambda: "", provide_automatic_options=False)
    # Ours is of a blueprint, whose rules join when all is told.
    app.add_url_rule("/a/<path:rest>", "b.files", lambda rest: "", methods=["PUT"])
    return app


def routes():
    for kind in ("plain", "subdomains", "hosts", "none"):
        app = routes_app(kind)
        runner = app.test_cli_runner()
        for sort in ("endpoint", "methods", "domain", "rule", "match"):
            for every in ([], ["--all-methods"]):
                words = ["--sort", sort, *every]
                result = runner.invoke(routes_command, words, obj=ScriptInfo(create_app=lambda: app))
                yield {"app": kind, "words": words, "status": result.exit_code, "output": result.output}


def files():
    yield "commands.jsonl", commands()
    yield "routes.jsonl", routes()
