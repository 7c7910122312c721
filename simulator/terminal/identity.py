"""Who a terminal is, and what its messages say of the place."""

from __future__ import annotations

from dataclasses import dataclass

CURRENCY = "504"
"""MAD, of 2 decimals."""


@dataclass(frozen=True)
class Identity:
    """DE41, DE42 and DE32 of everything a terminal sends, as wide as the elements are."""

    terminal: str
    acceptor: str
    institution: str

    @classmethod
    def of(cls, terminal_id: str, acceptor: str, institution: str) -> Identity:
        """The identity, padded; raises ValueError for what does not fit the elements."""
        if not 1 <= len(terminal_id) <= 8 or not 1 <= len(acceptor) <= 15:
            raise ValueError(f"{terminal_id!r} or {acceptor!r} does not fit DE41 and DE42")
        if not (institution.isascii() and institution.isdigit() and len(institution) <= 11):
            raise ValueError(f"{institution!r} does not fit DE32")
        return cls(terminal_id.ljust(8), acceptor.ljust(15), institution)


@dataclass(frozen=True)
class Place:
    """DE18, 22 and 25: what kind of place this is, and how a card is read there."""

    merchant_type: str
    entry_mode: str
    condition: str


GAB = Place(merchant_type="6011", entry_mode="051", condition="02")
COUNTER = Place(merchant_type="6010", entry_mode="012", condition="00")
BILLS = "4900"
"""DE18 of a bill, wherever it is paid."""
