"""The tools: one file each."""

from mcp.server.mcpserver import MCPServer

from .add_note import register as register_add_note
from ..app import App  # create-mcp-server:tool-modules


def register(mcp: MCPServer[App], app: App) -> None:
    """Register every tool of this server."""
    register_add_note(mcp, app)
    # create-mcp-server:tool-registrations
