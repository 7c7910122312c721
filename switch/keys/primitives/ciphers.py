"""TDES and AES with contexts that are kept: making one costs ten times what a block does.

An object here belongs to one thread. TDES is NIST SP 800-67, in two-key form as payments use it;
`cryptography` takes it from `hazmat.decrepit` and wants 24 bytes.
"""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import (
    BlockCipherAlgorithm,
    Cipher,
    CipherAlgorithm,
    algorithms,
    modes,
)

from switch.keys.errors import InvalidInputError

DES_BLOCK = 8
AES_BLOCK = 16
_EVEN = bytes(value for value in range(256) if value.bit_count() % 2 == 0)
_ODD_PARITY = bytes(value ^ 1 if value in _EVEN else value for value in range(256))


class BlockCipher(Protocol):
    """What the two ciphers have in common."""

    @property
    def block_size(self) -> int:
        """Bytes in a block: 8 or 16."""
        ...

    def encrypt(self, data: bytes) -> bytes:
        """Whole blocks, each by itself (ECB). Raises InvalidInputError on any other length."""
        ...

    def decrypt(self, data: bytes) -> bytes:
        """The reverse of `encrypt`."""
        ...

    def encrypt_cbc(self, iv: bytes, data: bytes) -> bytes:
        """Whole blocks, chained from `iv` (CBC), without padding."""
        ...

    def decrypt_cbc(self, iv: bytes, data: bytes) -> bytes:
        """The reverse of `encrypt_cbc`."""
        ...


class _Kept:
    """ECB contexts made once; whole blocks only, since a rest would stay in the context."""

    block_size: int

    def __init__(self, algorithm: CipherAlgorithm) -> None:
        self._algorithm = algorithm
        ecb = Cipher(algorithm, modes.ECB())
        self._encrypt = ecb.encryptor().update
        self._decrypt = ecb.decryptor().update

    def __reduce__(self) -> str:
        raise TypeError("a cipher holds a key and is not copied")

    def encrypt(self, data: bytes) -> bytes:
        if len(data) % self.block_size:
            raise InvalidInputError(f"{len(data)} bytes are not whole blocks")
        return self._encrypt(data)

    def decrypt(self, data: bytes) -> bytes:
        if len(data) % self.block_size:
            raise InvalidInputError(f"{len(data)} bytes are not whole blocks")
        return self._decrypt(data)

    def encrypt_cbc(self, iv: bytes, data: bytes) -> bytes:
        return self._chained(iv, data, encrypt=True)

    def decrypt_cbc(self, iv: bytes, data: bytes) -> bytes:
        return self._chained(iv, data, encrypt=False)

    def _chained(self, iv: bytes, data: bytes, *, encrypt: bool) -> bytes:
        if len(data) % self.block_size or len(iv) != self.block_size:
            raise InvalidInputError(f"{len(data)} bytes are not whole blocks")
        cipher = Cipher(self._algorithm, modes.CBC(iv))
        context = cipher.encryptor() if encrypt else cipher.decryptor()
        return context.update(data) + context.finalize()


class Tdes(_Kept):
    """TDES under a key of 16 or 24 bytes; of 8 it is DES, which old MACs are made of.

    >>> Tdes(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")).encrypt(bytes(8)).hex().upper()
    '08D7B4FB629D0885'
    """

    block_size = DES_BLOCK

    def __init__(self, key: bytes) -> None:
        super().__init__(tdes_algorithm(key))


class Aes(_Kept):
    """AES under a key of 16, 24 or 32 bytes (FIPS 197)."""

    block_size = AES_BLOCK

    def __init__(self, key: bytes) -> None:
        super().__init__(aes_algorithm(key))


def tdes_algorithm(key: bytes) -> BlockCipherAlgorithm:
    """TDEA for a key of 8, 16 or 24 bytes: K1 K1 K1, K1 K2 K1 or K1 K2 K3."""
    if len(key) not in (8, 16, 24):
        raise InvalidInputError(f"a TDES key has 16 or 24 bytes, not {len(key)}")
    return TripleDES((key * 3)[:24])


def aes_algorithm(key: bytes) -> BlockCipherAlgorithm:
    """AES for a key of 16, 24 or 32 bytes."""
    if len(key) not in (16, 24, 32):
        raise InvalidInputError(f"an AES key has 16, 24 or 32 bytes, not {len(key)}")
    return algorithms.AES(key)


def odd_parity(key: bytes) -> bytes:
    """`key` with the low bit of each byte set so that its count of ones is odd (FIPS 46-3).

    >>> odd_parity(bytes.fromhex("0022FF")).hex()
    '0123fe'
    """
    return key.translate(_ODD_PARITY)


def has_odd_parity(key: bytes) -> bool:
    """Whether every byte has an odd count of ones, as a DES key's bytes have."""
    return odd_parity(key) == key


def xor(left: bytes, right: bytes) -> bytes:
    """Two strings of equal length combined bit by bit."""
    if len(left) != len(right):
        raise InvalidInputError("only strings of equal length combine")
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(len(left))
