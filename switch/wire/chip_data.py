"""Chip data (DE55) as text or by tag: a message has either, as its dialect says."""

from __future__ import annotations

from typing import Any

from switch.wire import ber
from switch.wire.message import Value
from switch.wire.structures import BerTlv
from switch.wire.tlv import CompositeError

_SHAPE = BerTlv()


class ChipDataError(ValueError):
    """Chip data that cannot be read; it says no more, since they are secret."""


def chip_text(data: Value) -> str:
    """The hexadecimal of an element. Raises ChipDataError.

    >>> chip_text({"9F36": "0001", "84": "F0504A0101"})
    '9F360200018405F0504A0101'
    """
    if isinstance(data, str):
        return data.upper()
    if not isinstance(data, dict):
        raise ChipDataError("chip data are text or tags")
    try:
        return ber.pack(data, _SHAPE).hex().upper()
    except CompositeError:
        raise ChipDataError("chip data cannot be written") from None


def chip_tags(data: Value) -> dict[str, Any]:
    """The tags of an element, values in hexadecimal. Raises ChipDataError.

    >>> chip_tags("8A023030")
    {'8A': '3030'}
    """
    if isinstance(data, dict):
        return data
    try:
        return ber.unpack(bytes.fromhex(str(data)), _SHAPE)
    except (CompositeError, ValueError):
        raise ChipDataError("chip data cannot be read") from None
