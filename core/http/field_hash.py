# SPDX-License-Identifier: MIT
# Writes field_hash.h from spec/headers.def: a multiplier and 512 slots in which no two field names
# meet. It runs in the build, so the table cannot drift from the names.
#
# Usage: field_hash.py headers.def field_hash.h little|big
import re
import sys

SLOT_BITS = 9  # 92 names in 512 slots: a multiplier without a collision is found in no time
WORD = (1 << 64) - 1


def key(name, order):
    # What csgi_field_lookup() in field.c reads: the last eight bytes, or all of a shorter name, and
    # the length. `order` is that of the bytes in a word of the machine the program is for.
    b = name.encode("ascii")
    if len(b) >= 8:
        tail = int.from_bytes(b[-8:], order)
    elif len(b) >= 4:
        tail = int.from_bytes(b[:4], order) | int.from_bytes(b[-4:], order) << 32
    else:
        tail = b[0] | b[len(b) // 2] << 8 | b[-1] << 16
    return tail + (len(b) << 32) & WORD


def slot(key, multiplier):
    return (key * multiplier & WORD) >> 64 - SLOT_BITS


def search(keys):
    multiplier = 0x9E3779B97F4A7C15  # any odd start does; this one makes the result repeatable
    for _ in range(1_000_000):
        if len({slot(k, multiplier) for k in keys}) == len(keys):
            return multiplier
        multiplier = (multiplier * 6364136223846793005 + 2) & WORD | 1
    sys.exit("field_hash.py: no multiplier found: raise SLOT_BITS")


def main(source, target, order):
    with open(source, encoding="ascii") as file:
        rows = re.findall(r'^CSGI_FIELD\(\w+, (\d+), "([^"]+)", [^)]*\)$', file.read(), re.M)
    keys = {key(name, order): int(number) for number, name in rows}
    if len(keys) != len(rows):
        sys.exit("field_hash.py: two names have one key: let key() and field.c read more bytes")
    multiplier = search(keys)
    slots = [0] * (1 << SLOT_BITS)
    for k, number in keys.items():
        slots[slot(k, multiplier)] = number
    with open(target, "w", encoding="ascii") as file:
        file.write("// Written by core/http/field_hash.py from spec/headers.def.\n")
        file.write(f"enum {{ HASH_SHIFT = {64 - SLOT_BITS} }};\n")
        file.write(f"static const uint64_t hash_multiplier = UINT64_C({multiplier:#x});\n")
        file.write(f"static const uint8_t hash_slots[{1 << SLOT_BITS}] = {{\n")
        for at in range(0, len(slots), 16):
            file.write("    " + ", ".join(str(s) for s in slots[at : at + 16]) + ",\n")
        file.write("};\n")


main(*sys.argv[1:])
