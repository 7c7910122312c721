"""A teller's till, and the agency's vault: only what stands is counted in them."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.counter.cash import CashError, Pieces, total_minor


def added(pieces: Pieces, more: Pieces) -> dict[int, int]:
    """Both together, by denomination in minor units."""
    return {piece: pieces.get(piece, 0) + more.get(piece, 0) for piece in {**pieces, **more}}


def taken_out(pieces: Pieces, given: Pieces) -> dict[int, int]:
    """What is left of `pieces` without those given. Raises CashError when they are not there."""
    after = dict(pieces)
    for piece, count in given.items():
        after[piece] = after.get(piece, 0) - count
    if min(after.values(), default=0) < 0:
        raise CashError("there are not so many notes or coins of that value")
    return after


def read_pieces(told: Mapping[str, int]) -> dict[int, int]:
    """Pieces as a journal line tells them."""
    return {int(piece): count for piece, count in told.items()}


class Till:
    """Pieces by denomination in minor units, of one batch of one teller.

    Always the pieces are worth the opening cash, and what was moved from the vault and taken in,
    less what was moved to the vault and paid out, and the differences that counts have posted.
    """

    def __init__(self, batch: int = 0, pieces: Pieces | None = None) -> None:
        self.batch = batch
        self.pieces: dict[int, int] = dict(pieces or {})
        self.opening_minor = total_minor(self.pieces)
        self.moved_minor = 0
        """From the vault, less back to it."""
        self.taken_minor = 0
        """What customers brought, less what was paid out to them."""
        self.difference_minor = 0
        """What counts found too much, less what they found missing."""

    @property
    def total_minor(self) -> int:
        """What is in it."""
        return total_minor(self.pieces)

    @property
    def book_minor(self) -> int:
        """What its movements say is in it; always `total_minor`."""
        return self.opening_minor + self.moved_minor + self.taken_minor + self.difference_minor

    def with_added(self, pieces: Pieces) -> dict[int, int]:
        """What the till would hold with these: change is given from both."""
        return added(self.pieces, pieces)

    def exchange(self, taken: Pieces, given: Pieces) -> None:
        """Put in what a customer gave, take out what the customer gets. Raises CashError."""
        self.pieces = taken_out(self.with_added(taken), given)
        self.taken_minor += total_minor(taken) - total_minor(given)

    def move(self, pieces: Pieces, *, to_till: bool) -> None:
        """From the vault or to it. Raises CashError."""
        self.pieces = self.with_added(pieces) if to_till else taken_out(self.pieces, pieces)
        self.moved_minor += total_minor(pieces) if to_till else -total_minor(pieces)

    def settle(self, counted: Pieces) -> None:
        """A count has been posted: what was counted is what is there."""
        self.difference_minor += total_minor(counted) - self.total_minor
        self.pieces = dict(counted)
