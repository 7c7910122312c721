"""Which elements must, may and must not be in a message.

Rules of a link's profile: a dialect says them, plain decoding does not ask them.
"""

from __future__ import annotations

from collections.abc import Mapping

from switch.wire.dialect import Dialect
from switch.wire.errors import Complaint
from switch.wire.message import Message, Value
from switch.wire.rules import Presence


def presence_complaints(message: Mapping[str, Value], dialect: Dialect) -> list[Complaint]:
    """What is missing and what should not be there, by element number; empty when all is well.

    A message type that the dialect has no rule for is not judged.
    """
    kind = Message(message).mti
    known = dialect.presence(kind)
    if known is None:
        return []
    complaints = [
        Complaint(key, None, f"it in a {kind}", "nothing", dialect.name_of(key))
        for key in known.must
        if key not in message
    ]
    complaints += [
        Complaint(key, None, f"it absent from a {kind}", "it there", dialect.name_of(key))
        for key in message
        if key.isdigit() and _refused(key, known)
    ]
    return sorted(complaints, key=lambda complaint: int(complaint.field))


def _refused(key: str, known: Presence) -> bool:
    if key in known.must_not:
        return True
    return known.may is not None and key not in known.must and key not in known.may
