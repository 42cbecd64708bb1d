"""Drives the OpenAI SDK against a base URL and prints, one JSON object a line, all that it received.

Usage: openai_sdk.py BASE_URL KEY MODEL
"""

import json
import sys

import openai

base_url, key, model = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key=key, max_retries=0, timeout=30)
MESSAGES = [{"role": "user", "content": "Grüße an 水 🚀\u2028\"end\""}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "look_up",
            "parameters": {"type": "object", "properties": {"query": {"type": "string"}}},
        },
    }
]


def show(name, value):
    print(json.dumps([name, value], ensure_ascii=True, sort_keys=True))


def mock(directives):
    return {"x-mock": directives}


def chat(name, directives, **options):
    options = {"model": model, "messages": MESSAGES, **options}
    whole = client.chat.completions.create(**options, extra_headers=mock(directives))
    show(f"chat {name}", whole.model_dump())
    stream = client.chat.completions.create(
        **options, stream=True, extra_headers=mock(directives)
    )
    show(f"chat stream {name}", [chunk.model_dump() for chunk in stream])
    usage = {"include_usage": True}
    stream = client.chat.completions.create(
        **options, stream=True, stream_options=usage, extra_headers=mock(directives)
    )
    show(f"chat stream usage {name}", [chunk.model_dump() for chunk in stream])


def failure(name, directives, stream):
    try:
        answer = client.chat.completions.create(
            model=model, messages=MESSAGES, stream=stream, extra_headers=mock(directives)
        )
        show(name, [part.model_dump() for part in answer] if stream else answer.model_dump())
    except openai.APIStatusError as error:
        show(name, [type(error).__name__, error.status_code, error.body])
    except openai.APIError as error:
        show(name, [type(error).__name__, error.message, error.body])


for seed in range(1, 6):
    chat(f"seed {seed}", f"seed={seed}&n=40")
chat("tools", "tools=1&seed=7&n=30", tools=TOOLS)
chat("choices", "choices=3&seed=8", n=3)
chat("reasoning", "reasoning=1&obfuscation=1&cached=4")
chat("split", "fault=split&n=6&seed=9")
chat("characters", "fault=utf8_split&n=30&seed=10")
chat("comments", "fault=comments,crlf&n=12")
for status in (400, 401, 403, 404, 429, 500, 503, 529):
    for stream in (False, True):
        failure(f"status {status} {stream}", f"fault=status&status={status}", stream)
failure("error event", "fault=error_event", True)

for stream in (False, True):
    answer = client.completions.create(
        model=model, prompt="Grüße", stream=stream, extra_headers=mock("seed=11")
    )
    show(f"completions {stream}", [part.model_dump() for part in answer] if stream else answer.model_dump())
    for directives in ("seed=12", "tools=1&seed=13", "reasoning=1&seed=14&cached=3"):
        answer = client.responses.create(
            model=model, input="Grüße", stream=stream, extra_headers=mock(directives)
        )
        show(
            f"responses {stream} {directives}",
            [part.model_dump() for part in answer] if stream else answer.model_dump(),
        )
answer = client.embeddings.create(model=model, input=["a", "水"], extra_headers=mock("seed=15"))
show("embeddings", answer.model_dump())
answer = client.embeddings.create(
    model=model, input="a", encoding_format="float", extra_headers=mock("seed=16")
)
show("embeddings float", answer.model_dump())
