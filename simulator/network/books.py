"""Where the books of a network lie, and which of them belong to whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

CREDITORS, CORE, ISSUER, SWITCH = "creditors", "core", "issuer", "switch"
TERMINALS = "terminals"
PARTS = (CREDITORS, CORE, ISSUER, SWITCH, TERMINALS)

FILES = {
    CREDITORS: ("creditors",),
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
    creditors: Path | None = None
    """The folder of what creditors were told, a journal `<id>.jsonl` each."""
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
            creditors=held.get(CREDITORS),
            core=held.get(CORE),
            issuer=held.get(ISSUER),
            switch=held.get(SWITCH),
            terminals={terminal: home / terminal for terminal in terminals},
        )

    def journal_of(self, terminal: str) -> Path:
        """A terminal's journal, JSON Lines."""
        return self.terminals[terminal] / f"{terminal}.jsonl"
