"""What an error of Postgres means to a caller, and what the log says of it.

Never a host, a password or the text of a query.
"""

import psycopg
import structlog

from .errors import UnavailableError
from ..errors import AppError, InvalidInputError
from ..query import TABLES, QueryLimits

log = structlog.stdlib.get_logger(__name__)

# How much is shown of a message of Postgres, which may quote a long value.
MAX_MESSAGE_CHARS = 300

# What the database does not do, by SQLSTATE.
REASONS = {
    "53100": "the disk of the database is full",
    "53200": "the database is out of memory",
    "55P03": "the database is locked",
    "57014": "the database takes too long",
}
NUL_IN_TEXT = "22021"
# Classes of errors in a query's text and in its values, and of what is too large or too complex.
MISTAKES = ("0A", "21", "22", "42", "54")


def of_connecting(error: psycopg.Error) -> str:
    """Say why there is no connection, for the log; the driver's own text would name the host."""
    reason = str(error).partition("\n")[0]
    if "does not match host name" in reason:
        return "the certificate is for another name"
    return reason.rpartition(": ")[2].strip()


def of_lookup(error: psycopg.Error) -> AppError:
    """Return what a caller hears of a statement of this program that failed."""
    driver_refused = isinstance(error, psycopg.DataError) and error.sqlstate is None
    if driver_refused or error.sqlstate == NUL_IN_TEXT:
        return InvalidInputError("a text holds the character NUL")
    log.warning("the database failed", error=describe(error))
    if error.sqlstate is None:
        return UnavailableError("the database cannot be reached")
    return UnavailableError(REASONS.get(error.sqlstate, "the database cannot be read"))


def of_query(error: psycopg.Error, limits: QueryLimits) -> AppError:
    """Return what the author of a query can do about its failure."""
    match error.sqlstate:
        case "57014":  # query_canceled
            return too_slow(limits)
        case "25006":  # read_only_sql_transaction
            return refused("it must only read")
        case "42501":  # insufficient_privilege
            return other_tables()
        case str(code) if code.startswith(MISTAKES):
            return refused(_told(error))
        case _:
            return of_lookup(error)


def refused(why: str) -> InvalidInputError:
    return InvalidInputError(f"the query was refused: {why}")


def other_tables() -> InvalidInputError:
    tables = " and ".join(TABLES)
    return refused(f"it must read nothing but columns of the tables {tables}")


def too_slow(limits: QueryLimits) -> InvalidInputError:
    return refused(f"it takes longer than {limits.seconds} s")


def describe(error: psycopg.Error) -> str:
    """Say what went wrong, for the log."""
    if error.sqlstate is None:
        return of_connecting(error)
    return f"{_told(error)} ({error.sqlstate})"


def _told(error: psycopg.Error) -> str:
    return (error.diag.message_primary or "")[:MAX_MESSAGE_CHARS]
