"""Old transactions, moved out of the journal: into archives, a SQLite file a local day, or away.

What is not final stays, whatever its age; so does what something is owed for. An approved
transaction counts as final by age alone. Archives have the journal's own tables, so that
`guichet journal --from` reads them; `pending`, which holds card numbers, is never archived.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, delete, exists, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.expression import Insert

from switch.engine.reading import SETTLED_BY_AGE, first_since
from switch.engine.states import FINAL
from switch.engine.tables import EARLY_REVERSALS, METADATA, OWED, PENDING, SCHEMA, TRANSACTIONS
from switch.runtime import CASABLANCA
from switch.store import SqliteDatabase, StoreFormatError, StoreUnavailableError, upsert
from switch.store.migrating import migrate

CHUNK = 500
"""Transactions moved in one commit: some hundredths of a second, in which the switch waits."""

CLOSED = tuple(sorted(state.value for state in FINAL | SETTLED_BY_AGE))


class ArchiveError(Exception):
    """An archive cannot be written; nothing was removed from the journal."""


@dataclass(frozen=True)
class Moved:
    """What one chunk came to; with `more` there is something left to do."""

    removed: int
    archived: int
    more: bool


def _children() -> list[tuple[Table, Column[Any]]]:
    """The tables whose rows belong to transactions, and the column that says to which."""
    return [
        (table, column)
        for table in reversed(METADATA.sorted_tables)
        for column in table.columns
        if any(key.column is TRANSACTIONS.c.id for key in column.foreign_keys)
    ]


CHILDREN = _children()


def old(connection: Connection, before: datetime, limit: int) -> list[Row[Any]]:
    """The oldest transactions that came, and last changed, before `before`, and may be moved."""
    instant = before.isoformat(timespec="milliseconds")
    column = TRANSACTIONS.c
    newest = connection.execute(select(func.max(column.id))).scalar_one()
    if newest is None:
        return []
    # The newest entry stays: the next one is numbered after it.
    past = min(first_since(connection, instant), newest)
    return list(
        connection.execute(
            select(TRANSACTIONS)
            .where(
                column.id < past,
                column.state.in_(CLOSED),
                column.changed_at < instant,
                ~exists().where(OWED.c.transaction_id == column.id),
            )
            .order_by(column.id)
            .limit(limit)
        )
    )


def move(
    connection: Connection, before: datetime, archive: Path | None, *, chunk: int = CHUNK
) -> Moved:
    """Remove a chunk of old transactions, first into `archive`, a folder, unless that is None.

    What was archived and could not be removed is archived once all the same. Raises ArchiveError.
    """
    rows = old(connection, before, chunk)
    archived = copy(connection, rows, archive) if archive is not None else 0
    numbers = [row.id for row in rows]
    if numbers:
        for table, column in CHILDREN:
            connection.execute(delete(table).where(column.in_(numbers)))
        connection.execute(delete(TRANSACTIONS).where(TRANSACTIONS.c.id.in_(numbers)))
    more = len(rows) == chunk
    if not more:
        instant = before.isoformat(timespec="milliseconds")
        connection.execute(delete(EARLY_REVERSALS).where(EARLY_REVERSALS.c.received_at < instant))
    return Moved(len(numbers), archived, more)


def copy(connection: Connection, rows: Sequence[Row[Any]], folder: Path) -> int:
    """Copy transactions, with all that belongs to them, into the archives of their days.

    They are on the disk when this returns. Gives how many were not there. Raises ArchiveError.
    """
    days: dict[str, list[Row[Any]]] = {}
    for row in rows:
        day = datetime.fromisoformat(row.received_at).astimezone(CASABLANCA).date()
        days.setdefault(day.isoformat(), []).append(row)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return sum(_copy_day(connection, each, archive_of(folder, d)) for d, each in days.items())
    except OSError as error:
        raise ArchiveError(f"{folder}: {error.strerror}") from None
    except (StoreFormatError, StoreUnavailableError) as error:
        raise ArchiveError(str(error)) from None
    except SQLAlchemyError as error:
        raise ArchiveError(f"{folder}: {getattr(error, 'orig', type(error).__name__)}") from None


def archive_of(folder: Path, day: str) -> Path:
    """The archive of a local day, `YYYY-MM-DD`."""
    return folder / f"journal-{day}.db"


def _copy_day(connection: Connection, rows: Sequence[Row[Any]], path: Path) -> int:
    database = SqliteDatabase(path)
    migrate(database, SCHEMA)
    engine = database.engine()
    numbers = [row.id for row in rows]
    with ExitStack() as ending:
        ending.callback(engine.dispose)
        target = ending.enter_context(engine.begin())
        before = target.execute(select(func.count()).select_from(TRANSACTIONS)).scalar_one()
        _insert(target, TRANSACTIONS, rows)
        for table, column in reversed(CHILDREN):
            if table is not PENDING:
                found = connection.execute(select(table).where(column.in_(numbers)))
                _insert(target, table, found)
        kept = target.execute(
            select(TRANSACTIONS.c.operation_key).where(TRANSACTIONS.c.id.in_(numbers))
        ).scalars()
        if set(kept) != {row.operation_key for row in rows}:
            raise ArchiveError(f"{path} holds other transactions under the same numbers")
        after = target.execute(select(func.count()).select_from(TRANSACTIONS)).scalar_one()
        return int(after - before)


def _insert(target: Connection, table: Table, rows: Iterable[Row[Any]]) -> None:
    values = [dict(row._mapping) for row in rows]
    if values:
        statement: Insert = upsert(target, table).on_conflict_do_nothing()
        target.execute(statement, values)
