"""Whose requests a network may bring: it vouches for its acquirers, and never for us."""

from __future__ import annotations

from switch.engine.request import RefusalError
from switch.settings.network import SwitchSettings
from switch.wire import Message
from switch.wire.mti import message_class

REFUSED = "58"


class Vouching:
    """The acquirers (DE32) of each way in that other networks use, as the settings say."""

    def __init__(self, settings: SwitchSettings, institution: str) -> None:
        listed = {name: each.acquirers for name, each in settings.listeners.items()}
        listed |= {name: link.acquirers for name, link in settings.links.items()}
        self._ours = institution.lstrip("0")
        self._acquirers = {
            name: frozenset(each.lstrip("0") for each in acquirers)
            for name, acquirers in listed.items()
        }

    def check(self, message: Message, source: str) -> None:
        """Raise RefusalError for a message of whom the network behind `source` may not speak.

        A reversal names an acquirer twice: its own (DE32) and its original's (in DE90). Without
        the first it would be taken for one of ours.
        """
        acquirer = message.text("32")
        if not acquirer:
            raise RefusalError("30", f"{message.mti} from a network without DE32")
        self._one(acquirer, "DE32", source)
        original = message.text("90")[20:31].strip("0 ")
        if original and message_class(message.mti) == "4":
            self._one(original, "the acquirer in DE90", source)

    def _one(self, acquirer: str, where: str, source: str) -> None:
        acquirer = acquirer.lstrip("0")
        if acquirer == self._ours:
            raise RefusalError(REFUSED, f"{where} is our own, and {source} is not ours")
        known = self._acquirers.get(source)
        if known and acquirer not in known:
            raise RefusalError(REFUSED, f"{source} does not vouch for {acquirer} ({where})")
