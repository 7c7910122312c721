"""Messages as they pass the switch, one masked line each, on standard error."""

from __future__ import annotations

import click

from switch.link import Session
from switch.runtime import WallClock
from switch.wire import Message, one_line

ARROWS = {"in": "->", "out": "<-"}
"""Towards the switch, and from it."""


class MessageTrace:
    """A tap that prints."""

    def __init__(self, wall_clock: WallClock) -> None:
        self._wall_clock = wall_clock

    def __call__(self, session: Session, direction: str, message: Message) -> None:
        now = self._wall_clock.now().strftime("%H:%M:%S.%f")[:-3]
        line = f"{session.profile.name} {session.line.peer}"
        click.echo(f"{now} {line:<26} {ARROWS[direction]} {one_line(message)}", err=True)
