"""`catalog://all` and `catalog://item/{sku}`: the catalog as JSON."""

from mcp.server.mcpserver import MCPServer, ResourceSecurity
from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from ..state import State

TEMPLATE = "catalog://item/{sku}"
MIME_TYPE = "application/json"


def register(mcp: MCPServer, state: State) -> None:
    @mcp.resource(
        "catalog://all",
        name="catalog",
        title="Catalog",
        description="Every item with its price and stock",
        mime_type=MIME_TYPE,
    )
    async def everything() -> str:
        return (await state.catalog.all()).model_dump_json()

    @mcp.resource(
        TEMPLATE,
        name="catalog-item",
        title="Catalog item",
        description="One item by its percent-encoded SKU",
        mime_type=MIME_TYPE,
        # A SKU is no path: `..` is one like any other.
        security=ResourceSecurity(exempt_params={"sku"}),
    )
    async def item(sku: str) -> str:
        found = await state.catalog.item(sku)
        if found is None:
            raise ResourceNotFoundError(f"item `{sku}` was not found")
        return found.model_dump_json()
