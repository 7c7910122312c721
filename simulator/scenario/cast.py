"""Who is meant by a name in a scenario: its cast first, then the network's own names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simulator.scenario.bill_steps import Bill
from simulator.scenario.facts import KnownCard, NetworkFacts
from simulator.scenario.scenario_file import CardInHand, HostRole, LineRole, ScenarioFile
from simulator.terminal.card import Card


class UnknownNameError(Exception):
    """A name that stands for nothing of the kind; `candidates` are those that do."""

    def __init__(self, message: str, name: str, candidates: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.name = name
        self.candidates = tuple(candidates)


class Cast:
    """The roles of one scenario in its network."""

    def __init__(self, scenario: ScenarioFile, facts: NetworkFacts) -> None:
        self._roles = scenario.cast
        self._facts = facts
        self.templates = scenario.templates

    def terminal(self, name: str) -> str:
        """The terminal meant; raises UnknownNameError."""
        meant = self._roles.get(name, name)
        if isinstance(meant, str) and meant in self._facts.terminals:
            return meant
        roles = (role for role, who in self._roles.items() if who in self._facts.terminals)
        raise UnknownNameError("unknown terminal", name, (*roles, *self._facts.terminals))

    def speaker(self, name: str) -> str:
        """The role meant, which has a line of its own; raises UnknownNameError."""
        if name in self.speakers:
            return name
        raise UnknownNameError("no role with a line of its own is called", name, self.speakers)

    @property
    def speakers(self) -> dict[str, LineRole | HostRole]:
        """The roles that speak ISO 8583 on lines of their own."""
        return {
            role: who for role, who in self._roles.items() if isinstance(who, LineRole | HostRole)
        }

    def card(self, name: str) -> KnownCard:
        """The card meant; raises UnknownNameError."""
        meant = self._roles.get(name, name)
        if isinstance(meant, CardInHand):
            card = Card(meant.pan.clear, meant.expiry, trouble=meant.chip)
            known = self._facts.cards_named(card.pan)
            return replace(known[0], card=card) if known else KnownCard(card, name)
        if not isinstance(meant, str):
            raise UnknownNameError("this role has a line, and no card", name)
        found = self._facts.cards_named(meant)
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownNameError("several cards have this holder: give the number", name)
        roles = (
            role
            for role, who in self._roles.items()
            if isinstance(who, CardInHand)
            or (isinstance(who, str) and self._facts.cards_named(who))
        )
        raise UnknownNameError("unknown card", name, (*roles, *self._facts.holders))

    def shown_values(self, bill: Bill) -> list[str]:
        """The form values of a bill that a report may show: those that are no passwords."""
        secret = self._facts.secret_fields
        return [
            value
            for name, value in bill.form.items()
            if (bill.creditor, bill.kind, name) not in secret
        ]

    def rib(self, name: str) -> str:
        """The account meant by a RIB, or by the card of our bank in front of it."""
        if name in self._facts.ribs:
            return name
        card = self.card(name)
        if card.ledger != "core":
            raise UnknownNameError("this card has no account with a RIB", name)
        return card.account
