"""Advices: a terminal or a network tells what was done already (0120, 0220 and their repeats).

An advice cannot be declined. It is in the journal before it is answered, and owed to its
destination until that has taken it; a repeat is answered and moves nothing. One that no rule
takes is answered too, and put aside for a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from switch.engine.journal import Journal
from switch.engine.messages import Row as Said
from switch.engine.request import RefusalError, Request
from switch.engine.routing import Asked, Router
from switch.engine.saf import StoreAndForward
from switch.link import answer_to
from switch.runtime import Entropy, Log, identifier
from switch.wire import Message


class Advices:
    """Takes the advices of every line."""

    def __init__(
        self,
        entropy: Entropy,
        log: Log,
        journal: Journal,
        router: Router,
        store_and_forward: Mapping[str, StoreAndForward],
    ) -> None:
        self._entropy = entropy
        self._log = log
        self._journal = journal
        self._router = router
        self._saf = store_and_forward

    async def take(self, asked: Asked, said: Sequence[Said] = ()) -> Message | None:
        """Accept one; None when it cannot be kept: its sender has it still, and repeats it.

        `said` are its rows and its answer's, kept with it.
        """
        advice = asked.request
        route, destination, why_not = "", "", ""
        try:
            taken_by = self._router.route(asked)
            route, destination = taken_by.name, taken_by.to
        except RefusalError as refusal:
            why_not = refusal.reason
        if destination and self._saf[destination].full:
            self._say(advice, "advice not answered: store-and-forward is full", destination)
            return None
        received = await self._journal.advise(
            advice,
            identifier(self._entropy),
            route=route,
            destination=destination,
            why_not=why_not,
            said=said,
        )
        if not received.new:
            self._log.info("advice repeated", **self._facts(advice))
        elif why_not:
            self._say(advice, "advice put aside: `guichet saf list` shows it", why_not)
        else:
            self._log.info("advice accepted", state=received.state.value, **self._facts(advice))
        if destination:
            self._saf[destination].wake()
        return answer_to(advice.message, "00")

    def _say(self, advice: Request, event: str, reason: str) -> None:
        self._log.error(event, reason=reason, **self._facts(advice))

    def _facts(self, advice: Request) -> dict[str, str]:
        message = advice.message
        return {
            "mti": message.mti,
            "operation": advice.operation,
            "stan": message.text("11"),
            "terminal": message.text("41"),
        }
