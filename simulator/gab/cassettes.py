"""The cassettes of a GAB: what was loaded, and where each note went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.terminal.journal import Event


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
    """All of them by name. They are rebuilt from the journal, event by event, at a start."""

    def __init__(self) -> None:
        self.by_name: dict[str, Cassette] = {}

    @property
    def stock(self) -> dict[str, tuple[int, int]]:
        """(note, how many remain) by name."""
        return {name: (each.note, each.remaining) for name, each in self.by_name.items()}

    def replay(self, event: Event) -> None:
        """Do to the counts what a journal line says was done to the notes."""
        if event["event"] == "loaded":
            for name, (note, count) in event["cassettes"].items():
                self.load(name, note, count)
        elif event["event"] == "dispense":
            self.dispense(event["cassettes"])

    def load(self, name: str, note: int, count: int) -> None:
        """Add notes. Raises ValueError when the cassette holds another denomination."""
        cassette = self.by_name.setdefault(name, Cassette(note))
        if cassette.note != note:
            raise ValueError(f"cassette {name} holds notes of {cassette.note}, not of {note}")
        cassette.loaded += count
        cassette.remaining += count

    def dispense(self, counts: Mapping[str, int]) -> None:
        """Take notes out, for good. Raises ValueError when they are not all there."""
        for name, count in counts.items():
            if not 0 <= count <= self.by_name[name].remaining:
                raise ValueError(f"cassette {name} does not hold {count} notes")
        for name, count in counts.items():
            self.by_name[name].remaining -= count
            self.by_name[name].dispensed += count

    def by_note(self, counts: Mapping[str, int]) -> dict[int, int]:
        """The same notes counted by denomination, the largest first."""
        notes: dict[int, int] = {}
        for name, count in counts.items():
            note = self.by_name[name].note
            notes[note] = notes.get(note, 0) + count
        return dict(sorted(notes.items(), reverse=True))
