"""The tokens that tiktoken and Hugging Face's tokenizers give, for Tests/Tokenization.

Usage: peers.py FOLDER < texts > tokens

FOLDER holds what the test rebuilt from the compact vocabularies: for tiktoken its cache (it checks
each file's SHA-256 itself), for Claude `claude.tiktoken` (base64 of a token and its id a line) and
`claude.merges` (the ids of two parts a line). A line of input is a JSON object with `text`; a line of
output is one with the ids by encoding.
"""

import base64
import json
import os
import sys

import tiktoken
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers


def characters():
    """The character that byte-level BPE writes for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {b: chr(b) for b in plain} | {b: chr(256 + n) for n, b in enumerate(others)}


def claude(folder):
    chars = characters()
    names = {}
    with open(f"{folder}/claude.tiktoken", encoding="ascii") as file:
        for line in file:
            token, rank = line.split()
            names[int(rank)] = "".join(chars[byte] for byte in base64.b64decode(token))
    with open(f"{folder}/claude.merges", encoding="ascii") as file:
        merges = [tuple(names[int(part)] for part in line.split()) for line in file]
    # Its five special tokens are ordinary text here, so they are left out.
    tokenizer = Tokenizer(models.BPE({name: rank for rank, name in names.items()}, merges))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer


def encoders(folder):
    """By the name of the encoding, what makes ids of a text."""
    # No network: what is not in the cache is an error. Read by tiktoken when it loads.
    os.environ["TIKTOKEN_CACHE_DIR"] = folder
    os.environ["https_proxy"] = os.environ["http_proxy"] = "http://127.0.0.1:9"
    names = ["cl100k_base", "o200k_base", "p50k_base"]
    result = {name: tiktoken.get_encoding(name).encode_ordinary for name in names}
    huggingface = claude(folder)
    result["claude"] = lambda text: huggingface.encode(text).ids
    return result


def main():
    all_encoders = encoders(sys.argv[1])
    for line in sys.stdin:
        text = json.loads(line)["text"]
        tokens = {name: encode(text) for name, encode in all_encoders.items()}
        print(json.dumps(tokens, separators=(",", ":")))


if __name__ == "__main__":
    main()
