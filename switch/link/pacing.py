"""When to read no more: a link's lines wait while what is behind them does not keep up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LOOK_EVERY_S = 0.02
"""How often it is looked whether lines may be read again."""


class Throttle:
    """Holds lines while `behind` says so, such as when a journal has too much to write.

    It is asked whenever a request comes, so each line hands over at most one more after the
    trouble began. Lines are released in the order in which they were held.
    """

    def __init__(self, reactor: Any, behind: Callable[[], bool]) -> None:
        self._reactor = reactor
        self._behind = behind
        self._held: dict[Callable[[], None], None] = {}
        self._timer: Any = None

    def holds(self, release: Callable[[], None]) -> bool:
        """Whether the caller is to read no more until `release` is called, which happens once."""
        if not self._behind():
            return False
        self._held[release] = None
        if self._timer is None:
            self._timer = self._reactor.callLater(LOOK_EVERY_S, self._look)
        return True

    def forget(self, release: Callable[[], None]) -> None:
        """The caller's line is gone."""
        self._held.pop(release, None)
        if not self._held and self._timer is not None:
            timer, self._timer = self._timer, None
            timer.cancel()

    def _look(self) -> None:
        self._timer = None
        while self._held and not self._behind():
            release = next(iter(self._held))
            del self._held[release]
            release()
        if self._held and self._timer is None:
            self._timer = self._reactor.callLater(LOOK_EVERY_S, self._look)
