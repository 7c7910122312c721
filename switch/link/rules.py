"""What a link asks of messages beyond their bytes: its dialect's rules for each message type.

Which elements must and must not be there, and what an answer repeats of its request, are data of
the dialect; whether a link refuses what breaks them is a word of its profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from switch.link.answers import repeated
from switch.link.counts import LinkCounts
from switch.wire import Dialect, Message, presence_complaints

Echoed = Literal["pass", "ignore", "close"]
"""What becomes of an answer that does not repeat its request: taken all the same, taken for no
answer, or for the end of the line."""

Asked = Literal["refuse", "count", "ignore"]
"""`refuse`: counted, logged, and a request is answered 30; `count`: counted and logged."""

AMOUNTS = frozenset(("4", "5", "6"))
"""Echoed, but another in an answer that tells what is due or approves a part."""

TOLD_MAX = 10
"""Messages that break the same rules in the same way, and are warned of one by one."""

KINDS_MAX = 1_000

PARTLY_APPROVED = ("10", "002")
"""DE39 of 1987 and of 1993."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of one message type, and how what a link echoes differs from what we repeat."""

    must: frozenset[str]
    must_not: frozenset[str]
    only: frozenset[str] | None
    echoed: tuple[str, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]


class MessageRules:
    """The rules of one link. `refuse` and `matched` count and log; nothing raises."""

    def __init__(
        self,
        dialect: Dialect,
        asked: Asked,
        name: str,
        counts: LinkCounts,
        log: Any,
        *,
        wrong_echo: Echoed = "pass",
    ) -> None:
        self._dialect = dialect
        self._asked = asked
        self._believing = wrong_echo == "pass"
        self._name = name
        self._counts = counts
        self._log = log
        # At most one entry for each four digits that there are.
        self._known: dict[str, _Rules | None] = {}
        self._told: dict[tuple[str, str], int] = {}

    def refuse(self, message: Message) -> bool:
        """Count and log the elements that are missing or unexpected; whether to answer 30."""
        if self._asked == "ignore":
            return False
        rules = self._of(message.mti)
        if rules is None or _kept(message, rules):
            return False
        complaints = presence_complaints(message, self._dialect)
        for complaint in complaints:
            kind = "missing" if complaint.found == "nothing" else "unexpected"
            self._counts.rule_broken(self._name, kind, complaint.field)
        reason = "; ".join(map(str, complaints))
        self._tell(
            "message breaks its rules",
            (message.mti, reason),
            mti=message.mti,
            stan=message.text("11"),
            terminal=message.text("41"),
            reason=reason,
        )
        return self._asked == "refuse"

    def matched(self, request: Message, answer: Message) -> bool:
        """Count and log what is wrong with an answer: presence, and echoes that differ.

        Whether it may be believed: False where its echoes differ and the link does not let it pass.
        """
        self.refuse(answer)
        rules = None if self._asked == "ignore" else self._of(request.mti)
        if rules is None:
            return True
        free = _free(request, answer)
        differing = [
            number
            for number in rules.echoed
            if number in request
            and number in answer
            and request[number] != answer[number]
            and number not in free
        ]
        for number in differing:
            self._counts.rule_broken(self._name, "echo", number)
        if differing:
            # Only numbers and names: the values may be a card's.
            self._tell(
                "answer does not repeat its request",
                (answer.mti, ",".join(differing)),
                mti=answer.mti,
                stan=answer.text("11"),
                terminal=answer.text("41"),
                elements=", ".join(f"{at} ({self._dialect.name_of(at)})" for at in differing),
            )
        return self._believing or not differing

    def echoing(self, request: Message, answer: Message) -> Message:
        """The answer with what this link's dialect repeats of the request, and nothing else of it.

        What the answer says itself, and what it has otherwise than the request, is left.
        """
        rules = self._of(request.mti)
        if rules is None or not (rules.added or rules.dropped):
            return answer
        made = Message(answer)
        for number in rules.dropped:
            if number in made and made[number] == request.get(number):
                del made[number]
        for number in rules.added:
            if number in request and number not in made:
                made[number] = request[number]
        return made

    def _tell(self, event: str, kind: tuple[str, str], **facts: str) -> None:
        """Warn of the first few of a kind: a peer that breaks a rule breaks it in each message."""
        if kind not in self._told and len(self._told) == KINDS_MAX:
            self._told.clear()
        told = self._told[kind] = self._told.get(kind, 0) + 1
        if told > TOLD_MAX:
            self._log.debug(event, **facts)
        elif told == TOLD_MAX:
            self._log.warning(
                event, more="the next of this kind are counted, and told at debug", **facts
            )
        else:
            self._log.warning(event, **facts)

    def _of(self, mti: str) -> _Rules | None:
        if mti not in self._known:
            self._known[mti] = self._made(mti)
        return self._known[mti]

    def _made(self, mti: str) -> _Rules | None:
        known = self._dialect.presence(mti)
        if known is None:
            return None
        ours = repeated(mti)
        return _Rules(
            must=frozenset(known.must),
            must_not=frozenset(known.must_not),
            only=None if known.may is None else frozenset((*known.may, *known.must)),
            echoed=known.echoed,
            added=tuple(number for number in known.echoed if number not in ours),
            dropped=tuple(number for number in ours if number not in known.echoed),
        )


def _kept(message: Message, rules: _Rules) -> bool:
    keys = message.keys()
    if not (keys >= rules.must and rules.must_not.isdisjoint(keys)):
        return False
    return rules.only is None or keys - {"t"} <= rules.only


def _free(request: Message, answer: Message) -> frozenset[str]:
    enquiry = not request.text("4").strip("0")
    return AMOUNTS if enquiry or answer.text("39") in PARTLY_APPROVED else frozenset()
