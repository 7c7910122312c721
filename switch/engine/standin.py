"""Standing in: what is decided here while the issuer of a card is away.

Off unless the settings have rules. What is approved is in the journal, counted against its limits,
before it is answered, and its issuer is owed an advice (0220) that says so. Nobody here can check a
PIN: a rule says whether one that comes may go unchecked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from switch.engine.counts import EngineCounts
from switch.engine.entries import Received, kept_of_advice
from switch.engine.journal import Journal
from switch.engine.messages import Row as Said
from switch.engine.pins import PIN
from switch.engine.refused_cards import RefusedCards
from switch.engine.request import Request
from switch.engine.states import State
from switch.runtime import CASABLANCA
from switch.settings.standin import Away, StandInSettings
from switch.wire import Value
from switch.wire.original import original_data


@dataclass(frozen=True)
class Decision:
    """What was decided here: the elements of the answer, why, and the state that results.

    `state` is that before where the request was refused: whoever asked closes it then.
    """

    elements: Mapping[str, Value]
    reason: str
    state: State

    @property
    def approved(self) -> bool:
        """Whether it stands; a reversal that came first leaves it otherwise."""
        return self.state is State.STOOD_IN


class StandIn:
    """The rules of one switch. Raises RefusedCardsError for a file that cannot be used."""

    def __init__(
        self,
        rules: Mapping[str, StandInSettings],
        currency: str,
        journal: Journal,
        log: Any,
        counts: EngineCounts,
    ) -> None:
        self._rules = dict(rules)
        self._currency = currency
        self._journal = journal
        self._log = log
        self._counts = counts
        self._refused = {
            name: RefusedCards(Path(rule.refused_cards), journal.card_key, log.bind(rule=name))
            for name, rule in self._rules.items()
            if rule.refused_cards is not None
        }

    async def decide(
        self,
        request: Request,
        received: Received,
        away: Away,
        why: str,
        *,
        now: datetime,
        since: State,
        business_date: str,
        said: Callable[[Mapping[str, Value]], Sequence[Said]],
    ) -> Decision | None:
        """Decide in place of the destination of a request, which does not for `why`.

        `business_date` is the answer's DE15, and `said` gives the messages to keep with that
        answer. None when it is not for us to decide. Fails with StoreUnavailableError.
        """
        name = self.rule_of(request, away)
        if name is None or received.second:
            return None
        rule = self._rules[name]
        refusal = self._refusal(name, rule, request, now)
        if refusal is None:
            elements: dict[str, Value] = {
                "15": business_date,
                "38": approval_code(received.transaction_id),
                "39": "00",
            }
            reason = f"approved here by {name}: {why}"
            kept = {**kept_of_advice(request), **rule.told(away), "t": "0220"}
            if away != "down":
                # The request itself has left: this tells which one the advice completes.
                kept["90"] = original_data(request.forwarded)
            stood = await self._journal.stand_in(
                received,
                elements,
                kept,
                rule=name,
                limits=rule,
                since=since,
                reason=reason,
                said=said(elements),
            )
            if not stood.over:
                if stood.state is State.STOOD_IN:
                    self._told(name, "approved", request, received, why)
                return Decision(elements, reason, stood.state)
            refusal = ("65" if stood.over == "day_count_max" else "61", f"over {stood.over}")
        code, told = refusal
        self._told(name, "refused", request, received, f"{why}; {told}")
        return Decision({"39": code}, f"refused here by {name}: {told}; {why}", since)

    def rule_of(self, request: Request, away: Away) -> str | None:
        """The name of the rule that decides about a request."""
        if request.currency != self._currency or not request.pan:
            return None
        for name, rule in self._rules.items():
            if request.pan.startswith(rule.cards) and request.operation in rule.operations:
                mine = away in rule.when and (rule.pins_unchecked or PIN not in request.message)
                return name if mine else None
        return None

    def _refusal(
        self, name: str, rule: StandInSettings, request: Request, now: datetime
    ) -> tuple[str, str] | None:
        """A response code and why, for what needs no look at what was approved before."""
        refused = self._refused.get(name)
        code = None if refused is None else refused.code_of(request.pan)
        if code is not None:
            return code or rule.refuse_with, "the card is in the negative file"
        if is_over(request.expiry, now):
            return "54", "the card is over"
        if request.amount_minor > rule.amount_max:
            return "61", "over amount_max"
        return None

    def _told(
        self, name: str, outcome: str, request: Request, received: Received, why: str
    ) -> None:
        self._counts.stood_in(name, outcome)
        self._log.warning(
            f"{outcome} here in place of its destination",
            rule=name,
            operation=request.operation,
            stan=request.message.text("11"),
            terminal=request.terminal,
            destination=received.destination,
            reason=why,
        )


def is_over(expiry: str, now: datetime) -> bool:
    """Whether a card with this expiry (YYMM) is valid no more; one that says none may be.

    >>> at = datetime.fromisoformat("2026-11-30T22:59:59+00:00")
    >>> is_over("2611", at), is_over("2610", at), is_over("", at)
    (False, True, False)
    """
    there = now.astimezone(CASABLANCA)
    return bool(expiry) and expiry < f"{there:%y%m}"


def approval_code(transaction_id: int) -> str:
    """DE38 of what is approved here: S, then the last five digits of its number in the journal.

    >>> approval_code(1234567)
    'S34567'
    """
    return f"S{transaction_id % 100_000:05}"
