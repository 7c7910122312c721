"""Faults on lines as a scenario writes them, made into those of `simulator.faults`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator import faults
from simulator.network.proxy import LineFault, Way
from switch.runtime import Random

if TYPE_CHECKING:
    from simulator.scenario.faults import Fault

LINE_FAULTS = frozenset(
    {
        *("black_hole", "latency", "bandwidth", "stall", "reset", "cut", "split", "coalesce"),
        *("half_open", "refuse"),
    }
)

LINE_KEYS: Mapping[str, frozenset[str]] = {
    "delay": frozenset({"latency", "coalesce"}),
    "jitter": frozenset({"latency"}),
    "bytes": frozenset({"cut", "bandwidth", "split"}),
    "way": LINE_FAULTS - {"refuse", "reset"},
}
"""What can be said more of a line's fault, and of which."""

NEEDED: Mapping[str, str] = {
    "latency": "delay",
    "coalesce": "delay",
    "cut": "bytes",
    "bandwidth": "bytes",
}
"""What must be said."""

_OF_TERMINALS: Mapping[str, tuple[Way, ...]] = {
    "to_switch": ("up",),
    "from_switch": ("down",),
    "both": ("up", "down"),
}
_OF_HOSTS: Mapping[str, tuple[Way, ...]] = {
    "to_switch": ("down",),
    "from_switch": ("up",),
    "both": ("up", "down"),
}


def line_fault(fault: Fault, random: Random, *, of_terminal: bool) -> LineFault:
    """The fault that is meant, on the line of a terminal or of the switch to a host.

    Terminals dial the switch, and the switch dials hosts: `up` is to whoever was dialled.
    """
    default = "from_switch" if of_terminal and fault.inject == "black_hole" else "both"
    ways = (_OF_TERMINALS if of_terminal else _OF_HOSTS)[fault.way or default]
    delay_s, count = fault.delay or 0.0, fault.bytes or 1
    match fault.inject:
        case "black_hole":
            return faults.BlackHole(ways)
        case "latency":
            return faults.Latency(delay_s, fault.jitter or 0.0, random, ways)
        case "bandwidth":
            return faults.Bandwidth(count, ways)
        case "stall":
            return faults.Stall(ways)
        case "cut":
            return faults.CutAfter(count, ways)
        case "split":
            return faults.Split(count, ways)
        case "coalesce":
            return faults.Coalesce(delay_s, ways)
        case "half_open":
            # Of the two sides the one that is not the switch is gone.
            gone: Way = "up" if of_terminal else "down"
            return faults.HalfOpen((gone,))
        case "refuse":
            return faults.Refuse()
        case _:
            return faults.Reset()
