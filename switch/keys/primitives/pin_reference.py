"""What an issuer keeps to verify a PIN without knowing it: PVV, and the IBM 3624 offset.

PVV, 4 digits. The block encrypted under the PIN verification key is, a nibble each::

    A A A A A A A A A A A V P P P P     A: the 11 rightmost digits of the PAN without the check
                                        digit, V: key index, P: the first 4 digits of the PIN

The first four decimal digits of the result are the PVV; where there are fewer, letters A to F
give 0 to 5 after them.

IBM 3624. Validation data taken from the PAN are encrypted, each nibble goes through a
decimalisation table, and the leftmost digits are the natural PIN. The customer's PIN is the
natural PIN plus the offset, digit by digit modulo 10.
"""

from __future__ import annotations

from collections import Counter

from switch.keys.errors import ForbiddenError, InvalidInputError
from switch.keys.primitives.ciphers import BlockCipher
from switch.keys.primitives.pin_block import check_pin

STANDARD_TABLE = "0123456789012345"
_TABLE_DIFFERENT_MIN = 8
_TABLE_REPEATS_MAX = 4
_LETTERS_TO_DIGITS = str.maketrans("ABCDEF", "012345")


def pvv(cipher: BlockCipher, pin: str, pan: str, key_index: int) -> str:
    """The PIN verification value, 4 digits.

    >>> from switch.keys.primitives.ciphers import Tdes
    >>> key = Tdes(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    >>> pvv(key, "1234", "4111111111111111", 1)
    '9464'
    """
    check_pin(pin)
    _check_pan(pan)
    if not 0 <= key_index <= 9:
        raise InvalidInputError("a PVV key index is one digit")
    parameter = f"{pan[-12:-1]}{key_index}{pin[:4]}"
    return decimalised(cipher.encrypt(bytes.fromhex(parameter)), 4)


def natural_pin(
    cipher: BlockCipher,
    pan: str,
    length: int,
    *,
    table: str = STANDARD_TABLE,
    start: int = 0,
    count: int = 16,
    fill: str = "F",
) -> str:
    """The IBM 3624 natural PIN of `length` digits.

    The validation data are `count` digits of the PAN from `start` (0 is the first), filled up on
    the right with `fill`. Raises ForbiddenError for a table that tells about the PIN.
    """
    check_table(table)
    _check_pan(pan)
    chosen = pan[start : start + count] if start >= 0 else ""
    if not 1 <= len(chosen) <= 16 or len(fill) != 1 or fill not in "0123456789ABCDEF":
        raise InvalidInputError("validation data are 1 to 16 digits of the PAN and a fill nibble")
    if not 4 <= length <= 12:
        raise InvalidInputError("a PIN has 4 to 12 digits")
    encrypted = cipher.encrypt(bytes.fromhex(chosen.ljust(16, fill))).hex()
    return "".join(table[int(nibble, 16)] for nibble in encrypted[:length])


def offset_of(pin: str, natural: str) -> str:
    """What to add to the natural PIN to get the customer's.

    >>> offset_of("1234", "4524")
    '7710'
    """
    check_pin(pin)
    return "".join(
        str((int(a) - int(b)) % 10) for a, b in zip(pin, natural[: len(pin)], strict=True)
    )


def pin_with_offset(natural: str, offset: str) -> str:
    """The customer's PIN: for the inside of a module, which compares it and forgets it."""
    return "".join(str((int(a) + int(b)) % 10) for a, b in zip(natural, offset, strict=True))


def decimalised(block: bytes, count: int) -> str:
    """The first `count` digits of a block in hexadecimal, then its letters as 0 to 5.

    >>> decimalised(bytes.fromhex("A1B2CDEF"), 4)
    '1201'
    """
    text = block.hex().upper()
    digits = "".join(filter(str.isdigit, text))
    letters = "".join(filter(str.isalpha, text)).translate(_LETTERS_TO_DIGITS)
    return (digits + letters)[:count]


def check_table(table: str) -> None:
    """Raises unless it is 16 digits, 8 different ones at least, none more than 4 times.

    A table such as 0000000000000001 makes a verification say which digits a PIN has; a dozen of
    them say the PIN.
    """
    if not (len(table) == 16 and table.isascii() and table.isdigit()):
        raise InvalidInputError("a decimalisation table has 16 digits")
    counts = Counter(table)
    if len(counts) < _TABLE_DIFFERENT_MIN or max(counts.values()) > _TABLE_REPEATS_MAX:
        raise ForbiddenError("this decimalisation table would tell about PINs")


def _check_pan(pan: str) -> None:
    if not (12 <= len(pan) <= 19 and pan.isascii() and pan.isdigit()):
        raise InvalidInputError("a PAN has 12 to 19 digits")
