"""One tool on mcp and nothing else: what a generated server is measured against."""

import sys

from mcp.server import MCPServer
from pydantic import BaseModel

server = MCPServer("bare")


class Echoed(BaseModel):
    text: str


@server.tool(description="Return the given text")
async def echo(text: str) -> Echoed:
    return Echoed(text=text)


# With a port over HTTP, without one over stdio.
if len(sys.argv) > 1:
    server.run("streamable-http", port=int(sys.argv[1]))
else:
    server.run("stdio")
