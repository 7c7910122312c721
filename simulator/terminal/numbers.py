"""The numbers a terminal gives to its transactions."""

from __future__ import annotations

from datetime import UTC, datetime

STAN_MAX = 999_999


class StanCounter:
    """DE11: 000001 to 999999, then 000001 again.

    It goes on after `last`, which a terminal reads from its journal, so that no number comes
    twice in a day. Network messages draw from it too and are not journalled: after a restart a
    financial request may have the number of an earlier echo, never of another financial one.
    """

    def __init__(self, last: int = 0) -> None:
        self._last = last

    def next(self) -> str:
        """The next number, six digits."""
        self._last = self._last % STAN_MAX + 1
        return f"{self._last:06}"


def retrieval_reference(instant: datetime, stan: str) -> str:
    """DE37: last digit of the year, day of the year, hour (UTC), and the STAN.

    >>> retrieval_reference(datetime(2026, 11, 24, 10, 36, 1, tzinfo=UTC), "000042")
    '632810000042'
    """
    return f"{instant.year % 10}{instant.astimezone(UTC):%j%H}{stan}"
