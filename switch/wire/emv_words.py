"""What the values of EMV tags say, in words: EMV book 3, annexes A to C; book 4, annex A."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from switch.wire import codes

_VERIFICATION = (
    (
        "offline data authentication not performed",
        "static data authentication failed",
        "card data missing",
        "card on the exception file",
        "dynamic data authentication failed",
        "combined data authentication failed",
        "static data authentication selected",
        "",
    ),
    (
        "card and terminal versions differ",
        "application expired",
        "application not yet effective",
        "service not allowed for this card",
        "new card",
    ),
    (
        "cardholder verification not successful",
        "unknown verification method",
        "PIN try limit exceeded",
        "PIN pad absent or broken",
        "PIN not entered",
        "online PIN entered",
    ),
    (
        "over the floor limit",
        "lower offline limit exceeded",
        "upper offline limit exceeded",
        "selected at random for online",
        "merchant forced online",
    ),
    (
        "default TDOL used",
        "issuer authentication failed",
        "script failed before the last cryptogram",
        "script failed after the last cryptogram",
    ),
)
_STATUS = (
    (
        "offline data authentication performed",
        "cardholder verification performed",
        "card risk management performed",
        "issuer authentication performed",
        "terminal risk management performed",
        "script processed",
    ),
)
_PROFILE = (
    (
        "",
        "static data authentication",
        "dynamic data authentication",
        "cardholder verification",
        "terminal risk management",
        "issuer authentication",
        "",
        "combined data authentication",
    ),
)
_CRYPTOGRAMS = {
    0x00: "declined (AAC)",
    0x40: "approved offline (TC)",
    0x80: "asks online (ARQC)",
}
_METHODS = {
    0x00: "failed",
    0x01: "PIN in clear, offline",
    0x02: "PIN enciphered, online",
    0x03: "PIN in clear, offline, and signature",
    0x04: "PIN enciphered, offline",
    0x05: "PIN enciphered, offline, and signature",
    0x1E: "signature",
    0x1F: "no verification needed",
}
_RESULTS = {0x00: "result unknown", 0x01: "failed", 0x02: "successful"}
_OWNERS = {"1": "of a financial institution", "2": "of a merchant", "3": "of the cardholder"}
_REACHES = {"1": "online only", "2": "offline and online", "3": "offline only"}


def tag_words(tag: str, value: str, beside: Mapping[str, object]) -> str:
    """What the value of a tag says, nothing when there is nothing to say.

    `value` is in hexadecimal; `beside` are the tags around it, for the currency of an amount.

    >>> tag_words("9F02", "000000020000", {"5F2A": "0504"}), tag_words("9F27", "80", {})
    ('200.00 MAD', 'asks online (ARQC)')
    """
    known = _WORDS.get(tag)
    if known is None or re.fullmatch("(?:[0-9A-Fa-f]{2})+", value) is None:
        return ""
    return known(value, beside)


def _amount(value: str, beside: Mapping[str, object]) -> str:
    currency = beside.get("5F2A")
    code = currency[-3:] if isinstance(currency, str) else ""
    return codes.amount_words(value, code) if value.isdecimal() else ""


def _currency(value: str, _beside: Mapping[str, object]) -> str:
    return codes.currency_words(value[-3:])


def _date(value: str, _beside: Mapping[str, object]) -> str:
    if not (value.isdecimal() and len(value) == 6):
        return ""
    return f"{value[4:]}/{value[2:4]}/20{value[:2]}"


def _time(value: str, _beside: Mapping[str, object]) -> str:
    return f"{value[:2]}:{value[2:4]}:{value[4:]}" if value.isdecimal() and len(value) == 6 else ""


def _transaction(value: str, _beside: Mapping[str, object]) -> str:
    return codes.TRANSACTIONS.get(value, "")


def _response(value: str, _beside: Mapping[str, object]) -> str:
    text = bytes.fromhex(value).decode("latin-1")
    words = codes.response_words(text)
    return f"{text} {words}" if words else ""


def _counter(value: str, _beside: Mapping[str, object]) -> str:
    return str(int(value, 16)) if len(value) <= 8 else ""


def _cryptogram(value: str, _beside: Mapping[str, object]) -> str:
    return _CRYPTOGRAMS.get(int(value[:2], 16) & 0xC0, "")


def _method(value: str, _beside: Mapping[str, object]) -> str:
    if len(value) != 6:
        return ""
    method = _METHODS.get(int(value[:2], 16) & 0x3F, "another method")
    return f"{method}: {_RESULTS.get(int(value[4:], 16), 'another result')}"


def _terminal(value: str, _beside: Mapping[str, object]) -> str:
    owner, kind = _OWNERS.get(value[:1], ""), value[1:]
    if not owner or kind not in "123456" or len(value) != 2:
        return ""
    attended = "attended" if kind in "123" else "unattended"
    reach = _REACHES[str((int(kind) - 1) % 3 + 1)]
    return f"{attended}, {reach}, {owner}"


def _bits(names: tuple[tuple[str, ...], ...]) -> Callable[[str, Mapping[str, object]], str]:
    """The names of the bits that are set, the highest of each byte first."""

    def words(value: str, _beside: Mapping[str, object]) -> str:
        said = [
            name
            for byte, of_byte in zip(bytes.fromhex(value), names, strict=False)
            for place, name in enumerate(of_byte)
            if name and byte & (0x80 >> place)
        ]
        return ", ".join(said)

    return words


_WORDS: dict[str, Callable[[str, Mapping[str, object]], str]] = {
    "5F24": _date,
    "5F25": _date,
    "5F2A": _currency,
    "82": _bits(_PROFILE),
    "8A": _response,
    "95": _bits(_VERIFICATION),
    "9A": _date,
    "9B": _bits(_STATUS),
    "9C": _transaction,
    "9F02": _amount,
    "9F03": _amount,
    "9F21": _time,
    "9F27": _cryptogram,
    "9F34": _method,
    "9F35": _terminal,
    "9F36": _counter,
    "9F41": _counter,
    "9F42": _currency,
}
