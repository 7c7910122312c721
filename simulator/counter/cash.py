"""Notes and coins at a counter: counting them, and making change.

Pieces are counted by denomination in minor units: `{20000: 1, 50: 2}` is a note of 200 dirhams
and two coins of 50 centimes.
"""

from __future__ import annotations

from collections.abc import Mapping

from switch.settings import write_money

Pieces = Mapping[int, int]

DENOMINATIONS = (
    *(20_000, 10_000, 5_000, 2_000),
    *(1_000, 500, 200, 100, 50, 20, 10, 5, 1),
)
"""What is legal tender in MAD, the largest first: notes from 20 dirhams, coins below."""

NOTE_MIN_MINOR = 2_000


CHANGE_MAX_MINOR = 10_000_000
"""More than 100,000.00 is not paid out of a till, and would make the search below a long one."""


class CashError(Exception):
    """Cash that cannot be taken, or change that cannot be given."""


def total_minor(pieces: Pieces) -> int:
    """What pieces are worth."""
    return sum(piece * count for piece, count in pieces.items())


def exactly(amount_minor: int) -> dict[int, int]:
    """The fewest pieces that make an amount, of somebody who has all of them."""
    pieces = {}
    for piece in DENOMINATIONS:
        count, amount_minor = divmod(amount_minor, piece)
        if count:
            pieces[piece] = count
    return pieces


def check_pieces(pieces: Pieces) -> None:
    """Raises CashError when these are no pieces of money."""
    if any(piece not in DENOMINATIONS or count < 0 for piece, count in pieces.items()):
        raise CashError("there are no such notes or coins")


def check_tendered(pieces: Pieces, amount_minor: int) -> None:
    """Raises CashError when these are no pieces of money, or are not enough."""
    check_pieces(pieces)
    if (given_minor := total_minor(pieces)) < amount_minor:
        given, wanted = write_money(given_minor), write_money(amount_minor)
        raise CashError(f"{given} was given where {wanted} is to be paid")


def change(amount_minor: int, till: Pieces) -> dict[int, int]:
    """Pieces of the till that make `amount_minor`, large ones first. Raises CashError.

    Exact where largest-first alone would fail: a set of amounts, as the bits of an integer, tells
    what the smaller pieces can still make.
    """
    if amount_minor > min(CHANGE_MAX_MINOR, total_minor(till)):
        raise CashError(f"the till has no change for {write_money(amount_minor)}")
    usable = [piece for piece in sorted(till, reverse=True) if piece <= amount_minor]
    within = (1 << amount_minor + 1) - 1
    reach = [1]
    for piece in reversed(usable):
        reach.append(_with(reach[-1], piece, till[piece], within))
    if not reach[-1] >> amount_minor & 1:
        raise CashError(f"the till has no change for {write_money(amount_minor)}")
    given = {}
    for piece, smaller in zip(usable, reversed(reach[:-1]), strict=True):
        count = min(till[piece], amount_minor // piece)
        while not smaller >> (amount_minor - count * piece) & 1:
            count -= 1
        if count:
            given[piece] = count
            amount_minor -= count * piece
    return given


def _with(reach: int, piece: int, count: int, within: int) -> int:
    """The amounts reached with up to `count` more pieces, in steps that double."""
    step = 1
    while count > 0:
        taken = min(step, count)
        reach |= reach << taken * piece & within
        count -= taken
        step *= 2
    return reach


def words(pieces: Pieces) -> str:
    """Pieces for a receipt, the largest first.

    >>> words({50: 1, 20000: 2})
    '2 x 200.00, 1 x 0.50'
    """
    counted = sorted(pieces.items(), reverse=True)
    return ", ".join(f"{count} x {write_money(piece)}" for piece, count in counted if count)
