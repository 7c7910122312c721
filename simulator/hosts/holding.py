"""Pre-authorisations: money that is held for a merchant until the purchase is completed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from simulator.hosts.tables import holds

LIFETIME = timedelta(days=7)
"""How long a hold lasts when nobody completes it."""


def hold(
    connection: Connection,
    request_id: int,
    account_id: int,
    card_id: int,
    amount_minor: int,
    approval: str,
    rrn: str,
    now: datetime,
) -> None:
    """Hold an amount of an account for the request that was approved under `approval`."""
    connection.execute(
        insert(holds).values(
            request_id=request_id,
            account_id=account_id,
            card_id=card_id,
            amount_minor=amount_minor,
            approval=approval,
            rrn=rrn,
            expires_at=_text(now + LIFETIME),
        )
    )


def held(connection: Connection, account_id: int, now: datetime) -> int:
    """How much of an account is held, minor units."""
    total = func.coalesce(func.sum(holds.c.amount_minor), 0)
    return int(
        connection.execute(
            select(total).where(
                holds.c.account_id == account_id,
                holds.c.ended_at.is_(None),
                holds.c.expires_at > _text(now),
            )
        ).scalar_one()
    )


def end_of_request(connection: Connection, request_id: int, now: datetime) -> None:
    """A reversal: what was held for this request is no more."""
    connection.execute(
        update(holds)
        .where(holds.c.request_id == request_id, holds.c.ended_at.is_(None))
        .values(ended_at=_text(now))
    )


def complete(connection: Connection, card_id: int, approval: str, rrn: str, now: datetime) -> bool:
    """A completion: the hold with its approval code, or else its RRN, ends. Whether there was one.

    One that names neither, or comes after the hold was over, is posted all the same.
    """
    by = [
        (column, value)
        for column, value in ((holds.c.approval, approval), (holds.c.rrn, rrn))
        if value
    ]
    for column, value in by:
        ended = connection.execute(
            update(holds)
            .where(holds.c.card_id == card_id, column == value, holds.c.ended_at.is_(None))
            .values(ended_at=_text(now))
        )
        if ended.rowcount:
            return True
    return False


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")
