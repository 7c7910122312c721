"""Which elements must and must not be in a message: the strict rules of a dialect."""

from __future__ import annotations

from collections.abc import Mapping

from switch.wire.dialect import Dialect
from switch.wire.errors import Complaint
from switch.wire.message import Message, Value


def presence_complaints(message: Mapping[str, Value], dialect: Dialect) -> list[Complaint]:
    """What is missing and what should not be there, by element number; empty when all is well.

    A message type that the dialect has no rule for is not judged.
    """
    kind = Message(message).mti
    complaints: list[Complaint] = []
    for rule in dialect.presence:
        if kind not in rule.messages:
            continue
        complaints += [
            Complaint(key, None, f"it in a {kind}", "nothing", dialect.name_of(key))
            for key in rule.must
            if key not in message
        ]
        complaints += [
            Complaint(key, None, f"it absent from a {kind}", "it there", dialect.name_of(key))
            for key in rule.must_not
            if key in message
        ]
    return sorted(complaints, key=lambda complaint: int(complaint.field))
