"""The line to the system under test: dialled, or waited for; one at a time."""

from __future__ import annotations

from typing import Any

from simulator.certify.evidence import Evidence
from simulator.certify.profile import CertificationProfile
from simulator.scenario.message_templates import Generator
from simulator.scenario.speaking import NotSpokenError, Speaker
from switch.runtime import Runtime
from switch.settings import Located
from switch.wire import Codec, Framing, Message, load_dialect, make_framing

ARRIVES_WITHIN_S = 60.0
"""How long is waited for a system that dials us."""


class TestLine:
    """One line to the system: we dial it, or with `listens` it dials us."""

    __test__ = False

    def __init__(
        self,
        located: Located[CertificationProfile],
        target: tuple[str, int],
        runtime: Runtime,
        *,
        listens: bool,
        dialect: str | None = None,
        framing: Framing | None = None,
    ) -> None:
        profile = located.value
        if dialect is None:
            beside = located.path.parent / profile.dialect
            dialect = str(beside) if beside.is_file() else profile.dialect
        self.evidence = Evidence(runtime.reactor.seconds)
        self.speaker = Speaker(
            "system",
            runtime,
            Codec(load_dialect(dialect)),
            framing or make_framing(profile.framing),
            Generator(runtime.wall_clock.now, profile.facts()),
            manages=True,
            seen=self._seen,
        )
        self._reactor: Any = runtime.reactor
        self._target = target
        self._listens = listens
        self.port = 0

    def listen(self) -> None:
        """Wait for the system to dial. Raises AddressTakenError."""
        if self._listens:
            self.port = self.speaker.listen(*self._target)

    async def fresh(self) -> None:
        """A line on which nothing was said yet. Raises NotSpokenError."""
        if not self._listens:
            await self.speaker.hang_up("the next case begins")
        self.speaker.forget()
        await self.connect()

    async def connect(self) -> None:
        """Open the line unless it is. Raises NotSpokenError."""
        if self.speaker.up:
            return
        if not self._listens:
            await self.speaker.dial(*self._target)
            return
        until_s = self._reactor.seconds() + ARRIVES_WITHIN_S
        while not self.speaker.up:
            left_s = until_s - self._reactor.seconds()
            if left_s <= 0 or not await self.speaker.something_new(left_s):
                raise NotSpokenError(
                    f"nobody dialled {self._target[0]}:{self.port} within {ARRIVES_WITHIN_S:g} s"
                )

    async def stop(self) -> None:
        """Close everything."""
        await self.speaker.stop()

    def _seen(self, _name: str, direction: str, message: Message) -> None:
        self.evidence.note(direction, message)
