"""Durable storage: a database behind one writer with group commit."""

from switch.store.store import Store, StoreFormatError, StoreUnavailableError, sqlite_engine

__all__ = ["Store", "StoreFormatError", "StoreUnavailableError", "sqlite_engine"]
