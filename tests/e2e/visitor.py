"""Visits any server over stdio with the Python SDK's client: opens it, lists what it has, calls one tool.

Usage: visitor.py MODE VISIT, where VISIT is JSON: {"command": …, "args": […], "cwd": …, "tool": …, "arguments": {…}}. Prints
{"protocol": …, "tools": …} or {"failed": …, "reason": …}.
"""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters

MODE, VISIT = sys.argv[1], json.loads(sys.argv[2])


async def visit() -> dict[str, object]:
    stage = "open"
    server = StdioServerParameters(command=VISIT["command"], args=VISIT["args"], cwd=VISIT["cwd"])
    try:
        async with Client(server, mode=MODE, cache=None, read_timeout_seconds=60) as client:
            seen: dict[str, object] = {"protocol": client.protocol_version, "tools": 0}
            has = client.server_capabilities
            if has.tools:
                stage = "tools/list"
                seen["tools"] = len((await client.list_tools()).tools)
            if has.resources:
                stage = "resources/list"
                await client.list_resources()
            if has.prompts:
                stage = "prompts/list"
                await client.list_prompts()
            if tool := VISIT["tool"]:
                stage = "tools/call"
                result = await client.call_tool(tool, VISIT["arguments"])
                if result.is_error:
                    return {"failed": stage, "reason": str(result.content)}
            return seen
    except BaseException as error:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        return {"failed": stage, "reason": " ".join(str(error).split())[:300]}


print(json.dumps(asyncio.run(visit())))
