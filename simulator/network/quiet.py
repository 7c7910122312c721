"""Whether the switch still has something to finish, read from its journal."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from switch.engine.states import OWING, UNDER_WAY
from switch.engine.tables import TRANSACTIONS
from switch.store import sqlite_engine

UNFINISHED = tuple(state.value for state in (*UNDER_WAY, *OWING))


class NotQuietError(Exception):
    """Something is still under way, or something is still owed."""


def switch_under_way(journal: Path | None) -> int:
    """How many transactions wait for an answer, or for what they owe to be acknowledged."""
    if journal is None or not journal.exists():
        return 0
    engine = sqlite_engine(journal, read_only=True)
    try:
        with engine.connect() as connection, connection.begin():
            counted = select(func.count()).where(TRANSACTIONS.c.state.in_(UNFINISHED))
            return int(connection.execute(counted).scalar_one())
    finally:
        engine.dispose()
