"""Rows of the same kind that go into the database with one statement a batch.

Two reasons: a statement has a cost of its own, and each one gives up the interpreter's lock and
must wait to get it back, which under load takes far longer than the row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

Row = tuple[Any, ...]


class MismatchError(Exception):
    """A statement changed fewer rows than it was given: something else came first."""


@dataclass(frozen=True)
class Bulk:
    """A statement that takes any number of rows.

    `sql` makes it from the placeholders of the rows, such as `(?,?),(?,?)`. With `checked`, each
    row must change one; otherwise the batch is undone, and each work runs by its function.
    """

    name: str
    sql: Callable[[str], str]
    width: int
    rank: int
    """Statements of a batch run in this order: what others refer to comes first."""
    checked: bool = False

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Execute it for `rows`, each of `width` values."""
        one = "(" + ",".join("?" * self.width) + ")"
        values = tuple(value for row in rows for value in row)
        done = connection.exec_driver_sql(self.sql(",".join([one] * len(rows))), values)
        if self.checked and done.rowcount != len(rows):
            raise MismatchError(f"{self.name}: {done.rowcount} rows of {len(rows)}")


def insert_bulk(table: str, columns: Sequence[str], *, rank: int, conflict: str = "") -> Bulk:
    """Rows for `table`; `conflict` is the statement's ON CONFLICT clause."""
    head = f"INSERT INTO {table} ({','.join(columns)}) VALUES "
    return Bulk(f"insert {table}", lambda rows: f"{head}{rows} {conflict}", len(columns), rank)


def update_bulk(table: str, key: str, columns: Sequence[str], *, rank: int, guard: str) -> Bulk:
    """Rows of the key and new values; only rows of `table` that satisfy `guard` may change."""
    # A statement that began with WITH would not be told how many rows it changed.
    named = ",".join(f"column{n} AS {name}" for n, name in enumerate((key, *columns), start=1))
    head = f"UPDATE {table} SET {','.join(f'{column}=given.{column}' for column in columns)}"
    tail = f"AS given WHERE {table}.{key}=given.{key} AND {guard}"
    return Bulk(
        f"update {table}",
        lambda rows: f"{head} FROM (SELECT {named} FROM (VALUES {rows}) AS rows) {tail}",
        1 + len(columns),
        rank,
        checked=True,
    )


def delete_bulk(table: str, key: str, *, rank: int) -> Bulk:
    """Keys of the rows of `table` to delete, those that are there."""
    return Bulk(
        f"delete {table}",
        lambda rows: f"DELETE FROM {table} WHERE ({key}) IN (VALUES {rows})",
        1,
        rank,
    )
