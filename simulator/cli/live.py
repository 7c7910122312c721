"""How loads are going, for whoever watches: a panel on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from datetime import timedelta

import click
from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from simulator.report.load_text import LATE_S, milliseconds, progress_line
from simulator.scenario.results import LoadProgress

LINES_EVERY_S = 5.0
"""How often a plain line is written, by the scenario's own clock."""


class LoadDisplay:
    """Shows the loads of one scenario after the other on standard error."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr, highlight=False)
        self._live: Live | None = None
        self._name = ""
        self._next_line_s = LINES_EVERY_S

    def begins(self, name: str) -> None:
        """A scenario begins."""
        self._name = name
        self._next_line_s = LINES_EVERY_S

    def show(self, progress: LoadProgress) -> None:
        """What there is to tell of it now."""
        if not self._console.is_terminal:
            if progress.after_s >= self._next_line_s:
                self._next_line_s = progress.after_s + LINES_EVERY_S
                click.echo(progress_line(progress), err=True)
            return
        if self._live is None:
            # It is drawn when there is something new: a thread of its own would draw in between.
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        self._live.update(panel(self._name, progress), refresh=True)

    def ends(self) -> None:
        """The scenario is over: the panel goes, and the terminal is as it was."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def panel(name: str, progress: LoadProgress) -> Panel:
    """A load, on some lines as wide as the terminal."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", min_width=12)
    rows.add_column(ratio=1)
    rows.add_row("operations", _rates(progress))
    rows.add_row("outcomes", _outcomes(progress))
    rows.add_row("response", _response(progress))
    if progress.links:
        rows.add_row("links", _links(progress))
    if progress.lag_p99_s > LATE_S:
        late = f"the generator is late: p99 {milliseconds(progress.lag_p99_s)}"
        rows.add_row("schedule", Text(late, "yellow"))
    return Panel(rows, title=Text(name, "bold"), title_align="left", subtitle=_clock(progress))


def _rates(progress: LoadProgress) -> Text:
    line = Text(f"{progress.operations_rate:,.1f}/s", "bold")
    if progress.offered_rate:
        line.append(f"   offered {progress.offered_rate:,.1f}/s", "not bold")
    line.append(f"   in flight {progress.in_flight:,}", "not bold")
    line.append(f"   dropped {progress.dropped:,}", "red" if progress.dropped else "not bold")
    return line


def _outcomes(progress: LoadProgress) -> Text:
    line = Text(f"approved {progress.approved:.1%}", "green")
    line.append(f"   declined {progress.declined:.1%}", "default")
    style = "yellow" if progress.in_doubt else "default"
    line.append(f"   in doubt {progress.in_doubt:.1%}", style)
    return line


def _response(progress: LoadProgress) -> Text:
    shown = (("p50", progress.p50_s), ("p95", progress.p95_s), ("p99", progress.p99_s))
    return Text("   ".join(f"{name} {milliseconds(value)}" for name, value in shown))


def _links(progress: LoadProgress) -> Text:
    line = Text()
    for name, up in progress.links:
        line.append(f"{name} {'up' if up else 'DOWN'}   ", "green" if up else "bold red")
    return line


def _clock(progress: LoadProgress) -> str:
    after, of = (
        timedelta(seconds=round(each)) for each in (progress.after_s, progress.begun_until_s)
    )
    return f"{after} of {of}"
