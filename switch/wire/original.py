"""What one message says of another that it is about: DE90 of ISO 8583:1987."""

from __future__ import annotations

from switch.wire.message import Message
from switch.wire.mti import original_mti


def original_data(original: Message) -> str:
    """DE90 of what follows `original`: its type, DE11, DE7 and DE32, and no forwarder."""
    named = original_mti(original.mti) + original.text("11") + original.text("7")
    return named + original.text("32").rjust(11, "0") + "0" * 11
