"""The evidence behind an expectation that failed: the messages, and where to look next."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.scenario.message_log import MessageLog, Passed, sequence
from simulator.scenario.results import Exchanged
from simulator.terminal.result import OperationResult
from switch.wire import Dialect, Message, describe
from switch.wire.mti import is_answer, is_request, message_class


def exchanged(
    passed: Sequence[Passed],
    began_s: float,
    dialect: Dialect,
    *,
    sent: Message | None = None,
    came: Message | None = None,
    result: OperationResult | None = None,
) -> Exchanged:
    """What was sent and what came, described and masked, and what passed around it.

    Without `sent` and `came` they are looked for in what passed: those of the terminal that
    `result` is of. `began_s` is where the times of the diagram begin.
    """
    if result is not None:
        mine = [each for each in passed if result.terminal in (each.sender, each.receiver)]
        sent = next((each.message for each in mine if each.sender == result.terminal), None)
        answers = [each.message for each in mine if each.receiver == result.terminal]
        came = answers[-1] if answers else None
    return Exchanged(
        sent=_described(sent, dialect),
        came=_described(came, dialect),
        around=tuple(sequence(passed, began_s)),
        look=where_to_look(passed, sent, came),
    )


def where_to_look(passed: Sequence[Passed], sent: Message | None, came: Message | None) -> str:
    """What the messages say about the cause, in a sentence; nothing when they say nothing.

    The transaction is followed from the switch on: whom it asked, what came back.
    """
    if sent is None:
        return "nothing was sent: see the words of the result, and the state of the line"
    if not sent.mti.isdigit():
        return "what was sent is no message: the switch closes the line or answers 30"
    asked = [
        each
        for each in passed
        if each.sender == MessageLog.SWITCH
        and is_request(each.message.mti)
        and message_class(each.message.mti) == message_class(sent.mti)
    ]
    code = came.text("39") if came is not None else ""
    if not asked:
        if came is None:
            return "the switch did not answer: see its log, and whether the line is signed on"
        return (
            f"the switch asked no host on a line: the answer {code} is its own or the core's; "
            "`guichet route explain` says which rule takes the request"
        )
    whom = asked[-1].receiver
    answers = [
        each.message for each in passed if each.sender == whom and is_answer(each.message.mti)
    ]
    if not answers:
        return f"{whom} was asked and did not answer: see that link, its timeout and its faults"
    theirs = answers[-1].text("39")
    if came is None:
        return f"{whom} answered {theirs}, and no answer left for who asked: it may have been late"
    if theirs == code:
        return f"the answer {code} is that of {whom}: see its rules, its cards and its books"
    return f"{whom} answered {theirs} and the switch {code}: see the switch's checks and its log"


def _described(message: Message | None, dialect: Dialect) -> str:
    if message is None:
        return ""
    if not message.mti.isdigit():
        return message.mti
    return describe(message, dialect)
