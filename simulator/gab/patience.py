"""Waiting for somebody who may have walked away."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred

T = TypeVar("T")


class LeftAloneError(Exception):
    """Nobody did what was waited for."""


async def within(reactor: Any, limit_s: float, asking: Coroutine[Any, Any, T]) -> T:
    """What somebody does, or LeftAloneError after `limit_s` seconds; then it is cancelled."""
    waiting: Deferred[T] = Deferred.fromCoroutine(asking)
    if waiting.called:
        return await waiting
    left = False

    def leave() -> None:
        nonlocal left
        left = True
        waiting.cancel()

    timer = reactor.callLater(limit_s, leave)
    try:
        return await waiting
    except CancelledError:
        if left:
            raise LeftAloneError from None
        raise
    finally:
        if timer.active():
            timer.cancel()
