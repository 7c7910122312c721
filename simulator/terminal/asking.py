"""Requests as terminals make them, and what came of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from simulator.terminal.card import Card
from simulator.terminal.identity import BILLS, CURRENCY, Identity, Place
from simulator.terminal.numbers import retrieval_reference
from simulator.terminal.pending import PendingRecord
from simulator.terminal.result import Outcome
from switch.runtime import local_time, transmission_time
from switch.wire import Message, Value
from switch.wire.codes import response_words

APPROVED = "00"
APPROVED_OTHERWISE = frozenset({"08", "10", "11"})
"""Approvals upon a condition (an identification, a part of the amount): money was moved, but our
terminals cannot do what they ask for."""


@dataclass(frozen=True)
class Ask:
    """What a terminal is about to ask for.

    `held` counts pieces of cash taken from the customer, by denomination in minor units.
    `repeats` is how often it is sent again when nobody answers; `cancellable` has the journal keep
    what a later reversal of it would copy.
    """

    operation: str
    mti: str
    processing_code: str
    amount_minor: int = 0
    card: Card | None = None
    elements: Mapping[str, Value] = field(default_factory=dict)
    held: Mapping[int, int] = field(default_factory=dict)
    repeats: int = 0
    cancellable: bool = False

    @property
    def moves_money(self) -> bool:
        """Whether it must be reversed when nobody answers."""
        return self.mti == "0200"

    def message(self, identity: Identity, place: Place, instant: datetime, stan: str) -> Message:
        """The request, sent at `instant`."""
        time, date = local_time(instant)
        message = Message(
            {
                "t": self.mti,
                "3": self.processing_code,
                "4": f"{self.amount_minor:012}",
                "7": transmission_time(instant),
                "11": stan,
                "12": time,
                "13": date,
                "18": BILLS if "bill" in self.operation else place.merchant_type,
                "22": place.entry_mode,
                "25": place.condition,
                "32": identity.institution,
                "37": retrieval_reference(instant, stan),
                "41": identity.terminal,
                "42": identity.acceptor,
                "49": CURRENCY,
                **self.elements,
            }
        )
        if self.card is not None:
            message["2"] = self.card.pan
            if self.card.expiry:
                message["14"] = self.card.expiry
        return message


@dataclass(frozen=True)
class Exchange:
    """A request and what came back; `answer` is empty when nothing did."""

    ask: Ask
    outcome: Outcome
    words: str = ""
    response_code: str = ""
    stan: str = ""
    rrn: str = ""
    elapsed_s: float = 0.0
    answer: Message = field(default_factory=Message)
    record: PendingRecord | None = None


def unacceptable(request: Message, answer: Message) -> str:
    """Why an answer decides nothing, or approves something else; empty when all is well.

    The link has matched DE7, 11, 32 and 41 already.
    """
    code = answer.text(39)
    if not code:
        return "the answer has no response code (DE39)"
    if code in APPROVED_OTHERWISE:
        return f"{response_words(code)} ({code}): this terminal cannot do that"
    if code != APPROVED or request.mti != "0200":
        return ""
    if answer.text(4) != request.text(4):
        said = answer.text(4) or "nothing"
        return f"the answer approves {said} where {request.text(4)} was asked (DE4)"
    if answer.text(3) not in ("", request.text(3)):
        return f"the answer is about {answer.text(3)}, not {request.text(3)} (DE3)"
    return ""
