"""Bringing a database to the newest state of its tables, all of it or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from switch.store.databases import Database
from switch.store.outages import StoreUnavailableError, outage
from switch.store.schema import Schema, StoreFormatError

NOT_A_DATABASE = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})


@dataclass(frozen=True)
class Standing:
    """How far a database is: its revision, None when it is empty, and those it lacks."""

    revision: str | None
    lacks: tuple[str, ...]


def migrate(database: Database, schema: Schema) -> Sequence[str]:
    """Make or upgrade the tables; the revisions that were run through.

    Raises StoreFormatError for a database that holds something else or comes from a newer
    program, StoreUnavailableError for one that cannot be opened: nothing is changed then.
    """
    engine = database.engine(alone=True)
    try:
        database.prepare(schema)
        with engine.begin() as connection:
            return schema.upgrade(connection)
    except (OSError, StoreFormatError, SQLAlchemyError) as error:
        raise told(database, error) from None
    finally:
        engine.dispose()


def standing(database: Database, schema: Schema) -> Standing:
    """How far a database is; it is only read. Raises as `migrate` does."""
    engine = database.engine(read_only=True)
    try:
        with engine.begin() as connection:
            revision = schema.current(connection)
    except (OSError, StoreFormatError, SQLAlchemyError) as error:
        raise told(database, error) from None
    finally:
        engine.dispose()
    known = schema.revisions
    done = known.index(revision) + 1 if revision is not None else 0
    return Standing(revision, tuple(known[done:]))


def told(database: Database, error: Exception) -> StoreFormatError | StoreUnavailableError:
    """An error of opening `database`, in words and with its name."""
    if isinstance(error, OSError):
        return StoreUnavailableError(f"{database.shown}: {error.strerror}")
    if isinstance(error, StoreFormatError):
        return StoreFormatError(f"{database.shown} {error}")
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", None)
    reason = outage(error)
    if code is not None and code & 0xFF in NOT_A_DATABASE:
        return StoreFormatError(f"{database.shown} is not a database of ours: {reason}")
    if reason:
        return StoreUnavailableError(f"{database.shown}: {reason}")
    kind = type(original).__name__
    return StoreFormatError(f"{database.shown} cannot be brought up to date ({kind})")
