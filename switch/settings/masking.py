"""What of cardholder data a text may show: the one place that knows how a card number looks.

PCI DSS allows the first six and the last four digits of a PAN to be shown. What of a message is
secret beside PANs (tracks, PIN blocks, chip data) is told by its dialect: switch/wire/masking.py.
"""

from __future__ import annotations

import re

_USUAL_PAN = 16
_CARDS_BEGIN = "34569"
"""Travel, banks, merchandising, and national assignment (ISO/IEC 7812-1)."""

_CARD_NUMBER = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){11,18}(?![0-9])")
_DIGIT_RUN = re.compile(r"(?<![0-9])[0-9]{13,19}(?![0-9])")
_LONG_RUN = re.compile(r"[0-9]{12,}")
_BLOCK = re.compile(r"(?=[0-9]{0,15}[A-Fa-f])[0-9A-Fa-f]{16,}")
_TRACK_TAIL = re.compile(r"(?<=[=D])[0-9]{4,}")
_LONGER_THAN_A_PAN = re.compile(r"[0-9]{20,}")
# In hexadecimal: a PAN in BCD, in ASCII, in EBCDIC.
_PAN_IN_BYTES = re.compile(r"[0-9]{12,}|(?:3[0-9]){12,}|(?:[Ff][0-9]){12,}")


# In text with control characters: what may be digits in BCD.
_DIGIT_PAIRS = "".join(chr(code) for code in range(0x9A) if code & 15 < 10)
_PACKED = re.compile(f"[{re.escape(_DIGIT_PAIRS)}]{{6,}}")


def luhn_digit(digits: str) -> str:
    """The check digit that completes `digits` (ISO/IEC 7812-1, annex B).

    >>> luhn_digit("950401000000001")
    '9'
    """
    total = 0
    for place, character in enumerate(reversed(digits)):
        digit = int(character) * (2 if place % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)


def mask_pan(pan: str) -> str:
    """First six and last four digits; of a text too short for that, at most the last two.

    >>> mask_pan("9504010000000019")
    '950401******0019'
    >>> mask_pan("12345")
    '***45'
    """
    if len(pan) < 12:
        shown = min(2, len(pan) // 2)
        return "*" * (len(pan) - shown) + pan[len(pan) - shown :]
    return f"{pan[:6]}{'*' * (len(pan) - 10)}{pan[-4:]}"


def luhn_valid(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B).

    >>> luhn_valid("9504010000000019"), luhn_valid("9504010000000018")
    (True, False)
    """
    return luhn_digit(digits[:-1]) == digits[-1:]


def mask_text(text: str) -> str:
    """`text` with every run of 13 to 19 digits that passes Luhn masked as a PAN.

    So are sixteen within such a run, when it touches digits of something else. Shorter runs are
    left (a retrieval reference of 12 digits passes Luhn one time in ten), and so are longer ones
    (a RIB has 24). Bytes that are no text, but may be digits in BCD, go too.

    >>> mask_text("card 9504010000000019 on 011519000001205000534921")
    'card 950401******0019 on 011519000001205000534921'
    """
    return _mask_packed(_DIGIT_RUN.sub(_mask_run, text))


def mask_digits(text: str) -> str:
    """What may be a PAN, the rest of a track or a PIN block, masked where nothing made sense.

    >>> mask_digits("169504010000000019=2512101")
    '169504********0019=*******'
    """
    text = _BLOCK.sub(_hide, text)
    text = _TRACK_TAIL.sub(_hide, text)
    return _mask_packed(_LONG_RUN.sub(_cover, text))


def mask(text: str) -> str:
    """`text` with every run of 12 to 19 digits, grouped or not, kept to its first 6 and last 4.

    The length stays the same, so that a caret under the text still fits.

    >>> mask("card 9504010000000019")
    'card 950401******0019'
    """
    return _CARD_NUMBER.sub(lambda found: _mask_digits(found.group()), text)


def _mask_digits(run: str) -> str:
    count = sum(character.isdigit() for character in run)
    seen = 0
    shown = []
    for character in run:
        if character.isdigit():
            seen += 1
            shown.append(character if seen <= 6 or seen > count - 4 else "*")
        else:
            shown.append(character)
    return "".join(shown)


def mask_free_text(text: str) -> str:
    """`mask_text`, and longer rows of digits too: a PAN may touch the digits of its neighbours."""
    return _LONGER_THAN_A_PAN.sub(_cover, mask_text(text))


def may_hold_a_pan_in_bytes(hexadecimal: str) -> bool:
    """Whether bytes that nobody knows may hold a PAN, or a track behind one."""
    return _PAN_IN_BYTES.search(hexadecimal) is not None


def packed_runs(text: str) -> list[tuple[int, int]]:
    """Where text, one character a byte, is none and may be twelve digits or more in BCD."""
    if text.isprintable():
        return []
    return [run.span() for run in _PACKED.finditer(text) if not run[0].isprintable()]


def _mask_packed(text: str) -> str:
    for start, end in packed_runs(text):
        text = text[:start] + "*" * (end - start) + text[end:]
    return text


def _hide(run: re.Match[str]) -> str:
    return "*" * len(run[0])


def _cover(run: re.Match[str]) -> str:
    return mask_pan(run[0])


def _mask_run(run: re.Match[str]) -> str:
    digits = run[0]
    if luhn_valid(digits):
        return mask_pan(digits)
    # A PAN may touch other digits: the usual length, behind what cards begin with.
    for at in range(len(digits) - _USUAL_PAN + 1):
        inner = digits[at : at + _USUAL_PAN]
        if inner[0] in _CARDS_BEGIN and luhn_valid(inner):
            return digits[:at] + mask_pan(inner) + digits[at + _USUAL_PAN :]
    return digits
