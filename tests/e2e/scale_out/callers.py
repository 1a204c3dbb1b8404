"""Calls one tool over and over with the Python SDK's client, until stdin ends; prints what became of the calls as JSON.

Usage: callers.py MODE TARGET, where TARGET is JSON: {"url": …, "ca": …, "headers": {…}, "tool": …, "arguments": {…}, "callers": …}.
"""

import asyncio
import json
import ssl
import sys
import time
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


class Callers:
    def __init__(self, mode: str, target: dict[str, Any]) -> None:
        self.mode, self.target = mode, target
        self.stop = asyncio.Event()
        self.answered = 0
        self.lost: list[dict[str, Any]] = []
        self.opened = 0

    def client(self) -> Client:
        trusted = ssl.create_default_context(cafile=self.target["ca"])
        http = httpx2.AsyncClient(headers=self.target["headers"], verify=trusted, timeout=30)
        server = streamable_http_client(self.target["url"], http_client=http)
        return Client(server, mode=self.mode, cache=None, read_timeout_seconds=30)

    async def call(self, client: Client) -> bool:
        start = time.time()
        try:
            result = await client.call_tool(self.target["tool"], self.target["arguments"])
            assert not result.is_error, result
        except Exception as error:
            self.lost.append({"start": start, "end": time.time(), "error": f"{type(error).__name__}: {error}"})
            return False
        self.answered += 1
        return True

    async def caller(self) -> None:
        """A client for as long as its session lasts; those of this revision have none to lose."""
        while not self.stop.is_set():
            async with self.client() as client:
                self.opened += 1
                while not self.stop.is_set():
                    if not await self.call(client) and self.mode == "legacy":
                        break

    async def run(self) -> dict[str, Any]:
        callers = [asyncio.create_task(self.caller()) for _ in range(self.target["callers"])]
        while self.answered < self.target["callers"]:
            await asyncio.sleep(0.01)
            for caller in callers:
                if caller.done():
                    caller.result()
        print("calling", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        self.stop.set()
        await asyncio.gather(*callers)
        return {"answered": self.answered, "lost": self.lost, "opened": self.opened}


if __name__ == "__main__":
    report = asyncio.run(Callers(sys.argv[1], json.loads(sys.argv[2])).run())
    print(json.dumps(report))
