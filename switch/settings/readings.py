"""The text of a YAML scalar to a value, by rules that guess nothing, and back.

Every `read_*` raises a `misread` that says what was expected and, where it can be seen, what was
meant; every `check_*` holds a value that Python code gives to the same limits.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from switch.settings.problems import suggest
from switch.settings.reader import misread

WHOLE_DIGITS_MAX = 18
"""What fits a 64-bit integer, which is what databases and JSON readers hold."""

MONEY_MINOR_MAX = 999_999_999_999
"""12 digits: what DE4 can say."""

DURATION_S_MAX = 3660 * 86400.0
"""Ten years; more is a slip of the unit, and some timers overflow."""

_SECONDS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}

WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_LOOSE_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Zµ]*)")
MONEY = re.compile(r"((?:0|[1-9][0-9]*)|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.([0-9]{1,2}))?")


def read_text(text: str) -> str:
    """Text as it stands, but not empty."""
    if not text:
        raise misread("text", reason="expected text, found an empty text")
    return text


def read_whole(text: str) -> int:
    """An integer from its decimal digits: no underscore, no hexadecimal, no leading zero."""
    if WHOLE.fullmatch(text):
        if len(text.lstrip("-")) > WHOLE_DIGITS_MAX:
            raise misread(f"a whole number of at most {WHOLE_DIGITS_MAX} digits")
        return int(text)
    bare = re.sub(r"[_,' \u00a0]", "", text)
    if re.fullmatch(r"0+[0-9]+", text):
        meant = text.lstrip("0") or "0"
        raise misread(
            "a whole number without leading zeros (a code that has some is quoted text)",
            suggestion=meant,
        )
    raise misread(
        "a whole number", suggestion=bare if bare != text and WHOLE.fullmatch(bare) else None
    )


def read_number(text: str) -> float:
    """A finite number such as `0.95`."""
    if NUMBER.fullmatch(text):
        return check_number(float(text))
    percent = text.removesuffix("%").rstrip()
    meant = None
    if percent != text and NUMBER.fullmatch(percent):
        meant = f"{Decimal(percent) / 100:f}"
    elif NUMBER.fullmatch(text.replace(",", ".")):
        meant = text.replace(",", ".")
    elif NUMBER.fullmatch(f"0{text}"):
        meant = f"0{text}"
    raise misread("a number", suggestion=meant)


def check_number(value: float) -> float:
    if not math.isfinite(value):
        raise misread("a number that is not infinite")
    return float(value)


def read_flag(text: str) -> bool:
    """`true` or `false`, in these words only."""
    if text in ("true", "false"):
        return text == "true"
    meant = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
    word = text.casefold()
    raise misread("true or false", suggestion=meant.get(word) or suggest(word, ["true", "false"]))


def read_duration(text: str) -> float:
    """Seconds from a number and its unit: ms, s, m, h or d."""
    if match := DURATION.fullmatch(text):
        if len(text) <= 32:
            return check_duration(float(Decimal(match[1]) * _SECONDS[match[2]]))
        raise misread("a shorter duration")
    meant = None
    if loose := _LOOSE_DURATION.fullmatch(text):
        meant = loose[1] + _unit_meant(loose[2])
    raise misread("a duration with its unit (ms, s, m, h, d)", suggestion=meant)


def _unit_meant(word: str) -> str:
    folded = word.casefold()
    for beginning, unit in (("mil", "ms"), ("ms", "ms"), ("m", "m"), ("h", "h"), ("d", "d")):
        if folded.startswith(beginning):
            return unit
    return "s"


def check_duration(seconds: float) -> float:
    if not (math.isfinite(seconds) and 0 <= seconds <= DURATION_S_MAX):
        raise misread("a duration between 0s and 3660d")
    return float(seconds)


def write_duration(seconds: float) -> str:
    """The shortest text that reads as `seconds`.

    >>> write_duration(90.0), write_duration(0.5)
    ('90s', '500ms')
    """
    amount = Decimal(repr(seconds))
    for unit in ("d", "h", "m"):
        if amount and amount % _SECONDS[unit] == 0:
            return f"{int(amount / _SECONDS[unit])}{unit}"
    if amount and amount < 1 and amount % _SECONDS["ms"] == 0:
        return f"{int(amount / _SECONDS['ms'])}ms"
    return f"{amount.normalize():f}s"


def read_money(text: str) -> int:
    """Minor units from an amount with at most two decimals: `350.75`, `200`, `10,000.00`.

    >>> read_money("10,000.5")
    1000050
    """
    if match := MONEY.fullmatch(text):
        whole = match[1].replace(",", "")
        if len(whole) > 10:
            raise misread("an amount of at most 9,999,999,999.99")
        return int(whole) * 100 + int((match[2] or "").ljust(2, "0"))
    if re.fullmatch(r"[0-9,]+\.[0-9]{3,}", text):
        raise misread("an amount with at most 2 decimals")
    if text.startswith("-") and MONEY.fullmatch(text[1:]):
        raise misread("an amount that is not negative")
    meant = None
    if re.fullmatch(r"[0-9]+,[0-9]{1,2}", text):
        meant = text.replace(",", ".")
    elif re.fullmatch(r"0+[1-9][0-9]*(?:\.[0-9]{1,2})?", text):
        meant = text.lstrip("0")
    else:
        bare = re.sub(r"[_' \u00a0]|dh$|mad$", "", text, flags=re.IGNORECASE)
        meant = bare if bare != text and MONEY.fullmatch(bare) else None
    raise misread("an amount such as 350.75", suggestion=meant)


def check_money(minor: int) -> int:
    if not 0 <= minor <= MONEY_MINOR_MAX:
        raise misread("an amount between 0 and 9,999,999,999.99")
    return minor


def write_money(minor: int) -> str:
    """Minor units as an amount with two decimals.

    >>> write_money(35075)
    '350.75'
    """
    return f"{minor // 100}.{minor % 100:02}"
