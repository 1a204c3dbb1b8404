"""`catalog://all` and `catalog://item/{sku}`: the catalog as JSON."""

from mcp.server.mcpserver import MCPServer, ResourceSecurity

from ..app import App
from ..errors import NotFoundError

ALL = "catalog://all"
TEMPLATE = "catalog://item/{sku}"
MIME_TYPE = "application/json"
# One more than a completion can hold, which shows that there are more.
COMPLETIONS = 101


async def complete(app: App, argument: str, typed: str) -> list[str]:
    """Return the values for an argument of the template that start with what was typed."""
    return await app.catalog.skus(typed, COMPLETIONS) if argument == "sku" else []


def register(mcp: MCPServer[App], app: App) -> None:
    @mcp.resource(
        ALL,
        name="catalog",
        title="Catalog",
        description="Every item with its price and stock",
        mime_type=MIME_TYPE,
    )
    async def everything() -> str:
        return (await app.catalog.all()).model_dump_json()

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
        found = await app.catalog.item(sku)
        if found is None:
            raise NotFoundError("item", sku)
        return found.model_dump_json()
