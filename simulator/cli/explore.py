"""`guichet explore`: seeds of scenarios, until one breaks something or all have been tried."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import Path
from time import perf_counter  # noqa: TID251 - how fast this machine tries seeds

import click

from simulator.explore.drawing import drawn
from simulator.explore.searching import Target, Tried, networks, search
from simulator.explore.shrinking import shrink
from simulator.report.results_text import scenario_lines, shown_path
from simulator.scenario.faults import Fault
from simulator.scenario.finding import find_scenarios
from simulator.scenario.loading import load_scenarios
from simulator.scenario.results import EXIT_CODES
from switch.cli.console import PASSED, USAGE, Failed
from switch.settings import write_duration


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--seeds", type=click.IntRange(1), default=100, show_default=True, metavar="N")
@click.option("--first", type=click.IntRange(0), default=1, show_default=True, metavar="SEED")
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes at once."
)
def explore(paths: tuple[str, ...], seeds: int, first: int, jobs: int) -> int:
    """Search seeds for a run that breaks something, in virtual time.

    Of the scenarios at PATH those with an `explore` block are run, each seed with faults and values
    drawn from its ranges. Faults are healed at the end of the steps; then everything must become
    final, and every book agree. The first seed that fails ends the search: it is run again with
    fewer faults and steps, and printed with the command that replays it.

    \b
    Exit codes: 0 nothing broke, 1 something went otherwise than expected, 2 wrong usage or an
    invalid file, 5 money was not conserved.
    """
    targets = [target for path in find_scenarios(paths) for target in _targets(path)]
    if not targets:
        raise Failed("none of these scenarios has an `explore` block", USAGE)
    for target in targets:
        code = _explore(target, range(first, first + seeds), jobs)
        if code != PASSED:
            return code
    return PASSED


def _targets(path: Path) -> list[Target]:
    cases = load_scenarios(path, load=networks())
    return [
        Target(path, index, case.name)
        for index, case in enumerate(cases)
        if case.file.explore is not None
    ]


def _explore(target: Target, seeds: range, jobs: int) -> int:
    click.echo(f"{target.name}: seeds {seeds[0]} to {seeds[-1]}")
    began_s = perf_counter()
    reached: Counter[str] = Counter()
    failed: Tried | None = None
    tried, virtual_s = 0, 0.0
    for each in search(target, seeds, jobs):
        tried += 1
        virtual_s += each.virtual_s
        reached += each.reached
        if not each.passed:
            failed = each
            break
    elapsed_s = max(perf_counter() - began_s, 1e-9)
    click.echo(
        f"  {tried} seed{'s' * (tried != 1)} in {elapsed_s:.1f} s, {tried / elapsed_s:.1f} a "
        f"second; {virtual_s / elapsed_s:.0f} times as fast as life"
    )
    click.echo("  reached:")
    for name, count in sorted(reached.items()):
        click.echo(f"    {count:>8}  {name}")
    if failed is None:
        click.echo("  nothing broke\n")
        return PASSED
    return _tell(target, failed)


def _tell(target: Target, failed: Tried) -> int:
    replay = f"guichet explore {shlex.quote(shown_path(target.path))} --seeds 1 --first"
    click.echo(f"  SEED {failed.seed} FAILED: {failed.broke}")
    click.echo(f"  again:  {replay} {failed.seed}")
    scenario = drawn(target.path, target.index, failed.seed, networks())
    small = shrink(scenario, failed.seed)
    left, of = len(small.scenario.file.faults), len(scenario.file.faults)
    steps, of_steps = len(small.scenario.steps), len(scenario.steps)
    click.echo(
        f"  shrunk in {small.runs} runs to {left} of {of} faults, {steps} of {of_steps} steps:"
    )
    for fault in small.scenario.file.faults:
        click.echo(f"    {_fault_words(fault)}")
    for line in scenario_lines(small.result):
        click.echo(f"  {line.plain}".rstrip())
    return EXIT_CODES[failed.verdict]


def _fault_words(fault: Fault) -> str:
    lasts = f" for {write_duration(fault.for_)}" if fault.for_ is not None else ""
    return f"{fault.on} {fault.inject} at {write_duration(fault.at)}{lasts}"
