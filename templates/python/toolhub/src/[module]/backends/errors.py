"""Errors of a database: for callers, and for whoever runs the server."""

from typing import Self

from ..errors import AppError


class UnavailableError(AppError):
    """The database does not do its part. The details are for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; try again in a moment")
        self.reason = reason


class DatabaseError(Exception):
    """Why the database cannot be used at all. For whoever runs the server, not for its clients."""

    @classmethod
    def within(cls, error: BaseException | None) -> Self | None:
        """Find it in the group that the SDK may have wrapped it in."""
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        return error if isinstance(error, cls) else None
