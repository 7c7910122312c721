"""What can go wrong on the lines of a network: one class a fault."""

from simulator.faults.delays import Bandwidth, Coalesce, Latency, Split, Stall
from simulator.faults.losses import BlackHole, CutAfter, HalfOpen, Refuse, Reset

__all__ = [
    "Bandwidth",
    "BlackHole",
    "Coalesce",
    "CutAfter",
    "HalfOpen",
    "Latency",
    "Refuse",
    "Reset",
    "Split",
    "Stall",
]
