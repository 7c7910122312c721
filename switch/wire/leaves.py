"""Values of sub-fields that have nothing inside: bytes to text and back, checked by kind."""

from __future__ import annotations

from collections.abc import Mapping

from switch.wire.content import explain
from switch.wire.lengths import codec_of
from switch.wire.structures import Part
from switch.wire.tlv import CompositeError, from_hex


def leaf_value(text: str, part: Part, odd: bool = False) -> str:
    """The value in a sub-field's own bytes, one character a byte; `odd` says that BCD has a pad.

    Raises CompositeError.
    """
    if part.encoding in ("raw", "bcd"):
        value = text.encode("latin-1").hex().upper()
        if odd:
            pad, value = (value[-1:], value[:-1]) if part.prefix else (value[:1], value[1:])
            if pad != "0":
                raise CompositeError((), len(text) - 1 if part.prefix else 0, "a pad digit 0", pad)
    elif part.encoding in ("cp500", "cp037"):
        value = text.encode("latin-1").decode(codec_of(part.encoding))
    else:
        value = text
    if part.checked and part.pattern.fullmatch(value) is None:
        fault = explain(part, value)
        scale = 2 if part.encoding in ("raw", "bcd") else 1
        raise CompositeError((), fault.offset // scale, fault.expected, fault.found)
    return value


def leaf_text(value: object, part: Part) -> tuple[str, int]:
    """The bytes of a value, one character a byte, and its length as a prefix would say it.

    Raises CompositeError.
    """
    if not isinstance(value, str):
        raise CompositeError((), 0, "text in quotes", kind_of(value))
    if part.checked and part.pattern.fullmatch(value) is None:
        fault = explain(part, value)
        raise CompositeError((), fault.offset, fault.expected, fault.found)
    size = len(value) // 2 if part.kind == "b" else len(value)
    return _encoded(value, part), size


def _encoded(value: str, part: Part) -> str:
    if part.encoding == "raw":
        return from_hex(value).decode("latin-1")
    if part.encoding == "bcd":
        pad = "0" * (len(value) % 2)
        return bytes.fromhex(value + pad if part.prefix else pad + value).decode("latin-1")
    codec = "ascii" if part.encoding in ("ascii", "hex") else codec_of(part.encoding)
    try:
        return value.encode(codec).decode("latin-1")
    except UnicodeEncodeError as error:
        at = error.start
    raise CompositeError((), at, "ASCII (percent-encode the rest)", "another character")


def bytes_of(part: Part, size: int) -> int:
    """Bytes that a sub-field of a length takes."""
    if part.encoding == "bcd":
        return (size + 1) // 2
    return 2 * size if part.encoding == "hex" else size


def kind_of(value: object) -> str:
    """What a value of JSON or YAML is called when it should have been another."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int | float):
        return "a number (leading zeros would be lost)"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list | tuple) else f"a {type(value).__name__}"
