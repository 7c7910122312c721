"""When iterations are due, and how many users there are: pure arithmetic on a load's figures."""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulator.load.settings import Load, read_rate


def arrivals(load: Load) -> Iterator[float]:
    """The instants, in seconds from the load's beginning, at which iterations are due.

    They are evenly spaced at a constant rate; on a ramp the n-th is due when the area under the
    rate reaches n.

    >>> from simulator.load.settings import Load
    >>> fixed = Load(executor="constant-arrival-rate", rate="2/s", duration=2.0)
    >>> list(arrivals(fixed))
    [0.0, 0.5, 1.0, 1.5]
    """
    due = 0
    begun = 0.0
    """Iterations that all stages before this one make due."""
    at_s = 0.0
    for from_rate, to_rate, length_s in _pieces(load):
        area = (from_rate + to_rate) / 2 * length_s
        while due < begun + area - 1e-9:
            yield at_s + _reached(from_rate, to_rate, length_s, due - begun)
            due += 1
        begun += area
        at_s += length_s


def rate_at(load: Load, at_s: float) -> float:
    """Iterations a second that are due at an instant; 0 outside of the load."""
    began_s = 0.0
    for from_rate, to_rate, length_s in _pieces(load):
        if at_s < began_s + length_s:
            return from_rate + (to_rate - from_rate) * (at_s - began_s) / length_s
        began_s += length_s
    return 0.0


def users_at(load: Load, at_s: float) -> int:
    """How many users there are at an instant of a closed load."""
    if load.stages is None:
        return load.vus or 0
    before = float(load.vus or 0)
    began_s = 0.0
    for stage in load.stages:
        target = float(stage.target)
        if at_s < began_s + stage.duration:
            share = (at_s - began_s) / stage.duration
            return round(before + (target - before) * share)
        before = target
        began_s += stage.duration
    return 0


def _pieces(load: Load) -> Iterator[tuple[float, float, float]]:
    """From a rate, to a rate, in seconds."""
    rate = read_rate(load.rate) if load.rate is not None else 0.0
    if load.stages is None:
        yield rate, rate, load.length_s
        return
    for stage in load.stages:
        target = read_rate(stage.target)
        yield rate, target, stage.duration
        rate = target


def _reached(from_rate: float, to_rate: float, length_s: float, area: float) -> float:
    """When the area under a rate that goes straight from one to another reaches `area`."""
    slope = (to_rate - from_rate) / length_s
    if abs(slope) < 1e-12:
        return area / from_rate if from_rate else 0.0
    return (math.sqrt(max(0.0, from_rate**2 + 2 * slope * area)) - from_rate) / slope
