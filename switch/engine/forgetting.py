"""Card numbers that are forgotten by age: those of transactions that are as good as final.

What was approved may still be reversed, so that `pending` keeps what its reversal would copy. When
it is old enough that is removed; a reversal that comes all the same goes without the card number,
and names its original by terminal and DE90.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select

from switch.engine.archive import CHUNK, CLOSED
from switch.engine.reading import first_since
from switch.engine.tables import OWED, PENDING, TRANSACTIONS


def forget_cards(connection: Connection, before: datetime, *, chunk: int = CHUNK) -> int:
    """Remove what is kept of transactions that last changed before `before`: at most `chunk`.

    What is not final stays, whatever its age, and so does what something is owed for. Gives how
    many were removed.
    """
    instant = before.isoformat(timespec="milliseconds")
    number, column = PENDING.c.transaction_id, TRANSACTIONS.c
    oldest = connection.execute(select(func.min(number))).scalar_one()
    if oldest is None:
        return 0
    found = connection.execute(
        select(number)
        .join(TRANSACTIONS, column.id == number)
        .where(
            number < first_since(connection, instant),
            column.state.in_(CLOSED),
            column.changed_at < instant,
            ~exists().where(OWED.c.transaction_id == number),
        )
        .order_by(number)
        .limit(chunk)
    )
    numbers = list(found.scalars())
    if numbers:
        connection.execute(delete(PENDING).where(number.in_(numbers)))
    return len(numbers)
