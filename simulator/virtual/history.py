"""What happened in a world, in order, and one hash of all of it.

Two runs of one seed must give one digest, in another process and with another PYTHONHASHSEED:
so nothing enters it that names a memory address, and no order of a set.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

# The digest covers everything; only the last events are kept to be read.
KEPT_EVENTS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: when, to whom, what, and the facts of it."""

    time_s: float
    party: str
    what: str
    facts: Mapping[str, Any]

    def __str__(self) -> str:
        facts = " ".join(f"{name}={_plain(value)}" for name, value in self.facts.items())
        return f"{self.time_s:12.6f} {self.party} {self.what} {facts}".rstrip()


class History:
    """The ordered events of a world."""

    def __init__(self) -> None:
        self.events: deque[Event] = deque(maxlen=KEPT_EVENTS_MAX)
        self.count = 0
        self._hash = hashlib.sha256()

    def record(self, time_s: float, party: str, what: str, facts: Mapping[str, Any]) -> None:
        """One more event. Facts are data: what is not enters as the name of its type."""
        self.events.append(Event(time_s, party, what, facts))
        self.count += 1
        self._hash.update(_encode([time_s, party, what, facts]).encode() + b"\n")

    def digest(self) -> str:
        """SHA-256 of everything recorded so far, 64 hexadecimal digits."""
        return self._hash.hexdigest()

    def of(self, party: str) -> list[Event]:
        """The kept events of one party."""
        return [event for event in self.events if event.party == party]


def _plain(value: object) -> object:
    """A value as data that is the same in every run."""
    if value is None or isinstance(value, str | int | float | bool | list | tuple | dict):
        return value
    if isinstance(value, bytes | bytearray):
        return value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, set | frozenset):
        return sorted(map(str, map(_plain, value)))
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    return type(value).__qualname__


_encode = json.JSONEncoder(sort_keys=True, default=_plain, separators=(",", ":")).encode
