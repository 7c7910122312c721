"""Whether the switch still has something to finish, read from its journal."""

from __future__ import annotations

from sqlalchemy import func, select

from switch.engine.states import OWING, UNDER_WAY
from switch.engine.tables import TRANSACTIONS
from switch.store import Database, SqliteDatabase

UNFINISHED = tuple(state.value for state in (*UNDER_WAY, *OWING))


class NotQuietError(Exception):
    """Something is still under way, or something is still owed."""


def switch_under_way(journal: Database | None) -> int:
    """How many transactions wait for an answer, or for what they owe to be acknowledged."""
    if journal is None or (isinstance(journal, SqliteDatabase) and not journal.path.exists()):
        return 0
    engine = journal.engine(read_only=True)
    try:
        with engine.connect() as connection, connection.begin():
            counted = select(func.count()).where(TRANSACTIONS.c.state.in_(UNFINISHED))
            return int(connection.execute(counted).scalar_one())
    finally:
        engine.dispose()
