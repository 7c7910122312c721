"""What a message has otherwise than the rules say: of its dialect, and of the profile."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.certify.case_file import CaseExpect
from simulator.certify.profile import CertificationProfile
from switch.link.answers import repeated
from switch.wire import Dialect, Message, presence_complaints
from switch.wire.masking import mask_value

_MAY_DIFFER = frozenset({"4", "5", "6"})
"""Amounts: another in an answer that approves a part, or says what is due."""

_PARTLY = ("10", "002")
_IDENTIFYING = ("11", "37", "41")


def answer_breaches(request: Message | None, message: Message, dialect: Dialect) -> Iterator[str]:
    """What is missing, what should not be there, and what does not repeat its request."""
    yield from (str(complaint) for complaint in presence_complaints(message, dialect))
    if request is None:
        return
    known = dialect.presence(request.mti)
    echoed = known.echoed if known is not None and known.echoed else repeated(request.mti)
    free = _MAY_DIFFER if message.text("39") in _PARTLY else frozenset[str]()
    for key in echoed:
        if key not in request or key in free:
            continue
        if key in _IDENTIFYING and key not in message:
            yield f"DE{key} ({dialect.name_of(key)}): expected it to be echoed, found nothing"
        elif key in message and message[key] != request[key]:
            # A value may be a card's: it is shown as the dialect's marks allow.
            sent, came = (mask_value(key, each[key], dialect) for each in (request, message))
            yield f"DE{key} ({dialect.name_of(key)}): expected {sent} as sent, found {came}"


def code_breaches(
    step: CaseExpect, message: Message, profile: CertificationProfile
) -> Iterator[str]:
    """What DE39 says otherwise than it must."""
    found = message.text("39")
    if step.code == "approved":
        if found not in ("00", "000"):
            yield f"DE39: expected 00, found {found or 'nothing'}"
    elif step.code is not None:
        wanted = profile.codes_for(step.code)
        if found not in wanted:
            words = step.code.replace("_", " ")
            yield f"DE39: expected {' or '.join(wanted)} ({words}), found {found or 'nothing'}"
    if step.refused and (not found or found in ("00", "000")):
        yield f"DE39: expected a refusal, found {found or 'nothing'}"


def reversal_breaches(request: Message, reversal: Message) -> Iterator[str]:
    """What a reversal says otherwise than the request that it is of."""
    original = reversal.text("90")
    if not original:
        if reversal.text("37") != request.text("37") or not request.text("37"):
            yield "DE90: expected the original's data, found nothing"
    else:
        wanted = request.mti + request.text("11") + request.text("7")
        if original[:20] != wanted:
            yield f"DE90: expected it to begin with {wanted}, found {original[:20]}"
    for key in ("3", "4", "41"):
        if key in request and reversal.text(key) != request.text(key):
            yield (
                f"DE{key}: expected {request.text(key)} as in the request, "
                f"found {reversal.text(key) or 'nothing'}"
            )
