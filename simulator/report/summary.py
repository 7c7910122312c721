"""The end of a run on one screen: the books side by side, the counts, the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.text import Text

from simulator.oracle import Row
from simulator.report.results_text import STYLES, seconds, shown_path
from simulator.scenario.expectations import show_money
from simulator.scenario.results import RunResult, ScenarioResult, StepStatus, Verdict

WRONG_SHOWN_MAX = 20
"""More would push the books off the screen; all of it is above, and in the JSON report."""

COLUMN = 13


@dataclass
class Sum:
    """The cash of one terminal over all scenarios: what it says, and each ledger."""

    says: dict[str, int] = field(default_factory=lambda: {"out": 0, "in": 0})
    ledgers: dict[tuple[str, str], int] = field(default_factory=dict)
    equal: bool = True

    def add(self, row: Row) -> None:
        for way, said, ledgers in (
            ("out", row.paid_out_minor, row.ledgers_out_minor),
            ("in", row.taken_in_minor, row.ledgers_in_minor),
        ):
            self.says[way] += said
            for name, minor in ledgers.items():
                self.ledgers[way, name] = self.ledgers.get((way, name), 0) + minor
        self.equal = self.equal and row.equal


def summary_lines(run: RunResult) -> Iterator[Text]:
    """The books of all scenarios in total, then what is wrong, then the verdict."""
    yield from _books(run)
    yield from _wrong(run)
    yield from _verdict(run)


def book_rows(run: RunResult) -> list[tuple[str, Sum]]:
    """The cash of each terminal over all scenarios, then of all of them; none without books."""
    judged = [each.books for each in run.scenarios if each.books is not None]
    if not judged:
        return []
    sums: dict[str, Sum] = {}
    for books in judged:
        for row in books.rows():
            sums.setdefault(row.terminal, Sum()).add(row)
    total = Sum()
    for each in sums.values():
        total.equal = total.equal and each.equal
        for way in ("out", "in"):
            total.says[way] += each.says[way]
        for key, minor in each.ledgers.items():
            total.ledgers[key] = total.ledgers.get(key, 0) + minor
    return [*sorted(sums.items()), ("total", total)]


def _books(run: RunResult) -> Iterator[Text]:
    rows = book_rows(run)
    if not rows:
        return
    judged = [each.books for each in run.scenarios if each.books is not None]
    ledgers = list(dict.fromkeys(name for books in judged for name in books.ledgers))
    count = len(judged)
    yield Text(f"The books at the end, {count} scenario{'s' * (count != 1)} in total", "bold")
    columns = ["paid out", *ledgers, "took in", *ledgers]
    head = "".join(f"{name:>{COLUMN}}" for name in columns)
    yield Text(f"  {'terminal':<10}{head}", "dim")
    for name, each in rows:
        yield _row(name, each, ledgers)
    yield Text()


def _row(name: str, each: Sum, ledgers: list[str]) -> Text:
    cells = [
        minor
        for way in ("out", "in")
        for minor in (
            each.says[way],
            *(each.ledgers.get((way, ledger), 0) for ledger in ledgers),
        )
    ]
    line = Text(f"  {name:<10}", "bold" if name == "total" else "")
    line.append("".join(f"{show_money(minor):>{COLUMN}}" for minor in cells))
    line.append("  equal" if each.equal else "  NOT EQUAL", "green" if each.equal else "bold red")
    return line


def _wrong(run: RunResult) -> Iterator[Text]:
    lines = [line for result in run.scenarios for line in first_wrong(result)]
    if not lines:
        return
    yield Text("What is not as it should be", "bold")
    for line in lines[:WRONG_SHOWN_MAX]:
        yield Text(f"  {line}", "red")
    if (more := len(lines) - WRONG_SHOWN_MAX) > 0:
        yield Text(f"  and {more} more", "red")
    yield Text()


def first_wrong(result: ScenarioResult) -> Iterator[str]:
    """The first thing of each kind: a scenario that goes wrong early goes wrong often."""
    for step in result.steps:
        if step.status in (StepStatus.FAILED, StepStatus.BROKEN):
            said = step.problem or str(step.mismatches[0])
            yield f"{result.name}, step {step.number}: {said}"
            break
    for mismatch in result.mismatches[:1]:
        yield f"{result.name}, at the end: {mismatch}"
    for broken in result.broken[:1]:
        yield f"{result.name}: invariant broken: {broken}"
    if result.problem:
        yield f"{result.name}: {result.problem}"


def _verdict(run: RunResult) -> Iterator[Text]:
    count = len(run.scenarios)
    line = Text(f"  {count} scenario{'s' * (count != 1)}", "bold")
    for verdict in Verdict:
        if found := sum(result.verdict is verdict for result in run.scenarios):
            line.append(f"   {found} {verdict.value}", STYLES[verdict])
    if run.not_run:
        line.append(f"   {len(run.not_run)} not run", "yellow")
    yield line
    steps = [step for result in run.scenarios for step in result.steps]
    asked = [step.result.elapsed_s for step in steps if step.result is not None]
    operations = f"  {len(steps)} steps, {len(asked)} operations"
    if asked:
        operations += f", the slowest {seconds(max(asked))}"
    yield Text(operations)
    yield Text(f"  {run.clock} clock, {seconds(run.elapsed_s)}, seed {run.seed}")
    if run.digest:
        yield Text(f"  history {run.digest}")
    for result in run.scenarios:
        if result.verdict is Verdict.PASSED:
            continue
        yield Text(f"  again:  guichet run {shown_path(result.path)} {_options(run)}", "dim")
        break
    last = Text("  ")
    last.append(run.verdict.value.upper(), f"bold {STYLES[run.verdict]}")
    last.append(f"   exit code {run.exit_code}", "dim")
    yield last


def _options(run: RunResult) -> str:
    return f"--clock {run.clock} --seed {run.seed}"
