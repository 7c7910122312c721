"""Two runs side by side: which verdicts changed, and how far the figures of loads moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from simulator.report.result_document import RunDocument, ScenarioDocument, SummaryDocument

Change = Literal["same", "mended", "broke", "other", "new", "gone"]

PERCENTILES = ("50", "95", "99")
"""Of each trend, those that are compared."""

_HIGHER_IS_WORSE = {"declined", "in_doubt", "broken", "dropped", "unfinished"}
_LOWER_IS_WORSE = {"approved", "expected"}


@dataclass(frozen=True)
class VerdictChange:
    """A scenario of either run; a verdict is empty where the scenario is not in it."""

    name: str
    change: Change
    before: str
    after: str
    why: str
    """What the later run says is wrong, in words."""


@dataclass(frozen=True)
class FigureChange:
    """A figure that both runs have: durations in seconds, shares between 0 and 1, or a count."""

    scenario: str
    figure: str
    unit: Literal["s", "share", "count"]
    before: float
    after: float
    percent: float | None
    """By how much it moved; None when there was nothing before."""
    worse: bool
    """Whether it moved the wrong way by more than was allowed."""


@dataclass(frozen=True)
class Comparison:
    """Two runs, the earlier one first."""

    verdicts: tuple[VerdictChange, ...]
    figures: tuple[FigureChange, ...]
    same_history: bool | None
    """Whether both have one history; None unless both ran in virtual time."""

    @property
    def worse(self) -> bool:
        """Whether something passed before and does not now, or a figure is worse than allowed."""
        return any(each.change == "broke" for each in self.verdicts) or any(
            each.worse for each in self.figures
        )


def compare(before: RunDocument, after: RunDocument, allowed_percent: float) -> Comparison:
    """Hold `after` against `before`.

    A duration may be longer, a share or a count of what went wrong greater, by `allowed_percent`
    of what it was; shares are compared in points of a hundred.
    """
    earlier = {each.name: each for each in before.scenarios}
    later = {each.name: each for each in after.scenarios}
    verdicts = [_verdict(name, earlier.get(name), later.get(name)) for name in {**earlier, **later}]
    figures = [
        figure
        for name in earlier
        if name in later
        for figure in _figures(earlier[name], later[name], allowed_percent)
    ]
    both = before.digest is not None and after.digest is not None
    same = before.digest == after.digest if both else None
    return Comparison(tuple(verdicts), tuple(figures), same)


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """A comparison as plain data."""
    return {"worse": comparison.worse, **asdict(comparison)}


def _verdict(
    name: str, before: ScenarioDocument | None, after: ScenarioDocument | None
) -> VerdictChange:
    was = before.verdict if before is not None else ""
    now = after.verdict if after is not None else ""
    return VerdictChange(name, _change(was, now), was, now, _why(after) if after else "")


def _change(was: str, now: str) -> Change:
    if not was:
        return "new"
    if not now:
        return "gone"
    if was == now:
        return "same"
    if now == "passed":
        return "mended"
    return "broke" if was == "passed" else "other"


def _why(scenario: ScenarioDocument) -> str:
    """The first thing that is wrong; empty when nothing is."""
    if scenario.problem:
        return scenario.problem
    if scenario.broken_invariants:
        first = scenario.broken_invariants[0]
        return f"{first.invariant}: {first.found}"
    for step in scenario.steps:
        if step.problem:
            return f"{step.text}: {step.problem}"
        for wrong in step.mismatches:
            return f"{step.text}: {wrong.what}: expected {wrong.expected}, found {wrong.found}"
    for wrong in scenario.mismatches:
        return f"{wrong.what}: expected {wrong.expected}, found {wrong.found}"
    for threshold in scenario.load.thresholds if scenario.load is not None else ():
        if not threshold.passed:
            return f"{threshold.metric}: {threshold.check}, measured {threshold.found}"
    return ""


def _figures(
    before: ScenarioDocument, after: ScenarioDocument, allowed: float
) -> Iterator[FigureChange]:
    if before.load is None or after.load is None:
        return
    earlier = {(each.metric, each.step): each for each in before.load.summary}
    for now in after.load.summary:
        was = earlier.get((now.metric, now.step))
        if was is not None and (was.count or now.count):
            yield from _metric(after.name, was, now, allowed)


def _metric(
    scenario: str, was: SummaryDocument, now: SummaryDocument, allowed: float
) -> Iterator[FigureChange]:
    name = now.metric if now.step is None else f"{now.metric}{{step:{now.step}}}"
    if was.percentiles_s is not None and now.percentiles_s is not None:
        for percent in PERCENTILES:
            first, second = was.percentiles_s[percent], now.percentiles_s[percent]
            worse = second > first * (1 + allowed / 100)
            figure = f"{name} p{percent}"
            moved = _moved(first, second)
            yield FigureChange(scenario, figure, "s", first, second, moved, worse)
    elif was.rate is not None and now.rate is not None:
        sign = _sign(now.metric)
        worse = (now.rate - was.rate) * sign * 100 > allowed
        moved = _moved(was.rate, now.rate)
        yield FigureChange(scenario, name, "share", was.rate, now.rate, moved, worse)
    else:
        worse = _sign(now.metric) > 0 and now.count > was.count * (1 + allowed / 100)
        moved = _moved(was.count, now.count)
        yield FigureChange(scenario, name, "count", was.count, now.count, moved, worse)


def _sign(metric: str) -> int:
    return 1 if metric in _HIGHER_IS_WORSE else -1 if metric in _LOWER_IS_WORSE else 0


def _moved(before: float, after: float) -> float | None:
    return (after - before) / before * 100 if before else None
