"""Asks for a stream over HTTPS with the standard library alone, and prints what was agreed and received.

Usage: https_request.py CERTIFICATE PORT VERSION KEY
"""

import http.client
import json
import ssl
import sys

certificate, port, version, key = sys.argv[1:]
context = ssl.create_default_context(cafile=certificate)
context.set_alpn_protocols(["http/1.1"])
exact = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
context.minimum_version = context.maximum_version = exact
connection = http.client.HTTPSConnection("localhost", int(port), context=context, timeout=30)
body = json.dumps({"model": "mock", "stream": True, "messages": []})
headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json", "x-mock": "n=15"}
connection.request("POST", "/v1/chat/completions", body, headers)
agreed = f"{connection.sock.version()} {connection.sock.selected_alpn_protocol()}"
response = connection.getresponse()
events = [line for line in response.read().decode().split("\n") if line.startswith("data: ")]
print(agreed, response.status, len(events), events[-1].removeprefix("data: "))
