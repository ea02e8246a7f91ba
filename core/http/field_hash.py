# SPDX-License-Identifier: MIT
# Writes field_hash.h from spec/headers.def: a multiplier and 512 slots in which no two field names
# meet. It runs in the build, so the table cannot drift from the names.
#
# Usage: field_hash.py headers.def field_hash.h
import re
import sys

SLOT_BITS = 9  # 92 names in 512 slots: a multiplier without a collision is found in no time


def key(name):
    # Length, first byte, middle byte and last but one tell all names apart; field.c reads the same.
    b = name.encode("ascii")
    return b[0] | b[len(b) // 2] << 8 | b[-2] << 16 | len(b) << 24


def slot(name, multiplier):
    return (key(name) * multiplier & 0xFFFFFFFF) >> (32 - SLOT_BITS)


def search(names):
    if len({key(n) for n in names}) != len(names):
        sys.exit("field_hash.py: two names have one key: let key() and field.c read more bytes")
    multiplier = 0x9E3779B1  # any odd start does; this one makes the result repeatable
    for _ in range(1_000_000):
        if len({slot(n, multiplier) for n in names}) == len(names):
            return multiplier
        multiplier = (multiplier * 0x01000193 + 2) & 0xFFFFFFFF | 1
    sys.exit("field_hash.py: no multiplier found: raise SLOT_BITS")


def main(source, target):
    with open(source, encoding="ascii") as file:
        rows = re.findall(r'^CSGI_FIELD\(\w+, (\d+), "([^"]+)", [^)]*\)$', file.read(), re.M)
    ids = {name: int(number) for number, name in rows}
    multiplier = search(list(ids))
    slots = [0] * (1 << SLOT_BITS)
    for name, number in ids.items():
        slots[slot(name, multiplier)] = number
    with open(target, "w", encoding="ascii") as file:
        file.write("// Written by core/http/field_hash.py from spec/headers.def.\n")
        file.write(f"enum {{ HASH_SHIFT = {32 - SLOT_BITS} }};\n")
        file.write(f"static const uint32_t hash_multiplier = {multiplier:#x}u;\n")
        file.write(f"static const uint8_t hash_slots[{1 << SLOT_BITS}] = {{\n")
        for at in range(0, len(slots), 16):
            file.write("    " + ", ".join(str(s) for s in slots[at : at + 16]) + ",\n")
        file.write("};\n")


main(sys.argv[1], sys.argv[2])
