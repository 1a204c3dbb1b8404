"""Drives a `notes` server with the Python SDK's client; prints what it saw as JSON.

Usage: client.py MODE TARGET, where TARGET is JSON: {"url": …, "headers": {…}, "oauth": true} or {"command": …, "args": […], "env": {…}, "cwd": …}.
"""

import asyncio
import json
import sys
from typing import Any

import httpx2
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from mcp_types import PromptReference

NAME = "Größe a/b?"
TEXT = "first line\nsecond “line”"


class Memory:
    """Where the tokens of one run are kept."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def authorization(url: str) -> OAuthClientProvider:
    """The flow with a browser, whose user agrees at once."""
    answers: list[httpx2.QueryParams] = []

    async def redirect(address: str) -> None:
        async with httpx2.AsyncClient() as browser:
            response = await browser.get(address)
        answers.append(httpx2.URL(response.headers["location"]).params)

    async def callback() -> AuthorizationCodeResult:
        answer = answers.pop()
        return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))

    metadata = OAuthClientMetadata(
        client_name="e2e", redirect_uris=["http://127.0.0.1:1/callback"], token_endpoint_auth_method="none"
    )
    return OAuthClientProvider(url, metadata, Memory(), redirect, callback)


def text(message: Any) -> str:
    """The method of a notification, whatever model it comes in."""
    return str(getattr(message, "method", type(message).__name__))


async def wait_for(seen: list[str], method: str) -> bool:
    for _ in range(100):
        if method in seen:
            return True
        await asyncio.sleep(0.05)
    return False


async def announced(client: Client, mode: str, seen: list[str], add: Any) -> bool:
    """Whether a change of the resource list reaches the client while `add` runs."""
    if mode == "legacy":
        await add()
        return await wait_for(seen, "notifications/resources/list_changed")
    async with client.listen(resources_list_changed=True) as subscription:
        await add()
        async with asyncio.timeout(5):
            async for _event in subscription:
                return True
    return False


async def drive(mode: str, target: dict[str, Any]) -> dict[str, Any]:
    server: Any
    if "url" in target:
        auth = authorization(target["url"]) if target.get("oauth") else None
        http_client = create_mcp_http_client(headers=target.get("headers"), auth=auth)
        server = streamable_http_client(target["url"], http_client=http_client)
    else:
        server = StdioServerParameters(**target)
    seen: list[str] = []

    async def on_message(message: Any) -> None:
        seen.append(text(message))

    async with Client(server, mode=mode, message_handler=on_message, cache=None, read_timeout_seconds=60) as client:

        async def add() -> None:
            result = await client.call_tool("add-note", {"name": NAME, "content": TEXT})
            assert not result.is_error, result

        tools = (await client.list_tools()).tools
        notified = await announced(client, mode, seen, add)
        listed = (await client.list_resources()).resources
        uris = [str(resource.uri) for resource in listed]
        read = [(await client.read_resource(uri)).contents[0].text for uri in uris]
        prompt = await client.get_prompt("summarize-notes", {"style": "detailed"})
        completion = await client.complete(
            PromptReference(type="ref/prompt", name="summarize-notes"), {"name": "style", "value": "de"}
        )
        refused = await client.call_tool("add-note", {"name": "", "content": TEXT})
        try:
            await client.read_resource("note://internal/absent")
            absent = None
        except MCPError as error:
            absent = error.error.code
        return {
            "protocol": client.session.protocol_version,
            "tools": [tool.name for tool in tools],
            "templates": len((await client.list_resource_templates()).resource_templates),
            "prompts": [prompt.name for prompt in (await client.list_prompts()).prompts],
            "notified": notified,
            "note": TEXT in read,
            "prompt": any(TEXT in getattr(message.content, "text", str(message.content)) for message in prompt.messages),
            "completion": completion.completion.values,
            "refused": refused.is_error,
            "absent": absent,
        }


if __name__ == "__main__":
    report = asyncio.run(asyncio.wait_for(drive(sys.argv[1], json.loads(sys.argv[2])), 120))
    print(json.dumps(report))
