"""Many requests at once or at a rate: each must be answered, with its own answer, in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.task import deferLater

from simulator.certify.case_file import Burst
from simulator.certify.profile import CertificationProfile
from simulator.load.metrics import Trend
from simulator.scenario.exchanging import leave
from simulator.scenario.filling import filled_data
from simulator.scenario.message_steps import Composed
from simulator.scenario.message_templates import ALWAYS
from simulator.scenario.speaking import Speaker
from simulator.scenario.templates import Lookup
from switch.wire import Message
from switch.wire.mti import is_answer

TOLD_MAX = 5


class Bursts:
    """Sends bursts on the line of one case."""

    def __init__(self, speaker: Speaker, profile: CertificationProfile, reactor: Any) -> None:
        self._speaker = speaker
        self._profile = profile
        self._reactor = reactor
        self._due: dict[str, float] = {}
        self._took = Trend()
        self._wrong: list[str] = []

    async def run(self, burst: Burst, lookup: Callable[[], Lookup]) -> tuple[str, list[str]]:
        """Do it; what came of it in words, and what is wrong. Raises NotSpokenError."""
        pause_s = 1 / self._profile.load_rate if burst.paced else 0.0
        for number in range(burst.requests):
            if number and pause_s:
                await deferLater(self._reactor, pause_s)
                self._take()
            known = lookup()
            values = filled_data(dict(ALWAYS[burst.template]), known)
            values.update(self._profile.elements)
            values.update(filled_data(burst.message, known))
            sent = leave(self._speaker, Composed(), values)
            self._due[sent.text("11")] = self._reactor.seconds()
        until_s = self._reactor.seconds() + self._profile.answer_within
        while self._due:
            self._take()
            left_s = until_s - self._reactor.seconds()
            if not self._due or left_s <= 0 or not self._speaker.up:
                break
            await self._speaker.something_new(left_s)
        if self._due:
            first = ", ".join(list(self._due)[:TOLD_MAX])
            self._wrong.append(
                f"{len(self._due)} of {burst.requests} requests had no answer with their STAN "
                f"within {self._profile.answer_within:g} s (the first: {first})"
            )
        text = (
            f"{burst.requests} requests, {self._took.count} answered, "
            f"p50 {self._took.percentile_s(50) * 1000:.1f} ms, "
            f"p99 {self._took.percentile_s(99) * 1000:.1f} ms"
        )
        return text, self._wrong[: TOLD_MAX + 1]

    def _take(self) -> None:
        while (message := self._speaker.take(_is_answer)) is not None:
            stan = message.text("11")
            sent_s = self._due.pop(stan, None)
            if sent_s is None:
                self._wrong.append(f"an answer with STAN {stan or 'none'}, which nobody asked for")
                continue
            self._took.add(self._reactor.seconds() - sent_s)
            if message.text("39") not in ("00", "000"):
                self._wrong.append(f"STAN {stan} was answered {message.text('39')}")


def _is_answer(message: Message) -> bool:
    return is_answer(message.mti)
