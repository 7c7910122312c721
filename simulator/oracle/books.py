"""All the books of a network side by side: terminals, core, issuer, and what the switch owes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from simulator.oracle.ledgers import LedgerBook, read_ledger
from simulator.oracle.places import Place
from simulator.oracle.switch_journal import SwitchReversals, read_switch_reversals
from simulator.oracle.terminal_books import TerminalBook, books_in

OUT = frozenset({"withdrawal", "collection"})
"""Postings of cash that left a terminal."""

IN = frozenset({"deposit", "bill_cash", "remittance_cash"})
"""Postings of cash that came into one."""


@dataclass(frozen=True)
class Row:
    """What is said of one terminal's cash, in minor units; of each ledger by its name."""

    terminal: str
    paid_out_minor: int
    taken_in_minor: int
    ledgers_out_minor: Mapping[str, int]
    ledgers_in_minor: Mapping[str, int]
    witnessed: bool = True
    """Whether there is a journal that could say something."""
    elsewhere: bool = False
    """Whether there is another ledger than these."""

    @property
    def equal(self) -> bool:
        """Whether terminal and ledgers say the same, as far as both are here."""
        if not self.witnessed or self.elsewhere:
            return True
        return self.paid_out_minor == sum(
            self.ledgers_out_minor.values()
        ) and self.taken_in_minor == sum(self.ledgers_in_minor.values())

    @property
    def moved(self) -> bool:
        """Whether anybody says that cash moved."""
        return any(
            (
                self.paid_out_minor,
                self.taken_in_minor,
                *self.ledgers_out_minor.values(),
                *self.ledgers_in_minor.values(),
            )
        )


@dataclass(frozen=True)
class Books:
    """The books at one moment."""

    terminals: Mapping[str, TerminalBook]
    ledgers: Mapping[str, LedgerBook]
    switch: SwitchReversals
    strangers: bool = False
    """Whether others than these terminals sent requests: nobody keeps their journals."""
    elsewhere: bool = False
    """Whether somebody else answered for accounts of which no ledger is here."""

    def rows(self) -> list[Row]:
        """One for each terminal that has a journal or that a ledger names."""
        named = {
            posting.terminal
            for ledger in self.ledgers.values()
            for posting in ledger.postings
            if posting.terminal
        }
        return [self._row(terminal) for terminal in sorted(named | set(self.terminals))]

    def _row(self, terminal: str) -> Row:
        book = self.terminals.get(terminal, TerminalBook(terminal))
        return Row(
            terminal,
            book.dispensed_minor,
            book.taken_in_minor,
            {name: _stands(ledger, terminal, OUT) for name, ledger in self.ledgers.items()},
            {name: _stands(ledger, terminal, IN) for name, ledger in self.ledgers.items()},
            witnessed=not (self.strangers and terminal not in self.terminals),
            elsewhere=self.elsewhere,
        )


def read_books(
    journals: Iterable[Path],
    ledgers: Mapping[str, Place],
    switch: Place | None = None,
    *,
    strangers: bool = False,
    elsewhere: bool = False,
) -> Books:
    """Read terminals' journal folders, ledgers by name, and the switch's journal.

    The switch's journal is read first: what it owes no more is in the ledgers already. Raises
    BookError when a book cannot be read.
    """
    reversals = read_switch_reversals(switch) if switch is not None else SwitchReversals()
    return Books(
        {book.terminal: book for book in books_in(journals)},
        {name: read_ledger(name, path) for name, path in ledgers.items()},
        reversals,
        strangers,
        elsewhere,
    )


def _stands(ledger: LedgerBook, terminal: str, kinds: frozenset[str]) -> int:
    return sum(
        posting.stands_minor
        for posting in ledger.postings
        if posting.terminal == terminal and posting.kind in kinds
    )
