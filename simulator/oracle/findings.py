"""What the oracle finds: an invariant that is broken, and the life of what broke it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulator.oracle.ledgers import Posting
from simulator.oracle.terminal_books import Deed
from switch.settings import write_money


@dataclass(frozen=True)
class LifeLine:
    """Something that one book says of a transaction; `at` is ISO 8601 in UTC."""

    at: str
    book: str
    said: str


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold, and the first transaction that shows it."""

    invariant: str
    found: str
    transaction: str = ""
    terminal: str = ""
    rrn: str = ""
    """With `terminal`, the name of the transaction in every book; empty when it has none."""
    life: tuple[LifeLine, ...] = ()
    """Of the first that was found: what every book says of the transaction."""

    def __str__(self) -> str:
        where = f" ({self.transaction})" if self.transaction else ""
        return f"{self.invariant}: {self.found}{where}"


def of_deed(invariant: str, found: str, deed: Deed) -> Broken:
    """A finding that a deed of a terminal shows."""
    return of_trace(invariant, found, deed.terminal, deed.stan, deed.rrn, deed.card)


def of_posting(invariant: str, found: str, posting: Posting) -> Broken:
    """A finding that a posting of a ledger shows."""
    told = of_trace(
        invariant, found, posting.terminal.rstrip(), posting.stan, posting.rrn, posting.card
    )
    where = f"{posting.ledger} posting {posting.id}, {told.transaction}"
    return replace(told, transaction=where)


def of_trace(
    invariant: str, found: str, terminal: str, stan: str, rrn: str, card: str = ""
) -> Broken:
    """A finding that a transaction shows, by what every book calls it."""
    named = filter(None, (terminal, f"STAN {stan}", f"RRN {rrn}", card))
    return Broken(invariant, found, ", ".join(named), terminal, rrn)


def money(amount_minor: int) -> str:
    """
    >>> money(-5)
    '-0.05'
    """
    return f"-{write_money(-amount_minor)}" if amount_minor < 0 else write_money(amount_minor)
