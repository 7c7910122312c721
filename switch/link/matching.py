"""Which request an answer belongs to.

A request and its answer agree on the message class and on every element of the key, by default
DE7, 11, 32 and 41. Matching on the trace number (DE11) alone would give one terminal's answer to
another. What matches nothing is explained, since that is what people look for first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred

from switch.wire import Message
from switch.wire.mti import message_class

FINANCIAL_KEY = ("7", "11", "32", "41")
NETWORK_KEY = ("7", "11")
"""0800 has no acquirer's identification and often no terminal."""

REMEMBERED_MAX = 1_000
"""Requests that went unanswered and are remembered, to say of a late answer how late it is."""

Key = tuple[str, ...]


class NotSentError(Exception):
    """The request never left: nothing can have happened at the other side."""


class NoAnswerError(Exception):
    """The request left and no answer came in time: the other side may have acted on it."""


@dataclass
class Waiting:
    """A request under way."""

    key: Key
    asked_at_s: float
    answered: Deferred[Message]
    timer: Any = None


class Pending:
    """The requests of one session that wait for their answers."""

    def __init__(self, reactor: Any, key: Sequence[str] = FINANCIAL_KEY) -> None:
        self._reactor = reactor
        self._elements = tuple(key)
        self._waiting: dict[Key, Waiting] = {}
        self._unanswered: OrderedDict[Key, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def key_of(self, message: Message) -> Key:
        """The key of a request or an answer: its class, then each element ("" where absent)."""
        kind = message_class(message.mti)
        elements = NETWORK_KEY if kind == "8" else self._elements
        return (kind, *(message.text(element) for element in elements))

    def wait(self, request: Message, deadline_s: float) -> Deferred[Message]:
        """Wait up to `deadline_s` seconds for the answer; fails with NoAnswerError after that.

        Fails with NotSentError when a request with the same key is already under way: two
        answers could not be told apart.
        """
        key = self.key_of(request)
        answered: Deferred[Message] = Deferred()
        if key in self._waiting:
            answered.errback(NotSentError("a request with the same key is under way"))
            return answered
        waiting = Waiting(key, self._reactor.seconds(), answered)
        waiting.timer = self._reactor.callLater(deadline_s, self._expire, key)
        self._waiting[key] = waiting
        return answered

    def match(self, answer: Message) -> str | None:
        """Give an answer to whoever waits for it; otherwise say why nobody does."""
        key = self.key_of(answer)
        waiting = self._waiting.pop(key, None)
        if waiting is None:
            return self._explain(key)
        waiting.timer.cancel()
        waiting.answered.callback(answer)
        return None

    def fail_all(self, reason: str) -> None:
        """The line is gone: whatever was under way has no answer."""
        waiting, self._waiting = self._waiting, {}
        for each in waiting.values():
            each.timer.cancel()
            self._remember(each)
            each.answered.errback(NoAnswerError(reason))

    def _expire(self, key: Key) -> None:
        waiting = self._waiting.pop(key)
        self._remember(waiting)
        waited_s = self._reactor.seconds() - waiting.asked_at_s
        waiting.answered.errback(NoAnswerError(f"no answer within {waited_s:g} s"))

    def _remember(self, waiting: Waiting) -> None:
        self._unanswered[waiting.key] = self._reactor.seconds()
        while len(self._unanswered) > REMEMBERED_MAX:
            self._unanswered.popitem(last=False)

    def _explain(self, key: Key) -> str:
        if (gave_up_at_s := self._unanswered.pop(key, None)) is not None:
            late_s = self._reactor.seconds() - gave_up_at_s
            return f"it came {late_s:.3f} s after its request was given up"
        names = NETWORK_KEY if key[0] == "8" else self._elements
        stan = key[1 + names.index("11")] if "11" in names else ""
        for other in self._waiting:
            other_names = NETWORK_KEY if other[0] == "8" else self._elements
            if stan and stan in other[1:] and other_names == names:
                differences = [
                    f"DE{name} is {found or 'absent'} where {asked or 'none'} was asked"
                    for name, asked, found in zip(names, other[1:], key[1:], strict=True)
                    if asked != found
                ]
                if other[0] != key[0]:
                    differences.insert(0, f"its class is x{key[0]}xx where x{other[0]}xx was asked")
                return "a request with the same DE11 waits, but " + "; ".join(differences)
        return "nobody waits for it"
