"""What one operation is given: its transaction, its instant, and the catalogue of creditors."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, bindparam

from simulator.payment_core.catalogue import Catalogue
from simulator.payment_core.tables import counters
from switch.keys.vault import Vault
from switch.runtime.chance import Entropy, SystemEntropy
from switch.store import upsert

if TYPE_CHECKING:
    from switch.keys.checking import PinOutcome
    from switch.keys.chips import ChipOutcome


@dataclass(frozen=True)
class Turn:
    """One operation's turn at the database. `now` is aware, in UTC."""

    connection: Connection
    now: datetime
    catalogue: Catalogue
    vault: Vault
    """Seals card numbers, and finds cards by them."""
    entropy: Entropy = field(default_factory=SystemEntropy)
    pin: PinOutcome | None = None
    """What the security module says of the PIN that came; None when none did."""
    chip: ChipOutcome | None = None
    """The same of the chip data."""

    def secret_digits(self, length: int) -> str:
        """Digits that nobody can guess."""
        drawn = int.from_bytes(self.entropy.token_bytes(length + 8))
        return f"{drawn % 10**length:0{length}}"

    def next_number(self, sequence: str) -> int:
        """The next number of a sequence, from 1; never given twice."""
        statement = _next_number.get(self.connection.dialect.name)
        if statement is None:
            statement = _counting(self.connection)
            _next_number[self.connection.dialect.name] = statement
        return int(self.connection.execute(statement, {"sequence": sequence}).scalar_one())


_next_number: dict[str, Any] = {}
"""The statement of each dialect: to build one costs more than to execute it."""


def _counting(connection: Connection) -> Any:
    return (
        upsert(connection, counters)
        .values(name=bindparam("sequence"), value=1)
        .on_conflict_do_update(
            index_elements=[counters.c.name], set_={"value": counters.c.value + 1}
        )
        .returning(counters.c.value)
    )


def instant_text(instant: datetime) -> str:
    """An instant as the database and the API write it: UTC, to the millisecond.

    >>> instant_text(datetime(2026, 11, 24, 10, 36, 1, 250_000, tzinfo=UTC))
    '2026-11-24T10:36:01.250Z'
    """
    utc = instant.astimezone(UTC)
    return f"{utc.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


_inserts: dict[Table, Any] = {}


def new_row(connection: Connection, table: Table, **values: Any) -> int:
    """Insert a row into a table that numbers its rows; its number."""
    statement = _inserts.get(table)
    if statement is None:
        statement = _inserts[table] = table.insert()
    result = connection.execute(statement, values)
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def canonical(value: Any) -> str:
    """JSON that is the same for equal values, whatever the order of their keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
