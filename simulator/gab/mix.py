"""Which of the ways to make an amount a GAB prefers: its mix policy.

All are exact: they choose among all the ways there are, with the stock and in one bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal

from simulator.gab.dispensing import NOTES_MAX, choose_notes

Policy = Literal["fewest_notes", "equal_emptying", "keep_small_notes"]

Stock = Mapping[str, tuple[int, int]]
"""(note in whole dirhams, how many) by name."""

Cost = Callable[[str, int], int]
"""What it costs to take so many notes from a cassette: the way that costs least is taken."""


def choose(policy: Policy, amount_minor: int, stock: Stock) -> dict[str, int]:
    """How many notes to take from each cassette. Raises UnpayableError.

    `fewest_notes`: as few as can be. `equal_emptying`: so that the same number of notes is left
    in each cassette, as far as can be. `keep_small_notes`: as few of the smallest as can be, then
    as few of the next.

    >>> stock = {"1": (100, 9), "2": (50, 9), "3": (20, 9)}
    >>> choose("fewest_notes", 20000, stock), choose("equal_emptying", 20000, stock)
    ({'1': 2}, {'2': 2, '3': 5})
    """
    fewest = choose_notes(amount_minor, stock)  # also says when there is no way at all
    if policy == "fewest_notes":
        return fewest
    cost = _evenly(stock) if policy == "equal_emptying" else _large_first(stock)
    return _cheapest(amount_minor // 100, stock, cost)


def _evenly(stock: Stock) -> Cost:
    """The sum of squares of what is left is least where it is equal; then as few as can be."""
    return lambda name, taken: (stock[name][1] - taken) ** 2 * (NOTES_MAX + 1) + taken


def _large_first(stock: Stock) -> Cost:
    """One note more of a denomination costs more than a bundle of those that are larger."""
    notes = sorted({note for note, _ in stock.values()}, reverse=True)
    weights = {note: (NOTES_MAX + 1) ** place for place, note in enumerate(notes)}
    return lambda name, taken: weights[stock[name][0]] * taken


def _cheapest(dirhams: int, stock: Stock, cost: Cost) -> dict[str, int]:
    names = sorted(stock, key=lambda name: (-stock[name][0], name))

    @cache
    def best(place: int, target: int, room: int) -> tuple[int, tuple[int, ...]] | None:
        """The least cost of making `target` of the cassettes from `place` on, and how."""
        if place == len(names):
            return None if target else (0, ())
        note, held = stock[names[place]]
        most = min(held, room, target // note)
        # The last cassette can only make what is left.
        least = most if place == len(names) - 1 else 0
        ways = []
        for taken in range(least, most + 1):
            rest = best(place + 1, target - taken * note, room - taken)
            if rest is not None:
                ways.append((cost(names[place], taken) + rest[0], (taken, *rest[1])))
        return min(ways, default=None)

    found = best(0, dirhams, NOTES_MAX)
    assert found is not None
    return {name: count for name, count in zip(names, found[1], strict=True) if count}
