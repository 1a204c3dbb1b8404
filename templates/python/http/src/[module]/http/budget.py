"""How many requests somebody may send.

Each costs a share of a minute, and one may be a minute ahead of the clock.
"""

import math
from collections.abc import Hashable

from starlette.responses import PlainTextResponse, Response

MINUTE = 60.0
# How many accounts are kept: those of the callers who came last.
CAPACITY = 20_000


class Budget:
    """Until when each has spent its time."""

    def __init__(self, per_minute: int) -> None:
        self._cost = MINUTE / per_minute if per_minute else 0.0
        self._spent: dict[Hashable, float] = {}

    def pay(self, who: Hashable, now: float) -> float:
        """Pay for a request, or return how long to wait until that is possible."""
        until = max(now, self._spent.pop(who, now))
        wait = until + self._cost - now - MINUTE
        # What is written last is last in the order, so the first are those who came least lately.
        self._spent[who] = until if wait > 0 else until + self._cost
        if len(self._spent) > CAPACITY:
            del self._spent[next(iter(self._spent))]
        return max(wait, 0.0)


def too_many(wait: float) -> Response:
    """Return the answer to somebody whose budget is spent."""
    headers = {"Retry-After": str(math.ceil(wait))}
    return PlainTextResponse("too many requests\n", 429, headers)
