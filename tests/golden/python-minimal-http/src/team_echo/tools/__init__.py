"""The tools: one file each."""

from mcp.server.mcpserver import MCPServer

from .echo import register as register_echo
from ..app import App  # create-mcp-server:tool-modules


def register(mcp: MCPServer[App], app: App) -> None:
    """Register every tool of this server."""
    register_echo(mcp, app)
    # create-mcp-server:tool-registrations
