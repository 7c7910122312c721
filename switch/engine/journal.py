"""The journal: what the switch knows of every transaction, durable before it acts on it.

Each method is one unit of work handed to the store; its Deferred fires once that is committed.
Every change is made on the condition of the state it comes from, inside the database, so that a
reversal, a late answer and a crash cannot both win.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from twisted.internet.defer import Deferred

from switch.engine.request import Request, Reversal
from switch.engine.states import Input, State, next_state
from switch.engine.tables import (
    EARLY_REVERSALS,
    PENDING,
    REVERSALS_OWED,
    TRANSACTIONS,
    TRANSMISSIONS,
)
from switch.runtime import WallClock
from switch.store import Store
from switch.wire import Message, Value

NEVER_KEPT = frozenset({"14", "35", "36", "45", "52", "53", "55", "64", "128"})
"""Elements of a request that no reversal copies and that are not to be stored."""

EARLY_REVERSALS_MAX = 100_000
"""Reversals without an original that are remembered; the oldest make room for new ones."""


@dataclass(frozen=True)
class Received:
    """What became of a request's entry in the journal."""

    transaction_id: int
    operation_key: str
    state: State
    new: bool
    destination: str
    response_code: str = ""
    answer: Mapping[str, Value] | None = None
    """The elements of the answer once given, for an entry that was there before."""


@dataclass(frozen=True)
class Owed:
    """A reversal in store-and-forward, with what its message copies."""

    reversal_id: int
    transaction_id: int
    operation_key: str
    request: Message
    retained_minor: int
    reason: str
    attempts: int


class Journal:
    """The switch's books of transactions, on a store."""

    def __init__(self, store: Store, wall_clock: WallClock) -> None:
        self._store = store
        self._wall_clock = wall_clock

    def receive(
        self, request: Request, operation_key: str, *, route: str, destination: str, refused: str
    ) -> Deferred[Received]:
        """Enter a request, or find the entry it repeats.

        A request that `refused` (a response code) says no to is entered as declined; so is one
        whose reversal came first, with 12.
        """
        now = self._now()
        message = request.message
        kept = {k: v for k, v in message.items() if k not in NEVER_KEPT}
        if request.pan:
            kept["2"] = request.pan
        entry = {
            "operation_key": operation_key,
            "duplicate_key": request.duplicate_key,
            "state": State.RECEIVED.value,
            "operation": request.operation,
            "moves_money": request.moves_money,
            "mti": message.mti,
            "processing_code": message.text("3"),
            "amount_minor": request.amount_minor,
            "currency": request.currency,
            "card": request.card,
            "acquirer": request.acquirer,
            "terminal": request.terminal,
            "stan": message.text("11"),
            "rrn": message.text("37"),
            "transmission_time": message.text("7"),
            "local_time": message.text("13") + message.text("12"),
            "route": route,
            "destination": destination,
            "response_code": "",
            "answer": "",
            "reason": "",
            "received_at": now,
            "changed_at": now,
        }

        def work(connection: Connection) -> Received:
            overtaken = connection.execute(
                select(EARLY_REVERSALS.c.reference).where(
                    EARLY_REVERSALS.c.reference == request.reference
                )
            ).first()
            refusal = "12" if overtaken is not None else refused
            values: dict[str, Any] = dict(entry)
            if refusal:
                values["state"] = State.DECLINED.value
                values["response_code"] = refusal
                values["answer"] = json.dumps({"39": refusal})
                values["reason"] = "its reversal came first" if overtaken else "refused here"
            entered = connection.execute(
                upsert(TRANSACTIONS)
                .values(values)
                .on_conflict_do_nothing(index_elements=["duplicate_key"])
            )
            if entered.rowcount == 0:
                found = _find(connection, TRANSACTIONS.c.duplicate_key == request.duplicate_key)
                _transmission(connection, request.reference, found.id)
                return _as_received(found, new=False)
            transaction_id = int(entered.lastrowid)
            _transmission(connection, request.reference, transaction_id)
            if request.moves_money and not refusal:
                connection.execute(
                    insert(PENDING).values(transaction_id=transaction_id, request=json.dumps(kept))
                )
            return Received(
                transaction_id,
                operation_key,
                State(values["state"]),
                new=True,
                destination=destination,
                response_code=refusal,
            )

        return self._store.commit(work)

    def close(
        self, transaction_id: int, happened: Input, answer: Mapping[str, Value], reason: str = ""
    ) -> Deferred[State]:
        """Enter what came of asking the destination; fires with the state that results.

        When that is not what `happened` leads to, something else came first (a reversal), and
        `answer` was not entered.
        """

        def work(connection: Connection) -> State:
            found = _find(connection, TRANSACTIONS.c.id == transaction_id)
            before = State(found.state)
            after = next_state(before, happened, moves_money=found.moves_money)
            if before is not State.RECEIVED:
                return before
            self._move(
                connection,
                transaction_id,
                after,
                reason,
                response_code=str(answer.get("39", "")),
                answer=json.dumps(dict(answer)),
            )
            if after is State.REVERSING:
                self._owe(connection, found, 0, reason)
            elif after is State.DECLINED:
                _purge(connection, transaction_id)
            return after

        return self._store.commit(work)

    def reverse(self, reversal: Reversal) -> Deferred[Received | None]:
        """Enter a terminal's reversal; fires with its original, None when there is none yet.

        An original that stands, or is under way, becomes REVERSING and its reversal is owed;
        any other is left as it is. Without an original the reversal is remembered.
        """
        now = self._now()

        def work(connection: Connection) -> Received | None:
            known = connection.execute(
                select(TRANSMISSIONS.c.transaction_id).where(
                    TRANSMISSIONS.c.reference == reversal.reference
                )
            ).scalar_one_or_none()
            if known is None:
                connection.execute(
                    upsert(EARLY_REVERSALS)
                    .values(reference=reversal.reference, received_at=now)
                    .on_conflict_do_nothing()
                )
                _forget_oldest(connection)
                return None
            found = _find(connection, TRANSACTIONS.c.id == known)
            before = State(found.state)
            after = next_state(before, Input.REVERSAL, moves_money=found.moves_money)
            stands_whole = reversal.retained_minor >= found.amount_minor
            if after is before or (after is State.REVERSING and stands_whole):
                return _as_received(found, new=False)
            self._move(connection, found.id, after, "reversed by the terminal")
            if after is State.REVERSING:
                self._owe(
                    connection, found, reversal.retained_minor, reversal.reason_code or "terminal"
                )
            return _as_received(_find(connection, TRANSACTIONS.c.id == known), new=True)

        return self._store.commit(work)

    def recover(self) -> Deferred[int]:
        """At a start: whatever was under way at the crash is reversed; fires with how many."""

        def work(connection: Connection) -> int:
            under_way = connection.execute(
                select(TRANSACTIONS).where(TRANSACTIONS.c.state == State.RECEIVED.value)
            ).all()
            for found in under_way:
                after = next_state(State.RECEIVED, Input.CRASHED, moves_money=found.moves_money)
                self._move(
                    connection,
                    found.id,
                    after,
                    Input.CRASHED.value,
                    response_code="91",
                    answer=json.dumps({"39": "91"}),
                )
                if after is State.REVERSING:
                    self._owe(connection, found, 0, Input.CRASHED.value)
                else:
                    _purge(connection, found.id)
            return len(under_way)

        return self._store.commit(work)

    def next_owed(self, destination: str) -> Deferred[Owed | None]:
        """The oldest reversal owed to a destination; it counts as attempted once more."""

        def work(connection: Connection) -> Owed | None:
            row = connection.execute(
                select(
                    REVERSALS_OWED,
                    TRANSACTIONS.c.operation_key,
                    PENDING.c.request,
                )
                .join(TRANSACTIONS, TRANSACTIONS.c.id == REVERSALS_OWED.c.transaction_id)
                .join(PENDING, PENDING.c.transaction_id == REVERSALS_OWED.c.transaction_id)
                .where(REVERSALS_OWED.c.destination == destination)
                .order_by(REVERSALS_OWED.c.id)
                .limit(1)
            ).first()
            if row is None:
                return None
            connection.execute(
                update(REVERSALS_OWED)
                .where(REVERSALS_OWED.c.id == row.id)
                .values(attempts=row.attempts + 1)
            )
            return Owed(
                reversal_id=row.id,
                transaction_id=row.transaction_id,
                operation_key=row.operation_key,
                request=Message(json.loads(row.request)),
                retained_minor=row.retained_minor,
                reason=row.reason,
                attempts=row.attempts + 1,
            )

        return self._store.commit(work)

    def acknowledge(self, owed: Owed, response_code: str) -> Deferred[None]:
        """The destination has taken the reversal: nothing is owed, nothing need be kept."""

        def work(connection: Connection) -> None:
            connection.execute(
                delete(REVERSALS_OWED).where(REVERSALS_OWED.c.id == owed.reversal_id)
            )
            found = _find(connection, TRANSACTIONS.c.id == owed.transaction_id)
            after = next_state(State(found.state), Input.ACKNOWLEDGED)
            self._move(
                connection,
                owed.transaction_id,
                after,
                f"reversal acknowledged with {response_code}",
            )
            _purge(connection, owed.transaction_id)

        return self._store.commit(work)

    def count_owed(self) -> Deferred[dict[str, int]]:
        """How many reversals are owed to each destination."""

        def work(connection: Connection) -> dict[str, int]:
            rows = connection.execute(
                select(REVERSALS_OWED.c.destination, func.count()).group_by(
                    REVERSALS_OWED.c.destination
                )
            )
            return {str(destination): int(count) for destination, count in rows}

        return self._store.commit(work)

    def _owe(
        self, connection: Connection, found: Row[Any], retained_minor: int, reason: str
    ) -> None:
        connection.execute(
            upsert(REVERSALS_OWED)
            .values(
                transaction_id=found.id,
                destination=found.destination,
                retained_minor=retained_minor,
                reason=reason,
                attempts=0,
                queued_at=self._now(),
            )
            .on_conflict_do_nothing(index_elements=["transaction_id"])
        )

    def _move(
        self,
        connection: Connection,
        transaction_id: int,
        after: State,
        reason: str,
        **values: str,
    ) -> None:
        connection.execute(
            update(TRANSACTIONS)
            .where(TRANSACTIONS.c.id == transaction_id)
            .values(state=after.value, reason=reason, changed_at=self._now(), **values)
        )

    def _now(self) -> str:
        return self._wall_clock.now().isoformat(timespec="milliseconds")


def _find(connection: Connection, condition: Any) -> Row[Any]:
    return connection.execute(select(TRANSACTIONS).where(condition)).one()


def _transmission(connection: Connection, reference: str, transaction_id: int) -> None:
    # DE7 has no year: of two transmissions a year apart, the later one is meant.
    connection.execute(
        upsert(TRANSMISSIONS)
        .values(reference=reference, transaction_id=transaction_id)
        .on_conflict_do_update(
            index_elements=["reference"], set_={"transaction_id": transaction_id}
        )
    )


def _purge(connection: Connection, transaction_id: int) -> None:
    connection.execute(delete(PENDING).where(PENDING.c.transaction_id == transaction_id))


def _forget_oldest(connection: Connection) -> None:
    held = connection.execute(select(func.count()).select_from(EARLY_REVERSALS)).scalar_one()
    if held > EARLY_REVERSALS_MAX:
        oldest = (
            select(EARLY_REVERSALS.c.reference)
            .order_by(EARLY_REVERSALS.c.received_at)
            .limit(held - EARLY_REVERSALS_MAX)
        )
        connection.execute(delete(EARLY_REVERSALS).where(EARLY_REVERSALS.c.reference.in_(oldest)))


def _as_received(found: Row[Any], *, new: bool) -> Received:
    return Received(
        transaction_id=found.id,
        operation_key=found.operation_key,
        state=State(found.state),
        new=new,
        destination=found.destination,
        response_code=found.response_code,
        answer=json.loads(found.answer) if found.answer else None,
    )
