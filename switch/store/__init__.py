"""Durable storage: a database behind one writer with group commit."""

from switch.store.bulk import Bulk, delete_bulk, insert_bulk, update_bulk
from switch.store.store import Store, StoreFormatError, StoreUnavailableError, sqlite_engine

__all__ = [
    "Bulk",
    "Store",
    "StoreFormatError",
    "StoreUnavailableError",
    "delete_bulk",
    "insert_bulk",
    "sqlite_engine",
    "update_bulk",
]
