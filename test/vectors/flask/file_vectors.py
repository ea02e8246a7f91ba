# SPDX-License-Identifier: MIT
"""Files as answers: what Flask's send_file(), send_from_directory() and static routes say."""

import os
import tempfile
import zlib
from io import BytesIO
from pathlib import Path

import flask

# Name: content, modification time. An unquoted name of each sort that matters.
FILES = {
    "static/hello.txt": ("Hello, file!\n", 1700000000.0),
    "static/half.css": ("a {}\n", 1700000000.5),
    "static/empty.js": ("", 1500000000.0),
    "static/long.bin": ("0123456789" * 50, 1600000000.125),
    "static/data.tar.gz": ("not really", 1600000000.0),
    "static/unknown.zzz": ("?", 1600000000.0),
    "static/no_suffix": ("plain", 1600000000.0),
    "static/sub/page.html": ("<p>page</p>", 1600000000.0),
    "static/with space.svg": ("<svg/>", 1600000000.0),
    "static/na\u00efve \u20ac.txt": ("x", 1600000000.0),
    "secret.txt": ("not to be seen", 1600000000.0),
    "other/style.css": ("b {}", 1600000000.0),
}

# Name: where a symbolic link leads.
LINKS = {
    "static/sub/inside.html": "page.html",
    "static/sub/outside.txt": "../../secret.txt",
    "static/sub/folder": "../../other",
    "static/sub/dangling": "nothing",
    "static/sub/loop": "loop",
}

# Arguments of send_file(); "data" is a stream in memory.
SENT = [
    {"path": "static/hello.txt"},
    {"path": "static/hello.txt", "as_attachment": True},
    {"path": "static/hello.txt", "as_attachment": True, "download_name": "a b;c\"d.txt"},
    {"path": "static/hello.txt", "download_name": "na\u00efve \u20ac.txt"},
    {"path": "static/hello.txt", "download_name": "\u65e5\u672c.pdf", "as_attachment": True},
    {"path": "static/hello.txt", "download_name": "it's (1)*%.txt\u00fc"},
    {"path": "static/hello.txt", "mimetype": "application/x-mine"},
    {"path": "static/hello.txt", "mimetype": "text/x-mine"},
    {"path": "static/data.tar.gz"},
    {"path": "static/data.tar.gz", "as_attachment": True},
    {"path": "static/hello.txt", "conditional": False},
    {"path": "static/hello.txt", "etag": False},
    {"path": "static/hello.txt", "etag": "mine"},
    {"path": "static/hello.txt", "last_modified": 1234567890},
    {"path": "static/hello.txt", "max_age": 0},
    {"path": "static/hello.txt", "max_age": 3600},
    {"path": "secret.txt"},
    {"data": "in memory", "mimetype": "text/plain"},
    {"data": "in memory", "download_name": "x.csv"},
    {"data": "in memory", "download_name": "x.csv", "as_attachment": True, "etag": "e",
     "last_modified": 1600000000},
    {"data": "", "download_name": "x.csv"},
]

HEADERS = [
    {},
    {"If-None-Match": "{etag}"},
    {"If-None-Match": "W/{etag}"},
    {"If-None-Match": "\"other\", {etag}"},
    {"If-None-Match": "\"other\""},
    {"If-None-Match": "*"},
    {"If-Match": "{etag}"},
    {"If-Match": "\"other\""},
    {"If-Modified-Since": "Sun, 01 Jan 2040 00:00:00 GMT"},
    {"If-Modified-Since": "Sun, 01 Jan 2012 00:00:00 GMT"},
    {"If-Modified-Since": "nonsense"},
    {"If-None-Match": "\"other\"", "If-Modified-Since": "Sun, 01 Jan 2040 00:00:00 GMT"},
    *({"Range": value} for value in (
        "bytes=0-4", "bytes=5-", "bytes=-3", "bytes=0-0", "bytes=2-100000", "bytes=100000-",
        "bytes=0-4,6-8", "bytes=4-2", "bytes=-0", "bytes=-100000", "items=0-4", "bytes", "bytes=",
        "bytes=x-y", " bytes = 0-4", "bytes=0-99999999999999999999")),
    {"Range": "bytes=0-4", "If-Range": "{etag}"},
    {"Range": "bytes=0-4", "If-Range": "W/{etag}"},
    {"Range": "bytes=0-4", "If-Range": "\"other\""},
    {"Range": "bytes=0-4", "If-Range": "Sun, 01 Jan 2040 00:00:00 GMT"},
    {"Range": "bytes=0-4", "If-Range": "Sun, 01 Jan 2012 00:00:00 GMT"},
    {"Range": "bytes=0-4", "If-None-Match": "{etag}"},
    {"Range": "bytes=900-", "If-None-Match": "{etag}"},
]

# What asks for more than the folder has. Each is a path of a URL, as it is sent.
OUTSIDE = [
    "/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static/..%2fsecret.txt",
    "/static/sub/../../secret.txt", "/static/sub/%2e%2e/%2e%2e/secret.txt",
    "/static/%252e%252e/secret.txt", "/static/..%5csecret.txt", "/static/..\\secret.txt",
    "/static//etc/passwd", "/static/%2fetc/passwd", "/static/%2f%2fetc/passwd",
    "/static/....//secret.txt", "/static/./hello.txt", "/static/sub/../hello.txt",
    "/static/hello.txt/", "/static/hello.txt%00", "/static/hello.txt%00.css", "/static/",
    "/static/sub", "/static/sub/", "/static/.", "/static/..", "/static/~", "/static/C:/x",
    "/static/missing", "/static/hello.txt/more", "/static/%ff", "/static/con", "/static/nul.txt",
    "/static/..;/secret.txt", "/static/%c0%ae%c0%ae/secret.txt", "/static/.../secret.txt",
]

KEPT = ("content-type", "content-disposition", "content-encoding", "cache-control", "etag",
        "last-modified", "accept-ranges", "content-range", "content-length")


def make_app(root):
    app = flask.Flask("files", root_path=str(root))
    pages = flask.Blueprint("pages", __name__, root_path=str(root), static_folder="other",
                            url_prefix="/pages")
    app.register_blueprint(pages)

    @app.route("/sent/<int:number>")
    def sent(number):
        arguments = dict(SENT[number])
        what = BytesIO(arguments.pop("data").encode()) if "data" in arguments else arguments.pop("path")
        return flask.send_file(what, **arguments)

    @app.route("/from/<path:name>")
    def directory(name):
        return flask.send_from_directory("static/sub", name)

    return app


def row(client, root, path, headers=None, config=None, method="GET"):
    given = dict(headers or {})
    if any("{etag}" in value for value in given.values()):
        etag = client.get(path).headers.get("ETag", '"none"')
        given = {name: value.replace("{etag}", etag) for name, value in given.items()}
    answer = client.open(path, method=method, headers=given)
    kept = {name: answer.headers[name] for name in KEPT if name in answer.headers}
    if answer.status_code >= 400:
        kept = {name: kept[name] for name in ("content-range",) if name in kept}
    if "etag" in kept:
        # The path in it is the reader's own.
        for name in (*FILES, *LINKS, "static/sub/folder/style.css"):
            check = zlib.adler32(str(root / name).encode()) & 0xFFFFFFFF
            kept["etag"] = kept["etag"].replace(f"-{check}\"", f"-{{{name}}}\"")
    return {"method": method, "path": path, "headers": headers or {}, "config": config or {},
            "status": answer.status_code, "kept": kept,
            "body": answer.get_data(as_text=True) if answer.status_code < 400 else None,
            "expires": "Expires" in answer.headers}


def files():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, (content, modified) in FILES.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            os.utime(path, ns=(0, int(modified * 1_000_000_000)))
        for name, target in LINKS.items():
            (root / name).symlink_to(target)
        rows = [{"files": [[name, content, modified] for name, (content, modified) in FILES.items()],
                 "links": list(LINKS.items()), "sent": SENT}]
        client = make_app(root).test_client()
        for path in ("/static/hello.txt", "/static/half.css", "/static/empty.js", "/static/long.bin",
                     "/sent/17", "/sent/19"):
            for headers in HEADERS:
                rows.append(row(client, root, path, headers))
        rows.append(row(client, root, "/static/long.bin", {}, method="HEAD"))
        rows.append(row(client, root, "/static/long.bin", {"Range": "bytes=0-4"}, method="HEAD"))
        rows.append(row(client, root, "/static/long.bin", {}, method="POST"))
        for number in range(len(SENT)):
            rows.append(row(client, root, f"/sent/{number}"))
        for path in ("/static/data.tar.gz", "/static/unknown.zzz", "/static/no_suffix",
                     "/static/sub/page.html", "/static/with%20space.svg",
                     "/static/na%C3%AFve%20%E2%82%AC.txt", "/pages/other/style.css",
                     "/pages/other/missing.css", "/from/page.html", "/from/../hello.txt",
                     "/from/missing", *OUTSIDE):
            rows.append(row(client, root, path))
        for prefix in ("/from/", "/static/sub/"):
            for name in ("inside.html", "outside.txt", "folder", "folder/style.css", "folder/../page.html",
                         "folder/../../secret.txt", "dangling", "loop", "loop/x"):
                rows.append(row(client, root, prefix + name))
        for config in ({"SEND_FILE_MAX_AGE_DEFAULT": 60}, {"SEND_FILE_MAX_AGE_DEFAULT": 0}):
            app = make_app(root)
            app.config.update(config)
            client = app.test_client()
            rows.append(row(client, root, "/static/hello.txt", {}, config))
            rows.append(row(client, root, "/sent/14", {}, config))
            rows.append(row(client, root, "/sent/17", {}, config))
            rows.append(row(client, root, "/static/hello.txt", {"If-None-Match": "{etag}"}, config))
        yield "files.jsonl", rows
