"""The dispenser: it makes a bundle of notes, or says what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.gab.devices import Devices
from simulator.gab.faults import CannotDispense, PartlyDispensed, SuspectDispense


@dataclass(frozen=True)
class Bundle:
    """What came of making one, as notes by cassette.

    `stacked` notes are ready to be presented, `rejected` ones are in the reject bin. When it is
    `suspect` nobody can say whether the notes left (`left` is the truth, which nobody knows).
    """

    stacked: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    suspect: bool = False
    left: bool = False


def make_bundle(chosen: Mapping[str, int], devices: Devices) -> Bundle:
    """Pick the notes chosen, as far as the devices let it."""
    if (unable := devices.strike(CannotDispense)) is not None:
        return Bundle(rejected=_first(unable.picked, chosen))
    if (suspect := devices.strike(SuspectDispense)) is not None:
        return Bundle(stacked=dict(chosen), suspect=True, left=suspect.left)
    if (partly := devices.strike(PartlyDispensed)) is not None:
        return Bundle(stacked=_first(partly.notes, chosen))
    return Bundle(stacked=dict(chosen))


def _first(notes: int, chosen: Mapping[str, int]) -> dict[str, int]:
    """The first notes picked, cassette by cassette."""
    picked = {}
    for name, count in sorted(chosen.items()):
        taken = min(count, max(notes, 0))
        notes -= taken
        if taken:
            picked[name] = taken
    return picked
