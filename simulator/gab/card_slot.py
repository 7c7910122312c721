"""The card in a GAB's slot: what its chip says before the host is asked, and what it says after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.terminal.asking import Ask, Exchange
from simulator.terminal.card import Card
from simulator.terminal.identity import GAB
from simulator.terminal.result import OperationResult

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.card.applet import Verdict
    from simulator.terminal.chip_reader import ChipReader, Reading

REFUSED = "the card refuses what its bank approved: it is reversed"
DECLINED_OFFLINE = "the chip declines: its application is blocked"
UNUSABLE = "the chip cannot be used"


class ChipDeclinedError(Exception):
    """The chip gives no cryptogram for the issuer: nothing is sent. The text says why."""


class CardSlot:
    """One visit's card, read by `reader`; a card without a chip adds nothing."""

    def __init__(self, reader: ChipReader | None, card: Card | None) -> None:
        self._reader = reader
        self._reading: Reading | None = None
        if reader is not None and card is not None:
            self._reading = reader.read(card)

    @property
    def fell_back(self) -> bool:
        """Whether the stripe is used because the chip does not answer."""
        return self._reading is not None and self._reading.fell_back

    def complete(self, ask: Ask, now: datetime, pin: str) -> Ask:
        """`ask` with what the card says of it. Raises ChipDeclinedError."""
        if self._reader is None or self._reading is None or ask.card is None:
            return ask
        try:
            given = self._reader.elements(self._reading, ask, now, GAB.entry_mode, pin=bool(pin))
        except OSError as error:
            raise ChipDeclinedError(f"{UNUSABLE} ({error})") from None
        if given is None:
            raise ChipDeclinedError(DECLINED_OFFLINE)
        return replace(ask, elements={**ask.elements, **given})

    def last_word(self, exchange: Exchange) -> Verdict | None:
        """What the chip says to the host's answer; None where it says nothing."""
        if self._reading is None or exchange.ask.card is None or exchange.outcome == "in_doubt":
            return None
        from simulator.terminal.chip_reader import last_word

        return last_word(self._reading, exchange)

    def told(
        self, result: OperationResult, exchange: Exchange, word: Verdict | None
    ) -> OperationResult:
        """The result with how the card was read, and what its chip says."""
        entry = str(exchange.ask.elements.get("22", ""))[:2]
        if word is None or self._reading is None or self._reading.chip is None:
            return replace(result, entry=entry)
        return replace(
            result,
            entry=entry,
            application=self._reading.chip.aid,
            certificate=f"{word.kind} {word.cryptogram}",
        )
