# SPDX-License-Identifier: MIT
"""What one layer costs per request: hello behind eight layers of a kind against hello alone."""
import callgrind
from servers import built

KINDS = (("pass", "pass-through: a tail call"), ("derive", "a derived view"),
         ("sink", "a view and a sink that sees the head"),
         ("field", "the same, adding a field, which is judged"))
FEW, MANY = 200, 1200


def per_request(kind, layers):
    program = [built("layers"), kind, str(layers)]
    few, _ = callgrind.run([*program, str(FEW)])
    many, heap = callgrind.run([*program, str(MANY)])
    return (many - few) / (MANY - FEW), int(heap)


def main():
    print("### Instructions of one layer, per request\n")
    print("| layer | instructions | heap calls |\n|---|---|---|")
    for kind, words in KINDS:
        bare, _ = per_request(kind, 0)
        stacked, heap = per_request(kind, 8)
        print(f"| {words} | {(stacked - bare) / 8:.1f} | {heap} |", flush=True)
