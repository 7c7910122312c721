"""Deadlines of the requests on a line, with one timer for all of them.

A busy line has thousands of requests a second, nearly all of which are answered: a timer of the
reactor for each would be made to be cancelled. Here those that are answered stay in a heap until
their time comes, or until they are too many.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any, Protocol

SLACK_S = 1e-6
"""What lies this close is due: a timer's time is a sum, and sums of floats differ in the last
digit."""

STALE_MAX = 256
"""Entries that may stay beyond four times those that wait; then the heap is cleared of them."""


class Waits(Protocol):
    """What has a deadline."""

    over: bool
    """Whether it waits no more."""


class Deadlines:
    """Calls `expired` with each thing whose deadline passed while it was not over."""

    __slots__ = ("_expired", "_heap", "_reactor", "_serial", "_timer", "_timer_at_s")

    def __init__(self, reactor: Any, expired: Callable[[Any], None]) -> None:
        self._reactor = reactor
        self._expired = expired
        self._heap: list[tuple[float, int, Waits]] = []
        self._serial = 0
        self._timer: Any = None
        self._timer_at_s = 0.0

    def add(self, thing: Waits, in_s: float, waiting: int) -> None:
        """`thing` is over or expires within `in_s` seconds; `waiting` counts those not over."""
        at_s = self._reactor.seconds() + in_s
        if len(self._heap) > 4 * waiting + STALE_MAX:
            self._heap = [entry for entry in self._heap if not entry[2].over]
            heapify(self._heap)
        self._serial += 1
        heappush(self._heap, (at_s, self._serial, thing))
        if self._timer is None or at_s < self._timer_at_s:
            self._set(at_s, in_s)

    def stop(self) -> None:
        """Nothing waits any more."""
        self._heap.clear()
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _set(self, at_s: float, in_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at_s = at_s
        self._timer = self._reactor.callLater(in_s, self._look)

    def _look(self) -> None:
        self._timer = None
        now_s = self._reactor.seconds()
        while self._heap and (self._heap[0][2].over or self._heap[0][0] <= now_s + SLACK_S):
            thing = heappop(self._heap)[2]
            if not thing.over:
                # It may add others, or stop all.
                self._expired(thing)
        if self._heap and self._timer is None:
            at_s = self._heap[0][0]
            self._set(at_s, max(0.0, at_s - now_s))
