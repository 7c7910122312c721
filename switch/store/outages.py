"""Which errors of a database mean that it cannot be used now, whatever one asks of it."""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError


class StoreUnavailableError(Exception):
    """The database cannot be used now: full disk, locked or lost file, too long a queue."""


SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)

POSTGRES_OUTAGES = ("08", "53", "57", "58", "XX001", "XX002", "25006", "55P03")
"""Beginnings of SQLSTATE: connection lost, resources (full disk), operator's intervention,
system errors, corruption, a server that became read-only, a lock that was not had in time."""


def outage(error: BaseException) -> str:
    """Why the database cannot be used, in a line without values; empty for any other error."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", None)
        # The low byte is the kind of error, the rest says which of that kind.
        if code is None or code & 0xFF not in SQLITE_OUTAGES:
            return ""
        return str(original)
    if isinstance(original, psycopg.Error):
        state = original.sqlstate
        lost = isinstance(original, psycopg.OperationalError | psycopg.InterfaceError)
        if state.startswith(POSTGRES_OUTAGES) if state else lost:
            return str(original).strip().partition("\n")[0]
    return ""
