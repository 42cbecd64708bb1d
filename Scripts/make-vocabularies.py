#!/usr/bin/env python3
"""Makes the vocabulary files of Sources/Tokenization/Resources from the published ones.

Usage: Scripts/make-vocabularies.py FOLDER

FOLDER holds cl100k_base.tiktoken, o200k_base.tiktoken and p50k_base.tiktoken as published by OpenAI, and
claude.tokenizer.json, the tokenizer that Anthropic published for Claude 2. Each is checked against its
SHA-256. The same input gives the same bytes. vocabulary_trie.py and vocabulary_unicode.py hold the parts;
Documentation/tokens.md describes the format, VocabularyFile.swift reads it.
"""

import base64
import hashlib
import json
import pathlib
import struct
import sys

import vocabulary_trie
import vocabulary_unicode

RESOURCES = pathlib.Path(__file__).parent.parent / "Sources/Tokenization/Resources"
PUBLISHED = {
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "p50k_base": "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069",
    "claude": "c241737df24b4e7f7c9af4fdcee29a0ca903dcb288a8b753bc346a3092911767",
}
VERSION = 1
HEADER = 256
NONE = 0x3FFFF
MULTIPLIER = 0x9E3779B97F4A7C15


def published(path, name):
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != PUBLISHED[name]:
        raise SystemExit(f"{path} is not the published file")
    return data


def tiktoken_ranks(data):
    """The tokens of a .tiktoken file, by their bytes."""
    lines = (line.split() for line in data.splitlines() if line)
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def claude_ranks(data):
    """The tokens of the Claude tokenizer without its five special ones, by their bytes.

    Byte-level BPE writes a byte as a character: itself where that is printable, else one from U+0100 on.
    """
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    char_bytes = {chr(b): b for b in plain} | {chr(256 + n): b for n, b in enumerate(others)}
    model = json.loads(data)["model"]

    def unescaped(text):
        return bytes(char_bytes[char] for char in text)

    ranks = {unescaped(text): rank for text, rank in model["vocab"].items() if rank > 4}
    merges = [pair.split(" ") if isinstance(pair, str) else pair for pair in model["merges"]]
    for offset, (left, right) in enumerate(merges):
        if ranks[unescaped(left + right)] != 5 + 256 + offset:
            raise SystemExit("claude: a merge is not of its token's rank")
    return ranks


def split(token, ranks):
    """The last two parts that byte-pair merging leaves of a token before it is whole."""
    parts = [token[n:n + 1] for n in range(len(token))]
    while len(parts) > 2:
        found = min(((rank, n) for n in range(len(parts) - 1)
                     if (rank := ranks.get(parts[n] + parts[n + 1])) is not None
                     and len(parts[n] + parts[n + 1]) < len(token)), default=None)
        if found is None:
            raise SystemExit(f"{token}: merging does not lead to it")
        parts[found[1]:found[1] + 2] = [parts[found[1]] + parts[found[1] + 1]]
    return ranks[parts[0]], ranks[parts[1]]


def token_records(ranks):
    """Per id 64 bits: left part 18, right part 18, next shorter token that it begins with 18, length - 1."""
    records = [0] * (max(ranks.values()) + 1)
    pairs = {}
    for token, rank in ranks.items():
        left = right = rank
        shorter = NONE
        if len(token) > 1:
            left, right = split(token, ranks)
            if not (left < rank and right < rank) or (left, right) in pairs:
                raise SystemExit(f"{token}: parts of a wrong rank")
            pairs[left, right] = rank
            shorter = next(ranks[token[:n]] for n in range(len(token) - 1, 0, -1)
                           if token[:n] in ranks)
        records[rank] = left | right << 18 | shorter << 36 | (len(token) - 1) << 54
    return struct.pack(f"<{len(records)}Q", *records), pairs


def pair_table(pairs):
    """A hash table from pairs to what they merge to, 32 bits a slot: id 18, fingerprint 14."""
    bits = (len(pairs) * 2).bit_length() - 1
    bits += (1 << bits) * 6 < len(pairs) * 10
    slots = [0xFFFFFFFF] * (1 << bits)
    for (left, right), merged in sorted(pairs.items(), key=lambda item: item[1]):
        hashed = (left << 18 | right) * MULTIPLIER & 0xFFFFFFFFFFFFFFFF
        slot = hashed >> (64 - bits)
        while slots[slot] != 0xFFFFFFFF:
            slot = (slot + 1) & ((1 << bits) - 1)
        slots[slot] = (hashed >> 31 & 0x3FFF) << 18 | merged
    return struct.pack(f"<{len(slots)}I", *slots), bits


def fnv(data):
    state = 0xCBF29CE484222325
    for byte in data:
        state = (state ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return state


def vocabulary(code, ranks, unicode_sections):
    records, pairs = token_records(ranks)
    slots, bits = pair_table(pairs)
    units, root = vocabulary_trie.build(ranks)
    sections = [records, slots, units, *unicode_sections]
    offset = HEADER
    places, body = [], b""
    for section in sections:
        places.append((offset, len(section)))
        padded = section + bytes(-len(section) % 64)
        body += padded
        offset += len(padded)
    head = b"dd0ctok\0" + struct.pack(
        "<IIQIIIIIIII", VERSION, code, offset, min(ranks.values()), max(ranks.values()) + 1,
        len(ranks), max(map(len, ranks)), bits, root, len(sections), 0)
    head += b"".join(struct.pack("<QQ", *place) for place in places)
    head += bytes(HEADER - 8 - len(head))
    return head + struct.pack("<Q", fnv(head)) + body


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    sums = []
    for code, name in enumerate(PUBLISHED):
        if name == "claude":
            ranks = claude_ranks(published(folder / "claude.tokenizer.json", name))
        else:
            ranks = tiktoken_ranks(published(folder / f"{name}.tiktoken", name))
        data = vocabulary(code, ranks, vocabulary_unicode.sections(name == "claude"))
        (RESOURCES / f"{name}.vocabulary").write_bytes(data)
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}.vocabulary\n")
        print(name, len(data), "bytes")
    (RESOURCES / "SHA256SUMS").write_text("".join(sums))


main()
