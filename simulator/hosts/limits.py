"""What a card may be used for in one day: amounts, and how often (velocity)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection, func, insert, select

from simulator.hosts.reading import Operation, RefusedError
from simulator.hosts.tables import card_limits, holds, postings, requests
from switch.runtime import CASABLANCA
from switch.settings import Model, MoneyMinor, Whole

SPENDING = ("withdrawal", "purchase", "bill_payment", "pre_authorisation")
"""Operations that count."""

OVER_AMOUNT, OVER_COUNT = "61", "65"


class LimitSettings(Model):
    """Limits of a card in one day of Morocco; what is not said has none."""

    per_operation: Annotated[MoneyMinor, Field(gt=0)] | None = None
    per_day: Annotated[MoneyMinor, Field(gt=0)] | None = None
    """Of withdrawals, purchases and bills together, less what was given back."""
    per_day_count: Annotated[Whole, Field(ge=1)] | None = None


def keep_limits(connection: Connection, card_id: int, limits: LimitSettings) -> None:
    """Write down what a new card is limited to."""
    connection.execute(
        insert(card_limits).values(
            card_id=card_id,
            per_operation_minor=limits.per_operation,
            per_day_minor=limits.per_day,
            per_day_count=limits.per_day_count,
        )
    )


def check_limits(
    connection: Connection, card_id: int, operation: Operation, amount_minor: int, now: datetime
) -> None:
    """Raises RefusedError 61 or 65 when `operation` would take the card over a limit."""
    if operation.name not in SPENDING:
        return
    row = connection.execute(select(card_limits).where(card_limits.c.card_id == card_id)).first()
    if row is None:
        return
    if row.per_operation_minor is not None and amount_minor > row.per_operation_minor:
        raise RefusedError(OVER_AMOUNT, "more than one operation may be")
    used_minor, count = used_today(connection, card_id, now)
    if row.per_day_minor is not None and used_minor + amount_minor > row.per_day_minor:
        raise RefusedError(OVER_AMOUNT, "more than the day's limit")
    if row.per_day_count is not None and count >= row.per_day_count:
        raise RefusedError(OVER_COUNT, "as often as the card may be used today")


def used_today(connection: Connection, card_id: int, now: datetime) -> tuple[int, int]:
    """What stands of a card's spending today in Morocco, minor units, and how many they are."""
    local = now.astimezone(CASABLANCA)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight.astimezone(UTC).isoformat(timespec="milliseconds")
    until = (midnight + timedelta(days=1)).astimezone(UTC).isoformat(timespec="milliseconds")
    stands = postings.c.amount_minor - postings.c.reversed_minor
    today = (
        requests.c.card_id == card_id,
        requests.c.at >= since,
        requests.c.at < until,
        requests.c.operation.in_(SPENDING),
    )
    posted = connection.execute(
        select(func.coalesce(func.sum(stands), 0), func.count())
        .join(postings, postings.c.id == requests.c.posting_id)
        .where(*today, stands > 0)
    ).one()
    held = connection.execute(
        select(func.coalesce(func.sum(holds.c.amount_minor), 0), func.count())
        .join(holds, holds.c.request_id == requests.c.id)
        .where(*today, holds.c.ended_at.is_(None))
    ).one()
    return int(posted[0] + held[0]), int(posted[1] + held[1])
