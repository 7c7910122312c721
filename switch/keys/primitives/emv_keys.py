"""Keys of a chip card, EMV Book 2, annex A1: from the issuer's master key to one transaction.

::

    issuer master key --PAN, sequence number--> card key --transaction counter--> session key

Derivation of a card key, option A: the 16 rightmost digits of PAN and sequence number, filled
with zeros on the left, are encrypted, and so is their complement. Option B, for a PAN of more than
16 digits: SHA-1 of PAN and sequence number gives the 16 digits.
"""

from __future__ import annotations

import hashlib

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.ciphers import Tdes, odd_parity, xor
from switch.keys.primitives.pin_reference import decimalised

_INVERTED = b"\xff" * 8


def card_key_a(issuer_key: bytes, pan: str, sequence: str) -> bytes:
    """The card's key by option A, 16 bytes of odd parity.

    >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    >>> from switch.keys.primitives.check_value import tdes_check_value
    >>> tdes_check_value(card_key_a(key, "9901234567890123", "45")).hex().upper()
    '1DA5E1'
    """
    _check(pan, sequence)
    return _derived(issuer_key, bytes.fromhex((pan + sequence)[-16:].rjust(16, "0")))


def card_key_b(issuer_key: bytes, pan: str, sequence: str) -> bytes:
    """The card's key by option B; for a PAN of up to 16 digits it is option A's."""
    if len(pan) <= 16:
        return card_key_a(issuer_key, pan, sequence)
    _check(pan, sequence)
    digits = pan + sequence
    packed = bytes.fromhex(digits.rjust(len(digits) + len(digits) % 2, "0"))
    # SHA-1 is what EMV prescribes here; nothing depends on its resistance to collisions
    digest = hashlib.sha1(packed, usedforsecurity=False).digest()
    return _derived(issuer_key, bytes.fromhex(decimalised(digest, 16)))


def common_session_key(card_key: bytes, diversifier: bytes) -> bytes:
    """The session key of annex A1.3: 8 bytes, of which the third becomes F0 and 0F, encrypted.

    For cryptograms the diversifier is the transaction counter and six zeros, for scripts the
    cryptogram; the older method of one scheme puts the unpredictable number behind the counter.
    """
    if len(diversifier) != 8:
        raise InvalidInputError("a session key is made from 8 bytes")
    head, tail = diversifier[:2], diversifier[3:]
    return odd_parity(Tdes(card_key).encrypt(head + b"\xf0" + tail + head + b"\x0f" + tail))


def counter_session_key(card_key: bytes, counter: bytes) -> bytes:
    """The session key for scripts that is the card key XOR the counter, and its complement."""
    if len(counter) != 2 or len(card_key) != 16:
        raise InvalidInputError("a transaction counter has 2 bytes and a card key 16")
    mask = bytes(6) + counter + bytes(6) + xor(counter, b"\xff\xff")
    return odd_parity(xor(card_key, mask))


def _derived(issuer_key: bytes, block: bytes) -> bytes:
    if len(issuer_key) != 16:
        raise InvalidInputError("an issuer master key has 16 bytes")
    return odd_parity(Tdes(issuer_key).encrypt(block + xor(block, _INVERTED)))


def _check(pan: str, sequence: str) -> None:
    if not (12 <= len(pan) <= 19 and pan.isascii() and pan.isdigit()):
        raise InvalidInputError("a PAN has 12 to 19 digits")
    if not (len(sequence) == 2 and sequence.isascii() and sequence.isdigit()):
        raise InvalidInputError("a PAN sequence number has 2 digits")
