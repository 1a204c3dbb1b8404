"""The tools: one file each."""

from mcp.server.mcpserver import MCPServer

from ..app import App  # create-mcp-server:tool-modules


def register(mcp: MCPServer[App], app: App) -> None:
    """Register every tool of this server."""
    # create-mcp-server:tool-registrations
