"""A teller's till: only payments that stand are counted in it."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.counter.cash import Pieces, total_minor
from simulator.terminal.journal import Event


class Till:
    """Pieces by denomination in minor units, rebuilt from the journal at a start."""

    def __init__(self) -> None:
        self.pieces: dict[int, int] = {}
        self.filled = False
        self.opening_minor = 0
        self.taken_minor = 0
        """What payments brought in, change deducted."""

    @property
    def total_minor(self) -> int:
        """What is in it: always the opening cash and what payments brought."""
        return total_minor(self.pieces)

    def replay(self, event: Event) -> None:
        """Do to the till what a journal line says was done."""
        if event["event"] == "till_opened":
            self.open(_pieces(event["pieces"]))
        elif event["event"] == "cash_in":
            self.exchange(_pieces(event["pieces"]), _pieces(event["change"]))

    def open(self, pieces: Pieces) -> None:
        """Begin with this cash."""
        self.filled = True
        self.pieces = dict(pieces)
        self.opening_minor = total_minor(pieces)

    def with_added(self, pieces: Pieces) -> dict[int, int]:
        """What the till would hold with these: change is given from both."""
        return {
            piece: self.pieces.get(piece, 0) + pieces.get(piece, 0)
            for piece in {**self.pieces, **pieces}
        }

    def exchange(self, taken: Pieces, given: Pieces) -> None:
        """Put in what was tendered, take out the change."""
        after = self.with_added(taken)
        for piece, count in given.items():
            after[piece] = after.get(piece, 0) - count
        if min(after.values(), default=0) < 0:
            raise ValueError("more change was given than the till holds")
        self.pieces = after
        self.taken_minor += total_minor(taken) - total_minor(given)


def _pieces(told: Mapping[str, int]) -> dict[int, int]:
    return {int(piece): count for piece, count in told.items()}
