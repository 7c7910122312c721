"""Asking again when nobody answered: the same request as a repeat, before it is given up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import CancelledError

from simulator.terminal.line import TerminalLine
from switch.link import NoAnswerError, NotSentError
from switch.runtime import Runtime
from switch.wire import Message


class Repeater:
    """Sends repeats (0201) of requests, once the line is up, and waits for the answer as long."""

    def __init__(self, runtime: Runtime, line: TerminalLine, timeout_s: float) -> None:
        self._reactor: Any = runtime.reactor
        self._line = line
        self._timeout_s = timeout_s

    async def ask(
        self, request: Message, times: int, before: Callable[[str], Awaitable[object]], why: str
    ) -> Message:
        """The answer to a repeat of `request`; NoAnswerError when none of `times` is answered.

        The numbers are those of the original, so that whoever has done it gives its stored answer
        and whoever has not does it now, once. `before` is told why, in front of each repeat.
        """
        repeat = Message({**request, "t": f"{request.mti[:3]}1"})
        for _ in range(times):
            await before(why)
            if not await self._line_up():
                why = "the line did not come back"
                continue
            try:
                return await self._line.ask(repeat, self._timeout_s)
            except (NoAnswerError, NotSentError) as error:
                # Not sent says nothing of the original, which did leave.
                why = str(error)
        raise NoAnswerError(why)

    async def _line_up(self) -> bool:
        """Whether the line is up within the time that an answer may take."""
        if self._line.up:
            return True
        waiting = self._line.when_up()
        late = self._reactor.callLater(self._timeout_s, waiting.cancel)
        try:
            await waiting
        except CancelledError:
            if late.active():
                raise
            return False
        finally:
            if late.active():
                late.cancel()
        return self._line.up
