"""The cassettes of a GAB: what was loaded, and where each note went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from simulator.terminal.journal import Event

CashState = Literal["ok", "low", "out"]


@dataclass
class Cassette:
    """Notes of one denomination (whole dirhams), counted by what became of them.

    Always loaded = dispensed + retracted + rejected + remaining.
    """

    note: int
    loaded: int = 0
    dispensed: int = 0
    retracted: int = 0
    rejected: int = 0
    remaining: int = 0


class Cassettes:
    """All of them by name. They are rebuilt from the journal, event by event, at a start.

    `low` says at how many notes left a cassette is low, by name.
    """

    def __init__(self, low: Mapping[str, int] | None = None) -> None:
        self.by_name: dict[str, Cassette] = {}
        self._low = low or {}

    @property
    def stock(self) -> dict[str, tuple[int, int]]:
        """(note, how many remain) by name."""
        return {name: (each.note, each.remaining) for name, each in self.by_name.items()}

    @property
    def cash(self) -> CashState:
        """`out` when no note is left, `low` when a cassette is empty or nearly so."""
        if not any(each.remaining for each in self.by_name.values()):
            return "out"
        return "low" if self.low else "ok"

    @property
    def low(self) -> list[str]:
        """The cassettes that need notes."""
        return [
            name for name, each in self.by_name.items() if each.remaining <= self._low.get(name, 0)
        ]

    def replay(self, event: Event) -> None:
        """Do to the counts what a journal line says was done to the notes."""
        match event["event"]:
            case "loaded":
                for name, (note, count) in event["cassettes"].items():
                    self.load(name, note, count)
            case "dispense":
                self.dispense(event["cassettes"])
            case "rejected":
                self.reject(event["cassettes"])
            case "retracted":
                self.retract(event["cassettes"])
            case "found":
                self.find(event["cassettes"])
            case "counted":
                self.begin_again({n: each["counted"] for n, each in event["cassettes"].items()})

    def load(self, name: str, note: int, count: int) -> None:
        """Add notes. Raises ValueError when the cassette holds another denomination."""
        cassette = self.by_name.setdefault(name, Cassette(note))
        if cassette.note != note and cassette.loaded:
            raise ValueError(f"cassette {name} holds notes of {cassette.note}, not of {note}")
        cassette.note = note
        cassette.loaded += count
        cassette.remaining += count

    def dispense(self, counts: Mapping[str, int]) -> None:
        """Take notes out, to be presented. Raises ValueError when they are not all there."""
        self._move(counts, "remaining", "dispensed")

    def reject(self, counts: Mapping[str, int]) -> None:
        """Notes go to the reject bin before they were presented. Raises ValueError."""
        self._move(counts, "remaining", "rejected")

    def retract(self, counts: Mapping[str, int]) -> None:
        """Notes that were presented go to the retract bin. Raises ValueError."""
        self._move(counts, "dispensed", "retracted")

    def find(self, counts: Mapping[str, int]) -> None:
        """Notes thought to have been presented were in their cassette. Raises ValueError."""
        self._move(counts, "dispensed", "remaining")

    def begin_again(self, counted: Mapping[str, int]) -> None:
        """After a count, with the bins emptied: what was counted is what is loaded."""
        for name, count in counted.items():
            note = self.by_name[name].note
            self.by_name[name] = Cassette(note, loaded=count, remaining=count)

    def by_note(self, counts: Mapping[str, int]) -> dict[int, int]:
        """The same notes counted by denomination, the largest first."""
        notes: dict[int, int] = {}
        for name, count in counts.items():
            note = self.by_name[name].note
            notes[note] = notes.get(note, 0) + count
        return dict(sorted(notes.items(), reverse=True))

    def worth_minor(self, counts: Mapping[str, int]) -> int:
        """What these notes are worth."""
        return sum(self.by_name[name].note * 100 * count for name, count in counts.items())

    def totals(self) -> dict[str, dict[str, Any]]:
        """Every count of every cassette, for the journal."""
        return {name: dict(vars(each)) for name, each in self.by_name.items()}

    def _move(self, counts: Mapping[str, int], source: str, target: str) -> None:
        for name, count in counts.items():
            if not 0 <= count <= getattr(self.by_name[name], source):
                raise ValueError(f"cassette {name} does not hold {count} notes ({source})")
        for name, count in counts.items():
            cassette = self.by_name[name]
            setattr(cassette, source, getattr(cassette, source) - count)
            setattr(cassette, target, getattr(cassette, target) + count)
