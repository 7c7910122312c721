"""Cardholder data of messages hidden for every place that prints or keeps them.

What a text may show of a PAN is known in switch/settings/masking.py; here, which elements hold one,
by the marks of a dialect. Of a track, a PIN block or a chip's sensitive tags nothing is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from switch.settings.masking import (
    mask_digits,
    mask_free_text,
    mask_pan,
    mask_text,
    may_hold_a_pan_in_bytes,
)
from switch.wire import tlv
from switch.wire.composites import open_element
from switch.wire.dialect_words import Sensitive
from switch.wire.structures import BerTlv, Child, Positional, Structure, Tlv, child
from switch.wire.tlv import CompositeError

if TYPE_CHECKING:
    from switch.wire.dialect import Dialect, Field
    from switch.wire.message import Message, Value

# Shown instead of an element that must not be shown at all, by its `sensitive` mark.
NOT_SHOWN = {
    "track": "(track not shown)",
    "pin": "(PIN block not shown)",
    "chip": "(chip data not shown)",
    "key": "(key not shown)",
}

# What ISO 8583:1987 puts where, for a message that is printed without its dialect.
_MARKS_1987 = {"2": "pan", "34": "pan", "35": "track", "36": "track", "45": "track"}
_MARKS_1987 |= {"52": "pin", "55": "chip"}

# Amounts, counts and original data: digits in rows long enough to look like a PAN by chance.
_NEVER_A_PAN = frozenset(
    ("t", "p", "1", "53", "54", "64", "90", "95", "97", "128", *map(str, range(74, 90)))
)

# Where a row of digits longer than a PAN is an account (a RIB has 24) and stays readable. In any
# other text it may be a PAN that touches the digits of a tag or of its neighbour.
_ACCOUNTS = frozenset(("102", "103"))

_LONG_BY_RIGHT = _NEVER_A_PAN | _ACCOUNTS

# DE37 is a reference of twelve digits, by which people look for a transaction.
LONGEST_REFERENCE = 12


def mask_all_digits(value: Value) -> Value:
    """`mask_digits` of every text in a value."""
    if isinstance(value, dict):
        return {name: mask_all_digits(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [mask_all_digits(inner) for inner in value]
    return mask_digits(value)


def may_hold_a_pan(field: Field) -> bool:
    """Whether a PAN may stand in an element's text, not marked and beside other digits."""
    free = field.kind in ("an", "ans") and field.longest > LONGEST_REFERENCE
    return free and field.sensitive is None and field.key not in _LONG_BY_RIGHT


def is_cardholder(field: Field) -> bool:
    """Whether the dialect marks this element as cardholder data."""
    return field.sensitive is not None


def mask_message(message: Mapping[str, Value], dialect: Dialect) -> Message:
    """The message as it may be printed or journalled, by the marks of its dialect."""
    from switch.wire.message import Message

    return Message((key, mask_value(key, value, dialect)) for key, value in message.items())


def mask_value(key: str, value: Value, dialect: Dialect) -> Value:
    """One element as it may be printed, by the marks of its dialect.

    A composite element with marks inside is opened to apply them, and shown as it is opened
    unless it is plain tags and lengths in text. One that cannot be opened is not shown.
    """
    known = dialect.fields.get(key)
    if known is None:
        return mask_element(key, value)
    shape = known.structure
    if shape is None or not _opens(known):
        return mask_element(key, value, known.sensitive)
    if isinstance(value, str):
        try:
            opened = open_element(known, value)
        except CompositeError:
            hidden = mask_digits(value) if known.sensitive is None else None
            return NOT_SHOWN[known.sensitive or "chip"] if hidden is None else hidden
        if isinstance(shape, Tlv) and shape.plain:
            return _flat_again(_mask_inside(opened, shape, key), shape)
        value = opened
    return _mask_inside(value, shape, key)


def _flat_again(masked: Value, shape: Tlv) -> Value:
    """Masked tags as text, where they can be: what was never checked may hold anything."""
    assert isinstance(masked, dict)
    try:
        return tlv.pack(masked, shape)
    except CompositeError:
        return masked


def _opens(known: Field) -> bool:
    """Whether the marks inside an element say more than its own."""
    if known.sensitive not in (None, "chip"):
        return False
    return not isinstance(known.structure, Positional) or _marked(known.structure)


def _marked(shape: Structure | None) -> bool:
    if isinstance(shape, Positional):
        return any(part.sensitive or _marked(part.structure) for part in shape.parts)
    return shape is not None


def _mask_inside(value: Value, shape: Structure, key: str) -> Value:
    if isinstance(value, list):
        inner = replace(shape, entries=1) if isinstance(shape, Positional) else shape
        return [_mask_inside(one, inner, key) for one in value]
    if not isinstance(value, dict):
        return _search(value)
    masked: dict[str, Value] = {}
    for step, one in value.items():
        known = child(shape, step) if isinstance(step, str) else None
        masked[step] = _mask_child(one, known or Child(""), shape, key)
    return masked


def _mask_child(value: Value, known: Child, shape: Structure, key: str) -> Value:
    if known.sensitive is not None:
        return _mask_marked(value, known.sensitive)
    if isinstance(value, dict | list) and known.structure is not None:
        return _mask_inside(value, known.structure, key)
    if isinstance(value, list):
        return [_mask_child(one, known, shape, key) for one in value]
    if not isinstance(value, str):
        return _search(value)
    if isinstance(shape, BerTlv) or (isinstance(shape, Tlv) and shape.binary):
        return mask_text(value) if known.name else _mask_bytes(value)
    # A tag 35 is not DE35: only the dialect's own mark counts.
    return value if key in _NEVER_A_PAN else mask_free_text(value)


def _mask_marked(value: Value, mark: Sensitive) -> Value:
    if mark != "pan":
        return NOT_SHOWN[mark]
    # A PAN in BCD ends with the pad F when it has an odd number of digits.
    return mask_pan(value.rstrip("F")) if isinstance(value, str) else "(not shown)"


def _mask_bytes(value: str) -> str:
    """A value in hexadecimal that nobody knows: it may be a PAN, or a track behind one."""
    return "(not shown)" if may_hold_a_pan_in_bytes(value) else value


def mask_element(key: str, value: Value, mark: str | None = None) -> Value:
    """One element masked: by its mark, else by what ISO 8583:1987 puts there.

    Free text and sub-fields are searched for PANs that stray into them.
    """
    mark = mark or _MARKS_1987.get(key)
    if mark in NOT_SHOWN:
        return NOT_SHOWN[mark]
    if mark == "pan":
        return mask_pan(value) if isinstance(value, str) else "(not shown)"
    if key.isdigit() and key not in _LONG_BY_RIGHT and isinstance(value, str):
        return mask_free_text(value)
    return value if key in _NEVER_A_PAN else _search(value)


def bare_mark(key: str, dialect: Dialect | None) -> str | None:
    """What `mask_value` makes of an element that is text, where that is simple.

    "pan": it is a PAN; "": free text, masked only where it has 13 digits in a row or is not
    printable; None: something else.
    """
    known = None if dialect is None else dialect.fields.get(key)
    if known is not None and known.structure is not None and _opens(known):
        return None
    mark = (None if known is None else known.sensitive) or _MARKS_1987.get(key, "")
    return mark if mark in ("", "pan") else None


def _search(value: Value) -> Value:
    if isinstance(value, dict):
        return {name: _search(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_search(inner) for inner in value]
    # A message that was never checked may hold anything: show it as text.
    return mask_text(str(value))
