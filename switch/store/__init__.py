"""Durable storage: a database behind one writer with group commit."""

from switch.store.bulk import Bulk, delete_bulk, insert_bulk, new_number, update_bulk, upsert
from switch.store.databases import (
    Database,
    PostgresDatabase,
    SqliteDatabase,
    database_at,
    sqlite_engine,
)
from switch.store.outages import StoreUnavailableError
from switch.store.schema import WHOLE, Schema, StoreFormatError
from switch.store.store import Store

__all__ = [
    "WHOLE",
    "Bulk",
    "Database",
    "PostgresDatabase",
    "Schema",
    "SqliteDatabase",
    "Store",
    "StoreFormatError",
    "StoreUnavailableError",
    "database_at",
    "delete_bulk",
    "insert_bulk",
    "new_number",
    "sqlite_engine",
    "update_bulk",
    "upsert",
]
