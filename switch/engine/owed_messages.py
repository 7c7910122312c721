"""The messages that store-and-forward sends: a reversal or an advice, made from what is owed."""

from __future__ import annotations

from datetime import datetime

from switch.engine.entries import COPIED
from switch.engine.owing import COPIED_OF_THE_ANSWER, Kind, Owed
from switch.runtime import transmission_time
from switch.wire import Message
from switch.wire.mti import message_class, repeat_mti
from switch.wire.original import original_data


def owed_message(owed: Owed, now: datetime) -> Message:
    """What `owed` is sent as; from the second attempt on it is a repeat."""
    message = _reversal(owed) if owed.kind is Kind.REVERSAL else _advice(owed)
    # DE7 is this transmission's own; DE90 has the original's.
    message["7"] = transmission_time(now)
    if owed.attempts > 1:
        message["t"] = repeat_mti(message.mti)
    return message


def _reversal(owed: Owed) -> Message:
    original = owed.request
    message = Message({"t": "0420"})
    for element in (*COPIED, *COPIED_OF_THE_ANSWER):
        if element in original:
            message[element] = original[element]
    message["39"] = owed.reason if len(owed.reason) == 2 and owed.reason.isdigit() else "68"
    message["90"] = original_data(original)
    if owed.retained_minor:
        message["95"] = f"{owed.retained_minor:012}" + "0" * 30
    return message


def _advice(owed: Owed) -> Message:
    message = owed.request.copy()
    message["t"] = f"0{message_class(message.mti)}20"
    return message
