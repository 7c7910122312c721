"""A message as people read it: number, name, value, meaning, sub-fields below; masked.

Works on whatever could be read, so nothing here trusts a value to be well-formed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from switch.wire import codes, mti
from switch.wire.dialect import Dialect, Positional, Tlv
from switch.wire.masking import mask_message, mask_pan, mask_text
from switch.wire.message import Message, Value, in_order, printable

# Columns wider than these push their neighbours instead of being cut.
_NAME_WIDTH = 38
_VALUE_WIDTH = 22

_AMOUNTS = {"4": "49", "5": "50", "6": "51", "8": "51"}
_FEES = {"28": "49", "29": "50", "30": "49", "31": "50", "97": "50"}
_TABLES = {
    "18": codes.MERCHANTS,
    "25": codes.CONDITIONS,
    "39": codes.RESPONSES,
    "66": codes.SETTLEMENTS,
    "70": codes.NETWORK_ACTIONS,
}


class Row(NamedTuple):
    """One line of a description; `depth` is 0 for elements, 1 for sub-fields."""

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
        if isinstance(shape, Positional):
            yield from _positional(key, flat, shape)
        elif isinstance(value, dict):
            names = shape.names if isinstance(shape, Tlv) else {}
            for tag, inner in value.items():
                yield Row(1, printable(tag), names.get(tag, "unknown tag"), _text(inner), "")
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                yield Row(1, str(place), "", _text(inner), "")


def meaning(key: str, value: str, message: Mapping[str, Value]) -> str:
    """What the value of an element says in words; nothing when there is nothing to say."""
    if key == "3":
        return _processing(value)
    if key == "22":
        return codes.entry_words(value)
    if key in ("49", "50", "51"):
        return codes.currency_words(value)
    if key in _TABLES:
        return _TABLES[key].get(value, "")
    if key in _AMOUNTS and _digits(value):
        return codes.amount_words(value, _currency(message, _AMOUNTS[key]))
    if key in _FEES and _digits(value[1:]):
        sign = {"C": "credit of ", "D": "debit of "}.get(value[0], "")
        return sign + codes.amount_words(value[1:], _currency(message, _FEES[key]))
    return _moment(key, value)


def one_line(message: Mapping[str, Value]) -> str:
    """The message in one line for logs, masked.

    >>> one_line(
    ...     {"t": "0200", "2": "9504010000000019", "3": "010000", "4": "000000020000",
    ...      "11": "000001", "41": "GAB00001", "49": "504"}
    ... )
    '0200 withdrawal 200.00 MAD card 950401******0019 STAN 000001 GAB00001'
    """
    seen = Message(message)
    amount = seen.text(4)
    words = [
        seen.mti or "????",
        codes.processing_words(seen.text(3)) or codes.NETWORK_ACTIONS.get(seen.text(70), ""),
        codes.amount_words(amount, seen.text(49)) if _digits(amount) and int(amount) else "",
        f"card {mask_pan(seen.text(2))}" if seen.text(2) else "",
        f"STAN {seen.text(11)}" if seen.text(11) else "",
        seen.text(41).strip(),
        f"answer {seen.text(39)} {codes.response_words(seen.text(39))}" if seen.text(39) else "",
    ]
    return printable(mask_text(" ".join(word.strip() for word in words if word)))


def _positional(key: str, flat: str, shape: Positional) -> Iterator[Row]:
    size = sum(part.length for part in shape.parts)
    for entry in range(0, len(flat), size):
        at = entry
        label = f"[{entry // size}]" if shape.entries > 1 else ""
        parts = {part.name: "" for part in shape.parts}
        for place, part in enumerate(shape.parts, 1):
            parts[part.name] = flat[at : at + part.length]
            at += part.length
            name = f"{label} {part.name}".strip()
            yield Row(1, f"{place}", name, parts[part.name], _part_words(key, part.name, parts))


def _part_words(key: str, name: str, parts: Mapping[str, str]) -> str:
    value = parts[name]
    if key == "3" and name == "transaction":
        return codes.TRANSACTIONS.get(value, "")
    if name in ("from account", "to account", "account type"):
        return codes.ACCOUNTS.get(value, "")
    if name == "amount type":
        return codes.AMOUNT_TYPES.get(value, "")
    if name == "sign":
        return {"C": "credit", "D": "debit"}.get(value, "")
    if name == "currency":
        return codes.currency_words(value)
    if key == "54" and name == "amount" and _digits(value):
        return codes.amount_words(value, parts["currency"])
    return mti.words(value) if name == "original MTI" else ""


def _processing(value: str) -> str:
    transaction = codes.processing_words(value)
    if not transaction or value[2:] == "0000":
        return transaction
    source, target = (codes.ACCOUNTS.get(digits, "") for digits in (value[2:4], value[4:6]))
    return f"{transaction}, from {source or value[2:4]} to {target or value[4:6]}"


def _moment(key: str, value: str) -> str:
    if not _digits(value):
        return ""
    if key == "7" and len(value) == 10:
        day, time = f"{value[2:4]}/{value[:2]}", value[4:]
        return f"{day} {time[:2]}:{time[2:4]}:{time[4:]} UTC"
    if key == "12" and len(value) == 6:
        return f"{value[:2]}:{value[2:4]}:{value[4:]} local"
    if key in ("13", "15", "16", "17") and len(value) == 4:
        return f"{value[2:]}/{value[:2]}"
    return f"{value[2:]}/{value[:2]} (month/year)" if key == "14" and len(value) == 4 else ""


def _currency(message: Mapping[str, Value], key: str) -> str:
    value = message.get(key, "")
    return value if isinstance(value, str) else ""


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _text(value: Value) -> str:
    return printable(value) if isinstance(value, str) else ascii(value)
