"""Rows of the same kind that go into the database with one statement a batch.

Two reasons: a statement has a cost of its own, and each one gives up the interpreter's lock and
must wait to get it back, which under load takes far longer than the row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = tuple[Any, ...]

SIZES = (64, 32, 16)
"""Rows in one statement for SQLite; what is left goes in one of less than sixteen."""

STATEMENTS_KEPT = 256
"""Statements that a connection to SQLite keeps compiled: eighteen for each kind of rows."""


class MismatchError(Exception):
    """A statement changed fewer rows than it was given: something else came first."""


@dataclass(frozen=True, eq=False)
class Bulk:
    """A statement that takes any number of rows.

    `sql` makes it from a query that gives the rows, such as `VALUES (?,?),(?,?)`. With `checked`,
    each row must change one; otherwise the batch is undone, and each work runs by its function.
    """

    name: str
    sql: Callable[[str], str]
    width: int
    rank: int
    """Statements of a batch run in this order: what others refer to comes first."""
    checked: bool = False

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Execute it for `rows`, each of `width` values."""
        if connection.dialect.name == "postgresql":
            given, arrays = _arrays(rows)
            changed = connection.exec_driver_sql(self.sql(given), arrays).rowcount
        else:
            changed, at = 0, 0
            for size in _sizes(len(rows)):
                values = tuple(chain.from_iterable(rows[at : at + size]))
                changed += connection.exec_driver_sql(_statement(self, size), values).rowcount
                at += size
        if self.checked and changed != len(rows):
            raise MismatchError(f"{self.name}: {changed} rows of {len(rows)}")


@lru_cache(maxsize=512)
def _statement(bulk: Bulk, size: int) -> str:
    """The statement of a bulk for so many rows."""
    one = "(" + ",".join("?" * bulk.width) + ")"
    return bulk.sql(f"VALUES {','.join([one] * size)}")


def _sizes(count: int) -> list[int]:
    """How many rows go into each statement: of few sizes, for SQLite keeps what it has compiled.

    To compile a row's placeholders takes three times as long as to write the row.

    >>> _sizes(7), _sizes(23), _sizes(200)
    ([7], [16, 7], [64, 64, 64, 8])
    """
    sizes = []
    for size in SIZES:
        sizes += [size] * (count // size)
        count %= size
    return [*sizes, count] if count else sizes


def _arrays(rows: Sequence[Row]) -> tuple[str, tuple[list[Any], ...]]:
    """Rows for PostgreSQL: an array a column, so that the statement is the same for any number.

    Its driver reads each placeholder of a statement and asks for the type of each value: a third of
    a millisecond for the values of one transaction.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    arrays = ",".join(f"%s::{_array_type(column)}" for column in columns)
    names = ",".join(f"column{number}" for number in range(1, len(columns) + 1))
    return f"SELECT * FROM unnest({arrays}) AS given_rows({names})", tuple(columns)


def _array_type(column: Sequence[Any]) -> str:
    """Of its first value that is one; a column of none but NULL fits where text does."""
    value = next((value for value in column if value is not None), "")
    if isinstance(value, bool):
        return "boolean[]"
    return "bigint[]" if isinstance(value, int) else "varchar[]"


def upsert(connection: Connection, table: Table) -> sqlite.Insert:
    """An INSERT that may say ON CONFLICT, in the words of the connection's database."""
    if connection.dialect.name == "postgresql":
        # Both have the same methods; only their classes differ.
        return cast(sqlite.Insert, postgresql.insert(table))
    return sqlite.insert(table)


def new_number(inserted: CursorResult[Any]) -> int:
    """The number that the database gave to the row just inserted."""
    key = inserted.inserted_primary_key
    if key is None:
        raise TypeError("one row is inserted at a time, into a table that numbers its rows")
    return int(key[0])


def insert_bulk(table: str, columns: Sequence[str], *, rank: int, conflict: str = "") -> Bulk:
    """Rows for `table`; `conflict` is the statement's ON CONFLICT clause."""
    head = f"INSERT INTO {table} ({','.join(columns)}) "
    return Bulk(f"insert {table}", lambda given: f"{head}{given} {conflict}", len(columns), rank)


def update_bulk(table: str, key: str, columns: Sequence[str], *, rank: int, guard: str) -> Bulk:
    """Rows of the key and new values; only rows of `table` that satisfy `guard` may change."""
    # A statement that began with WITH would not be told how many rows it changed.
    named = ",".join(f"column{n} AS {name}" for n, name in enumerate((key, *columns), start=1))
    head = f"UPDATE {table} SET {','.join(f'{column}=given.{column}' for column in columns)}"
    tail = f"AS given WHERE {table}.{key}=given.{key} AND {guard}"
    return Bulk(
        f"update {table}",
        lambda given: f"{head} FROM (SELECT {named} FROM ({given}) AS rows) {tail}",
        1 + len(columns),
        rank,
        checked=True,
    )


def delete_bulk(table: str, key: str, *, rank: int) -> Bulk:
    """Keys of the rows of `table` to delete, those that are there."""
    return Bulk(
        f"delete {table}",
        lambda given: f"DELETE FROM {table} WHERE ({key}) IN ({given})",
        1,
        rank,
    )
