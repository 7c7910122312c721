"""DUKPT with TDES, ANSI X9.24-1:2009: a key of its own for every transaction of a PIN pad.

The key serial number, 80 bits: 59 name the base key and the device, 21 count transactions. The
base key gives the device its initial key; the host walks from there over the bits of the counter,
one step a bit that is set. A counter with more than ten bits set is never used.
"""

from __future__ import annotations

from enum import Enum

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.ciphers import Tdes, xor

KSN_SIZE = 10
_COUNTER_BITS = 21
_COUNTER_MASK = (1 << _COUNTER_BITS) - 1
_ONES_MAX = 10
_C0 = bytes.fromhex("C0C0C0C000000000C0C0C0C000000000")


class Variant(Enum):
    """What a transaction key is turned into; the value is combined with each of its halves."""

    PIN = "00000000000000FF"
    MAC_REQUEST = "000000000000FF00"
    MAC_ANSWER = "00000000FF000000"
    DATA_REQUEST = "0000000000FF0000"
    DATA_ANSWER = "000000FF00000000"


def counter_of(ksn: bytes) -> int:
    """The transaction counter of a serial number that may be used; raises InvalidInputError."""
    if len(ksn) != KSN_SIZE:
        raise InvalidInputError(f"a TDES key serial number has {KSN_SIZE} bytes")
    counter = int.from_bytes(ksn) & _COUNTER_MASK
    if counter == 0 or counter.bit_count() > _ONES_MAX:
        raise InvalidInputError("this transaction counter is never used")
    return counter


def next_serial(ksn: bytes) -> bytes:
    """The serial number of a device's next transaction: unusable counters are passed over.

    Raises InvalidInputError when there is none: the device needs another initial key.

    >>> next_serial(bytes.fromhex("FFFF9876543210E003FF")).hex().upper()
    'FFFF9876543210E00400'
    """
    counter = (int.from_bytes(_without_counter(ksn)) ^ int.from_bytes(ksn)) + 1
    while counter.bit_count() > _ONES_MAX:
        # the next number with fewer ones is the one that carries past the lowest of them
        counter += counter & -counter
    if counter > _COUNTER_MASK:
        raise InvalidInputError("this device has used up its serial numbers")
    return (int.from_bytes(_without_counter(ksn)) | counter).to_bytes(KSN_SIZE)


def initial_key(base_key: bytes, ksn: bytes) -> bytes:
    """The key loaded into a device, from the base key and any serial number of that device.

    >>> base = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    >>> initial_key(base, bytes.fromhex("FFFF9876543210E00000")).hex().upper()
    '6AC292FAA1315B4D858AB3A3D7D5933A'
    """
    if len(ksn) != KSN_SIZE or len(base_key) != 16:
        raise InvalidInputError("a base key has 16 bytes and a key serial number 10")
    register = _without_counter(ksn)[:8]
    return Tdes(base_key).encrypt(register) + Tdes(xor(base_key, _C0)).encrypt(register)


def transaction_key(device_key: bytes, ksn: bytes) -> bytes:
    """The key of one transaction, from the device's initial key."""
    counter = counter_of(ksn)
    register = int.from_bytes(_without_counter(ksn)[2:])
    key = device_key
    bit = 1 << (_COUNTER_BITS - 1)
    while bit:
        if counter & bit:
            register |= bit
            key = _step(key, register.to_bytes(8))
        bit >>= 1
    return key


def working_key(key: bytes, variant: Variant) -> bytes:
    """The key for one purpose, from a transaction key: 16 bytes.

    Data keys are encrypted under themselves as well, so that they say nothing of the others.
    """
    varied = xor(key, bytes.fromhex(variant.value * 2))
    if variant in (Variant.DATA_REQUEST, Variant.DATA_ANSWER):
        return Tdes(varied).encrypt(varied)
    return varied


def _without_counter(ksn: bytes) -> bytes:
    return (int.from_bytes(ksn) & ~_COUNTER_MASK).to_bytes(KSN_SIZE)


def _step(key: bytes, register: bytes) -> bytes:
    """The key one level down: each half by encrypting the register between two XORs."""
    return _half(xor(key, _C0), register) + _half(key, register)


def _half(key: bytes, register: bytes) -> bytes:
    return xor(Tdes(key[:8]).encrypt(xor(register, key[8:])), key[8:])
