"""The messages of one case, as they passed: what a report shows for a verdict."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from simulator.scenario.message_log import MessageLog, Passed, sequence
from switch.wire import Dialect, Message, describe

KEPT_MAX = 200
DESCRIBED_MAX = 12

US, THEM = MessageLog.SWITCH, "system"


class Evidence:
    """What passed on the line; of many messages the last."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._began_s = now_s()
        self._passed: deque[Passed] = deque(maxlen=KEPT_MAX)

    def note(self, direction: str, message: Message) -> None:
        """A message, `in` or `out` as we see it."""
        ends = (THEM, US) if direction == "in" else (US, THEM)
        self._passed.append(Passed(self._now_s(), *ends, message))

    def diagram(self) -> tuple[str, ...]:
        """A sequence diagram in text, masked."""
        return tuple(
            line.replace(f"{US:^22}", f"{'us':^22}")
            for line in sequence(list(self._passed), self._began_s)
        )

    def described(self, dialect: Dialect) -> tuple[str, ...]:
        """The last messages, element by element, masked."""
        return tuple(
            describe(each.message, dialect) if each.message.mti.isdigit() else each.message.mti
            for each in list(self._passed)[-DESCRIBED_MAX:]
        )
