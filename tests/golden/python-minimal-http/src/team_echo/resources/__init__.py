"""The resources: one file for each family of URIs."""

from mcp.server.mcpserver import MCPServer

from ..app import App  # create-mcp-server:resource-modules


def register(mcp: MCPServer[App], app: App) -> None:
    """Register every family of resources of this server."""
    # create-mcp-server:resource-registrations
