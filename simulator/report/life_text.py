"""The life of a transaction in all books side by side: a column a book, a line an event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from simulator.oracle import LifeLine

COLUMN_MAX = 32
"""Characters: four books fit a wide terminal; what is longer goes on below."""


def books_of(life: Sequence[LifeLine]) -> list[str]:
    """The books that say something, in the order in which they first do."""
    return list(dict.fromkeys(line.book for line in life if line.book))


def life_lines(life: Sequence[LifeLine]) -> Iterator[str]:
    """A table for people, its head first; nothing of an empty life."""
    books = books_of(life)
    if not books:
        return
    cells = [(line, wrap(line.said, COLUMN_MAX) or [""]) for line in life]
    widths = {book: len(book) for book in books}
    for line, rows in cells:
        if line.book:
            widths[line.book] = max(widths[line.book], *map(len, rows))
    yield "  ".join([f"{'time':<12}", *(f"{book:<{widths[book]}}" for book in books)]).rstrip()
    for line, rows in cells:
        for number, row in enumerate(rows):
            time = clock(line.at) if number == 0 else ""
            columns = (f"{row if book == line.book else '':<{widths[book]}}" for book in books)
            shown = "  ".join([f"{time:<12}", *columns]) if line.book else f"{'':<14}{row}"
            yield shown.rstrip()


def clock(at: str) -> str:
    """The time of an instant, to the millisecond, in UTC.

    >>> clock("2026-11-24T09:00:01.250+00:00"), clock("2026-11-24T09:00:01+00:00")
    ('09:00:01.250', '09:00:01')
    """
    return at.partition("T")[2].partition("+")[0].removesuffix("Z")[:12]
