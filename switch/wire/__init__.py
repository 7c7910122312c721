"""Bytes to messages and back: dialects, codec, framing, masking. No I/O, no Twisted."""

from switch.settings.masking import mask_pan, mask_text
from switch.wire.codec import Codec
from switch.wire.describe import describe, one_line
from switch.wire.dialect import Dialect, Field
from switch.wire.dialects import dialect_names, dialect_schema, load_dialect
from switch.wire.errors import Complaint, EncodeError, WireError
from switch.wire.framing import (
    FRAMING_NAMES,
    LIMIT_BYTES,
    FrameReceiver,
    Framing,
    FramingError,
    make_framing,
)
from switch.wire.masking import is_cardholder, mask_message, mask_value
from switch.wire.message import Message, Value, in_order, pick
from switch.wire.presence import presence_complaints

__all__ = [
    "FRAMING_NAMES",
    "LIMIT_BYTES",
    "Codec",
    "Complaint",
    "Dialect",
    "EncodeError",
    "Field",
    "FrameReceiver",
    "Framing",
    "FramingError",
    "Message",
    "Value",
    "WireError",
    "describe",
    "dialect_names",
    "dialect_schema",
    "in_order",
    "is_cardholder",
    "load_dialect",
    "make_framing",
    "mask_message",
    "mask_pan",
    "mask_text",
    "mask_value",
    "one_line",
    "pick",
    "presence_complaints",
]
