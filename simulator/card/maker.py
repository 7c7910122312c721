"""Makes the chips of a network's cards: what a bank's personalisation does once for each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from simulator.card.applet import Applet, Keys
from simulator.card.memory import Memory
from simulator.card.settings import ChipSettings
from simulator.card.troubles import ChipTrouble
from switch.keys.primitives.emv_schemes import scheme_of

FOLDER = "cards"
"""Of the memories, in the data folder."""


class CardMaker:
    """The chips of these ranges of cards. `value_of` gives the clear master key of a name."""

    def __init__(
        self, ranges: Sequence[ChipSettings], folder: Path, value_of: Callable[[str], bytes]
    ) -> None:
        self._ranges = tuple(ranges)
        self._folder = folder / FOLDER
        self._value_of = value_of

    def settings_of(self, pan: str) -> ChipSettings | None:
        """What the file says of that card's chip; None for a card without."""
        return next((each for each in self._ranges if pan.startswith(each.cards)), None)

    def chip_of(self, pan: str, trouble: ChipTrouble | None = None) -> Applet | None:
        """The chip of a card; None when it has none."""
        found = self.settings_of(pan)
        if found is None:
            return None
        scheme = scheme_of(found.scheme)
        issuer_key = _value(found.published_key) or self._value_of(found.key)
        key = scheme.card_key(issuer_key, pan, found.sequence)
        script = None
        if found.script_key is not None:
            script_key = _value(found.published_script_key) or self._value_of(found.script_key)
            script = scheme.card_key(script_key, pan, found.sequence)
        # The card's own key hides the number: there are few numbers, and many keys.
        name = hashlib.sha256(key + pan.encode("ascii")).hexdigest()[:24]
        memory = Memory(self._folder / f"{name}.json")
        return Applet(
            scheme,
            Keys(key, script),
            memory,
            aid=found.aid,
            sequence=found.sequence,
            trouble=trouble,
        )


def _value(published: str | None) -> bytes | None:
    return None if published is None else bytes.fromhex(published)
