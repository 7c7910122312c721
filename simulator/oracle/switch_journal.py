"""What a switch says of its transactions, read from its journal: to hold against other books."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.oracle.places import Place, reading


@dataclass(frozen=True)
class SwitchTransaction:
    """What moves money, as a switch tells it; `stands_minor` is None while nobody knows."""

    terminal: str
    stan: str
    rrn: str
    operation: str
    state: str
    amount_minor: int
    stands_minor: int | None


@dataclass(frozen=True)
class Owed:
    """A reversal or an advice that a switch has stored and that nobody has acknowledged."""

    terminal: str
    stan: str
    rrn: str
    destination: str
    attempts: int


@dataclass(frozen=True)
class SwitchReversals:
    """The reversals and advices that a switch owes, and its transactions that move money."""

    owed: tuple[Owed, ...] = ()
    acknowledged: int = 0
    advices: tuple[Owed, ...] = ()
    transactions: tuple[SwitchTransaction, ...] = ()

    @property
    def attempts(self) -> int:
        """How often those that are owed were sent, in all."""
        return sum(each.attempts for each in self.owed)


STANDS = frozenset({"approved", "advised"})
PARTLY = "partly_reversed"
NOTHING = frozenset({"declined", "reversed"})

_OWED = """
    SELECT o.kind, t.terminal, t.stan, t.rrn, o.destination, o.attempts
    FROM owed o JOIN transactions t ON t.id = o.transaction_id ORDER BY o.id
"""
_REVERSED = "SELECT COUNT(*) FROM transactions WHERE state IN ('reversed', 'partly_reversed')"
_MOVING = """
    SELECT terminal, stan, rrn, operation, state, amount_minor, reversed_minor
    FROM transactions WHERE moves_money ORDER BY id
"""


def read_switch_reversals(place: Place) -> SwitchReversals:
    """What the journal at `place` says. Raises BookError when it cannot be read."""
    with reading(place) as connection:
        owed: dict[str, list[Owed]] = {"reversal": [], "advice": []}
        for kind, *rest in connection.execute(_OWED):
            owed[kind].append(Owed(*rest))
        (acknowledged,) = connection.execute(_REVERSED).fetchone()
        transactions = tuple(_transaction(*row) for row in connection.execute(_MOVING))
    return SwitchReversals(
        tuple(owed["reversal"]), acknowledged, tuple(owed["advice"]), transactions
    )


def _transaction(
    terminal: str,
    stan: str,
    rrn: str,
    operation: str,
    state: str,
    amount_minor: int,
    reversed_minor: int,
) -> SwitchTransaction:
    stands_minor = None
    if state in STANDS:
        stands_minor = amount_minor
    elif state == PARTLY:
        stands_minor = amount_minor - reversed_minor
    elif state in NOTHING:
        stands_minor = 0
    return SwitchTransaction(
        terminal.rstrip(), stan, rrn.strip(), operation, state, amount_minor, stands_minor
    )
