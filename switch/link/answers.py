"""Answers made from requests: which elements are echoed, and the response code."""

from __future__ import annotations

from collections.abc import Iterable

from switch.wire import Message, Value
from switch.wire.mti import answer_mti, message_class

ECHOED = {
    "8": ("7", "11", "12", "13", "32", "41", "70"),
    "": (
        *("2", "3", "4", "5", "6", "7", "9", "10", "11", "12", "13", "26", "28", "32", "37"),
        *("41", "42", "49", "50", "51", "90", "95", "100", "102", "103"),
    ),
}
"""What an answer repeats of its request, by message class; "" is every other class."""


def answer_to(
    request: Message, code: str, *, without: Iterable[str] = (), **elements: Value
) -> Message:
    """The answer to `request` with `code` in DE39, the echoed elements, and `elements`.

    `elements` are named `de38`, `de54`... `without` names elements not to be echoed, such as
    those that could not be read.
    """
    kind = message_class(request.mti)
    left_out = set(without)
    answer = Message({"t": answer_mti(request.mti)})
    for number in ECHOED.get(kind, ECHOED[""]):
        if number in request and number not in left_out:
            answer[number] = request[number]
    answer["39"] = code
    for name, value in elements.items():
        answer[name.removeprefix("de")] = value
    return answer
