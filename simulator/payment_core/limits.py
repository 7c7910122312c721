"""What a card may do in a day of Morocco: how much at once, how much in all, how often."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import bindparam, func, select

from simulator.payment_core.cards import Card
from simulator.payment_core.catalogue import Use
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.tables import postings
from simulator.payment_core.turn import Turn, instant_text
from switch.runtime import CASABLANCA

COUNTED: dict[Use, tuple[str, ...]] = {
    "withdrawal": ("withdrawal",),
    "payment": ("bill_card",),
    "transfer": ("transfer", "remittance_account"),
}
"""The postings that count for each use."""

_read_used = select(
    func.count(), func.coalesce(func.sum(postings.c.amount_minor - postings.c.reversed_minor), 0)
).where(
    postings.c.card_id == bindparam("card"),
    postings.c.at >= bindparam("since"),
    postings.c.kind.in_(bindparam("kinds", expanding=True)),
    postings.c.amount_minor > postings.c.reversed_minor,
)


def check_limits(turn: Turn, pan: str, card: Card, use: Use, amount_minor: int) -> None:
    """Raises RefusedError `over_limit` or `over_frequency` when this would be too much today."""
    limit = turn.catalogue.limit(pan, use)
    if limit.per_operation is not None and amount_minor > limit.per_operation:
        raise RefusedError("over_limit")
    if limit.per_day is None and limit.times_a_day is None:
        return
    known = {"card": card.id, "since": instant_text(day_start(turn.now)), "kinds": COUNTED[use]}
    times, used_minor = turn.connection.execute(_read_used, known).one()
    if limit.per_day is not None and used_minor + amount_minor > limit.per_day:
        raise RefusedError("over_limit")
    if limit.times_a_day is not None and times >= limit.times_a_day:
        raise RefusedError("over_frequency")


def day_start(now: datetime) -> datetime:
    """When the day of Morocco that `now` is in began.

    >>> from datetime import UTC
    >>> day_start(datetime(2026, 11, 24, 23, 30, tzinfo=UTC)).isoformat()
    '2026-11-25T00:00:00+01:00'
    """
    return datetime.combine(now.astimezone(CASABLANCA).date(), time(), CASABLANCA)
