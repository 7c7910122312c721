"""Which request an answer belongs to.

A request and its answer agree on the message class and on every element of the key, by default
DE7, 11, 32 and 41. Matching on the trace number (DE11) alone would give one terminal's answer to
another. What matches nothing is explained, since that is what people look for first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred

from switch.link.deadlines import Deadlines
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


class SameKeyError(NotSentError):
    """It never left because one with the same key is under way, which may be the same request."""


class UnencodableError(NotSentError):
    """It never left because the dialect of the link cannot say it: no repeat will."""


class NoAnswerError(Exception):
    """The request left and no answer came in time: the other side may have acted on it."""


class Unmatched(str):
    """Why an answer matches nothing, in words; `kind` is the word to count it under.

    `late`: its request was given up before; `lacking`: it has no value for an element of the key;
    `class` and `differs`: a request with its trace number waits and is not like it; `echo`: it
    repeats another request than the one that waits for it, which waits on; `nobody`.
    """

    __slots__ = ("kind",)

    def __new__(cls, kind: str, words: str) -> Unmatched:
        unmatched = super().__new__(cls, words)
        unmatched.kind = kind
        return unmatched

    kind: str


@dataclass(slots=True)
class Waiting:
    """A request under way."""

    key: Key
    request: Message
    answered: Deferred[Message]
    deadline_s: float
    over: bool = False


class Pending:
    """The requests of one session that wait for their answers."""

    __slots__ = ("_deadlines", "_elements", "_matched", "_reactor", "_unanswered", "_waiting")

    def __init__(
        self,
        reactor: Any,
        key: Sequence[str] = FINANCIAL_KEY,
        matched: Callable[[Message, Message], bool] = lambda request, answer: True,
    ) -> None:
        """`matched` is shown each request and its answer first, and says whether to believe it."""
        self._reactor = reactor
        self._matched = matched
        self._elements = tuple(key)
        self._waiting: dict[Key, Waiting] = {}
        self._unanswered: dict[Key, float] = {}
        self._deadlines = Deadlines(reactor, self._expire)

    def __len__(self) -> int:
        return len(self._waiting)

    def key_of(self, message: Message) -> Key:
        """The key of a request or an answer: its class, then each element ("" where absent)."""
        kind = message_class(message.mti)
        return (kind, *map(message.text, self._names(kind)))

    def wait(self, request: Message, deadline_s: float) -> Deferred[Message]:
        """Wait up to `deadline_s` seconds for the answer; fails with NoAnswerError after that.

        Fails with SameKeyError when a request with the same key is already under way: two
        answers could not be told apart.
        """
        key = self.key_of(request)
        answered: Deferred[Message] = Deferred()
        if key in self._waiting:
            answered.errback(SameKeyError("a request with the same key is under way"))
            return answered
        waiting = self._waiting[key] = Waiting(key, request, answered, deadline_s)
        self._deadlines.add(waiting, deadline_s, len(self._waiting))
        return answered

    def match(self, answer: Message) -> Unmatched | None:
        """Give an answer to whoever waits for it; otherwise say why nobody does."""
        key = self.key_of(answer)
        waiting = self._waiting.get(key)
        if waiting is None:
            return self._explain(key)
        if not self._matched(waiting.request, answer):
            return Unmatched("echo", "it does not repeat the request that waits for it")
        del self._waiting[key]
        waiting.over = True
        if not self._waiting:
            self._deadlines.stop()
        waiting.answered.callback(answer)
        return None

    def fail_all(self, reason: str) -> None:
        """The line is gone: whatever was under way has no answer."""
        waiting, self._waiting = self._waiting, {}
        self._deadlines.stop()
        for each in waiting.values():
            each.over = True
            self._remember(each)
            each.answered.errback(NoAnswerError(reason))

    def _names(self, kind: str) -> tuple[str, ...]:
        return NETWORK_KEY if kind == "8" else self._elements

    def _expire(self, waiting: Waiting) -> None:
        del self._waiting[waiting.key]
        waiting.over = True
        self._remember(waiting)
        waiting.answered.errback(NoAnswerError(f"no answer within {waiting.deadline_s:g} s"))

    def _remember(self, waiting: Waiting) -> None:
        # What was asked again under the same key is late by its last asking: it goes to the end.
        self._unanswered.pop(waiting.key, None)
        self._unanswered[waiting.key] = self._reactor.seconds()
        while len(self._unanswered) > REMEMBERED_MAX:
            del self._unanswered[next(iter(self._unanswered))]

    def _explain(self, key: Key) -> Unmatched:
        if (gave_up_at_s := self._unanswered.pop(key, None)) is not None:
            late_s = self._reactor.seconds() - gave_up_at_s
            return Unmatched("late", f"it came {late_s:.3f} s after its request was given up")
        kind, names = key[0], self._names(key[0])
        others = [other for other in self._waiting if self._same_stan(other, key)]
        # The class is told last: another request of the terminal often has the same trace number.
        others.sort(key=lambda other: other[0] != kind)
        for other in others:
            if other[1:] == key[1:]:
                told = f"its class is x{kind}xx where x{other[0]}xx was asked"
                return Unmatched("class", f"a request with the same key waits, but {told}")
            if self._names(other[0]) == names:
                return _differs(names, other, key)
        lacking = [f"DE{name}" for name, value in zip(names, key[1:], strict=True) if not value]
        if lacking:
            told = f"it has no {' and no '.join(lacking)}, which answers are matched on here"
            return Unmatched("lacking", f"nobody waits for it: {told}")
        return Unmatched("nobody", "nobody waits for it")

    def _same_stan(self, other: Key, key: Key) -> bool:
        names, other_names = self._names(key[0]), self._names(other[0])
        if "11" not in names or "11" not in other_names:
            return False
        stan = key[1 + names.index("11")]
        return bool(stan) and stan == other[1 + other_names.index("11")]


def _differs(names: Sequence[str], other: Key, key: Key) -> Unmatched:
    differences, lacks = [], False
    if other[0] != key[0]:
        differences.append(f"its class is x{key[0]}xx where x{other[0]}xx was asked")
    for name, asked, found in zip(names, other[1:], key[1:], strict=True):
        if asked != found:
            lacks = lacks or not found
            differences.append(f"DE{name} is {found or 'absent'} where {asked or 'none'} was asked")
    told = "a request with the same DE11 waits, but " + "; ".join(differences)
    return Unmatched("lacking" if lacks else "differs", told)
