"""Card verification values: CVV and CVC on the stripe, CVV2 in print, iCVV in the chip.

One computation for all of them; the service code says which: the card's own on the stripe, 000
in print, 999 in the chip's copy of track 2. The 32 nibbles::

    PAN, expiry (4 digits, as the card has them), service code (3), zeros to 32

The first 16 go under DES with key A, are combined with the last 16, and go under TDES with both
keys; the first three decimal digits are the value.
"""

from __future__ import annotations

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.ciphers import Tdes, xor
from switch.keys.primitives.pin_reference import decimalised

PRINTED = "000"
CHIP = "999"


class CardValueKey:
    """A CVK pair, 16 bytes.

    >>> key = CardValueKey(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    >>> key.value("4123456789012345", "8701", "101")
    '561'
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != 16:
            raise InvalidInputError("a card verification key has 16 bytes")
        self._left = Tdes(key[:8])
        self._both = Tdes(key)

    def value(self, pan: str, expiry: str, service_code: str) -> str:
        """Three digits. `expiry` has 4, in the order that the issuer uses (often YYMM)."""
        if not (12 <= len(pan) <= 19 and len(expiry) == 4 and len(service_code) == 3):
            raise InvalidInputError("PAN of 12 to 19 digits, expiry of 4, service code of 3")
        digits = pan + expiry + service_code
        if not (digits.isascii() and digits.isdigit()):
            raise InvalidInputError("PAN, expiry and service code are digits")
        data = bytes.fromhex(digits.ljust(32, "0"))
        mixed = xor(self._left.encrypt(data[:8]), data[8:])
        return decimalised(self._both.encrypt(mixed), 3)
