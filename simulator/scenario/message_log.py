"""The messages of a scenario as they passed, and a picture of them in text."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from switch.link import Session
from switch.wire import Message, one_line

KEPT_MAX = 2_000
SHOWN_MAX = 12
COLUMN = 22


@dataclass(frozen=True)
class Passed:
    """One message: when, from whom to whom, and what it says."""

    at_s: float
    sender: str
    receiver: str
    message: Message

    @property
    def text(self) -> str:
        """On one line, masked."""
        return one_line(self.message)


class MessageLog:
    """Remembers the last messages that passed the switch, on both of its sides."""

    SWITCH = "switch"

    def __init__(self, now_s: Callable[[], float], listeners: Iterable[str]) -> None:
        self._now_s = now_s
        self._listeners = frozenset(listeners)
        self._passed: deque[Passed] = deque(maxlen=KEPT_MAX)

    def tap(self, session: Session, direction: str, message: Message) -> None:
        """A message of the switch, as its taps are told."""
        name = session.profile.name
        if name in self._listeners:
            name = message.text("41").strip() or name
        ends = (name, self.SWITCH) if direction == "in" else (self.SWITCH, name)
        self._passed.append(Passed(self._now_s(), *ends, message))

    def note(self, sender: str, receiver: str, message: Message) -> None:
        """A message that a role sent, as it left: the switch may not be able to read it."""
        self._passed.append(Passed(self._now_s(), sender, receiver, message))

    def since(self, at_s: float) -> list[Passed]:
        """What passed from an instant on."""
        return [each for each in self._passed if each.at_s >= at_s]

    def asked(self, stan: str, terminal: str) -> list[Passed]:
        """What passed of the transaction of that STAN at that terminal, answers included."""
        return [
            each
            for each in self._passed
            if each.message.text("11") == stan and each.message.text("41").strip() == terminal
        ]


def sequence(passed: Sequence[Passed], began_s: float = 0.0) -> list[str]:
    """A sequence diagram in text: who said what to whom, top down.

    Echoes are left out; of many messages the last are shown.
    """
    told = [each for each in passed if each.message.text("70") != "301"]
    left_out = len(told) - SHOWN_MAX
    told = told[-SHOWN_MAX:]
    if not told:
        return []
    names = _columns(told)
    head = "".join(f"{name:^{COLUMN}}" for name in names).rstrip()
    lines = [f"{'':>10}  {head}"]
    if left_out > 0:
        lines.append(f"{'...':>10}  {left_out} before these")
    arrows = (f"{each.at_s - began_s:>8.3f} s  {_arrow(each, names)}  {each.text}" for each in told)
    return [*lines, *arrows]


def _columns(passed: Iterable[Passed]) -> list[str]:
    """Who takes part, from left to right: those who ask, the switch, those who are asked."""
    asks, asked = dict[str, None](), dict[str, None]()
    for each in passed:
        for name, other in ((each.sender, each.receiver), (each.receiver, each.sender)):
            if name == MessageLog.SWITCH or other != MessageLog.SWITCH:
                continue
            first_word_is_theirs = each.sender == name
            if name not in asks and name not in asked:
                (asks if first_word_is_theirs else asked)[name] = None
    return [*asks, MessageLog.SWITCH, *asked]


def _arrow(each: Passed, names: Sequence[str]) -> str:
    """One arrow between two columns, its message type on it."""
    start, end = names.index(each.sender), names.index(each.receiver)
    left, right = min(start, end), max(start, end)
    label = each.message.mti or "?"
    width = COLUMN * (right - left) - 1
    body = label.center(width - 1, "-")
    arrow = f"{body}>" if start < end else f"<{body}"
    middle = COLUMN // 2
    cells = [" "] * (COLUMN * len(names))
    for index in range(len(names)):
        cells[index * COLUMN + middle] = "|"
    cells[left * COLUMN + middle + 1 : left * COLUMN + middle + 1 + len(arrow)] = arrow
    return "".join(cells).rstrip()
