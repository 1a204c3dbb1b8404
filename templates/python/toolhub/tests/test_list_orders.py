from typing import Any

import pytest
from mcp import Client

from .support import failure

pytestmark = pytest.mark.anyio


async def walk(client: Client, **arguments: Any) -> tuple[list[str], int]:
    """Return the identifiers on every page, and how many pages there are."""
    identifiers, pages = [], 0
    while True:
        page = (await client.call_tool("list_orders", arguments)).structured_content
        assert page is not None
        identifiers += [order["id"] for order in page["orders"]]
        pages += 1
        if "next_cursor" not in page:
            return identifiers, pages
        arguments["cursor"] = page["next_cursor"]


async def test_every_order_is_on_one_page_in_a_stable_order(client: Client) -> None:
    everything, pages = await walk(client)
    assert (len(everything), pages) == (12, 1)
    assert everything == sorted(everything)
    for limit, pages in [(1, 12), (5, 3), (6, 2), (12, 1)]:
        assert await walk(client, limit=limit) == (everything, pages)


async def test_a_status_is_kept_on_every_page(client: Client) -> None:
    expected = ["ORD-1009", "ORD-1010", "ORD-1011", "ORD-1012"]
    assert await walk(client, status="pending", limit=3) == (expected, 2)


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        ({"limit": 0}, "`limit` must be 1 to 100"),
        ({"limit": 101}, "`limit` must be 1 to 100"),
        ({"limit": "5"}, "invalid argument `limit`"),
        ({"cursor": "1"}, "`cursor` is not valid"),
        ({"cursor": "after:" + "x" * 95}, "`cursor` is not valid"),
        ({"status": "lost"}, "invalid argument `status`"),
    ],
)
async def test_a_mistake_of_the_model_is_explained_to_it(
    client: Client, arguments: dict[str, object], explanation: str
) -> None:
    assert explanation in failure(await client.call_tool("list_orders", arguments))
