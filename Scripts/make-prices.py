#!/usr/bin/env python3
"""Makes the accountant's price table from LiteLLM's price list.

Usage: Scripts/make-prices.py LITELLM.json VERSION DATE > Sources/Accountant/Resources/prices.json

LITELLM.json is `model_prices_and_context_window_backup.json` of the LiteLLM package of that VERSION
(MIT licence), DATE the day (YYYY-MM-DD) on which it was taken. Only facts are used: models of OpenAI
and Anthropic whose whole price is a price per text token. Models that also charge per audio token,
image or search call are left out, because a price that misses a part is worse than none.
"""

import json
import re
import sys
from decimal import Decimal

PICODOLLARS = Decimal(10) ** 12
MODES = {"chat", "responses", "embedding", "completion"}
PROVIDERS = {"openai", "anthropic", "text-completion-openai"}
TIERS = {"standard": "", "batch": "_batches", "flex": "_flex", "priority": "_priority",
         "ultrafast": "_ultrafast"}
LEFT_OUT = re.compile(r"audio|search|realtime|transcribe|tts|image|live|/")


def rates(row, above, suffix):
    """One price list: input, cached input, cache write (short, long), output; None where there is none."""
    def cost(name):
        value = row.get(f"{name}{above}{suffix}")
        if value is None:
            return None
        scaled = Decimal(repr(value)) * PICODOLLARS
        if scaled != scaled.to_integral_value() or scaled < 0:
            raise SystemExit(f"{name}{above}{suffix}: {value} is no whole number of pico-dollars")
        return int(scaled)

    long_write = cost("cache_creation_input_token_cost_above_1hr")
    if long_write is None:
        long_write = cost("cache_creation_input_token_cost_above_12hr")
    return [cost("input_cost_per_token"), cost("cache_read_input_token_cost"),
            cost("cache_creation_input_token_cost"), long_write, cost("output_cost_per_token")]


def complete(found):
    return found[0] is not None and found[-1] is not None


def model(row):
    lists = {tier: rates(row, "", suffix) for tier, suffix in TIERS.items()}
    result = {tier: found for tier, found in lists.items() if complete(found)}
    thresholds = {int(m.group(1)) for name in row
                  if (m := re.search(r"^input_cost_per_token_above_(\d+)k_tokens$", name))}
    if len(thresholds) > 1:
        raise SystemExit("more than one threshold for long prompts")
    for thousands in thresholds:
        above = f"_above_{thousands}k_tokens"
        lists = {tier: rates(row, above, suffix) for tier, suffix in TIERS.items()}
        long = {tier: found for tier, found in lists.items() if complete(found)}
        result["above"] = thousands * 1000
        result["long"] = long
    return result


def main():
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        table = json.load(file)
    models = {}
    for name, row in sorted(table.items()):
        if row.get("litellm_provider") not in PROVIDERS or row.get("mode") not in MODES:
            continue
        if LEFT_OUT.search(name) or any("audio_token" in field for field in row):
            continue
        # A completion that is never produced (embeddings) has no output price in some rows.
        if row["mode"] == "embedding":
            row.setdefault("output_cost_per_token", 0.0)
        entry = model(row)
        if "standard" in entry:
            models[name] = entry
    head = {
        "version": f"litellm-{sys.argv[2]}",
        "date": sys.argv[3],
        "source": f"model_prices_and_context_window_backup.json of LiteLLM {sys.argv[2]}, "
                  "https://github.com/BerriAI/litellm",
        "notice": "Price figures taken from LiteLLM, Copyright (c) 2023 Berri AI, MIT licence: "
                  "permission is hereby granted, free of charge, to any person obtaining a copy of this "
                  "software and associated documentation files to deal in the software without "
                  "restriction, provided that the copyright notice and this permission notice are "
                  "included in all copies or substantial portions of the software. The software is "
                  "provided \"as is\", without warranty of any kind.",
        "unit": "pico-dollars a token",
        "columns": ["input", "cached_input", "cache_write_5m", "cache_write_1h", "output"],
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    lines.append('"models": {')
    rows = [f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}"
            for name, entry in models.items()]
    print("{\n" + "\n".join(lines) + "\n" + ",\n".join(rows) + "\n}}")


main()
