"""Check values: the few bytes by which two people know that they hold the same key.

TDES: the leftmost 3 bytes of a block of zeros encrypted. AES: the leftmost 5 bytes of the CMAC
of a block of zeros (X9.24-1:2017, annex A). More would say too much about the key.
"""

from __future__ import annotations

from switch.keys.primitives.ciphers import AES_BLOCK, BlockCipher, Tdes
from switch.keys.primitives.mac import Cmac

TDES_SIZE = 3
AES_SIZE = 5


def zero_check_value(cipher: BlockCipher, size: int = TDES_SIZE) -> bytes:
    """The leftmost bytes of an encrypted block of zeros; with AES, what older peers send."""
    return cipher.encrypt(bytes(cipher.block_size))[:size]


def tdes_check_value(key: bytes) -> bytes:
    """The 3 bytes that name a TDES key.

    >>> tdes_check_value(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")).hex().upper()
    '08D7B4'
    """
    return zero_check_value(Tdes(key))


def aes_check_value(key: bytes) -> bytes:
    """The 5 bytes that name an AES key."""
    return Cmac.aes(key).mac(bytes(AES_BLOCK))[:AES_SIZE]
