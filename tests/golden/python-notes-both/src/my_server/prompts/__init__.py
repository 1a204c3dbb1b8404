"""The prompts: one file each."""

from mcp.server.mcpserver import MCPServer

from .summarize_notes import register as register_summarize_notes
from ..app import App  # create-mcp-server:prompt-modules


def register(mcp: MCPServer[App], app: App) -> None:
    """Register every prompt of this server."""
    register_summarize_notes(mcp, app)
    # create-mcp-server:prompt-registrations
