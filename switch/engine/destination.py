"""What answers a request: a host behind a link, the payment core behind its bridge."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred

from switch.link import Dialer
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
    """A host that we dial and that speaks ISO 8583."""

    def __init__(self, dialer: Dialer, timeout_s: float) -> None:
        self.name = dialer.name
        self.timeout_s = timeout_s
        self._dialer = dialer

    @property
    def up(self) -> bool:
        return self._dialer.up

    def ask(self, request: Message, deadline_s: float, operation_key: str) -> Deferred[Message]:
        # Between hosts a transaction is known by its elements; the key is for those that ask it.
        del operation_key
        return self._dialer.ask(request, deadline_s)
