"""Where a database is, and how it is opened: a SQLite file, or PostgreSQL by its URL.

Either way a commit survives a power cut, BEGIN and COMMIT are ours, and one process writes.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from psycopg.errors import LockNotAvailable
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, StaticPool

from switch.store.bulk import STATEMENTS_KEPT
from switch.store.schema import Schema

BUSY_S = 2
"""How long a writer waits for another one."""

POSTGRES_DRIVER = "postgresql+psycopg"

POSTGRES_DEFAULTS = {
    "connect_timeout": "3",
    # A server that is cut off, without a word, is found out after so many milliseconds.
    "tcp_user_timeout": "5000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "application_name": "guichet",
}
"""Parameters of libpq that hold unless the URL says otherwise."""


class Database(Protocol):
    """A place that holds one schema's tables."""

    @property
    def shown(self) -> str:
        """Its name for people, without a password."""
        ...

    def engine(self, *, read_only: bool = False, alone: bool = False) -> Engine:
        """An engine on it. A writer that is `alone` keeps others of its kind out."""
        ...

    def prepare(self, schema: Schema) -> None:
        """What can be done before the first connection. Raises OSError."""
        ...


@dataclass(frozen=True)
class SqliteDatabase:
    """A file. Who may write in it is for the folder's lock to say."""

    path: Path

    @property
    def shown(self) -> str:
        return str(self.path)

    def engine(self, *, read_only: bool = False, alone: bool = False) -> Engine:
        return sqlite_engine(self.path, read_only=read_only)

    def prepare(self, schema: Schema) -> None:
        """Lay a new file from a template: to migrate one from nothing takes 50 times longer."""
        if self.path.exists() and self.path.stat().st_size:
            return
        laid = self.path.with_name(f"{self.path.name}.new")
        # It holds cards: nobody else reads it. What SQLite lays beside it has the same rights.
        descriptor = os.open(laid, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_template(schema))
            file.flush()
            os.fsync(file.fileno())
        laid.replace(self.path)


@dataclass(frozen=True, repr=False)
class PostgresDatabase:
    """A database of a PostgreSQL server, and in it the first schema of the search path."""

    url: URL

    @property
    def shown(self) -> str:
        return self.url.render_as_string(hide_password=True)

    def __repr__(self) -> str:
        return f"PostgresDatabase({self.shown})"

    def engine(self, *, read_only: bool = False, alone: bool = False) -> Engine:
        defaults = {k: v for k, v in POSTGRES_DEFAULTS.items() if k not in self.url.query}
        engine = create_engine(
            self.url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args=defaults,
        )

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _record: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{BUSY_S}s'")
                cursor.execute("SET statement_timeout = '10s'")
                if read_only:
                    cursor.execute("SET default_transaction_read_only = on")
                else:
                    # A server may be set to answer before the disk has it: not to us.
                    cursor.execute("SHOW synchronous_commit")
                    if cursor.fetchone()[0] == "off":
                        cursor.execute("SET synchronous_commit = on")
                if alone:
                    _keep_others_out(cursor)
            connection.commit()

        return engine

    def prepare(self, schema: Schema) -> None:
        """Nothing: the server makes no files of ours."""


def database_at(place: str, folder: Path | None = None) -> Database:
    """The database of a URL: `postgresql+psycopg://user@host/name`, or `sqlite:///file`.

    A file is looked for from `folder`. Raises ValueError, which never shows a password.
    """
    try:
        url = make_url(place)
    except ArgumentError:
        raise ValueError("not a URL such as postgresql+psycopg://user@host:5432/name") from None
    if url.drivername in ("postgresql", POSTGRES_DRIVER):
        if not url.database:
            raise ValueError("the URL names no database after the host")
        return PostgresDatabase(url.set(drivername=POSTGRES_DRIVER))
    if url.drivername == "sqlite" and url.database:
        return SqliteDatabase((folder or Path()) / url.database)
    raise ValueError(
        f"{url.drivername} is no database that is known here: "
        "postgresql+psycopg://user@host:5432/name, or sqlite:///file"
    )


def folder_of(database: Path | Database) -> Path:
    """Where what belongs to a database in a file lies; raises ValueError for one of a server."""
    if isinstance(database, PostgresDatabase):
        raise ValueError("the books are on a server: their vault has to be given")
    return (database if isinstance(database, Path) else Path(database.shown)).parent


def sqlite_engine(path: Path, *, read_only: bool = False) -> Engine:
    """An engine on a SQLite file in WAL mode, `synchronous=FULL`: a commit survives a power cut."""
    quoted = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    engine = create_engine(
        URL.create("sqlite"),
        creator=lambda: sqlite3.connect(
            f"file:{quoted}?mode={'ro' if read_only else 'rwc'}",
            uri=True,
            check_same_thread=False,
            # The driver's own transaction control is off, so that BEGIN and COMMIT are ours.
            isolation_level=None,
            cached_statements=STATEMENTS_KEPT,
        ),
        poolclass=NullPool,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_S * 1000}")
        if not read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
            # What is deleted is overwritten: some builds of SQLite do so by default, not all.
            cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _keep_others_out(cursor: Any) -> None:
    """Hold the lock of those who write alone, for as long as the connection lives."""
    try:
        cursor.execute("SELECT pg_advisory_lock(hashtext('guichet'), hashtext(current_schema()))")
    except LockNotAvailable:
        raise LockNotAvailable("another process holds this database for writing") from None


@cache
def _template(schema: Schema) -> bytes:
    """The bytes of a SQLite file that holds the tables and nothing else."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        schema.upgrade(connection)
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        content: bytes = raw.serialize()
    engine.dispose()
    return content
