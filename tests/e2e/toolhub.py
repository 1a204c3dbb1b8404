"""Drives a `toolhub` server with the Python SDK's client; prints what it saw as JSON.

Usage: toolhub.py MODE TARGET, where TARGET is JSON: {"url": …, "headers": {…}} or {"command": …, "args": […], "env": {…}, "cwd": …}.
"""

import asyncio
import json
import sys
from typing import Any

import jsonschema
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from mcp_types import PromptReference, ResourceTemplateReference

# Billions of rows.
ENDLESS = "SELECT count(*) FROM " + ", ".join(f"orders {name}" for name in "abcdefghij")


async def drive(mode: str, target: dict[str, Any]) -> dict[str, Any]:
    server: Any
    if "url" in target:
        http_client = create_mcp_http_client(headers=target.get("headers"))
        server = streamable_http_client(target["url"], http_client=http_client)
    else:
        server = StdioServerParameters(**target)

    async with Client(server, mode=mode, cache=None, read_timeout_seconds=60) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

        async def call(name: str, arguments: dict[str, Any]) -> Any:
            """A structured result that its schema allows."""
            result = await client.call_tool(name, arguments)
            assert not result.is_error, result
            schema = tools[name].output_schema
            jsonschema.Draft202012Validator.check_schema(schema)
            jsonschema.validate(result.structured_content, schema)
            return result.structured_content

        pages, orders, cursor = 0, [], {}
        while cursor is not None:
            page = await call("list_orders", {"limit": 5, **cursor})
            orders += [order["id"] for order in page["orders"]]
            cursor = {"cursor": page["next_cursor"]} if "next_cursor" in page else None
            pages += 1

        heard = asyncio.Event()

        async def on_progress(progress: float, total: float | None, message: str | None) -> None:
            if progress > 0:
                heard.set()

        query = client.call_tool("run_query", {"sql": ENDLESS}, progress_callback=on_progress)
        slow = asyncio.create_task(query)
        await asyncio.wait_for(heard.wait(), 20)
        slow.cancel()
        # The only connection to the database is free again.
        for _ in range(20):
            result = await client.call_tool("get_order", {"order_id": "ORD-1001"})
            if not result.is_error:
                break

        async def complete(ref: Any, name: str, value: str) -> list[str]:
            return (await client.complete(ref, {"name": name, "value": value})).completion.values

        template = ResourceTemplateReference(type="ref/resource", uri="catalog://item/{sku}")
        summary = PromptReference(type="ref/prompt", name="order_summary")
        catalog = json.loads((await client.read_resource("catalog://all")).contents[0].text)
        item = json.loads((await client.read_resource("catalog://item/SKU-002")).contents[0].text)
        prompt = await client.get_prompt("order_summary", {"order_id": "ORD-1001", "tone": "formal"})
        refused = await client.call_tool("run_query", {"sql": "DROP TABLE orders"})
        try:
            await client.read_resource("catalog://item/absent")
            absent = None
        except MCPError as error:
            absent = error.error.code
        return {
            "protocol": client.session.protocol_version,
            "tools": sorted(tools),
            "read_only": all(tool.annotations.read_only_hint for tool in tools.values()),
            "ping": (await call("ping", {}))["status"],
            "pages": pages,
            "orders": len(set(orders)) if orders == sorted(orders) else orders,
            "order": (await call("get_order", {"order_id": "ORD-1001"}))["status"],
            "rows": (await call("run_query", {"sql": "SELECT count(*) FROM items WHERE stock > $1", "parameters": [0]}))["rows"],
            "interrupted": not result.is_error,
            "skus": await complete(template, "sku", "SKU-00"),
            "tones": await complete(summary, "tone", "f"),
            "resources": [str(found.uri) for found in (await client.list_resources()).resources],
            "templates": [found.uri_template for found in (await client.list_resource_templates()).resource_templates],
            "items": len(catalog["items"]),
            "item": item["name"],
            "prompts": sorted(found.name for found in (await client.list_prompts()).prompts),
            "prompt": "Ada Lovelace" in str(prompt.messages),
            "refused": refused.is_error,
            "absent": absent,
        }


if __name__ == "__main__":
    report = asyncio.run(asyncio.wait_for(drive(sys.argv[1], json.loads(sys.argv[2])), 120))
    print(json.dumps(report))
