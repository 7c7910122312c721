"""A terminal's card reader: chip first, the stripe when the chip does not answer.

What the reader adds to a request, from the terminal's side::

    DE22  05x chip, 80x stripe after the chip failed (x: how the PIN is entered)
    DE23  card sequence number
    DE35  track 2, of the stripe only
    DE55  the chip's data
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from simulator.card.applet import ARQC, Applet, Verdict
from simulator.card.maker import CardMaker
from simulator.terminal.asking import APPROVED, Ask, Exchange
from simulator.terminal.card import Card
from simulator.terminal.identity import CURRENCY
from switch.runtime import CASABLANCA
from switch.wire import Value
from switch.wire.chip_data import ChipDataError, chip_tags

CHIP, FALLBACK = "05", "80"
"""The first two digits of DE22."""

COUNTRY = "504"

VERIFICATION, VERIFICATION_WITH_PIN = "8000008000", "8000048000"
"""Tag 95: offline data authentication was not performed, the floor limit is exceeded (so the
transaction goes online), and that a PIN for the issuer was entered."""

TERMINAL = {
    "9F33": "604020",  # stripe and chip; PIN to the issuer; keeps cards
    "9F35": "14",  # of a bank, nobody attends, online only
}
ONLINE_PIN, NO_PIN = "020000", "1F0002"
"""Tag 9F34: a PIN for the issuer, whose result is not known here; no verification, successful."""


@dataclass(frozen=True)
class Reading:
    """A card that was read: by its chip, or by its stripe."""

    chip: Applet | None = None
    track2: str = ""
    """Only when its chip did not answer."""

    @property
    def fell_back(self) -> bool:
        """Whether the chip failed."""
        return bool(self.track2)


class ChipReader:
    """Reads the cards of a network."""

    def __init__(self, maker: CardMaker, unpredictable: Callable[[int], bytes]) -> None:
        self._maker = maker
        self._unpredictable = unpredictable

    def read(self, card: Card) -> Reading:
        """What the card has: a chip that answers, a stripe whose chip does not, or neither."""
        chip = self._maker.chip_of(card.pan, card.trouble)
        if chip is None:
            return Reading()
        if chip.readable:
            return Reading(chip)
        settings = self._maker.settings_of(card.pan)
        assert settings is not None, "it has a chip"
        discretionary = "0" * (37 - len(card.pan) - 8)
        return Reading(
            track2=f"{card.pan}={card.expiry or '4912'}{settings.service_code}{discretionary[:8]}"
        )

    def elements(
        self, reading: Reading, ask: Ask, now: datetime, entry_mode: str, *, pin: bool
    ) -> Mapping[str, Value] | None:
        """What a request says of the card, by element; None when the chip declines it itself.

        Raises OSError when the card's memory cannot be used.
        """
        if reading.fell_back:
            return {"22": FALLBACK + entry_mode[2:], "35": reading.track2}
        if reading.chip is None:
            return {}
        tags = reading.chip.begin(
            {
                "95": VERIFICATION_WITH_PIN if pin else VERIFICATION,
                "9A": now.astimezone(CASABLANCA).strftime("%y%m%d"),
                "9C": ask.processing_code[:2],
                "9F02": f"{ask.amount_minor:012}",
                "9F03": "0" * 12,
                "9F1A": COUNTRY.rjust(4, "0"),
                "9F37": self._unpredictable(4).hex().upper(),
                "5F2A": CURRENCY.rjust(4, "0"),
            }
        )
        if tags["9F27"] != ARQC:
            return None
        data: dict[str, Value] = {
            **tags,
            **TERMINAL,
            "9F34": ONLINE_PIN if pin else NO_PIN,
        }
        return {
            "22": CHIP + entry_mode[2:],
            "23": reading.chip.sequence.rjust(3, "0"),
            "55": data,
        }


def last_word(reading: Reading, exchange: Exchange) -> Verdict | None:
    """What the chip says after the host has answered; None without a chip or without an answer."""
    if reading.chip is None or not exchange.response_code:
        return None
    given = exchange.answer.get("55")
    try:
        data = {} if given is None else chip_tags(given)
    except ChipDataError:
        data = {"91": ""}
    return reading.chip.conclude(exchange.response_code == APPROVED, data)
