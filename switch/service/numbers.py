"""Counters of a service: trace numbers for its own messages."""

from __future__ import annotations

STAN_MAX = 999_999


class StanCounter:
    """Systems trace audit numbers 000001 to 999999, then again."""

    def __init__(self, last: int = 0) -> None:
        self._last = last

    def __call__(self) -> str:
        """The next number, 6 digits.

        >>> counter = StanCounter(999_998)
        >>> counter(), counter()
        ('999999', '000001')
        """
        self._last = self._last % STAN_MAX + 1
        return f"{self._last:06}"
