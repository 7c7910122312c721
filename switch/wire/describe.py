"""A message as people read it: number, name, value, meaning, sub-fields below; masked.

Works on whatever could be read, so nothing here trusts a value to be well-formed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from switch.settings.masking import mask_pan, mask_text
from switch.wire import codes, mti
from switch.wire.composites import open_element
from switch.wire.dialect import Dialect, Field
from switch.wire.emv_words import tag_words
from switch.wire.masking import mask_message
from switch.wire.meanings import meaning, part_meaning
from switch.wire.message import Message, Value, in_order, printable
from switch.wire.structures import BerTlv, Child, Positional, Structure, child
from switch.wire.tlv import CompositeError

# Columns wider than these push their neighbours instead of being cut.
_NAME_WIDTH = 38
_VALUE_WIDTH = 22


class Row(NamedTuple):
    """One line of a description; `depth` is 0 for elements, 1 and more for sub-fields."""

    depth: int
    key: str
    name: str
    value: str
    meaning: str


def describe(message: Mapping[str, Value], dialect: Dialect) -> str:
    """The whole message, one element a line, cardholder data masked."""
    kind = message.get("t", "")
    shown = printable(kind) if isinstance(kind, str) else ""
    head = f"{shown} {mti.words(shown)}" if shown else "no message type"
    lines = [f"{head} ({dialect.name})"]
    for row in rows(message, dialect):
        name = f"{row.name:<{_NAME_WIDTH - 2 * row.depth}}"
        value = f"{row.value:<{_VALUE_WIDTH}}"
        lines.append(f"{' ' * (2 * row.depth)}{row.key:>5}  {name} {value} {row.meaning}".rstrip())
    return "\n".join(lines)


def rows(message: Mapping[str, Value], dialect: Dialect) -> Iterator[Row]:
    """The lines of a description, without the MTI's."""
    masked = mask_message(message, dialect)
    for key, value in in_order(masked).items():
        if key == "t":
            continue
        known = dialect.fields.get(key)
        name = known.name if known else "unknown element"
        flat = printable(value) if isinstance(value, str) else ""
        yield Row(0, printable(key), name, flat, meaning(key, flat, message))
        shape = known.structure if known else None
        opened = _opened(value, known)
        if isinstance(opened, dict | list):
            yield from _Inside(key, message).rows(opened, shape, 1)


def one_line(message: Mapping[str, Value]) -> str:
    """The message in one line for logs, masked.

    >>> one_line(
    ...     {"t": "0200", "2": "9504010000000019", "3": "010000", "4": "000000020000",
    ...      "11": "000001", "41": "GAB00001", "49": "504"}
    ... )
    '0200 withdrawal 200.00 MAD card 950401******0019 STAN 000001 GAB00001'
    """
    seen = Message(message)
    amount, code = seen.text(4), seen.text(39)
    words = [
        seen.mti or "????",
        codes.processing_words(seen.text(3)) or codes.NETWORK_ACTIONS.get(seen.text(70), ""),
        codes.amount_words(amount, seen.text(49)) if _digits(amount) and int(amount) else "",
        f"card {mask_pan(seen.text(2))}" if seen.text(2) else "",
        f"STAN {seen.text(11)}" if seen.text(11) else "",
        seen.text(41).strip(),
        f"answer {code} {meaning('39', code, seen)}" if code else "",
    ]
    return printable(mask_text(" ".join(word.strip() for word in words if word)))


class _Inside:
    """The lines of one element's sub-fields, as far as they can be opened."""

    def __init__(self, key: str, message: Mapping[str, Value]) -> None:
        self._key = key
        self._message = message

    def rows(
        self, opened: Value, shape: Structure | None, depth: int, label: str = ""
    ) -> Iterator[Row]:
        """One line for each sub-field, those inside it below it."""
        if isinstance(opened, list):
            for place, entry in enumerate(opened):
                inner = child(shape, place) if shape is not None else None
                if isinstance(entry, dict):
                    below = inner.structure if inner is not None else None
                    yield from self.rows(entry, below, depth, f"[{place}]")
                else:
                    yield Row(depth, str(place), "", _text(entry), "")
        elif isinstance(opened, dict):
            for place, (step, value) in enumerate(opened.items(), 1):
                known = child(shape, step) if shape is not None else None
                # Parts are found by their names and counted as paths count them.
                key = f"{place}" if isinstance(shape, Positional) else printable(step)
                yield from self._row(key, step, value, known, opened, shape, depth, label)

    def _row(
        self,
        key: str,
        step: str,
        value: Value,
        known: Child | None,
        beside: Mapping[str, Value],
        shape: Structure | None,
        depth: int,
        label: str,
    ) -> Iterator[Row]:
        name = known.name if known is not None else ""
        named = " ".join(word for word in (label, name or "unknown tag") if word)
        if isinstance(value, dict):
            yield Row(depth, key, named, "", "")
            below = known.structure if known is not None else None
            yield from self.rows(value, below, depth + 1)
        elif isinstance(value, list):
            for place, one in enumerate(value):
                again = f"{label}[{place}]"
                yield from self._row(key, step, one, known, beside, shape, depth, again)
        else:
            flat = _text(value)
            if isinstance(shape, BerTlv):
                words = tag_words(step, flat, beside)
            else:
                words = part_meaning(self._key, step, beside, self._message)
            yield Row(depth, key, named, flat, words)


def _opened(value: Value, known: Field | None) -> Value | None:
    """What is inside an element, None when it has nothing inside or is not as its dialect says."""
    if isinstance(value, dict | list) or known is None or known.structure is None:
        return value
    try:
        return open_element(known, value)
    except CompositeError:
        return _cut(value, known.structure)


def _cut(value: str, shape: Structure) -> Value | None:
    """As many parts in a row as a text that is too short or too long still gives."""
    if not isinstance(shape, Positional) or any(
        part.prefix or part.shortest != part.longest for part in shape.parts
    ):
        return None
    entries: list[Value] = []
    size = sum(part.longest for part in shape.parts)
    for start in range(0, len(value), size):
        entry: dict[str, Value] = {}
        at = start
        for part in shape.parts:
            entry[part.name] = value[at : at + part.longest]
            at += part.longest
        entries.append(entry)
    return entries[0] if shape.entries == 1 and len(entries) == 1 else entries


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _text(value: Value) -> str:
    return printable(value) if isinstance(value, str) else ascii(value)
