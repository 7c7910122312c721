"""Running a timeline until something has happened, and saying well why it did not."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure

from simulator.virtual.timeline import Timeline

T = TypeVar("T")

_SHOWN_MAX = 8


class StillWaitingError(AssertionError):
    """Virtual time ran out, or came to a halt, before what was waited for happened."""


def run_until(timeline: Timeline, awaitable: Awaitable[T], limit_s: float) -> T:
    """Run event by event until `awaitable` has a result; give it, or raise what it raised.

    Raises StillWaitingError when `limit_s` of virtual time pass first, or when nothing is left that
    could bring it.
    """
    results: list[T | Failure] = []
    deferred: Deferred[T]
    if isinstance(awaitable, Deferred):
        deferred = awaitable
    else:
        assert isinstance(awaitable, Coroutine)
        deferred = ensureDeferred(awaitable)
    deferred.addBoth(results.append)
    until_s = timeline.now_s + limit_s
    while not results:
        if timeline.step(until_s):
            continue
        if timeline.next_s() is None:
            raise StillWaitingError(
                f"at {timeline.now_s:.6f} s nothing is left to happen, and no result came"
            )
        timeline.now_s = until_s
        raise StillWaitingError(f"no result came within {limit_s} s; {_to_come(timeline)}")
    result: Any = results[0]
    if isinstance(result, Failure):
        result.raiseException()
    return result  # type: ignore[no-any-return]


def run_until_quiet(timeline: Timeline, limit_s: float) -> None:
    """Run until nothing is left to happen. Raises StillWaitingError after `limit_s`."""
    until_s = timeline.now_s + limit_s
    while timeline.step(until_s):
        pass
    if timeline.next_s() is not None:
        timeline.now_s = until_s
        raise StillWaitingError(f"not quiet within {limit_s} s; {_to_come(timeline)}")


def _to_come(timeline: Timeline) -> str:
    pending = timeline.pending()
    shown = "\n  ".join(map(repr, pending[:_SHOWN_MAX]))
    more = f"\n  and {len(pending) - _SHOWN_MAX} more" if len(pending) > _SHOWN_MAX else ""
    return f"at {timeline.now_s:.6f} s these are to come:\n  {shown}{more}"
