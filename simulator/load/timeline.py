"""How a run went over time, in a bounded number of intervals that widen as it lasts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

INTERVALS_MAX = 240
FIRST_WIDTH_S = 1.0
HIGHEST_US, DIGITS = 120_000_000, 2
"""Coarser than the figures of the whole run: a picture needs two digits, up to two minutes."""


@dataclass
class Interval:
    """What happened in one of them."""

    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    offered: int = 0
    dropped: int = 0
    in_flight_max: int = 0
    moved_minor: int = 0
    """Cash and payments that were approved."""
    _times: HdrHistogram | None = None

    def time(self, seconds: float) -> None:
        """Count a response time."""
        if self._times is None:
            self._times = HdrHistogram(1, HIGHEST_US, DIGITS)
        self._times.record_value(min(HIGHEST_US, max(1, round(seconds * 1e6))))

    def percentile_s(self, percent: float) -> float | None:
        """A percentile of the response times; None when there were none."""
        if self._times is None:
            return None
        return float(self._times.get_value_at_percentile(percent)) / 1e6

    def merge(self, other: Interval) -> None:
        """Take in what happened in the next one."""
        self.outcomes.update(other.outcomes)
        self.codes.update(other.codes)
        self.offered += other.offered
        self.dropped += other.dropped
        self.in_flight_max = max(self.in_flight_max, other.in_flight_max)
        self.moved_minor += other.moved_minor
        if other._times is None:
            return
        if self._times is None:
            self._times = other._times
        else:
            self._times.add(other._times)


class Timeline:
    """Intervals from the beginning of the loads on, all of one width."""

    def __init__(self) -> None:
        self.began_s = 0.0
        """When the loads began, in seconds from the scenario's beginning."""
        self.width_s = FIRST_WIDTH_S
        self.intervals: list[Interval] = []

    def at(self, after_s: float) -> Interval:
        """The interval of an instant, in seconds after the beginning."""
        index = int(max(0.0, after_s) / self.width_s)
        while index >= INTERVALS_MAX:
            self._widen()
            index = int(max(0.0, after_s) / self.width_s)
        while len(self.intervals) <= index:
            self.intervals.append(Interval())
        return self.intervals[index]

    def _widen(self) -> None:
        """Half as many intervals, twice as wide."""
        self.width_s *= 2
        pairs = self.intervals[::2], self.intervals[1::2]
        for first, second in zip(*pairs, strict=False):
            first.merge(second)
        self.intervals = pairs[0]
