"""`note://internal/{name}`: the notes, each a text."""

from urllib.parse import quote

from mcp.server.mcpserver import MCPServer, ResourceSecurity
from mcp.server.mcpserver.resources import FunctionResource

from ..app import App
from ..errors import NotFoundError

TEMPLATE = "note://internal/{name}"
MIME_TYPE = "text/plain"


def uri(name: str) -> str:
    """Return the URI of the note called `name`."""
    return TEMPLATE.format(name=quote(name, safe=""))


def complete(app: App, argument: str) -> list[str]:
    """Return the values for an argument of the template."""
    return app.notes.names() if argument == "name" else []


def publish(mcp: MCPServer[App], app: App, name: str) -> None:
    """Add a note to the list of resources."""
    mcp.add_resource(
        FunctionResource.from_function(
            lambda: app.notes.get(name),
            uri=uri(name),
            name=name,
            description=f"The note called {name}",
            mime_type=MIME_TYPE,
        )
    )


def register(mcp: MCPServer[App], app: App) -> None:
    @mcp.resource(
        TEMPLATE,
        name="note",
        title="Note",
        description="A note by its percent-encoded name",
        mime_type=MIME_TYPE,
        # A name is no path: `..` is a name like any other.
        security=ResourceSecurity(exempt_params={"name"}),
    )
    async def note(name: str) -> str:
        content = app.notes.get(name)
        if content is None:
            raise NotFoundError("note", name)
        return content
