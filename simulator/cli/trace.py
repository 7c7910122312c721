"""Messages as they pass the switch, one masked line each, on standard error."""

from __future__ import annotations

import sys
from typing import TextIO

from switch.cli.logs import Steady
from switch.link import Session
from switch.runtime import WallClock
from switch.wire import Message, one_line

ARROWS = {"in": "->", "out": "<-"}
"""Towards the switch, and from it."""


class MessageTrace:
    """A tap that prints. That nobody reads it any more changes nothing."""

    def __init__(self, wall_clock: WallClock, stream: TextIO | None = None) -> None:
        self._wall_clock = wall_clock
        self._to = Steady(sys.stderr if stream is None else stream)

    def __call__(self, session: Session, direction: str, message: Message) -> None:
        now = self._wall_clock.now().strftime("%H:%M:%S.%f")[:-3]
        line = f"{session.profile.name} {session.line.peer}"
        self._to.write(f"{now} {line:<26} {ARROWS[direction]} {one_line(message)}\n")
        self._to.flush()
