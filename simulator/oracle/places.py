"""Where a book is, a file or a database of a server, and how one moment of it is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from simulator.oracle.terminal_books import BookError
from switch.store import PostgresDatabase

BUSY_S = 5.0
"""How long a reader waits for a database that its owner holds for itself."""

Place = Path | PostgresDatabase
"""A SQLite file, or a database of a PostgreSQL server."""

Reader = Any
"""A connection of sqlite3 or psycopg: both have `execute`, which gives a cursor."""


@contextmanager
def reading(place: Place) -> Iterator[Reader]:
    """A read-only connection that sees one moment of the books. Raises BookError."""
    if isinstance(place, PostgresDatabase):
        with _on_server(place) as connection:
            yield connection
        return
    try:
        with closing(
            sqlite3.connect(f"{place.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)
        ) as connection:
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        raise BookError(f"{place.name}: {error}") from None


def has_table(connection: Reader, name: str) -> bool:
    """Whether the books have a table of this name."""
    if isinstance(connection, sqlite3.Connection):
        looked = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    else:
        looked = "SELECT 1 WHERE to_regclass(%s) IS NOT NULL"
    return connection.execute(looked, (name,)).fetchone() is not None


def asked(connection: Reader, sql: str, *values: object) -> Any:
    """A cursor over what a question gives; its values stand at the `?` of `sql`."""
    if not isinstance(connection, sqlite3.Connection):
        sql = sql.replace("?", "%s")
    return connection.execute(sql, values)


@contextmanager
def _on_server(database: PostgresDatabase) -> Iterator[Reader]:
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with closing(psycopg.connect(url, connect_timeout=int(BUSY_S))) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield connection
    except psycopg.Error as error:
        # A message may quote a value of a row; its first line says what went wrong.
        told = str(error).partition("\n")[0] or type(error).__name__
        raise BookError(f"{database.shown}: {told}") from None
