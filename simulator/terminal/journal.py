"""A terminal's journal: append-only JSON Lines, one line an event, durable when it says so.

It is the evidence of what the terminal did, and what it rebuilds itself from at a start. Every
line has `at` (UTC, ISO 8601), `terminal` and `event`; lines of a transaction have `operation`,
`stan`, `rrn`, `amount_minor` and, with a card, `card` (masked). `docs/journals.md` lists the
events. Only whole lines count: one cut short by a power failure is kept aside in `*.torn`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from switch.runtime import WallClock

Event = dict[str, Any]


class JournalError(Exception):
    """The journal is damaged elsewhere than at its end: people must look at it."""


class Journal:
    """The file of one terminal.

    `open` reads it at a start. `write` blocks until the disk has the lines, so it runs on the
    terminal's executor; the lines are made beforehand by `line`, which reads the clock.
    """

    def __init__(self, path: Path, terminal: str, wall_clock: WallClock) -> None:
        self.path = path
        self._terminal = terminal
        self._wall_clock = wall_clock
        self._size = 0
        self.broken = ""
        """Why nothing can be written now, while that is so."""

    def open(self, replay: Callable[[Event], None]) -> int:
        """Give every event to `replay`; how many bytes of a torn last line were put aside.

        Raises JournalError when a line before the end cannot be read.
        """
        self.path.touch(mode=0o600)
        whole, torn_at, torn = 0, 0, b""
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                event = _read(line)
                if event is None and not torn:
                    torn_at, torn = number, line
                elif torn:
                    raise JournalError(f"{self.path}:{torn_at}: this line is not an event")
                elif event is not None:
                    whole += len(line)
                    replay(event)
        self._size = whole
        if torn:
            with self.path.with_suffix(".torn").open("ab") as aside:
                aside.write(torn.removesuffix(b"\n") + b"\n")
        return len(torn)

    def line(self, event: str, **facts: Any) -> Event:
        """An event of this terminal, now; facts that are None or empty text are left out."""
        at = self._wall_clock.now().isoformat(timespec="milliseconds")
        told = {name: fact for name, fact in facts.items() if fact is not None and fact != ""}
        return {"at": at, "terminal": self._terminal, "event": event, **told}

    def write(self, events: Iterable[Event]) -> None:
        """Append the lines, and return once they are on the disk. Raises OSError."""
        if self.broken:
            raise OSError(self.broken)
        text = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # What an earlier write left behind of a line (a full disk, a power cut) goes first.
            if os.fstat(descriptor).st_size != self._size:
                os.ftruncate(descriptor, self._size)
            data = text.encode()
            if os.write(descriptor, data) != len(data):
                raise OSError(f"{self.path}: the disk took only a part of a line")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._size += len(data)


def _read(line: bytes) -> Event | None:
    if not line.endswith(b"\n"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None
