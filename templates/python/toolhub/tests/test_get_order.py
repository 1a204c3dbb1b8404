import pytest
from mcp import Client

from .support import failure

pytestmark = pytest.mark.anyio


async def test_an_order_is_found_by_its_identifier(client: Client) -> None:
    order = await client.call_tool("get_order", {"order_id": "ORD-1003"})
    assert order.structured_content == {
        "id": "ORD-1003",
        "customer": "Grace Hopper",
        "status": "cancelled",
        "sku": "SKU-004",
        "quantity": 3,
        "total_cents": 23850,
        "created_at": "2026-01-11T08:45:00Z",
    }


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        ({}, "missing field `order_id`"),
        ({"order_id": 7}, "invalid argument `order_id`"),
        ({"order_id": "ORD-0"}, "order `ORD-0` was not found"),
        ({"order_id": ""}, "1 to 64 bytes"),
        ({"order_id": "x" * 65}, "1 to 64 bytes"),
    ],
)
async def test_a_mistake_of_the_model_is_explained_to_it(
    client: Client, arguments: dict[str, object], explanation: str
) -> None:
    assert explanation in failure(await client.call_tool("get_order", arguments))
