"""What a GAB knows of itself from its journal: where the notes are, and the card."""

from __future__ import annotations

from simulator.gab.cassettes import Cassettes
from simulator.terminal.journal import Event, Journal

TRANSACTION = ("operation", "stan", "rrn", "card", "amount_minor")


class Memory:
    """Told every line that is written, and at a start every line that was."""

    def __init__(self, cassettes: Cassettes) -> None:
        self.out_of_service = ""
        """Why somebody took the GAB out of service."""
        self.suspects: dict[str, Event] = {}
        """Dispenses by RRN that nobody can be sure of, until the notes are counted."""
        self._cassettes = cassettes
        self._in_transport: Event | None = None
        self._card_inside = ""

    def replay(self, event: Event) -> None:
        """Take in one line."""
        self._cassettes.replay(event)
        match event["event"]:
            case "card_in":
                self._card_inside = event["card"]
            case "card_returned" | "card_captured":
                self._card_inside = ""
            case "stacked":
                self._in_transport = event
            case "dispense" | "rejected" | "reversal_owed" if self._is_in_transport(event):
                self._in_transport = None
            case "out_of_service":
                self.out_of_service = event["reason"]
            case "in_service":
                self.out_of_service = ""
        if event["event"] == "dispense" and event.get("suspect"):
            self.suspects[event["rrn"]] = event
        elif event["event"] in ("found", "settled"):
            self.suspects.pop(event["rrn"], None)

    def recover(self, journal: Journal) -> list[Event]:
        """After a power cut: the lines about what was left inside, taken in already."""
        lines = []
        if self._in_transport is not None:
            facts = facts_of(self._in_transport)
            cassettes = self._in_transport["cassettes"]
            lines.append(
                journal.line("rejected", **facts, cassettes=cassettes, reason="power was lost")
            )
        if self._card_inside:
            card = self._card_inside
            lines.append(journal.line("card_captured", card=card, reason="power was lost"))
        for line in lines:
            self.replay(line)
        return lines

    def _is_in_transport(self, event: Event) -> bool:
        return self._in_transport is not None and self._in_transport["rrn"] == event["rrn"]


def facts_of(event: Event) -> Event:
    """What a line says of its transaction."""
    return {name: event[name] for name in TRANSACTION if name in event}
