"""Values that go into a query and rows that come out of it, within limits."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, time
from decimal import Decimal

import anyio
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from pydantic import BaseModel, Field
from pydantic_core import to_json

from ..config import Settings

# The tables that a query may read.
TABLES = ("items", "orders")
MAX_SQL = 4000
MAX_PARAMETERS = 50
# How long a request may wait for a connection.
PATIENCE_SECONDS = 2

# A value that every database and JSON have in common.
QueryValue = bool | int | float | str | None


class QueryResult(BaseModel):
    columns: list[str] = Field(description="Names of the columns, in order.")
    rows: list[list[QueryValue]] = Field(description="The rows, each with a value for each column.")
    truncated: bool = Field(description="Whether there are more rows than a result may hold.")


class Rows:
    """A result that grows until it reaches a limit."""

    def __init__(self, columns: Sequence[str], settings: Settings) -> None:
        self.result = QueryResult(columns=list(columns), rows=[], truncated=False)
        self._max_rows, self._free = settings.query_max_rows, settings.query_max_bytes

    def push(self, row: list[QueryValue]) -> bool:
        """Add a row if it fits, and return whether the next one may."""
        self._free -= len(to_json(row))
        if len(self.result.rows) == self._max_rows or self._free < 0:
            self.result.truncated = True
        else:
            self.result.rows.append(row)
        return not self.result.truncated


def plain(cell: object) -> QueryValue:
    """Return a value of a database as JSON can hold it."""
    if isinstance(cell, Decimal):
        cell = int(cell) if cell.as_tuple().exponent == 0 else float(cell)
    match cell:
        case None | str():
            return cell
        case int() if -(2**63) <= cell < 2**63:
            return cell
        case int() | float() if abs(cell) < 1e300:
            return float(cell)
        case date() | time():
            return cell.isoformat()
        case bytes():
            return cell.hex()
        case _:
            return str(cell)


def refused(why: str) -> ToolError:
    return ToolError(f"the query was refused: {why}")


def unavailable(why: str) -> ResourceError:
    """Return an error that tools and resources show, without the details that the log has."""
    return ResourceError(f"{why}; try again in a moment")


@asynccontextmanager
async def turn(*semaphores: anyio.Semaphore) -> AsyncIterator[None]:
    """Wait for a turn with each of these."""
    async with AsyncExitStack() as taken:
        try:
            with anyio.fail_after(PATIENCE_SECONDS):
                for semaphore in semaphores:
                    await taken.enter_async_context(semaphore)
        except TimeoutError:
            raise unavailable("all connections to the database are in use") from None
        yield
