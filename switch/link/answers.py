"""Answers made from requests: which elements are repeated, and the response code."""

from __future__ import annotations

from switch.wire import Message, Value
from switch.wire.mti import answer_mti, message_class

_REPEATED = {
    "8": ("7", "11", "12", "13", "32", "41", "70"),
    "": (
        *("2", "3", "4", "5", "6", "7", "9", "10", "11", "12", "13", "26", "28", "32", "37"),
        *("41", "42", "49", "50", "51", "90", "95", "100", "102", "103"),
    ),
}


def repeated(mti: str) -> tuple[str, ...]:
    """What an answer repeats of a request of this type while it is inside this process.

    An answer is made before anybody asks on which link it leaves: the link then sends what its
    dialect calls `echoed` (`MessageRules.echoing`).
    """
    return _REPEATED.get(message_class(mti), _REPEATED[""])


_REPEATED_SETS = {kind: frozenset(numbers) for kind, numbers in _REPEATED.items()}


def answer_to(request: Message, code: str, **elements: Value) -> Message:
    """The answer to `request` with `code` in DE39, what is repeated, and `elements`.

    `elements` are named `de38`, `de54`...
    """
    answer = Message({"t": answer_mti(request.mti)})
    kind = message_class(request.mti)
    numbers = _REPEATED_SETS.get(kind, _REPEATED_SETS[""])
    for number, value in request.items():
        if number in numbers:
            answer[number] = value
    answer["39"] = code
    for name, element in elements.items():
        answer[name.removeprefix("de")] = element
    return answer
