"""Values that go into a query and rows that come out of it, within limits."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field
from pydantic_core import to_json

from .errors import InvalidInputError

# The tables that a query may read.
TABLES = ("items", "orders")
# How long the text of a query can be, in bytes of UTF-8.
MAX_SQL_BYTES = 4000
# How many parameters a query can have.
MAX_PARAMETERS = 50

# A value that every database and JSON have in common.
QueryValue = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What one query may cost."""

    seconds: int
    max_rows: int
    max_bytes: int


class QueryResult(BaseModel):
    columns: list[str] = Field(description="Names of the columns, in order.")
    rows: list[list[QueryValue]] = Field(description="The rows, each with a value for each column.")
    truncated: bool = Field(description="Whether there are more rows than a result may hold.")


class Rows:
    """A result that grows until it reaches a limit."""

    def __init__(self, columns: list[str], limits: QueryLimits) -> None:
        self.result = QueryResult(columns=columns, rows=[], truncated=False)
        self._limits = limits
        self._size = 0

    def push(self, row: list[QueryValue]) -> bool:
        """Add a row if it fits, and say whether the next one may."""
        self._size += len(to_json(row))
        if len(self.result.rows) == self._limits.max_rows or self._size > self._limits.max_bytes:
            self.result.truncated = True
        else:
            self.result.rows.append(row)
        return not self.result.truncated


def check(sql: str, parameters: Sequence[QueryValue]) -> None:
    """Refuse what cannot be a query before a database sees it."""
    if not sql.strip():
        raise InvalidInputError("`sql` must not be blank")
    size = len(sql.encode())
    if size > MAX_SQL_BYTES:
        raise InvalidInputError(f"`sql` is {size} bytes long; the limit is {MAX_SQL_BYTES}")
    if len(parameters) > MAX_PARAMETERS:
        raise InvalidInputError(
            f"there are {len(parameters)} parameters; the limit is {MAX_PARAMETERS}"
        )
