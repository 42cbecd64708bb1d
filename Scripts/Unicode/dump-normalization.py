#!/usr/bin/env python3
"""Writes the NFKC tables that the `tokenizers` package (Hugging Face) goes by, as JSON.

Usage: .venv/bin/python Scripts/Unicode/dump-normalization.py > Scripts/Unicode/normalization.json

Its normaliser knows an older Unicode than anything else here, and the Claude encoding is defined by
it, so its tables are taken from its behaviour: every scalar is decomposed by it, every canonical pair
composed, and every combining class that Python's `unicodedata` has is kept only if it reorders so.
"""

import json
import unicodedata

from tokenizers import normalizers

NFKC, NFKD, NFC = normalizers.NFKC(), normalizers.NFKD(), normalizers.NFC()
PROBES = ["\u0334", "\u0345", "\u0301", "\u0323", "\u05b0", "\u0e38"]


def scalars():
    return (c for c in range(0x110000) if not 0xD800 <= c < 0xE000)


def is_class(char):
    """Whether the normaliser reorders this character as its combining class says."""
    for probe in PROBES:
        for text in ("a" + probe + char, "a" + char + probe):
            if NFKD.normalize_str(text) != unicodedata.normalize("NFKD", text):
                return False
    return True


def main():
    decompositions, classes, pairs = {}, {}, []
    for code in scalars():
        char = chr(code)
        if not 0xAC00 <= code < 0xD7A4:
            full = NFKD.normalize_str(char)
            if full != char:
                decompositions[code] = [ord(c) for c in full]
        if unicodedata.combining(char) and code not in decompositions and is_class(char):
            classes[code] = unicodedata.combining(char)
        parts = unicodedata.decomposition(char).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            first, second = (int(part, 16) for part in parts)
            if NFC.normalize_str(chr(first) + chr(second)) == char:
                pairs.append([first, second, code])
    parts = [f'"{name}": {json.dumps(value, separators=(",", ":"))}' for name, value in (
        ("decompositions", decompositions), ("classes", classes), ("pairs", sorted(pairs)))]
    print("{\n" + ",\n".join(parts) + "\n}")


main()
