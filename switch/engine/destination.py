"""What answers a request: a host behind a link, the payment core behind its bridge."""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from switch.link import Link
from switch.wire import Message


class Destination(Protocol):
    """Somewhere a request can be sent."""

    name: str
    timeout_s: float

    @property
    def up(self) -> bool:
        """Whether it is worth trying now."""
        ...

    def ask(self, request: Message, deadline_s: float, operation_key: str) -> Deferred[Message]:
        """Send a request or a reversal; fires with its answer.

        `operation_key` is the transaction's, the same for a request and for its reversal. Fails
        with NotSentError when nothing left, with NoAnswerError when it left unanswered.
        """
        ...


class HostDestination:
    """A host on one link, which speaks ISO 8583."""

    def __init__(self, link: Link, timeout_s: float) -> None:
        self.name = link.name
        self.timeout_s = timeout_s
        self._link = link

    @property
    def up(self) -> bool:
        return self._link.up

    def ask(self, request: Message, deadline_s: float, operation_key: str) -> Deferred[Message]:
        # Between hosts a transaction is known by its elements; the key is for those that ask it.
        del operation_key
        return self._link.ask(request, deadline_s)


class PacedDestination:
    """A destination that is asked at most so many times a second: those that come early wait.

    For store-and-forward, which would otherwise give a host that is just back all it is owed at
    once.
    """

    def __init__(self, reactor: Any, destination: Destination, rate_max: int) -> None:
        self.name = destination.name
        self.timeout_s = destination.timeout_s
        self._reactor = reactor
        self._destination = destination
        self._every_s = 1 / rate_max
        self._next_at_s = 0.0

    @property
    def up(self) -> bool:
        return self._destination.up

    def ask(self, request: Message, deadline_s: float, operation_key: str) -> Deferred[Message]:
        now_s = self._reactor.seconds()
        at_s = max(now_s, self._next_at_s)
        self._next_at_s = at_s + self._every_s
        if at_s == now_s:
            return self._destination.ask(request, deadline_s, operation_key)
        pause: Deferred[None] = deferLater(self._reactor, at_s - now_s)
        return pause.addCallback(
            lambda _: self._destination.ask(request, deadline_s, operation_key)
        )
