"""Application cryptograms and the issuer's answer to them, EMV Book 2, section 8.

::

    ARQC, TC, AAC   MAC algorithm 3 over the transaction's data, 8 bytes
    ARPC method 1   TDES(ARQC XOR (response code, six zeros)), 8 bytes
    ARPC method 2   MAC algorithm 3 over ARQC, card status update, proprietary data: 4 bytes
"""

from __future__ import annotations

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.ciphers import Tdes, xor
from switch.keys.primitives.mac import RetailMac

CRYPTOGRAM_SIZE = 8
CARD_STATUS_SIZE = 4
_PROPRIETARY_MAX = 8


def application_cryptogram(key: bytes, data: bytes, padding: int) -> bytes:
    """The card's cryptogram over `data`, with padding method 1 or 2 as the scheme says.

    >>> key = bytes.fromhex("38F14068B3EA57C194F8E3A20D51E3E6")
    >>> application_cryptogram(key, bytes.fromhex("0000000010000000"), 2).hex().upper()
    '7E7713AE47AE6FFA'
    """
    return RetailMac.of(key).mac(data, padding)


def arpc_1(key: bytes, cryptogram: bytes, response_code: bytes) -> bytes:
    """Method 1: 8 bytes. The response code is 2 bytes, such as `3030` for approved."""
    if len(cryptogram) != CRYPTOGRAM_SIZE or len(response_code) != 2:
        raise InvalidInputError("a cryptogram has 8 bytes and a response code 2")
    return Tdes(key).encrypt(xor(cryptogram, response_code + bytes(6)))


def arpc_2(key: bytes, cryptogram: bytes, card_status: bytes, proprietary: bytes = b"") -> bytes:
    """Method 2: 4 bytes. The card status update has 4 bytes, the proprietary data 0 to 8."""
    if len(cryptogram) != CRYPTOGRAM_SIZE or len(card_status) != CARD_STATUS_SIZE:
        raise InvalidInputError("a cryptogram has 8 bytes and a card status update 4")
    if len(proprietary) > _PROPRIETARY_MAX:
        raise InvalidInputError("proprietary authentication data have up to 8 bytes")
    return RetailMac.of(key).mac(cryptogram + card_status + proprietary, 2)[:4]


def script_mac(key: bytes, command: bytes, size: int = 8) -> bytes:
    """The MAC of an issuer's script command: algorithm 3, padding 2, 4 to 8 bytes.

    `command` is the header, then whatever the scheme adds for the MAC alone (counter and
    cryptogram), then the command's data.
    """
    if not 4 <= size <= CRYPTOGRAM_SIZE:
        raise InvalidInputError("the MAC of a script has 4 to 8 bytes")
    return RetailMac.of(key).mac(command, 2)[:size]
