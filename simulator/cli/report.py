"""`guichet report`: what runs left in files, held against each other."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from switch.cli.console import PASSED, Failed

if TYPE_CHECKING:
    from rich.table import Table

    from simulator.report.compare import Comparison, FigureChange

WORSE = 1

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_WORDS = {
    "same": "as before",
    "mended": "mended",
    "broke": "BROKE",
    "other": "wrong in another way",
    "new": "new",
    "gone": "no longer run",
}
_STYLES = {"mended": "green", "broke": "bold red", "other": "red", "new": "cyan", "gone": "yellow"}


@click.group()
def report() -> None:
    """Look at what runs left in files."""


@report.command()
@click.argument("before", type=_FILE, metavar="A")
@click.argument("after", type=_FILE, metavar="B")
@click.option(
    "--allow",
    "allowed_percent",
    type=click.FloatRange(0),
    default=10.0,
    show_default=True,
    metavar="PERCENT",
    help="By how much a figure of a load may be worse.",
)
@click.option("--all", "everything", is_flag=True, help="What did not change too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def compare(
    before: Path, after: Path, allowed_percent: float, everything: bool, as_json: bool
) -> int:
    """Hold run B against run A: verdicts that changed, figures of loads that moved.

    A and B are what `guichet run --json` printed. Scenarios are the same when their names are.

    \b
    Exit codes: 0 nothing is worse, 1 a scenario that passed no longer does or a figure is worse
    by more than is allowed, 2 a file that holds no results.
    """
    from simulator.report.compare import compare as compared
    from simulator.report.compare import comparison_document
    from simulator.report.result_document import ResultFileError, read_results

    try:
        comparison = compared(read_results(before), read_results(after), allowed_percent)
    except ResultFileError as error:
        raise Failed(str(error)) from None
    if as_json:
        click.echo(json.dumps(comparison_document(comparison), ensure_ascii=False, indent=2))
    else:
        _print(comparison, everything)
    return WORSE if comparison.worse else PASSED


def _print(comparison: Comparison, everything: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    out = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    shown = [each for each in comparison.verdicts if everything or each.change != "same"]
    for each in shown:
        verdicts = " -> ".join(filter(None, (each.before, each.after)))
        line = Text(f"{_WORDS[each.change]:<22}", _STYLES.get(each.change, ""))
        line.append(f"{each.name}  ({verdicts})", "")
        out.print(line)
        if each.why:
            out.print(Text(f"{'':<22}{each.why}", "dim"))
    same = sum(each.change == "same" for each in comparison.verdicts)
    out.print(f"{same} of {len(comparison.verdicts)} scenarios have the verdict they had")
    if comparison.same_history is not None:
        words = "are the same" if comparison.same_history else "differ"
        out.print(f"the histories {words}")
    if comparison.figures:
        out.print()
        out.print(_table(comparison, everything))
    verdict = Text("WORSE", "bold red") if comparison.worse else Text("not worse", "green")
    out.print(verdict)


def _table(comparison: Comparison, everything: bool) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("figure", overflow="fold")
    for head in ("A", "B", "moved"):
        table.add_column(head, justify="right")
    table.add_column("")
    scenario = ""
    for each in comparison.figures:
        if not everything and each.before == each.after:
            continue
        if each.scenario != scenario:
            scenario = each.scenario
            table.add_row(scenario, style="bold")
        moved = "" if each.percent is None else f"{each.percent:+.1f}%"
        row = (each.figure, _value(each, each.before), _value(each, each.after), moved)
        table.add_row(*row, "worse" if each.worse else "", style="red" if each.worse else "")
    return table


def _value(figure: FigureChange, value: float) -> str:
    if figure.unit == "s":
        return f"{value * 1000:,.1f} ms"
    return f"{value:.1%}" if figure.unit == "share" else f"{value:,.0f}"
