import pytest

from .support import refusal


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MCP_DATABASE_CONNECTIONS", "0"),
        ("MCP_DATABASE_CONNECTIONS", "101"),
        ("MCP_DATABASE_SEED", "perhaps"),
        ("MCP_QUERY_TIMEOUT_SECONDS", "0"),
        ("MCP_QUERY_MAX_ROWS", "0"),
        ("MCP_QUERY_MAX_ROWS", "1000000"),
        ("MCP_QUERY_MAX_BYTES", "1"),
        ("MCP_CATALOG_TTL_SECONDS", "-1"),
    ],
)
def test_a_limit_that_does_not_fit_is_named(variable: str, value: str) -> None:
    assert variable in refusal(**{variable: value})
