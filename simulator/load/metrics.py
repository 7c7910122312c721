"""What a load measures: trends in histograms, rates, counts, each by its tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

LOWEST_US, HIGHEST_US = 1, 3_600_000_000
"""From a microsecond to an hour, in microseconds; what is longer counts as an hour."""

DIGITS = 3
PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9, 99.99)

TRENDS = ("response_time", "service_time", "lag")
RATES = ("approved", "declined", "in_doubt", "expected", "broken")
COUNTS = ("operations", "iterations", "dropped", "unfinished")
METRICS = (*TRENDS, *RATES, *COUNTS)
"""`response_time` runs from the instant an operation was due, `service_time` from the request on
the wire; `lag` is how late iterations began: the schedule's own. `expected` is the share of
operations that came as their step expects, `broken` that of iterations that could not be done."""

TAGS = ("load", "step", "outcome")
"""What a metric may be told apart by: the load, the word of the step, the outcome."""

Tags = tuple[tuple[str, str], ...]


class Trend:
    """Durations, exact to three digits; histograms of several loads can be added up."""

    def __init__(self) -> None:
        self._histogram = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)

    def add(self, seconds: float) -> None:
        """Count one duration."""
        micros = min(HIGHEST_US, max(LOWEST_US, round(seconds * 1e6)))
        self._histogram.record_value(micros)

    def merge(self, other: Trend) -> None:
        """Count everything that `other` counted."""
        self._histogram.add(other._histogram)

    @property
    def count(self) -> int:
        return int(self._histogram.get_total_count())

    def percentile_s(self, percent: float) -> float:
        """The duration that `percent` of all do not exceed, in seconds; 0 when there are none."""
        return float(self._histogram.get_value_at_percentile(percent)) / 1e6 if self.count else 0.0

    @property
    def mean_s(self) -> float:
        return float(self._histogram.get_mean_value()) / 1e6 if self.count else 0.0

    @property
    def min_s(self) -> float:
        return float(self._histogram.get_min_value()) / 1e6 if self.count else 0.0

    @property
    def max_s(self) -> float:
        return float(self._histogram.get_max_value()) / 1e6 if self.count else 0.0


@dataclass
class Share:
    """How often something was so, of how many."""

    hits: int = 0
    total: int = 0

    @property
    def rate(self) -> float:
        return self.hits / self.total if self.total else 0.0


@dataclass
class Metrics:
    """Everything measured, by metric and tags. Samples are kept with all their tags."""

    trends: dict[tuple[str, Tags], Trend] = field(default_factory=dict)
    shares: dict[tuple[str, Tags], Share] = field(default_factory=dict)
    counts: dict[tuple[str, Tags], int] = field(default_factory=dict)

    def time(self, metric: str, seconds: float, **tags: str) -> None:
        """Add a duration to a trend."""
        key = metric, _key(tags)
        trend = self.trends.get(key)
        if trend is None:
            trend = self.trends[key] = Trend()
        trend.add(seconds)

    def rate(self, metric: str, hit: bool, **tags: str) -> None:
        """Count whether something was so."""
        share = self.shares.setdefault((metric, _key(tags)), Share())
        share.hits += hit
        share.total += 1

    def count(self, metric: str, more: int = 1, **tags: str) -> None:
        """Count something."""
        key = metric, _key(tags)
        self.counts[key] = self.counts.get(key, 0) + more

    def trend_of(self, metric: str, tags: Mapping[str, str]) -> Trend:
        """All samples of a trend that have these tags, added up."""
        whole = Trend()
        for (name, given), trend in self.trends.items():
            if name == metric and _has(given, tags):
                whole.merge(trend)
        return whole

    def share_of(self, metric: str, tags: Mapping[str, str]) -> Share:
        """All of a rate's samples that have these tags, added up."""
        found = [
            share
            for (name, given), share in self.shares.items()
            if name == metric and _has(given, tags)
        ]
        return Share(sum(each.hits for each in found), sum(each.total for each in found))

    def count_of(self, metric: str, tags: Mapping[str, str]) -> int:
        """A count over all that have these tags."""
        return sum(
            count
            for (name, given), count in self.counts.items()
            if name == metric and _has(given, tags)
        )

    def values_of(self, metric: str, tag: str) -> Iterator[str]:
        """The values that a tag has in a metric, each once, in the order they came."""
        keys = (*self.trends, *self.shares, *self.counts)
        seen = dict.fromkeys(
            dict(given)[tag] for name, given in keys if name == metric and tag in dict(given)
        )
        yield from seen


def _key(tags: Mapping[str, str]) -> Tags:
    return tuple(sorted(tags.items()))


def _has(given: Tags, wanted: Mapping[str, str]) -> bool:
    return wanted.items() <= dict(given).items()
