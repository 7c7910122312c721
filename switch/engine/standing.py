"""What stood-in transactions come to in the journal: their limits, and their entry.

These functions run inside the store's transaction: what is counted and what is entered are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from switch.engine.states import State
from switch.engine.tables import PENDING, STOOD_IN, TRANSACTIONS
from switch.settings.standin import StandInSettings

Over = Literal["", "day_amount_max", "day_count_max"]


@dataclass(frozen=True)
class Stood:
    """What came of it: the state that results, and the limit that forbids it."""

    state: State
    over: Over = ""


def over(
    connection: Connection, found: Row[Any], rule: str, limits: StandInSettings, day: str
) -> Over:
    """The limit of a card's business date that one more transaction would pass; or nothing.

    What was reversed, or is being reversed, counts as a transaction and for no amount.
    """
    number, amount_minor = connection.execute(
        select(
            func.count(), func.sum(TRANSACTIONS.c.amount_minor - TRANSACTIONS.c.reversed_minor)
        ).where(
            STOOD_IN.c.card_key == found.card_key,
            STOOD_IN.c.business_date == day,
            STOOD_IN.c.rule == rule,
            TRANSACTIONS.c.id == STOOD_IN.c.transaction_id,
        )
    ).one()
    if number >= limits.day_count_max:
        return "day_count_max"
    if int(amount_minor or 0) + found.amount_minor > limits.day_amount_max:
        return "day_amount_max"
    return ""


def enter(connection: Connection, found: Row[Any], rule: str, day: str, kept: str) -> None:
    """Count it, and keep what its advice tells, sealed."""
    connection.execute(
        insert(STOOD_IN).values(
            transaction_id=found.id, rule=rule, card_key=found.card_key, business_date=day
        )
    )
    connection.execute(
        update(PENDING).where(PENDING.c.transaction_id == found.id).values(request=kept)
    )
