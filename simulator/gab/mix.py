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

Rank = Callable[[Mapping[str, int]], tuple[int, ...]]
"""What to compare ways by, the least first; it must order parts of a way as it does the whole."""


def choose(policy: Policy, amount_minor: int, stock: Stock) -> dict[str, int]:
    """How many notes to take from each cassette. Raises UnpayableError.

    `fewest_notes`: as few as can be. `equal_emptying`: so that the cassette with the fewest notes
    left has as many as can be, then the next; of equal ways the one with fewer notes.
    `keep_small_notes`: as few of the smallest as can be, then as few of the next.

    >>> stock = {"1": (100, 9), "2": (50, 9), "3": (20, 30)}
    >>> choose("fewest_notes", 20000, stock), choose("equal_emptying", 20000, stock)
    ({'1': 2}, {'3': 10})
    """
    fewest = choose_notes(amount_minor, stock)  # also says when there is no way at all
    if policy == "fewest_notes":
        return fewest
    rank = _evenly(stock) if policy == "equal_emptying" else _large_first(stock)
    return _best(amount_minor // 100, stock, rank)


def _evenly(stock: Stock) -> Rank:
    def rank(taken: Mapping[str, int]) -> tuple[int, ...]:
        left = sorted(stock[name][1] - count for name, count in taken.items())
        return (*(-each for each in left), sum(taken.values()))

    return rank


def _large_first(stock: Stock) -> Rank:
    notes = sorted({note for note, _ in stock.values()})

    def rank(taken: Mapping[str, int]) -> tuple[int, ...]:
        used = dict.fromkeys(notes, 0)
        for name, count in taken.items():
            used[stock[name][0]] += count
        return tuple(used.values())

    return rank


def _best(dirhams: int, stock: Stock, rank: Rank) -> dict[str, int]:
    names = sorted(stock, key=lambda name: (-stock[name][0], name))

    @cache
    def best(place: int, target: int, room: int) -> dict[str, int] | None:
        """The way to make `target` of the cassettes from `place` on that ranks first."""
        if place == len(names):
            return None if target else {}
        name = names[place]
        note, held = stock[name]
        most = min(held, room, target // note)
        # The last cassette can only make what is left.
        least = most if place == len(names) - 1 else 0
        ways = []
        for taken in range(least, most + 1):
            rest = best(place + 1, target - taken * note, room - taken)
            if rest is not None:
                ways.append({name: taken, **rest})
        return min(ways, key=rank, default=None)

    found = best(0, dirhams, NOTES_MAX)
    assert found is not None
    return {name: count for name, count in found.items() if count}
