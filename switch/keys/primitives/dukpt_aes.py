"""DUKPT with AES, ANSI X9.24-3:2017.

The key serial number, 96 bits: 64 identify the initial key (32 the base key, 32 the device), 32
count transactions. Every key is derived by encrypting, under the key above it, a block that says
what the new key is for::

    01 | block number | usage 2 | algorithm 2 | bits 2 | initial key id 8              initial key
    01 | block number | usage 2 | algorithm 2 | bits 2 | id, last 4 | counter 4        all others

A counter with more than sixteen bits set is never used.
"""

from __future__ import annotations

from enum import Enum, IntEnum

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.ciphers import Aes

KSN_SIZE = 12
INITIAL_ID_SIZE = 8
_COUNTER_BITS = 32
_ONES_MAX = 16
_UPDATE_COUNTER = 0xFFFFFFFF


class KeyUse(IntEnum):
    """What a derived key is for: the usage indicator of the derivation block."""

    KEY_ENCRYPTION = 0x0002
    PIN = 0x1000
    MAC_GENERATION = 0x2000
    MAC_VERIFICATION = 0x2001
    MAC_BOTH_WAYS = 0x2002
    DATA_ENCRYPTION = 0x3000
    DATA_DECRYPTION = 0x3001
    DATA_BOTH_WAYS = 0x3002
    DERIVATION = 0x8000
    INITIAL_KEY = 0x8001


class DerivedType(Enum):
    """Algorithm indicator and length in bits of a derived key."""

    TDES2 = (0x0000, 128)
    TDES3 = (0x0001, 192)
    AES128 = (0x0002, 128)
    AES192 = (0x0003, 192)
    AES256 = (0x0004, 256)


_AES_TYPES = {16: DerivedType.AES128, 24: DerivedType.AES192, 32: DerivedType.AES256}


def counter_of(ksn: bytes) -> int:
    """The transaction counter of a serial number that may be used; raises InvalidInputError."""
    if len(ksn) != KSN_SIZE:
        raise InvalidInputError(f"an AES key serial number has {KSN_SIZE} bytes")
    counter = int.from_bytes(ksn[INITIAL_ID_SIZE:])
    if counter == 0 or counter.bit_count() > _ONES_MAX:
        raise InvalidInputError("this transaction counter is never used")
    return counter


def next_serial(ksn: bytes) -> bytes:
    """The serial number of a device's next transaction: unusable counters are passed over.

    Raises InvalidInputError when there is none: the device needs another initial key.

    >>> next_serial(bytes.fromhex("12345678901234560000FFFF")).hex()
    '123456789012345600010000'
    """
    counter = int.from_bytes(ksn[INITIAL_ID_SIZE:]) + 1
    while counter.bit_count() > _ONES_MAX:
        # the next number with fewer ones is the one that carries past the lowest of them
        counter += counter & -counter
    if counter >> _COUNTER_BITS:
        raise InvalidInputError("this device has used up its serial numbers")
    return ksn[:INITIAL_ID_SIZE] + counter.to_bytes(4)


def initial_key(base_key: bytes, initial_key_id: bytes) -> bytes:
    """The key loaded into a device: as long as the base key.

    >>> base = bytes.fromhex("FEDCBA9876543210F1F1F1F1F1F1F1F1")
    >>> initial_key(base, bytes.fromhex("1234567890123456")).hex().upper()
    '1273671EA26AC29AFA4D1084127652A1'
    """
    if len(initial_key_id) != INITIAL_ID_SIZE:
        raise InvalidInputError(f"an initial key id has {INITIAL_ID_SIZE} bytes")
    return _derive(base_key, KeyUse.INITIAL_KEY, _type_of(base_key), initial_key_id)


def transaction_key(device_key: bytes, ksn: bytes) -> bytes:
    """The derivation key of one transaction, from the device's initial key."""
    return _walk(device_key, ksn, counter_of(ksn))


def working_key(key: bytes, use: KeyUse, kind: DerivedType, ksn: bytes) -> bytes:
    """The key for one purpose, from the derivation key of the transaction."""
    if kind.value[1] > 8 * len(key):
        raise InvalidInputError("a working key is not longer than the key it comes from")
    return _derive(key, use, kind, _context(ksn, counter_of(ksn)))


def update_key(device_key: bytes, initial_key_id: bytes) -> bytes:
    """The key under which a device receives its next initial key: at the end of all counters."""
    if len(initial_key_id) != INITIAL_ID_SIZE:
        raise InvalidInputError(f"an initial key id has {INITIAL_ID_SIZE} bytes")
    key = _walk(device_key, initial_key_id, _UPDATE_COUNTER)
    context = _context(initial_key_id, _UPDATE_COUNTER)
    return _derive(key, KeyUse.KEY_ENCRYPTION, _type_of(device_key), context)


def _walk(device_key: bytes, ksn: bytes, counter: int) -> bytes:
    """From the initial key down to a counter, one step a bit that is set, the highest first."""
    kind = _type_of(device_key)
    key, reached = device_key, 0
    bit = 1 << (_COUNTER_BITS - 1)
    while bit:
        if counter & bit:
            reached |= bit
            key = _derive(key, KeyUse.DERIVATION, kind, _context(ksn, reached))
        bit >>= 1
    return key


def _type_of(key: bytes) -> DerivedType:
    if len(key) not in _AES_TYPES:
        raise InvalidInputError(f"an AES key has 16, 24 or 32 bytes, not {len(key)}")
    return _AES_TYPES[len(key)]


def _context(ksn: bytes, counter: int) -> bytes:
    return ksn[4:INITIAL_ID_SIZE] + counter.to_bytes(4)


def _derive(key: bytes, use: KeyUse, kind: DerivedType, context: bytes) -> bytes:
    algorithm, bits = kind.value
    tail = use.to_bytes(2) + algorithm.to_bytes(2) + bits.to_bytes(2) + context
    blocks = b"".join(bytes((1, number)) + tail for number in range(1, 2 + (bits > 128)))
    return Aes(key).encrypt(blocks)[: bits // 8]
