"""Drives the OpenAI SDK over HTTP/2 and prints what was agreed and received.

Usage: http2_sdk.py CERTIFICATE PORT KEY
"""

import ssl
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx2
import openai

certificate, port, key = sys.argv[1:]
context = ssl.create_default_context(cafile=certificate)
versions = set()


def seen(response):
    versions.add(response.http_version)


http = httpx2.Client(
    http2=True, http1=False, verify=context, timeout=60, event_hooks={"response": [seen]}
)
client = openai.OpenAI(
    base_url=f"https://localhost:{port}/v1", api_key=key, max_retries=0, http_client=http
)


def stream(number):
    """The text of one stream, and its number of chunks."""
    answer = client.chat.completions.create(
        model=f"mock-{number}",
        messages=[{"role": "user", "content": "x"}],
        stream=True,
        extra_headers={"x-mock": f"seed={number}&n=40&us=1000"},
    )
    chunks = list(answer)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    return len(chunks), len(text)


with ThreadPoolExecutor(20) as pool:
    results = list(pool.map(stream, range(20)))
whole = client.chat.completions.create(
    model="mock-whole", messages=[], extra_headers={"x-mock": "n=7"}
)
try:
    client.chat.completions.create(model="none", messages=[])
    refused = 0
except openai.NotFoundError as error:
    refused = error.status_code
count = len({chunks for chunks, _ in results})
texts = all(text for _, text in results)
print(*versions, len(results), count, texts, whole.usage.completion_tokens, refused)
