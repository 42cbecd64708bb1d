"""The Unicode tables of a vocabulary file, for make-vocabularies.py.

Classes are those of Unicode 16, which tiktoken and tokenizers go by (Unicode/classes.json, dumped from
tiktoken's regular expressions); normalisation is that of tokenizers (Unicode/normalization.json, made by
Unicode/dump-normalization.py).
"""

import json
import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent / "Unicode"
LIMIT = 0x110000
BLOCK = 128
LETTER, NUMBER, SPACE, UPPER, LOWER, CHANGES, JOINS = 1, 2, 4, 8, 16, 32, 64


def classes():
    with open(FOLDER / "classes.json", encoding="utf-8") as file:
        ranges = json.load(file)
    table = bytearray(LIMIT)

    def mark(name, bits):
        for first, last in ranges[name]:
            for code in range(first, last + 1):
                table[code] |= bits

    mark("L", LETTER)
    mark("N", NUMBER)
    mark("WS", SPACE)
    for name in ("Lu", "Lt", "Lm", "Lo", "M"):
        mark(name, UPPER)
    for name in ("Ll", "Lm", "Lo", "M"):
        mark(name, LOWER)
    return table


def normalization():
    with open(FOLDER / "normalization.json", encoding="utf-8") as file:
        data = json.load(file)
    decompositions = {int(code): parts for code, parts in data["decompositions"].items()}
    combining = {int(code): value for code, value in data["classes"].items()}
    return decompositions, combining, data["pairs"]


def mark_normalization(table, decompositions, combining, pairs):
    """CHANGES: not the same after NFKC on its own. JOINS: may combine with what is before it."""
    composed = {code for _, _, code in pairs}
    joins = set(combining) | {second for _, second, _ in pairs}
    joins |= {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}
    for code, parts in decompositions.items():
        # What is composed again from all its parts stays; the others are compatibility characters,
        # or excluded from composition.
        if code not in composed or not stays(code, decompositions, combining, pairs):
            table[code] |= CHANGES
        if parts[0] in joins:
            table[code] |= JOINS
    for code in joins:
        table[code] |= JOINS


def stays(code, decompositions, combining, pairs):
    table = {(first, second): made for first, second, made in pairs}
    parts = decompositions[code]
    made = parts[0]
    for part in parts[1:]:
        made = table.get((made, part))
        if made is None:
            return False
    return made == code


def two_stage(table):
    blocks, stage1 = {}, []
    for start in range(0, LIMIT, BLOCK):
        block = bytes(table[start:start + BLOCK])
        stage1.append(blocks.setdefault(block, len(blocks)))
    return struct.pack(f"<{len(stage1)}H", *stage1), b"".join(blocks)


def sections(normalizes):
    """Class blocks by scalar / 128, the blocks, decompositions, their scalars, combining classes, pairs."""
    table = classes()
    if not normalizes:
        return [*two_stage(table), b"", b"", b"", b""]
    decompositions, combining, pairs = normalization()
    mark_normalization(table, decompositions, combining, pairs)
    keys, pool = [], []
    for code, parts in sorted(decompositions.items()):
        keys.append(code | len(parts) << 21 | len(pool) << 32)
        pool += parts
    marks = [code | value << 24 for code, value in sorted(combining.items())]
    joined = [first << 42 | second << 21 | made for first, second, made in sorted(pairs)]
    return [*two_stage(table), struct.pack(f"<{len(keys)}Q", *keys),
            struct.pack(f"<{len(pool)}I", *pool), struct.pack(f"<{len(marks)}I", *marks),
            struct.pack(f"<{len(joined)}Q", *joined)]
