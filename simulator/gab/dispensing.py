"""Which notes make an amount: an exact search, with the stock in the cassettes.

Largest-first fails with notes of 20, 50, 100 and 200: 60 would begin with a 50 that nothing
completes. So the search is exact: sets of amounts, as the bits of integers, tell what can be paid
with k notes of the first cassettes, and the notes are read back from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import gcd

from switch.settings import write_money

NOTES_MAX = 40
"""Notes in one bundle: what a presenter holds."""

Stock = tuple[tuple[int, int], ...]
"""(note in minor units, how many) of each cassette, in a fixed order."""


class UnpayableError(Exception):
    """No combination of the notes there are makes the amount.

    `below_minor` and `above_minor` are the nearest amounts that can be paid, None where there is
    none.
    """

    def __init__(self, amount_minor: int, below_minor: int | None, above_minor: int | None) -> None:
        near = [write_money(each) for each in (below_minor, above_minor) if each is not None]
        offer = f"; {' or '.join(near)} can be" if near else "; no notes are left"
        super().__init__(f"{write_money(amount_minor)} cannot be paid with the notes here{offer}")
        self.below_minor = below_minor
        self.above_minor = above_minor


def choose_notes(amount_minor: int, cassettes: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """How many notes to take from each cassette: the fewest notes that make `amount_minor`.

    `cassettes` are (note in whole dirhams, how many) by name. Among choices of as few notes the
    larger notes are preferred. Raises UnpayableError.

    >>> full = {"1": (200, 9), "2": (100, 9), "3": (50, 9), "4": (20, 9)}
    >>> choose_notes(6000, full), choose_notes(37000, full)
    ({'4': 3}, {'1': 1, '2': 1, '3': 1, '4': 1})
    """
    # Small notes first: reading back begins with the last cassette, the largest note.
    names = sorted(cassettes, key=lambda name: (cassettes[name][0], name))
    stock = tuple((cassettes[name][0] * 100, min(cassettes[name][1], NOTES_MAX)) for name in names)
    unit = gcd(*(note for note, _ in stock)) or 1
    table = _table(stock, unit)
    target, rest = divmod(amount_minor, unit)
    count = next((k for k in range(NOTES_MAX + 1) if table[-1][k] >> max(target, 0) & 1), None)
    if amount_minor <= 0 or rest or count is None:
        raise _unpayable(amount_minor, table[-1], unit)
    chosen: dict[str, int] = {}
    for place in range(len(names), 0, -1):
        note, held = stock[place - 1]
        step = note // unit
        most = min(held, count, target // step)
        taken = next(
            take
            for take in range(most, -1, -1)
            if table[place - 1][count - take] >> (target - take * step) & 1
        )
        count, target = count - taken, target - taken * step
        if taken:
            chosen[names[place - 1]] = taken
    return chosen


@lru_cache(maxsize=256)
def _table(stock: Stock, unit: int) -> list[list[int]]:
    """`table[i][k]`, bit a: whether a units can be made of exactly k notes of the first i."""
    table = [[1] + [0] * NOTES_MAX]
    for note, held in stock:
        step, before = note // unit, table[-1]
        row = []
        for count in range(NOTES_MAX + 1):
            reach = 0
            for take in range(min(held, count) + 1):
                reach |= before[count - take] << take * step
            row.append(reach)
        table.append(row)
    return table


def _unpayable(amount_minor: int, reach: list[int], unit: int) -> UnpayableError:
    payable = 0
    for amounts in reach[1:]:
        payable |= amounts
    at = min(max(amount_minor, 0) // unit + 1, payable.bit_length())
    under = payable & ((1 << at) - 1)
    over = payable >> at
    below_minor = (under.bit_length() - 1) * unit if under else None
    above_minor = (at + (over & -over).bit_length() - 1) * unit if over else None
    return UnpayableError(amount_minor, below_minor, above_minor)
