"""The second leg of a request: what one destination authorised, another confirms.

A bill that another bank's card pays is authorised by the card's issuer and confirmed at the core,
which owes the creditor and is owed by the issuer's bank. Either both stand in the end or neither:
that the first is approved is in the journal before the second is asked, and whatever then goes
wrong reverses the first, and the second too unless it certainly did nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from twisted.internet.defer import Deferred

from switch.engine.request import Request
from switch.engine.states import Input
from switch.link import NoAnswerError, NotSentError
from switch.wire import Message, Value

NOT_FOR_A_HOST = ("48",)
"""Elements of a bill that the card's issuer is not sent: what is paid is not its business."""

NOT_FOR_THE_SECOND = ("2", "14", "23", "35", "45", "52", "53", "55", "102")
"""Elements about the card, which was the first leg's business."""

OF_THE_SECOND = ("48", "54")
"""Elements of the second leg's answer that whoever asked gets too."""


@runtime_checkable
class Confirming(Protocol):
    """A destination that can do its part of what another one authorised."""

    name: str
    timeout_s: float

    def confirm(
        self,
        request: Message,
        deadline_s: float,
        operation_key: str,
        *,
        authorised_by: str,
        approval_code: str,
    ) -> Deferred[Message]:
        """Do what `request` asks for, which has no card; fires and fails as `Destination.ask`.

        `authorised_by` names the destination that approved, `approval_code` is its DE38.
        """
        ...


@dataclass(frozen=True)
class Outcome:
    """What came of the second leg: what happened, the elements of the answer, and why."""

    happened: Input
    elements: Mapping[str, Value]
    reason: str = ""


def first_leg(forwarded: Message) -> Message:
    """What the first destination is sent of a request."""
    return _without(forwarded, NOT_FOR_A_HOST)


class SecondLeg:
    """Asks for the second legs, in the time that is left."""

    def __init__(self, reactor: Any, within_s: float) -> None:
        self._reactor = reactor
        self.within_s = within_s

    async def ask(
        self,
        request: Request,
        destination: Confirming,
        operation_key: str,
        *,
        authorised_by: str,
        first: Mapping[str, Value],
        since_s: float,
        reached: Callable[[str, Request], None],
    ) -> Outcome:
        """Ask `destination` to confirm; `first` is the first leg's answer, asked at `since_s`.

        The answer is the first leg's, with what the second adds. Never raises NotSentError or
        NoAnswerError: these are outcomes.
        """
        left_s = since_s + self.within_s - self._reactor.seconds()
        if left_s <= 0:
            told = f"no time was left for it of {self.within_s:g} s"
            return Outcome(Input.SECOND_REFUSED, {"39": "91"}, told)
        message = _without(request.forwarded, NOT_FOR_THE_SECOND)
        try:
            answering = destination.confirm(
                message,
                min(left_s, destination.timeout_s),
                operation_key,
                authorised_by=authorised_by,
                approval_code=str(first.get("38", "")),
            )
            reached("second forwarded", request)
            answer = await answering
        except NotSentError as error:
            return Outcome(Input.SECOND_REFUSED, {"39": "91"}, str(error))
        except NoAnswerError as error:
            return Outcome(Input.NO_ANSWER, {"39": "91"}, str(error))
        reached("second answered", request)
        code = answer.text("39")
        if code == "00":
            added = {name: answer[name] for name in OF_THE_SECOND if name in answer}
            return Outcome(Input.ANSWERED_APPROVED, {**first, **added})
        if not code:
            return Outcome(Input.NO_ANSWER, {"39": "91"}, "answered with no code")
        declined = {"39": code, **{name: first[name] for name in ("15",) if name in first}}
        return Outcome(Input.SECOND_REFUSED, declined, f"{destination.name} answered {code}")


def _without(message: Message, elements: tuple[str, ...]) -> Message:
    left = message.copy()
    for element in elements:
        left.pop(element, None)
    return left
