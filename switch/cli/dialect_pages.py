"""A dialect as people send it: a table on a terminal, in plain text, in Markdown."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

import click

from switch.cli.tables import aligned
from switch.wire.dialect import Dialect
from switch.wire.dialect_diff import Difference
from switch.wire.dialect_table import Line, head, lines

_COLUMNS = ("DE", "name", "kind", "length", "written", "notes")
_RULES = ("messages", "must", "may", "must not", "echoed")
_CHANGES = ("DE", "differs in", "in {left}", "in {right}")


def plain(dialect: Dialect) -> str:
    """The whole dialect in plain text."""
    told = [f"{dialect.name}: {dialect.title}"]
    if dialect.ancestry:
        told.append(f"extends {', which extends '.join(dialect.ancestry)}")
    told += [f"{what}: {how}" for what, how in head(dialect).items()]
    told += ["", *aligned(_COLUMNS, _table(dialect))]
    rules = list(_rules(dialect))
    if rules:
        told += ["", "Rules, the later one holds; x is any digit.", *aligned(_RULES, rules)]
    return "\n".join(told)


def markdown(dialect: Dialect) -> str:
    """The whole dialect in Markdown."""
    told = [f"# {dialect.name}", "", dialect.title, ""]
    if dialect.ancestry:
        told += [f"It extends {', which extends '.join(dialect.ancestry)}.", ""]
    told += [f"- {what}: {how}" for what, how in head(dialect).items()]
    told += ["", *_piped(_COLUMNS, _table(dialect))]
    rules = list(_rules(dialect))
    if rules:
        told += ["", "Rules, the later one holds; x is any digit.", ""]
        told += _piped(_RULES, rules)
    return "\n".join(told)


def print_table(dialect: Dialect) -> None:
    """The whole dialect on a terminal, columns folded to its width."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"{dialect.name}: {dialect.title}", style="bold", markup=False, highlight=False)
    if dialect.ancestry:
        extended = f"extends {', which extends '.join(dialect.ancestry)}"
        console.print(extended, markup=False, highlight=False)
    for what, how in head(dialect).items():
        console.print(f"{what}: {how}", markup=False, highlight=False)
    for titles, rows in ((_COLUMNS, _table(dialect)), (_RULES, _rules(dialect))):
        table = Table(*titles)
        for row in rows:
            table.add_row(*(_escaped(cell) for cell in row))
        if table.row_count:
            console.print(table)


def difference_lines(found: list[Difference], left: str, right: str) -> Iterator[str]:
    """Differences as a table in plain text."""
    titles = [title.format(left=left, right=right) for title in _CHANGES]
    rows = [(one.path or "all", one.what, one.left or "-", one.right or "-") for one in found]
    return aligned(titles, rows)


def _table(dialect: Dialect) -> Iterator[tuple[str, ...]]:
    for line in lines(dialect):
        written = line.written
        if line.length_written and line.length_written != line.written:
            written = f"{written}, length {line.length_written}" if written else line.length_written
        name = f"{'  ' * line.depth}{line.name}"
        yield (line.path, name, line.kind, line.length, written, _notes(line))


def _notes(line: Line) -> str:
    return ", ".join(line.notes)


def _rules(dialect: Dialect) -> Iterator[tuple[str, ...]]:
    for rule in dialect.rules:
        told = (rule.must, rule.may, rule.must_not, rule.echoed)
        cells = ("" if one is None else ", ".join(one) or "nothing" for one in told)
        yield (", ".join(rule.messages), *cells)


def _piped(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        cells = (cell.replace("|", "\\|").replace("  ", "&nbsp;&nbsp;") for cell in row)
        yield f"| {' | '.join(cells)} |"


def _escaped(cell: str) -> str:
    from rich.markup import escape

    return escape(cell)


def show(dialect: Dialect, *, as_markdown: bool) -> None:
    """Print a dialect the way its reader can use it."""
    if as_markdown:
        click.echo(markdown(dialect))
    elif sys.stdout.isatty():
        print_table(dialect)
    else:
        click.echo(plain(dialect))
