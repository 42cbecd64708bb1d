"""The number of tokens of texts by tiktoken itself, for Tests/System.

Usage: token_counts.py FOLDER TEXTS

FOLDER holds the compact vocabularies, from which the published ones are made again here, each checked
by the SHA-256 of the published file. A line of the file TEXTS is a JSON string, a line of output an
object with the counts by encoding. The patterns are those that OpenAI and Anthropic published.
"""

import base64
import hashlib
import json
import struct
import sys
import unicodedata

import tiktoken

UPPER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}"
LOWER = r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
ENDINGS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
PATTERNS = {
    "cl100k_base": ENDINGS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+",
    "o200k_base": rf"[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]*[{LOWER}]+{ENDINGS}?"
    rf"|[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]+[{LOWER}]*{ENDINGS}?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "claude": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
}


# Of the tokens in the form of a .tiktoken file. Claude's were published as JSON.
PUBLISHED = {
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
}
# Byte-level BPE begins with the bytes in this order.
PLAIN = [*range(33, 127), *range(161, 173), *range(174, 256)]
BYTES = PLAIN + [byte for byte in range(256) if byte not in PLAIN]


def ranks(folder, name):
    """The tokens of a compact vocabulary by their bytes: each record has the parts that merge to it."""
    with open(f"{folder}/{name}.vocabulary", "rb") as file:
        data = file.read()
    first, end = struct.unpack_from("<II", data, 24)
    offset, _ = struct.unpack_from("<QQ", data, 56)
    records = struct.unpack_from(f"<{end}Q", data, offset)
    tokens = {}
    for rank in range(first, end):
        left, right = records[rank] & 0x3FFFF, records[rank] >> 18 & 0x3FFFF
        if rank - first < 256:
            tokens[rank] = bytes([BYTES[rank - first]])
        elif records[rank]:
            tokens[rank] = tokens[left] + tokens[right]
    if name in PUBLISHED:
        text = b"".join(base64.b64encode(t) + b" %d\n" % rank for rank, t in tokens.items())
        if hashlib.sha256(text).hexdigest() != PUBLISHED[name]:
            raise SystemExit(f"{name} is not the published vocabulary")
    return {token: rank for rank, token in tokens.items()}


def encoding(folder, name):
    return tiktoken.Encoding(
        name, pat_str=PATTERNS[name], mergeable_ranks=ranks(folder, name), special_tokens={})


def main():
    encodings = {name: encoding(sys.argv[1], name) for name in PATTERNS}
    with open(sys.argv[2], encoding="utf-8") as file:
        texts = [json.loads(line) for line in file]
    for text in texts:
        counts = {}
        for name, tokenizer in encodings.items():
            given = unicodedata.normalize("NFKC", text) if name == "claude" else text
            counts[name] = len(tokenizer.encode_ordinary(given))
        print(json.dumps(counts))


main()
