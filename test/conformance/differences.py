# SPDX-License-Identifier: MIT
"""In which facts servers differ, and why: what is not here has to be equal."""

NOTES = {
    "a": "FastCGI has no words for it: nginx hands over the path of an absolute target, without scheme "
         "and authority, so that the responder cannot refuse the scheme.",
    "b": "FastCGI names a field once, so repeated lines arrive joined.",
    "c": "nginx hands over a body in chunks as one of the length that had come when it asked: a short "
         "one has a length, where its client announced none.",
    "d": "nginx sends 100 (Continue) to its client by itself, before anybody asked for the body.",
}
# (scenario, column, fact): (what it is there, the note that says why)
BEHIND = "nginx → FastCGI"
FACTS = {
    (5, BEHIND, "GET ftp://conform.test/hello"): (200, "a"),
    (7, BEHIND, "lines"): (False, "b"),
    (10, BEHIND, "chunks, by the byte, announced"): (40, "c"),
    (14, BEHIND, "/__conform/unread"): (100, "d"),
    (14, BEHIND, "/__conform/unread, more"): ([200, 0], "d"),
}
