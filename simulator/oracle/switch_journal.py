"""What a switch still owes, read from its journal: of its reversals only, never of the money."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.oracle.places import Place, reading


@dataclass(frozen=True)
class OwedReversal:
    """A reversal that a switch has stored and that nobody has acknowledged."""

    terminal: str
    stan: str
    rrn: str
    destination: str
    attempts: int


@dataclass(frozen=True)
class SwitchReversals:
    """The reversals of a switch."""

    owed: tuple[OwedReversal, ...] = ()
    acknowledged: int = 0

    @property
    def attempts(self) -> int:
        """How often those that are owed were sent, in all."""
        return sum(each.attempts for each in self.owed)


_OWED = """
    SELECT t.terminal, t.stan, t.rrn, o.destination, o.attempts
    FROM owed o JOIN transactions t ON t.id = o.transaction_id WHERE o.kind = 'reversal'
    ORDER BY o.id
"""
_REVERSED = "SELECT COUNT(*) FROM transactions WHERE state IN ('reversed', 'partly_reversed')"


def read_switch_reversals(place: Place) -> SwitchReversals:
    """The reversals in the journal at `place`. Raises BookError when it cannot be read."""
    with reading(place) as connection:
        owed = tuple(OwedReversal(*row) for row in connection.execute(_OWED))
        (acknowledged,) = connection.execute(_REVERSED).fetchone()
    return SwitchReversals(owed, acknowledged)
