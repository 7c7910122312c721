"""Thresholds: what the figures of a load must be for the run to pass.

thresholds:
  response_time: ["p(99) < 2s", "avg < 500ms"]
  "response_time{step:withdraw}": ["p(99.9) < 5s"]
  approved: [{check: "rate > 0.95", abort_on_fail: true}]
  dropped: ["count == 0"]
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from simulator.load.metrics import COUNTS, METRICS, RATES, TAGS, TRENDS, Metrics
from switch.settings import DurationS, Flag, Misfit, Model, Text, suggest, write_duration
from switch.settings.readings import read_duration, read_number

_METRIC = re.compile(r"([a-z_]+)(?:\{([^{}]*)\})?")
_CHECK = re.compile(
    r"(p\(([0-9]+(?:\.[0-9]+)?)\)|avg|min|max|med|rate|count)\s*(<=|>=|==|!=|<|>)\s*(\S+)"
)
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_OF = {
    **dict.fromkeys(TRENDS, ("p(N)", "avg", "min", "max", "med", "count")),
    **dict.fromkeys(RATES, ("rate", "count")),
    **dict.fromkeys(COUNTS, ("count",)),
}


@dataclass(frozen=True)
class Metric:
    """A metric, and the tags that its samples must have."""

    name: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Check:
    """One condition on a metric; durations are in seconds."""

    aggregation: str
    """`p`, `avg`, `min`, `max`, `med`, `rate` or `count`."""
    percent: float
    comparison: str
    limit: float


@dataclass(frozen=True)
class Judged:
    """One threshold, and what was measured."""

    metric: str
    check: str
    found: str
    passed: bool


def read_metric(text: str) -> Metric:
    """The metric that a threshold is about. Raises ValueError, with what may be meant.

    >>> read_metric("response_time{step:withdraw}")
    Metric(name='response_time', tags={'step': 'withdraw'})
    """
    found = _METRIC.fullmatch(text)
    if found is None:
        raise ValueError("expected a metric such as response_time or response_time{step:withdraw}")
    name, inside = found[1], found[2]
    if name not in METRICS:
        meant = suggest(name, METRICS)
        hint = f"did you mean '{meant}'?" if meant else f"known: {', '.join(METRICS)}"
        raise ValueError(f"there is no metric '{name}' ({hint})")
    tags = {}
    for pair in (inside or "").split(",") if inside else ():
        tag, colon, value = pair.partition(":")
        tag, value = tag.strip(), value.strip()
        if not colon or not value:
            raise ValueError(f"'{pair}' is not like step:withdraw")
        if tag not in TAGS:
            raise ValueError(f"there is no tag '{tag}' (known: {', '.join(TAGS)})")
        tags[tag] = value
    return Metric(name, tags)


def read_check(text: str, metric: str) -> Check:
    """A condition such as `p(99) < 2s`. Raises ValueError."""
    found = _CHECK.fullmatch(text.strip())
    if found is None:
        raise ValueError("expected a condition such as p(99) < 2s, rate > 0.95 or count == 0")
    word, percent, comparison, limit = found.groups()
    aggregation = "p" if percent is not None else word
    known = _OF[metric]
    if (word if aggregation != "p" else "p(N)") not in known:
        raise ValueError(f"'{metric}' has no '{word}' (it has {', '.join(known)})")
    if percent is not None and not 0 < float(percent) <= 100:
        raise ValueError(f"a percentile lies between 0 and 100, not at {percent}")
    if metric in TRENDS and aggregation != "count":
        read: Callable[[str], float] = read_duration
        wanted = "a duration such as 2s or 500ms"
    else:
        read, wanted = read_number, "a number"
    try:
        value = read(limit)
    except Exception:  # noqa: BLE001 - whatever it is, it is not the number that is wanted
        raise ValueError(f"expected {wanted}, found '{limit}'") from None
    return Check(aggregation, float(percent or 0), comparison, value)


class Condition(Model):
    """A condition that may end the run."""

    check: Text
    abort_on_fail: Flag = False
    """Whether the loads end as soon as it does not hold."""
    delay_abort: Annotated[DurationS, Field(ge=0)] = 10.0
    """How long the loads run before it is looked at."""


Conditions = tuple[str | Condition, ...]


def _readable(thresholds: dict[str, Conditions]) -> dict[str, Conditions]:
    for name, conditions in thresholds.items():
        try:
            metric = read_metric(name)
        except ValueError as error:
            raise Misfit(str(error), name, on_key=True) from None
        for index, condition in enumerate(conditions):
            text = condition if isinstance(condition, str) else condition.check
            try:
                read_check(text, metric.name)
            except ValueError as error:
                raise Misfit(str(error), name, index) from None
    return thresholds


Thresholds = Annotated[dict[Text, tuple[Text | Condition, ...]], AfterValidator(_readable)]


def judged(thresholds: Mapping[str, Conditions], metrics: Metrics) -> list[Judged]:
    """Every threshold against what was measured. One without a sample does not hold."""
    return [
        _judge(name, condition if isinstance(condition, str) else condition.check, metrics)
        for name, conditions in thresholds.items()
        for condition in conditions
    ]


def aborts(thresholds: Mapping[str, Conditions], metrics: Metrics, after_s: float) -> Judged | None:
    """The first threshold that ends the loads now, if one does. Those without samples wait."""
    for name, conditions in thresholds.items():
        for condition in conditions:
            if isinstance(condition, str) or not condition.abort_on_fail:
                continue
            if after_s < condition.delay_abort:
                continue
            verdict = _judge(name, condition.check, metrics)
            if not verdict.passed and verdict.found != NOTHING:
                return verdict
    return None


NOTHING = "no sample"


def _judge(name: str, text: str, metrics: Metrics) -> Judged:
    metric = read_metric(name)
    check = read_check(text, metric.name)
    value, shown = _measured(metric, check, metrics)
    passed = value is not None and _OPERATORS[check.comparison](value, check.limit)
    return Judged(name, text, shown, passed)


def _measured(metric: Metric, check: Check, metrics: Metrics) -> tuple[float | None, str]:
    if metric.name in COUNTS:
        count = metrics.count_of(metric.name, metric.tags)
        return count, str(count)
    if metric.name in RATES:
        share = metrics.share_of(metric.name, metric.tags)
        if check.aggregation == "count":
            return share.hits, str(share.hits)
        if not share.total:
            return None, NOTHING
        return share.rate, f"{share.rate:.4f} ({share.hits} of {share.total})"
    trend = metrics.trend_of(metric.name, metric.tags)
    if check.aggregation == "count":
        return trend.count, str(trend.count)
    if not trend.count:
        return None, NOTHING
    seconds = {
        "p": lambda: trend.percentile_s(check.percent),
        "med": lambda: trend.percentile_s(50),
        "avg": lambda: trend.mean_s,
        "min": lambda: trend.min_s,
        "max": lambda: trend.max_s,
    }[check.aggregation]()
    return seconds, write_duration(round(seconds, 6))
