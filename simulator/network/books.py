"""Where the books of a network lie, and which of them belong to whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

CORE, ISSUER, SWITCH, TERMINALS = "core", "issuer", "switch", "terminals"
PARTS = (CORE, ISSUER, SWITCH, TERMINALS)

FILES = {
    CORE: ("core.db",),
    ISSUER: ("issuer.db",),
    SWITCH: ("switch.db",),
    TERMINALS: ("terminals",),
}
"""What a fresh start removes, by part."""


@dataclass(frozen=True)
class Books:
    """Paths of everything that a network's parties write."""

    folder: Path
    core: Path | None = None
    """The core's database."""
    issuer: Path | None = None
    """The issuer host's database."""
    switch: Path | None = None
    """The switch's journal, a database."""
    terminals: dict[str, Path] = field(default_factory=dict)
    """The folder of each terminal: its journal `<id>.jsonl` and what it owes."""

    @classmethod
    def of(cls, folder: Path, parts: Iterable[str], terminals: Iterable[str]) -> Books:
        """The books of these parts of a network."""
        held = {part: folder / FILES[part][0] for part in parts if part != TERMINALS}
        home = folder / FILES[TERMINALS][0]
        return cls(
            folder,
            core=held.get(CORE),
            issuer=held.get(ISSUER),
            switch=held.get(SWITCH),
            terminals={terminal: home / terminal for terminal in terminals},
        )

    def journal_of(self, terminal: str) -> Path:
        """A terminal's journal, JSON Lines."""
        return self.terminals[terminal] / f"{terminal}.jsonl"
