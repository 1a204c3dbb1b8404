import pytest
from mcp import Client

from .support import failure

pytestmark = pytest.mark.anyio


async def test_a_query_returns_its_columns_and_rows(client: Client) -> None:
    query = {
        "sql": "SELECT status, count(*) AS orders FROM orders "
        "WHERE total_cents > $1 GROUP BY status ORDER BY status",
        "parameters": [20000],
    }
    result = await client.call_tool("run_query", query)
    assert result.structured_content == {
        "columns": ["status", "orders"],
        "rows": [["cancelled", 1], ["delivered", 2], ["pending", 3]],
        "truncated": False,
    }


@pytest.mark.parametrize(("value", "found"), [("Ada Lovelace", 2), ("' OR 1=1 --", 0), ("", 0)])
async def test_parameters_are_values_and_never_part_of_the_statement(
    client: Client, value: str, found: int
) -> None:
    query = {"sql": "SELECT id FROM orders WHERE customer = $1", "parameters": [value]}
    result = (await client.call_tool("run_query", query)).structured_content
    assert result is not None
    assert len(result["rows"]) == found


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        ({"sql": " "}, "`sql` must not be blank"),
        ({"sql": "x" * 4001}, "the limit is 4000"),
        ({"sql": "SELECT 1", "parameters": [0] * 51}, "the limit is 50"),
        ({"sql": "SELECT nothing FROM orders"}, "nothing"),
        ({"sql": "SELECT FROM"}, "syntax"),
        ({"sql": "SELECT 1", "parameters": [1]}, "parameter"),
        ({"sql": "SELECT id FROM orders WHERE id = $2", "parameters": ["x"]}, "parameter"),
    ],
)
async def test_a_mistake_of_the_model_is_explained_to_it(
    client: Client, arguments: dict[str, object], explanation: str
) -> None:
    assert explanation in failure(await client.call_tool("run_query", arguments))
