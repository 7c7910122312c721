"""Waiting for several things at once."""

from __future__ import annotations

from collections.abc import Collection, Coroutine, Iterable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredList

from switch.runtime import Runtime


async def all_of(coroutines: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run them side by side; the first failure is raised once all have ended."""
    waiting = [Deferred.fromCoroutine(each) for each in coroutines]
    for done, result in await _listed(waiting):
        if not done:
            result.raiseException()


async def at_most(
    runtime: Runtime, limit_s: float, waiting: Collection[Deferred[None]]
) -> list[Deferred[None]]:
    """Wait for all of them for `limit_s` seconds; those that were given up."""
    every = _listed(waiting)
    timer = runtime.reactor.callLater(limit_s, every.cancel)
    try:
        results = await every
    finally:
        if timer.active():
            timer.cancel()
    for done, result in results:
        if not done and result.check(CancelledError) is None:
            result.raiseException()
    return [each for each, (done, _) in zip(waiting, results, strict=True) if not done]


def _listed(waiting: Collection[Deferred[None]]) -> Deferred[list[tuple[bool, Any]]]:
    listed: Any = DeferredList(list(waiting), consumeErrors=True)
    return listed  # type: ignore[no-any-return]
