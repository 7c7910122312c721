"""What the issuer does with a message: one unit of work on its books, then the answer.

These functions run inside the store's transaction, on its thread: they touch nothing but the
connection, and what they decide is committed before the answer leaves.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from simulator.hosts import holding, ledger, settling
from simulator.hosts.deciding import Decision, Elements, Policy, decide
from simulator.hosts.reading import (
    Operation,
    Original,
    RefusedError,
    is_reversal,
    read_operation,
    read_original,
)
from simulator.hosts.rules import HostRule
from simulator.hosts.tables import (
    early_reversals,
    requests,
    transmissions,
)
from switch.keys.vault import Vault
from switch.link import answer_to
from switch.store import new_number, upsert
from switch.wire import Message
from switch.wire.mti import is_repeat, message_class

if TYPE_CHECKING:
    from switch.keys.checking import PinOutcome
    from switch.keys.chips import ChipOutcome

REVERSED_FIRST = "12"
"""DE39 of an original that comes after its reversal: it is refused, not posted."""

NO_POLICY = Policy()

EARLY_REVERSALS_MAX = 100_000
"""Reversals without an original that are remembered; the oldest make room for new ones."""


def answer(
    connection: Connection,
    message: Message,
    now: datetime,
    vault: Vault,
    pin: PinOutcome | None = None,
    rule: HostRule | None = None,
    policy: Policy = NO_POLICY,
    chip: ChipOutcome | None = None,
) -> Message:
    """Do what `message` asks for; `pin` and `chip` are what its PIN and chip data are worth.

    A `rule` may answer in its place, or approve a part only.
    """
    if rule is not None and rule.answer is not None:
        return answer_to(message, rule.answer)
    try:
        if message_class(message.mti) == "8":
            return settling.cut_over(connection, message, now)
        if message_class(message.mti) == "5":
            return settling.reconcile(connection, message, now)
        if is_reversal(message):
            reverse(connection, read_original(message), now)
            elements = {"39": "00"}
        else:
            operation = read_operation(message)
            part_minor = None if rule is None else rule.approve_part
            deciding = partial(
                decide, connection, operation, message, now, vault, policy, pin, part_minor, chip
            )
            elements = _once(connection, operation, is_repeat(message.mti), now, deciding)
    except RefusedError as error:
        elements = {"39": error.code}
    answered = answer_to(message, elements.pop("39"))
    answered.update(elements)
    return answered


def reverse(connection: Connection, original: Original, now: datetime) -> None:
    """Give back what a request moved, but for what is retained; a second time moves nothing.

    A reversal without an original is remembered. Raises RefusedError 13 when more would be
    retained than was moved.
    """
    found = _find_original(connection, original)
    if found is None:
        _remember(connection, original, now)
        return
    if original.retained_minor > found.amount_minor:
        raise RefusedError("13", "DE95 is more than the original")
    if found.reversed_at is not None:
        return
    if found.posting_id is not None:
        trace = ledger.Trace(
            _text(now), original.terminal, original.stan, original.rrn, found.masked_pan
        )
        ledger.give_back(connection, found.posting_id, trace, original.retained_minor)
    holding.end_of_request(connection, found.id, now)
    if original.retained_minor < found.amount_minor or found.amount_minor == 0:
        connection.execute(
            update(requests).where(requests.c.id == found.id).values(reversed_at=_text(now))
        )


def _once(
    connection: Connection,
    operation: Operation,
    repeat: bool,
    now: datetime,
    deciding: Callable[[], Decision],
) -> Elements:
    """The answer of a new request; the stored one for a repeat; 94 for a duplicate."""
    found = connection.execute(
        select(requests).where(requests.c.duplicate_key == operation.duplicate_key)
    ).first()
    if found is not None:
        _note_transmission(connection, operation, found.id)
        if found.reversed_at is not None:
            return {"39": REVERSED_FIRST}
        if operation.told and found.posting_id is None:
            return _post_after_all(connection, operation, found, now, deciding)
        return dict(json.loads(found.answer)) if repeat or operation.told else {"39": "94"}
    overtaken = _was_reversed(connection, operation)
    decision = Decision({"39": REVERSED_FIRST})
    if not overtaken:
        try:
            decision = deciding()
        except RefusedError as error:
            decision = Decision({"39": error.code})
    elements = decision.elements
    elements["15"] = settling.date_of(connection, operation.settled_on, now).strftime("%m%d")
    entered = connection.execute(
        insert(requests).values(
            duplicate_key=operation.duplicate_key,
            operation=operation.name,
            origin=operation.origin,
            local=operation.local,
            masked_pan=operation.masked_pan,
            amount_minor=operation.amount_minor,
            answer=json.dumps(elements),
            posting_id=decision.posting_id,
            at=_text(now),
            reversed_at=_text(now) if overtaken else None,
            card_id=decision.card_id,
            currency=operation.currency,
        )
    )
    number = new_number(entered)
    _hold(connection, operation, number, decision, now)
    _note_transmission(connection, operation, number)
    return elements


def _hold(
    connection: Connection, operation: Operation, number: int, decision: Decision, now: datetime
) -> None:
    if decision.hold is None or decision.card_id is None:
        return
    account_id, amount_minor = decision.hold
    approval = decision.elements.get("38", operation.approval)
    holding.hold(
        connection,
        number,
        account_id,
        decision.card_id,
        amount_minor,
        approval,
        operation.rrn,
        now,
    )


def _post_after_all(
    connection: Connection,
    operation: Operation,
    found: Row[Any],
    now: datetime,
    deciding: Callable[[], Decision],
) -> Elements:
    """An advice of what was declined or held here: it has been done all the same, and is posted."""
    try:
        decision = deciding()
    except RefusedError as error:
        return {"39": error.code}
    elements = decision.elements
    elements["15"] = settling.date_of(connection, operation.settled_on, now).strftime("%m%d")
    connection.execute(
        update(requests)
        .where(requests.c.id == found.id)
        .values(
            answer=json.dumps(elements),
            posting_id=decision.posting_id,
            card_id=decision.card_id,
        )
    )
    return elements


def _find_original(connection: Connection, original: Original) -> Row[Any] | None:
    """By the time it was sent (DE90), else by its local time, which repeats keep."""
    sent = select(transmissions.c.request_id).where(
        transmissions.c.origin == original.origin,
        transmissions.c.transmitted == original.transmitted,
    )
    found = connection.execute(select(requests).where(requests.c.id.in_(sent))).first()
    if found is None and original.local:
        found = connection.execute(
            select(requests)
            .where(requests.c.origin == original.origin, requests.c.local == original.local)
            .order_by(requests.c.id.desc())
        ).first()
    return found


def _was_reversed(connection: Connection, operation: Operation) -> bool:
    table = early_reversals
    same_time = or_(table.c.transmitted == operation.transmitted, table.c.local == operation.local)
    known = connection.execute(
        select(table.c.id).where(table.c.origin == operation.origin, same_time)
    ).first()
    return known is not None


def _remember(connection: Connection, original: Original, now: datetime) -> None:
    entered = connection.execute(
        insert(early_reversals).values(
            origin=original.origin,
            transmitted=original.transmitted,
            local=original.local,
            at=_text(now),
        )
    )
    newest = new_number(entered)
    connection.execute(
        delete(early_reversals).where(early_reversals.c.id <= newest - EARLY_REVERSALS_MAX)
    )


def _note_transmission(connection: Connection, operation: Operation, request_id: int) -> None:
    row = upsert(connection, transmissions).values(
        origin=operation.origin, transmitted=operation.transmitted, request_id=request_id
    )
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["origin", "transmitted"], set_={"request_id": request_id}
        )
    )


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")


def count_requests(connection: Connection) -> int:
    """How many requests the books have answers of."""
    return int(connection.execute(select(func.count()).select_from(requests)).scalar_one())
