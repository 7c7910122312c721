"""What the value of an element or of a part of it says, in words.

Nothing here trusts a value to be well-formed; where there is nothing to say the words are empty.
"""

from __future__ import annotations

from collections.abc import Mapping

from switch.wire import codes, codes_1993, mti
from switch.wire.message import Value

# Amounts, and fees with a sign, by the element that holds their currency.
_AMOUNTS = {"4": "49", "5": "50", "6": "51", "8": "51"}
_FEES = {"28": "49", "29": "50", "30": "49", "31": "50", "97": "50"}
_TABLES = {
    "18": codes.MERCHANTS,
    "25": codes.CONDITIONS,
    "39": codes.RESPONSES,
    "66": codes.SETTLEMENTS,
    "70": codes.NETWORK_ACTIONS,
}
_TABLES_1993 = {
    "24": codes_1993.FUNCTIONS,
    "25": codes_1993.REASONS,
    "26": codes.MERCHANTS,
}

# Parts of DE95 and the element that holds their currency.
_REPLACEMENTS = {
    "actual amount": "49",
    "actual settlement amount": "50",
    "actual fee": "49",
    "actual settlement fee": "50",
}
_INSTITUTIONS = ("original acquirer", "original forwarder")


def meaning(key: str, value: str, message: Mapping[str, Value]) -> str:
    """What the value of an element says; `message` gives its version and its currencies.

    >>> meaning("4", "000000035075", {"t": "0200", "49": "504"})
    '350.75 MAD'
    """
    if key == "3":
        return _processing(value)
    if key in ("49", "50", "51"):
        return codes.currency_words(value)
    if str(message.get("t", ""))[:1] in ("1", "2"):
        return _meaning_1993(key, value, message)
    if key == "22":
        return codes.entry_words(value)
    if key in _TABLES:
        return _TABLES[key].get(value, "")
    if key in _FEES:
        return signed_words(value, _text(message, _FEES[key]))
    if key in _AMOUNTS and _digits(value):
        return codes.amount_words(value, _text(message, _AMOUNTS[key]))
    return _moment(key, value)


def part_meaning(
    key: str, name: str, parts: Mapping[str, Value], message: Mapping[str, Value]
) -> str:
    """What a part of a composite element says; `parts` are those of the same entry."""
    given = parts.get(name)
    value = given if isinstance(given, str) else ""
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
    if name == "amount" and _digits(value) and value:
        words = codes.amount_words(value, _text(parts, "currency"))
        return f"-{words}" if parts.get("sign") == "D" else words
    if name in _REPLACEMENTS:
        return signed_words(value, _text(message, _REPLACEMENTS[name]))
    return _original(name, value)


def signed_words(value: str, currency: str) -> str:
    """An amount that may have a C or a D in front.

    >>> signed_words("C00000600", "504"), signed_words("000000010000", "504")
    ('credit of 6.00 MAD', '100.00 MAD')
    """
    sign = {"C": "credit of ", "D": "debit of "}.get(value[:1], "")
    digits = value[1:] if sign else value
    return sign + codes.amount_words(digits, currency) if _digits(digits) and digits else ""


def _original(name: str, value: str) -> str:
    """The parts of DE90."""
    if name == "original MTI":
        return mti.words(value)
    if name == "original DE7":
        return _moment("7", value)
    if name in _INSTITUTIONS and _digits(value) and value:
        return value.lstrip("0") or "none"
    return ""


def _meaning_1993(key: str, value: str, message: Mapping[str, Value]) -> str:
    if key == "39":
        return codes_1993.action_words(value)
    if key in _TABLES_1993:
        return _TABLES_1993[key].get(value, "")
    if key in _AMOUNTS and _digits(value):
        return codes.amount_words(value, _text(message, _AMOUNTS[key]))
    if key == "12" and _digits(value) and len(value) == 12:
        return f"{_day(value[:6])} {_clock(value[6:])} local"
    if key in ("15", "28", "73") and _digits(value) and len(value) == 6:
        return _day(value)
    if key == "13" and _digits(value) and len(value) == 4:
        return f"{value[2:]}/{value[:2]} (month/year)"
    return _moment(key, value) if key in ("7", "14") else ""


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
        return f"{value[2:4]}/{value[:2]} {_clock(value[4:])} UTC"
    if key == "12" and len(value) == 6:
        return f"{_clock(value)} local"
    if key in ("13", "15", "16", "17") and len(value) == 4:
        return f"{value[2:]}/{value[:2]}"
    if key == "73" and len(value) == 6:
        return _day(value)
    return f"{value[2:]}/{value[:2]} (month/year)" if key == "14" and len(value) == 4 else ""


def _clock(value: str) -> str:
    return f"{value[:2]}:{value[2:4]}:{value[4:]}"


def _day(value: str) -> str:
    return f"{value[4:]}/{value[2:4]}/20{value[:2]}"


def _text(values: Mapping[str, Value], key: str) -> str:
    value = values.get(key, "")
    return value if isinstance(value, str) else ""


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
