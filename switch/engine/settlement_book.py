"""What the journal holds of business dates, reconciliations and an operator's orders.

As in the journal, each method is one unit of work; its Deferred fires once that is committed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update
from twisted.internet.defer import Deferred

from switch.engine.owing import Status
from switch.engine.states import State
from switch.engine.tables import (
    BUSINESS_DATES,
    ORDERS,
    OWED,
    RECONCILIATIONS,
    TRANSACTIONS,
)
from switch.runtime import WallClock
from switch.store import Store, upsert
from switch.wire.totals import Totals, count_one, read_totals

OURS = ""
"""The party that is us."""

SENT, RECEIVED = "sent", "received"

DUE, IN_BALANCE, OUT_OF_BALANCE, REFUSED = "owed", "in balance", "out of balance", "refused"
"""Where a reconciliation stands."""

GONE_BACK = (State.IN_DOUBT, State.REVERSING, State.REVERSED, State.PARTLY_REVERSED)
"""What counts among the reversals too: what was in doubt may have stood until it was reversed."""

STANDING = (State.APPROVED, State.STOOD_IN, State.ADVISING, State.ADVISED)

DECIDED_BY_PEOPLE = (State.EXCEPTION, State.SETTLED)
"""Of these, what was approved counts as standing: no reversal of it was taken."""


@dataclass(frozen=True)
class Due:
    """A reconciliation that is to be sent."""

    id: int
    business_date: date
    stan: str
    attempts: int
    created_at: datetime
    ours: Totals | None
    """The totals it was first sent with, None when it never was."""


@dataclass(frozen=True)
class Order:
    """What an operator asked for."""

    id: int
    kind: str
    party: str
    business_date: str


class SettlementBook:
    """Dates, totals and reconciliations, in the journal's database."""

    def __init__(self, store: Store, wall_clock: WallClock) -> None:
        self._store = store
        self._wall_clock = wall_clock

    def dates(self) -> Deferred[dict[str, date]]:
        """The business date of each party that has one."""

        def work(connection: Connection) -> dict[str, date]:
            rows = connection.execute(select(BUSINESS_DATES)).all()
            return {row.party: date.fromisoformat(row.business_date) for row in rows}

        return self._store.commit(work)

    def cut_over(
        self, party: str, day: date, how: str, *, reconcile: Sequence[str] = (), ended: date
    ) -> Deferred[bool]:
        """Enter that `day` has begun; each destination of `reconcile` owes that of `ended`.

        Fires with whether it is new: a date never goes back, and begins once.
        """
        now = self._now()

        def work(connection: Connection) -> bool:
            stored = connection.execute(
                select(BUSINESS_DATES.c.business_date).where(BUSINESS_DATES.c.party == party)
            ).scalar()
            if stored is not None and date.fromisoformat(stored) >= day:
                return False
            values = {"business_date": day.isoformat(), "how": how, "changed_at": now}
            connection.execute(
                upsert(connection, BUSINESS_DATES)
                .values(party=party, **values)
                .on_conflict_do_update(index_elements=["party"], set_=values)
            )
            for destination in reconcile:
                self._owe(connection, destination, ended)
            return True

        return self._store.commit(work)

    def owe(self, party: str, day: date) -> Deferred[None]:
        """A reconciliation of `day` is to be sent, once more when it was sent before."""
        return self._store.commit(lambda connection: self._owe(connection, party, day))

    def due(self, party: str) -> Deferred[Due | None]:
        """The oldest reconciliation that is to be sent."""

        def work(connection: Connection) -> Due | None:
            row = connection.execute(
                select(RECONCILIATIONS)
                .where(
                    RECONCILIATIONS.c.party == party,
                    RECONCILIATIONS.c.role == SENT,
                    RECONCILIATIONS.c.status == DUE,
                )
                .order_by(RECONCILIATIONS.c.id)
                .limit(1)
            ).first()
            return None if row is None else _as_due(row)

        return self._store.commit(work)

    def reversals_owed(self, party: str) -> Deferred[int]:
        """How many reversals a destination is still to be sent: its totals are not whole yet."""
        count = select(func.count()).where(
            OWED.c.destination == party, OWED.c.status == Status.QUEUED.value
        )
        return self._store.commit(lambda connection: int(connection.execute(count).scalar_one()))

    def totals(self, party: str, day: date, *, of_acquirer: bool) -> Deferred[Totals]:
        """What was settled on a business date with a destination, or for an acquirer (DE32)."""
        return self._store.commit(
            lambda connection: day_totals(connection, party, day, of_acquirer=of_acquirer)
        )

    def attempt(self, due: Due, stan: str, ours: Totals) -> Deferred[None]:
        """It leaves now: from here on it is a repeat, with the totals of now."""
        return self._change(
            due.id,
            stan=due.stan or stan,
            attempts=due.attempts + 1,
            ours=json.dumps(ours.elements()),
        )

    def settle(
        self, number: int, status: str, theirs: Totals | None, differences: Sequence[str]
    ) -> Deferred[None]:
        """What came of it."""
        return self._change(
            number,
            status=status,
            theirs="" if theirs is None else json.dumps(theirs.elements()),
            differences=json.dumps(list(differences)) if differences else "",
        )

    def received(
        self,
        party: str,
        day: date,
        stan: str,
        ours: Totals,
        theirs: Totals,
        differences: Sequence[str],
    ) -> Deferred[None]:
        """A reconciliation that was sent to us; a repeat replaces what it repeats."""
        now = self._now()
        values = {
            "status": OUT_OF_BALANCE if differences else IN_BALANCE,
            "ours": json.dumps(ours.elements()),
            "theirs": json.dumps(theirs.elements()),
            "differences": json.dumps(list(differences)) if differences else "",
            "changed_at": now,
        }
        key = {"party": party, "role": RECEIVED, "business_date": day.isoformat(), "stan": stan}

        def work(connection: Connection) -> None:
            same = [RECONCILIATIONS.c[name] == value for name, value in key.items()]
            changed = connection.execute(
                update(RECONCILIATIONS)
                .where(*same)
                .values(attempts=RECONCILIATIONS.c.attempts + 1, **values)
            )
            if changed.rowcount == 0:
                connection.execute(
                    insert(RECONCILIATIONS).values(**key, **values, attempts=1, created_at=now)
                )

        return self._store.commit(work)

    def orders(self) -> Deferred[list[Order]]:
        """What operators asked for and is not done."""

        def work(connection: Connection) -> list[Order]:
            rows = connection.execute(
                select(ORDERS).where(ORDERS.c.outcome == "").order_by(ORDERS.c.id)
            )
            return [Order(row.id, row.kind, row.party, row.business_date) for row in rows]

        return self._store.commit(work)

    def done(self, order: Order, outcome: str) -> Deferred[None]:
        """An order was carried out, or refused, in these words."""
        statement = update(ORDERS).where(ORDERS.c.id == order.id).values(outcome=outcome)

        def work(connection: Connection) -> None:
            connection.execute(statement)

        return self._store.commit(work)

    def _owe(self, connection: Connection, party: str, day: date) -> None:
        waiting = connection.execute(
            select(RECONCILIATIONS.c.id).where(
                RECONCILIATIONS.c.party == party,
                RECONCILIATIONS.c.role == SENT,
                RECONCILIATIONS.c.business_date == day.isoformat(),
                RECONCILIATIONS.c.status == DUE,
            )
        ).first()
        if waiting is None:
            now = self._now()
            connection.execute(
                insert(RECONCILIATIONS).values(
                    party=party,
                    role=SENT,
                    business_date=day.isoformat(),
                    status=DUE,
                    stan="",
                    attempts=0,
                    ours="",
                    theirs="",
                    differences="",
                    created_at=now,
                    changed_at=now,
                )
            )

    def _change(self, number: int, **values: Any) -> Deferred[None]:
        now = self._now()

        def work(connection: Connection) -> None:
            connection.execute(
                update(RECONCILIATIONS)
                .where(RECONCILIATIONS.c.id == number)
                .values(changed_at=now, **values)
            )

        return self._store.commit(work)

    def _now(self) -> str:
        return self._wall_clock.stamp()


def day_totals(connection: Connection, party: str, day: date, *, of_acquirer: bool) -> Totals:
    """The totals of the journal: of a destination that we ask, or of an acquirer that asks us."""
    table = TRANSACTIONS.c
    side = table.acquirer if of_acquirer else table.destination
    is_reversed = table.state.in_(GONE_BACK)
    by_people = and_(table.state.in_(DECIDED_BY_PEOPLE), table.response_code == "00")
    rows = connection.execute(
        select(
            table.mti,
            table.processing_code,
            is_reversed.label("is_reversed"),
            func.count().label("number"),
            func.sum(table.amount_minor).label("amount_minor"),
            func.sum(table.reversed_minor).label("reversed_minor"),
        )
        .where(
            side == party,
            table.settled_on == day.isoformat(),
            or_(table.state.in_((*GONE_BACK, *STANDING)), by_people),
        )
        .group_by(table.mti, table.processing_code, is_reversed)
    )
    totals = Totals()
    for row in rows:
        one = count_one(
            row.mti,
            row.processing_code,
            int(row.amount_minor),
            reversed_minor=int(row.reversed_minor) if row.is_reversed else None,
        )
        totals += one.times(int(row.number))
    return totals


def _as_due(row: Row[Any]) -> Due:
    ours = read_totals(json.loads(row.ours)) if row.ours else None
    at = datetime.fromisoformat(row.created_at)
    return Due(row.id, date.fromisoformat(row.business_date), row.stan, row.attempts, at, ours)
