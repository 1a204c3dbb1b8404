"""The prompts: one file each."""

from mcp.server.mcpserver import MCPServer

from ..app import App  # create-mcp-server:prompt-modules


def register(mcp: MCPServer[App], app: App) -> None:
    """Register every prompt of this server."""
    # create-mcp-server:prompt-registrations
