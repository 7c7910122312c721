"""What came of each scenario, in lines for people: plain text, coloured on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os.path import relpath
from pathlib import Path

from rich.text import Text

from simulator.oracle import Books
from simulator.oracle.ledgers import Account
from simulator.report.life_text import life_lines
from simulator.report.load_text import load_lines
from simulator.scenario.expectations import show_money, show_notes
from simulator.scenario.results import (
    Exchanged,
    ScenarioResult,
    StepResult,
    StepStatus,
    Verdict,
)
from simulator.terminal.result import OperationResult

STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "red",
    Verdict.THRESHOLD: "red",
    Verdict.INVARIANT: "bold red",
    Verdict.UNREACHABLE: "yellow",
    Verdict.INTERRUPTED: "yellow",
}

MARKS = {
    StepStatus.PASSED: (" ", "green"),
    StepStatus.FAILED: ("x", "red"),
    StepStatus.BROKEN: ("!", "red"),
    StepStatus.SKIPPED: ("-", "dim"),
}

TEXT_WIDTH_MAX = 62
"""A longer step pushes its own line only, not those of its neighbours."""


def scenario_lines(result: ScenarioResult) -> Iterator[Text]:
    """One scenario: its verdict, a line a step, what was not as expected, its books."""
    head = Text()
    head.append(f"{result.verdict.value.upper():<8}", STYLES[result.verdict])
    head.append(f" {result.name}", "bold")
    head.append(f"  {seconds(result.elapsed_s)}  {shown_path(result.path)}", "dim")
    yield head
    width = min(TEXT_WIDTH_MAX, max((len(step.text) for step in result.steps), default=0))
    for step in result.steps:
        yield from _step_lines(step, width)
    for mismatch in result.mismatches:
        yield _wrong(f"at the end: {mismatch}")
    for broken in result.broken:
        yield _wrong(f"invariant broken: {broken}")
        yield from (Text(f"          {line}".rstrip(), "dim") for line in life_lines(broken.life))
    if result.problem:
        yield _wrong(result.problem)
    yield from load_lines(result)
    if result.books is not None:
        yield from _books_lines(result.books)


def seconds(elapsed_s: float) -> str:
    """A duration as people compare it.

    >>> seconds(0.0312), seconds(13.124)
    ('0.031 s', '13.12 s')
    """
    return f"{elapsed_s:.3f} s" if elapsed_s < 10 else f"{elapsed_s:.2f} s"


def shown_path(path: Path) -> str:
    """A path from the current folder, when that is shorter."""
    return min((str(path), relpath(path)), key=len)


def came_of(result: OperationResult) -> str:
    """The answer of an operation, in words: code, what was moved or found.

    A code without words is shown alone; an outcome without an answer by the terminal's reason.
    """
    said = " ".join(filter(None, (result.response_code, result.words)))
    return ", ".join(filter(None, (said, _moved(result))))


def _step_lines(step: StepResult, width: int) -> Iterator[Text]:
    mark, style = MARKS[step.status]
    line = Text()
    line.append(f"  {mark} ", style)
    part = "" if step.part == "steps" else f"{step.part}: "
    where = f"{part}{'  ' * step.depth}{f'[{step.label}] ' if step.label else ''}"
    line.append(f"{step.number:>2}  {where + step.text:<{width}}", "dim" if mark == "-" else "")
    if step.result is not None:
        outcome = step.result.outcome
        line.append(f"  {outcome.replace('_', ' '):<8}", _outcome_style(outcome))
        line.append(f"  {came_of(step.result)}")
        line.append(f"  {seconds(step.result.elapsed_s)}", "dim")
    elif step.status is StepStatus.SKIPPED:
        line.append("  not done", "dim")
    elif step.word in ("eventually", "think", "heal"):
        line.append(f"  {seconds(step.elapsed_s)}", "dim")
    line.rstrip()
    yield line
    for mismatch in step.mismatches:
        yield _wrong(f"{mismatch}  ({_short(step.place)})")
    if step.problem:
        yield _wrong(f"{step.problem}  ({_short(step.place)})")
    if step.exchanged is not None:
        yield from _evidence(step.exchanged)


def _evidence(exchanged: Exchanged) -> Iterator[Text]:
    """What was sent and what came, what passed meanwhile, and where to look next."""
    for what, message in (("sent", exchanged.sent), ("came", exchanged.came)):
        yield Text(f"        {what}: {'' if message else 'nothing'}".rstrip(), "bold")
        yield from (Text(f"          {line}", "dim") for line in message.splitlines())
    if exchanged.around:
        yield Text("        what passed the switch:", "bold")
        yield from (Text(f"          {line}", "dim") for line in exchanged.around)
    if exchanged.look:
        yield Text(f"        look next: {exchanged.look}", "yellow")


def _books_lines(books: Books) -> Iterator[Text]:
    """Both ends of the money: what terminals say, and what it did to accounts."""
    for row in books.rows():
        if not row.moved:
            continue
        sides = [
            *_sides("paid out", row.paid_out_minor, row.ledgers_out_minor),
            *_sides("took in", row.taken_in_minor, row.ledgers_in_minor),
        ]
        line = Text(f"        {row.terminal} ", "dim")
        line.append("; ".join(sides))
        if not row.equal:
            line.append("  NOT EQUAL", "bold red")
        yield line
    for name, ledger in books.ledgers.items():
        moved = [
            f"{account.holder or account.code.replace(':', ' ')} {_signed(account)}"
            for account in ledger.accounts
            if account.moved_minor and account.kind in ("customer", "creditor")
        ]
        if moved:
            line = Text(f"        {name} ", "dim")
            line.append(", ".join(moved))
            yield line


def _sides(what: str, says_minor: int, ledgers: Mapping[str, int]) -> Iterator[str]:
    named = [f"{name} {show_money(minor)}" for name, minor in ledgers.items() if minor]
    if says_minor or named:
        yield f"{what} {show_money(says_minor)} ({', '.join(named) or 'no ledger'})"


def _signed(account: Account) -> str:
    sign = "+" if account.moved_minor > 0 else ""
    return f"{show_money(account.balance_minor)} ({sign}{show_money(account.moved_minor)})"


def _moved(result: OperationResult) -> str:
    if result.outcome != "approved":
        return ""
    if result.notes:
        return show_notes(result.notes)
    if result.operation == "balance":
        return f"available {show_money(result.available_minor)}"
    if result.operation == "enquire_bill":
        count = len(result.articles)
        return f"{show_money(result.amount_minor)} owed in {count} article{'s' * (count != 1)}"
    if result.operation == "mini_statement":
        return f"{len(result.lines)} lines"
    return show_money(result.amount_minor)


def _outcome_style(outcome: str) -> str:
    return {"approved": "green", "declined": "yellow"}.get(outcome, "magenta")


def _wrong(text: str) -> Text:
    return Text(f"        {text}", "red")


def _short(place: str) -> str:
    file, _, line = place.rpartition(":")
    return f"{shown_path(Path(file))}:{line}"
