"""Every operation once: repeats get the stored answer, cancellations hold whatever their order.

A cancellation that comes before its operation is remembered; the operation is then refused and
leaves in the books exactly what the opposite order would have left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Row, String, bindparam, insert, select

from simulator.payment_core import remittances
from simulator.payment_core.answers import Answer, CancellationAnswer
from simulator.payment_core.cards import find_card
from simulator.payment_core.decisions import undo_payment
from simulator.payment_core.ledger import Posted, Trace, posting_of, reverse
from simulator.payment_core.models import Cancellation, DebtEnquiry, Request
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.tables import cancellations, operations
from simulator.payment_core.turn import Turn, canonical, instant_text
from switch.settings.masking import mask_pan

R = TypeVar("R", bound=Request)

CANCELLATION = "cancellation"

HIDDEN = "*"


@dataclass(frozen=True)
class Performed:
    """The answer of an operation as JSON text, and whether it was given before.

    `answer` is None when the key came before with another body.
    """

    answer: str | None
    replayed: bool = False


_insert_operation = insert(operations)
_read_operation = select(operations).where(operations.c.key == bindparam("key"))
_asked = select(bindparam("key", type_=String).label("key")).subquery()
_read_both = (
    select(
        operations.c.kind,
        operations.c.request,
        operations.c.answer,
        cancellations.c.key.label("cancelling_key"),
        cancellations.c.retained_minor,
    )
    .select_from(_asked)
    .join(operations, operations.c.key == _asked.c.key, isouter=True)
    .join(cancellations, cancellations.c.cancels == _asked.c.key, isouter=True)
)
"""What is known of a key, and of its cancellation, in one look: one row always."""
_read_cancellation = select(cancellations).where(cancellations.c.cancels == bindparam("cancels"))


def perform(
    turn: Turn,
    key: str,
    kind: str,
    request: R,
    action: Callable[[Turn, str, R], Answer],
) -> Performed:
    """Do `action` unless `key` was done before; what it answers is stored in the same commit."""
    text = request_text(turn, request)
    stored = turn.connection.execute(_read_both, {"key": key}).one()
    if stored.kind is not None:
        if (stored.kind, stored.request) != (kind, text):
            return Performed(None)
        return Performed(stored.answer, replayed=True)
    if stored.cancelling_key is None or kind == CANCELLATION:
        answer = attempt(turn, key, request, action)
    else:
        answer = _too_late(turn, key, request, action, kind=kind, remembered=stored)
    written = answer.model_dump_json(exclude_none=True)
    row = {
        "key": key,
        "kind": kind,
        "request": text,
        "outcome": answer.outcome,
        "reason": answer.reason,
        "answer": written,
        "at": instant_text(turn.now),
    }
    turn.connection.execute(_insert_operation, row)
    return Performed(written)


def attempt(turn: Turn, key: str, request: R, action: Callable[[Turn, str, R], Answer]) -> Answer:
    """What `action` answers, a refusal included. It refuses before it writes."""
    try:
        return action(turn, key, request)
    except RefusedError as refusal:
        return declined(refusal)


def declined(refusal: RefusedError) -> Answer:
    """The answer that a refusal makes."""
    return Answer(
        outcome="declined", reason=refusal.reason, field=refusal.field, message=refusal.message
    )


def cancel(turn: Turn, key: str, request: Cancellation) -> CancellationAnswer:
    """Undo an operation. Approved as well when it is unknown, declined or cancelled already."""
    found = turn.connection.execute(_read_operation, {"key": request.cancels}).one_or_none()
    if found is not None and found.kind == CANCELLATION:
        raise RefusedError("unknown_operation")
    posting = posting_of(turn.connection, request.cancels)
    if posting is not None and not _may_retain(posting, request.retained_minor):
        raise RefusedError("invalid_amount")
    known = {"cancels": request.cancels}
    if turn.connection.execute(_read_cancellation, known).one_or_none() is not None:
        return CancellationAnswer(outcome="approved", returned_minor=0)
    turn.connection.execute(
        insert(cancellations).values(
            cancels=request.cancels,
            key=key,
            retained_minor=request.retained_minor,
            reason=request.reason,
            at=instant_text(turn.now),
        )
    )
    returned_minor = 0
    if posting is not None:
        trace = Trace(key, request.terminal_id, request.stan, request.rrn)
        returned_minor = _undo(turn, request.cancels, posting, trace, request.retained_minor)
    return CancellationAnswer(outcome="approved", returned_minor=returned_minor)


def request_text(turn: Turn, request: Request) -> str:
    """A request as canonical JSON without secrets, to tell a repeat from another body.

    The PAN becomes the number of the card, or its masked form when the bank does not know it (a
    hash would not hide it: there are too few PANs). Of a form, passwords are hidden, and so is the
    code of a remittance: a repeat with another one gets what the first was answered.
    """
    body = request.model_dump(exclude_none=True, exclude={"pin", "new_pin", "chip"})
    if "code" in body:
        body["code"] = HIDDEN
    pan = body.pop("pan", None)
    if pan is not None:
        card = find_card(turn.connection, turn.vault, pan)
        body["card"] = mask_pan(pan) if card is None else card.id
    if isinstance(request, DebtEnquiry):
        body["form"] = _without_passwords(turn, request)
    return canonical(body)


def _without_passwords(turn: Turn, enquiry: DebtEnquiry) -> dict[str, str]:
    try:
        kind = turn.catalogue.kind(enquiry.creditor, enquiry.kind)
    except RefusedError:
        return dict.fromkeys(enquiry.form, HIDDEN)
    shown = {field.name for field in kind.form if field.type != "password"}
    return {name: value if name in shown else HIDDEN for name, value in enquiry.form.items()}


def _too_late(
    turn: Turn,
    key: str,
    request: R,
    action: Callable[[Turn, str, R], Answer],
    *,
    kind: str,
    remembered: Row[*tuple[Any, ...]],
) -> Answer:
    """The refusal of an operation whose cancellation came first.

    When that cancellation said that part of the cash was dispensed, the part is posted: the
    operation is posted and at once reversed but for it, as the opposite order would have done.
    """
    refusal = Answer(outcome="declined", reason="cancelled_before")
    if remembered.retained_minor == 0 or kind != "withdrawal":
        return refusal
    answer = attempt(turn, key, request, action)
    posting = posting_of(turn.connection, key)
    if posting is None:
        return answer
    trace = Trace(remembered.cancelling_key)
    retained_minor = min(remembered.retained_minor, posting.amount_minor)
    reverse(turn, posting, trace, retained_minor=retained_minor)
    return refusal


def _may_retain(posting: Posted, retained_minor: int) -> bool:
    if posting.kind != "withdrawal":
        return retained_minor == 0
    return retained_minor <= posting.amount_minor


def _undo(turn: Turn, cancels: str, posting: Posted, trace: Trace, retained_minor: int) -> int:
    if posting.kind in ("bill_card", "bill_cash", "bill_authorised"):
        undo_payment(turn, cancels, trace)
    elif posting.kind in ("remittance_account", "remittance_cash", "collection"):
        remittances.undo(turn.connection, cancels)
    return reverse(turn, posting, trace, retained_minor=retained_minor)
