"""Tables for people: as wide as they are in a pipe, fitted to the width on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import click

GAP = "  "


@dataclass(frozen=True)
class Column:
    """One column; where the terminal is narrow the highest `rank` is left out first."""

    title: str
    rank: int = 0
    right: bool = False


def aligned(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as what stands in them, the last one open."""
    every: list[Sequence[str]] = [titles, *rows]
    widths = [max(len(row[at]) for row in every) for at in range(len(titles) - 1)]
    for number, row in enumerate(every):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield GAP.join([*cells, row[-1]]).rstrip()
        if number == 0:
            yield GAP.join("-" * width for width in [*widths, len(row[-1])])


def fitted(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Which columns fit into `width`, by their places: the least important ones are left out.

    >>> columns = [Column("id"), Column("state"), Column("reference", rank=1)]
    >>> fitted(columns, [("1", "approved", "632810000001")], 24)
    [0, 1]
    """
    needs = [
        max(len(column.title), *(len(row[at]) for row in rows), 0)
        for at, column in enumerate(columns)
    ]
    kept = list(range(len(columns)))
    while sum(needs[at] + len(GAP) for at in kept) - len(GAP) > width:
        least = max(kept, key=lambda at: (columns[at].rank, at))
        if columns[least].rank == 0:
            break
        kept.remove(least)
    return kept


def print_columns(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on standard output."""
    if not sys.stdout.isatty():
        for line in aligned([column.title for column in columns], rows):
            click.echo(line)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    kept = fitted(columns, rows, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, len(GAP), 0, 0), header_style="bold")
    for at in kept:
        table.add_column(columns[at].title, justify="right" if columns[at].right else "left")
    for row in rows:
        table.add_row(*(Text(row[at]) for at in kept))
    console.print(table)
    left_out = [column.title for at, column in enumerate(columns) if at not in kept]
    if left_out:
        console.print(f"left out for the width: {', '.join(left_out)}", style="dim")
