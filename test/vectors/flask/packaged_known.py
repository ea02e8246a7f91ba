# SPDX-License-Identifier: MIT
"""Where Debian 12's Flask 2.2, Werkzeug 2.2 and Click 8.1 answer otherwise than the newest, and why."""

import base64
import dataclasses
from typing import Any
from typing import Callable


def always(question, newest, packaged):
    return True


@dataclasses.dataclass(frozen=True)
class Known:
    """So many rows of an operation differ (None: any number, but some); `where` tells which."""

    operation: str
    rows: int | None
    why: str
    where: Callable[[Any, Any, Any], bool] = always
    is_left_out: bool = False  # the packaged version has nothing to ask


def raised(question, newest, packaged):
    return "raises" in packaged


def asks(text):
    """The question's value has this in it."""
    return lambda question, newest, packaged: text in str(question.get("value", question))


def holds(piece):
    """The question's body has this in it."""
    return lambda question, newest, packaged: piece in base64.b64decode(question["body"])


def without(*keys):
    """But for these, the answers are one."""
    def where(question, newest, packaged):
        def rest(answer):
            kept = {key: value for key, value in answer.get("kept", {}).items() if key not in keys}
            return {**answer, "kept": kept}
        return rest(newest) == rest(packaged)
    return where


def stripped(question, newest, packaged):
    lines = [[line.rstrip() for line in answer["output"].splitlines()] for answer in (newest, packaged)]
    return lines[0] == lines[1] and newest["status"] == packaged["status"]


def is_url(question, newest, packaged):
    return "url" in newest["answer"]


KNOWN = [
    # Werkzeug 2.3 and 3.0 read fields anew, as RFC 9110 has them.
    Known("parse_options_header", 122, "2.2 cuts the value off at a comma, keeps parameters that have no value or "
                                       "whose quotes do not close, and raises for an unknown charset"),
    Known("parse_list_header", 119, "2.2 keeps empty items and those whose quotes do not close"),
    Known("parse_set_header", 119, "2.2 keeps empty items and those whose quotes do not close"),
    Known("parse_dict_header", 143, "2.2 keeps empty items and quotes around names, and takes what is no token"),
    Known("parse_etags", 77, "2.2 takes what stands between commas for a tag, also without quotes"),
    Known("parse_if_range", 35, "2.2 strips the tag",
          lambda question, newest, packaged: question["value"] != question["value"].strip()),
    Known("parse_accept", 94, "2.2 does not know quoted commas, loses parameters behind q and takes a bad q for 1"),
    Known("accept_best_match", 42, "2.2 takes a bad q for 1 and loses parameters behind q"),
    Known("accept_quality", 9, "2.2 takes a bad q for 1 and loses parameters behind q"),
    Known("parse_range", 3, "2.2 takes what int() takes, such as +1 and 1_0, and -0 for all"),
    Known("range_for_length", 6, "2.2 takes what int() takes, such as +1 and 1_0, and -0 for all"),
    Known("parse_content_range", 1, "2.2 asserts that a range is none", raised),
    Known("dump_header", 1, "2.2 leaves an empty item empty; later it is quoted"),
    Known("dump_options_header", 1, "2.2 writes an option that is None, and an empty one without quotes"),
    Known("quote_header_value", 18, "2.2 has other arguments", raised, is_left_out=True),
    Known("parse_authorization", 20, "Authorization.from_header came with 2.3", raised, is_left_out=True),
    Known("parse_www_authenticate", 9, "WWWAuthenticate.from_header came with 2.3", raised, is_left_out=True),
    # Cookies.
    Known("parse_cookie", 50, "2.2 reads the header as WSGI has it, in Latin-1",
          lambda question, newest, packaged: not question["value"].isascii()),
    Known("parse_cookie", 43, "2.2 takes names and values that hold blanks, or quotes that do not close"),
    Known("dump_cookie", 3, "Partitioned came with 3.1", raised, is_left_out=True),
    Known("dump_cookie", 2, "2.2 quotes more characters of a value",
          lambda question, newest, packaged: question["key"] == "k"),
    Known("dump_cookie", 1, "2.2 leaves ; in a path, and cuts at ?",
          lambda question, newest, packaged: "path" in question),
    Known("dump_cookie", 2, "2.2 keeps the dot in front of a domain, and refuses one without a dot",
          lambda question, newest, packaged: "domain" in question),
    # Requests.
    Known("get_host", 68, "2.2 takes any text for a host; 3.1 gives none for one that cannot be"),
    Known("get_content_length", 14, "2.2 knows no coding but chunked alone, in lower case",
          lambda question, newest, packaged: "chunked" in (question.get("transfer_encoding") or "").lower()),
    Known("get_content_length", 15, "2.2 takes what int() takes, and says None of what is no number"),
    Known("parse_form", 4, "2.2 puts U+FFFD in the place of bad UTF-8",
          lambda question, newest, packaged: question["content_type"].startswith("application/")),
    Known("parse_form", 1, "2.2 fails where no boundary is given", raised),
    Known("parse_form", 1, "2.2 does not read %22 in a name", holds(b"%22")),
    Known("parse_form", 1, "2.2 reads a field in any charset that its part tells", holds(b"utf-16")),
    Known("parse_form", 48, "2.2 takes a delimiter that follows a part's head at once for its body"),
    Known("iri_to_uri", 8, "2.2 keeps the host's case, drops a bad port and an empty user, and takes a..b"),
    Known("uri_to_iri", 9, "2.2 keeps the host's case, drops a bad port and an empty user, and decodes %2B"),
    Known("safe_join", 3, "2.2 adds a slash for an empty part"),
    Known("check_password_hash", 12, "scrypt came with 2.3",
          lambda question, newest, packaged: question["hash"].startswith("scrypt"), is_left_out=True),
    Known("check_password_hash", 2, "2.2 still knows plain texts and salted digests"),
    Known("session_load", 1, "SECRET_KEY_FALLBACKS came with Flask 3.1"),
    # Routing.
    Known("match of routing", 1, "2.2 raises for a number with more digits than int() takes", raised),
    Known("match of routing", 16, "2.2 finds a path's end otherwise where a slash may follow"),
    Known("match of routing_random", 30, "2.2 finds a path's end otherwise where a slash may follow"),
    Known("build of routing", 2, "2.2 escapes & ; and = in a path", is_url),
    Known("build of routing_random", 11, "2.2 escapes / in a query", is_url),
    Known("routing_tool", 12, "2.2 takes any text for a host, and forgets the brackets of IPv6"),
    # Applications.
    Known("errors", 2, "421 came with Werkzeug 2.3",
          lambda question, newest, packaged: "missing" in packaged and newest["status"] == 421),
    Known("files", 150, "2.2 says accept-ranges only where a range is asked for", without("accept-ranges")),
    Known("files", 1, "2.2 quotes filename*", without("accept-ranges", "content-disposition")),
    Known("files", 5, "2.2 takes bytes=-0 for all",
          lambda question, newest, packaged: question["headers"].get("Range") == "bytes=-0"),
    Known("files", 1, "2.2 has no route for slashes in front of a file's name", asks("%2f%2f")),
    Known("commands", 2, "Click 8.1 ends with 0 where a group is called without a command",
          lambda question, newest, packaged: newest["output"] == packaged["output"]),
    Known("commands", 3, "Click 8.1 has other words for an option that is none", asks("No such option")),
    Known("routes", 8, "--sort domain came with Flask 2.3",
          lambda question, newest, packaged: "domain" in question["words"]),
    Known("routes", 7, "Flask 2.2 does not fill the last column", stripped),
    Known("routes", 17, "Flask 2.2 has no column for domains, and other rows first where methods are equal"),
    Known("dotenv", 2, "python-dotenv 0.21 takes a comment behind = for the value, and keeps a mark of byte order"),
]
