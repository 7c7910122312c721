"""`guichet run`: scenarios, each in a network of its own, and the verdict."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from simulator.cli.live import LoadDisplay
from simulator.cli.running import Choice, RealRun, VirtualRun, chosen
from simulator.cli.watching import watch as watched
from simulator.cli.writing import write_reports
from simulator.report.json_report import json_report
from simulator.report.junit import write_junit
from simulator.report.plan_text import plan_lines
from simulator.report.results_text import scenario_lines
from simulator.report.summary import summary_lines
from simulator.scenario.loading import Scenario
from simulator.scenario.results import LoadProgress, RunResult, ScenarioResult
from simulator.scenario.solo import solo as alone
from simulator.scenario.templates import NAME
from switch.cli.console import PASSED
from switch.cli.logs import start_logging
from switch.cli.options import log_options
from switch.runtime import ReactorWallClock, SystemEntropy


def _assignments(
    context: click.Context, option: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    values = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not sign or NAME.fullmatch(name) is None:
            raise click.BadParameter(f"'{each}' is not like amount=200.00", context, option)
        values[name] = value
    return values


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--tags", "-t", multiple=True, metavar="T[,T]", help="Only those with one of these.")
@click.option("-k", "words", metavar="TEXT", help="Only those whose name or file has this text.")
@click.option("--config", metavar="NAME|FILE", help="Another network than the scenarios name.")
@click.option(
    "--clock",
    type=click.Choice(["real", "virtual"]),
    default="real",
    show_default=True,
    help="Real sockets and time, or a simulated world that a seed repeats.",
)
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Of all chance in the run.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_assignments,
    help="A variable of the scenarios (their `vars`).",
)
@click.option("--solo", is_flag=True, help="Each load once, by one customer; no thresholds.")
@click.option("--fail-fast", is_flag=True, help="Stop after the first scenario that fails.")
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.option("--watch", is_flag=True, help="Run again whenever a file changes, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write the verdicts as JUnit XML.",
)
@click.option(
    "--report",
    "html",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write everything as one HTML page.",
)
@log_options(default="error")
def run(
    paths: tuple[str, ...],
    tags: tuple[str, ...],
    words: str | None,
    config: str | None,
    clock: str,
    seed: int | None,
    settings: dict[str, str],
    solo: bool,
    fail_fast: bool,
    dry_run: bool,
    watch: bool,
    as_json: bool,
    junit: Path | None,
    html: Path | None,
    log_level: str,
    log_json: bool,
) -> int:
    """Run scenarios and judge them.

    A PATH is a scenario, a folder of them, or the name of a shipped suite such as `smoke`. Each
    scenario has a network of its own, with free ports and fresh books in a temporary folder. Given
    several times, --tags must all hold.

    \b
    Exit codes: 0 passed, 1 an expectation failed, 2 wrong usage or an invalid file,
    3 a network did not start, 4 a threshold was missed, 5 money was not conserved,
    130 interrupted.
    """
    if watch:
        return watched(paths, _without_watch(paths))
    choice = Choice(tuple(set(filter(None, each.split(","))) for each in tags), words or "")
    scenarios = chosen(paths, choice, config, settings)
    if solo:
        scenarios = [alone(each) for each in scenarios]
    if dry_run:
        _print_plans(scenarios)
        return PASSED
    if seed is None:
        seed = int.from_bytes(SystemEntropy().token_bytes(4), "big")
    shown = _Shown(len(scenarios), quiet=as_json)
    shown.begins(f"{clock} clock, seed {seed}")
    if clock == "virtual":
        result = VirtualRun(scenarios, seed, fail_fast, shown).run()
    else:
        from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

        log = start_logging(ReactorWallClock(reactor), level=log_level, as_json=log_json)
        result = RealRun(scenarios, seed, fail_fast, shown, reactor, log).run()
    shown.ends(result)
    if as_json:
        click.echo(json_report(result), nl=False)
    reports = ("--junit", junit, write_junit), ("--report", html, _write_html)
    write_reports(result, result.exit_code, *reports)
    return result.exit_code


def _write_html(result: RunResult, path: Path) -> None:
    from simulator.report.html_report import write_html

    write_html(result, path)


def _without_watch(paths: tuple[str, ...]) -> list[str]:
    """The options that this command was given, for a run without `--watch`."""
    given = sys.argv[sys.argv.index("run") + 1 :] if "run" in sys.argv else []
    return [each for each in given if each != "--watch" and each not in paths]


def _print_plans(scenarios: list[Scenario]) -> None:
    from rich.console import Console

    out = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    for scenario in scenarios:
        for line in plan_lines(scenario):
            out.print(line)
        out.print()
    out.print(f"{len(scenarios)} scenario{'s' * (len(scenarios) != 1)}, nothing was done")


class _Shown:
    """What is printed meanwhile: progress on standard error, results on standard output."""

    def __init__(self, count: int, *, quiet: bool) -> None:
        from rich.console import Console

        self._count = count
        self._quiet = quiet
        self._begun = 0
        self._display = LoadDisplay()
        self._out = Console(file=sys.stdout, highlight=False, soft_wrap=True)

    def begins(self, how: str) -> None:
        plural = "s" * (self._count != 1)
        self._say(f"{self._count} scenario{plural}, {how}\n")

    def scenario_begins(self, name: str) -> None:
        self._begun += 1
        self._display.begins(name)
        click.echo(f"[{self._begun}/{self._count}] {name}", err=True)

    def scenario_ends(self, result: ScenarioResult) -> None:
        self._display.ends()
        if not self._quiet:
            for line in scenario_lines(result):
                self._out.print(line)
            self._out.print()

    def load_goes(self, progress: LoadProgress) -> None:
        self._display.show(progress)

    def ends(self, run: RunResult) -> None:
        if not self._quiet:
            for line in summary_lines(run):
                self._out.print(line)

    def _say(self, text: str) -> None:
        if not self._quiet:
            self._out.print(text, markup=False)
