"""Drives the Anthropic SDK against a base URL and prints, one JSON object a line, all that it received.

Usage: anthropic_sdk.py BASE_URL KEY MODEL
"""

import json
import sys

import anthropic

base_url, key, model = sys.argv[1:]
client = anthropic.Anthropic(base_url=base_url, api_key=key, max_retries=0, timeout=30)
OPTIONS = {
    "model": model,
    "max_tokens": 1000,
    "messages": [{"role": "user", "content": "Grüße an 水 🚀\u2028\"end\""}],
}
TOOLS = [
    {
        "name": "look_up",
        "input_schema": {"type": "object", "properties": {"query": {"type": "string"}}},
    }
]


def show(name, value):
    print(json.dumps([name, value], ensure_ascii=True, sort_keys=True))


def mock(directives):
    return {"x-mock": directives}


def messages(name, directives, **options):
    options = {**OPTIONS, **options}
    whole = client.messages.create(**options, extra_headers=mock(directives))
    show(f"messages {name}", whole.model_dump())
    stream = client.messages.create(**options, stream=True, extra_headers=mock(directives))
    show(f"messages stream {name}", [event.model_dump() for event in stream])
    with client.messages.stream(**options, extra_headers=mock(directives)) as stream:
        text = list(stream.text_stream)
        show(f"messages helper {name}", [text, stream.get_final_message().model_dump()])


def failure(name, directives, stream):
    try:
        answer = client.messages.create(
            **OPTIONS, stream=stream, extra_headers=mock(directives)
        )
        show(name, [part.model_dump() for part in answer] if stream else answer.model_dump())
    except anthropic.APIStatusError as error:
        show(name, [type(error).__name__, error.status_code, error.body])
    except anthropic.APIError as error:
        show(name, [type(error).__name__, error.message, error.body])


for seed in range(1, 6):
    messages(f"seed {seed}", f"seed={seed}&n=40")
messages("tools", "tools=1&seed=7&n=30", tools=TOOLS)
messages("thinking", "thinking=1&cached=5&seed=8")
messages("split", "fault=split&n=6&seed=9")
messages("characters", "fault=utf8_split&n=30&seed=10")
messages("pings", "fault=pings,crlf&n=12")
for status in (400, 401, 403, 404, 429, 500, 503, 529):
    for stream in (False, True):
        failure(f"status {status} {stream}", f"fault=status&status={status}", stream)
failure("error event", "fault=error_event", True)
