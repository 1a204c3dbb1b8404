"""Calls a slow tool through nginx, tells when the news of its progress came, and tries what must not pass; prints it as JSON.

Usage: passes.py MODE TARGET, as callers.py.
"""

import asyncio
import http.client
import json
import ssl
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def news(mode: str, target: dict[str, Any], trusted: ssl.SSLContext) -> list[float]:
    http_client = httpx2.AsyncClient(headers=target["headers"], verify=trusted, timeout=30)
    server = streamable_http_client(target["url"], http_client=http_client)
    came: list[float] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        came.append(time.monotonic())

    async with Client(server, mode=mode, cache=None, read_timeout_seconds=30) as client:
        await client.call_tool(target["tool"], target["arguments"], progress_callback=on_progress)
    end = time.monotonic()
    return [end - moment for moment in came]


def status(target: dict[str, Any], trusted: ssl.SSLContext, path: str, body: bytes | None = None) -> int:
    url = urlsplit(target["url"])
    connection = http.client.HTTPSConnection(str(url.hostname), url.port, context=trusted, timeout=10)
    connection.request("POST" if body else "GET", path, body, target["headers"])
    return connection.getresponse().status


def other_name(target: dict[str, Any]) -> int | None:
    """No certificate is shown to whoever asks for a name that is not served."""
    url = urlsplit(target["url"])
    anything = ssl.create_default_context()
    anything.check_hostname = False
    anything.verify_mode = ssl.CERT_NONE
    try:
        return status({**target, "url": f"https://127.0.0.1:{url.port}/mcp"}, anything, "/mcp")
    except ssl.SSLError:
        return None


if __name__ == "__main__":
    mode, target = sys.argv[1], json.loads(sys.argv[2])
    trusted = ssl.create_default_context(cafile=target["ca"])
    refused = {path: status(target, trusted, path) for path in ["/healthz", "/metrics", "/readyz"]}
    refused["2 MiB"] = status(target, trusted, "/mcp", bytes(2 << 20))
    report = {
        "seconds_before_the_end": asyncio.run(news(mode, target, trusted)),
        "refused": {**refused, "another name": other_name(target)},
    }
    print(json.dumps(report))
