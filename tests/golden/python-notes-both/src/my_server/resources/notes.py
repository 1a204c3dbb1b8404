"""`note://internal/{name}`: the notes, each a text."""

from urllib.parse import quote

from mcp.server.mcpserver import MCPServer, ResourceSecurity
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource

from ..state import State

TEMPLATE = "note://internal/{name}"
MIME_TYPE = "text/plain"


def uri(name: str) -> str:
    """Return the URI of the note called `name`."""
    return TEMPLATE.format(name=quote(name, safe=""))


def publish(mcp: MCPServer, state: State, name: str) -> None:
    """Add a note to the list of resources."""
    mcp.add_resource(
        FunctionResource.from_function(
            lambda: state.notes.get(name),
            uri=uri(name),
            name=name,
            description=f"The note called {name}",
            mime_type=MIME_TYPE,
        )
    )


def register(mcp: MCPServer, state: State) -> None:
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
        content = state.notes.get(name)
        if content is None:
            raise ResourceNotFoundError(f"note `{name}` was not found")
        return content
