"""A link as those see it who ask on it, whether we dial or listen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from switch.link.matching import NotSentError, SameKeyError, UnencodableError
from switch.link.states import State
from switch.wire import Message


class Link(Protocol):
    """Somewhere requests can be sent; `Dialer` and `Listener` are such."""

    @property
    def name(self) -> str: ...

    @property
    def up(self) -> bool:
        """Whether a financial request could be sent now."""
        ...

    @property
    def state(self) -> State:
        """Where its session stands; of several, the one that stands best."""
        ...

    @property
    def in_flight(self) -> int:
        """Requests under way, either way."""
        ...

    def start(self) -> None: ...

    def refuse(self) -> None:
        """Answer 91 to the peer's new requests; ours still pass."""
        ...

    async def stop(self, *, drain: bool = False) -> None:
        """Close what is open; with `drain`, after the peer's requests and a sign-off."""
        ...

    def when_up(self) -> Deferred[None]:
        """Fires when a request could be sent (at once when it could).

        Fails with CancelledError when the link is stopped before.
        """
        ...

    def ask(self, request: Message, deadline_s: float) -> Deferred[Message]:
        """Send a request; fires with its answer, fails with NotSentError or NoAnswerError."""
        ...


class Waiting:
    """Those who wait for a link to be up, or down."""

    def __init__(self) -> None:
        self._waiting: list[Deferred[None]] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def wait(self) -> Deferred[None]:
        """Fires at the next `fire`; whoever cancels it waits no more."""

        def cancelled(deferred: Deferred[None]) -> None:
            if deferred in self._waiting:
                self._waiting.remove(deferred)

        waiting: Deferred[None] = Deferred(cancelled)
        self._waiting.append(waiting)
        return waiting

    def fire(self) -> None:
        """What they waited for has come."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(None)

    def give_up(self) -> None:
        """What they wait for will not come: they fail with CancelledError."""
        for each in list(self._waiting):
            each.cancel()


def first_that_sends(
    attempts: Sequence[Callable[[], Deferred[Message]]], otherwise: str
) -> Deferred[Message]:
    """The outcome of the first attempt whose request left, or may be under way already.

    The next is tried only where nothing left. When none sends it fails with NotSentError, for
    the reason of the last attempt, or `otherwise` when there is none; with UnencodableError when
    none of them can ever send it.
    """
    left = iter(attempts)
    never = True

    def attempt(reason: str) -> Deferred[Message]:
        following = next(left, None)
        if following is None:
            hopeless = never and reason is not otherwise
            refused: Deferred[Message] = Deferred()
            refused.errback(UnencodableError(reason) if hopeless else NotSentError(reason))
            return refused
        outcome: Deferred[Message] = following().addErrback(failed)
        return outcome

    def failed(failure: Failure) -> Any:
        nonlocal never
        if failure.check(NotSentError) is None or failure.check(SameKeyError) is not None:
            return failure
        never = never and failure.check(UnencodableError) is not None
        return attempt(failure.getErrorMessage())

    return attempt(otherwise)
