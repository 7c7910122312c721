"""What people read on their phones."""

from __future__ import annotations

import re

from simulator.network.network import Network

CODE = re.compile(r"(?<![0-9])[0-9]{8}(?![0-9])")


class NoTextError(Exception):
    """Nobody sent this phone a code."""


async def code_sent_to(network: Network, phone: str) -> str:
    """The code in the last text message to a phone that has one. Raises NoTextError."""
    for text in reversed(await network.texts_to(phone)):
        if (found := CODE.search(text)) is not None:
            return found[0]
    raise NoTextError(f"nobody sent a code to {phone}")
