"""Message authentication codes: ISO/IEC 9797-1 algorithms 1, 3 and 5 (CMAC).

::

    algorithm 1   H1 = e(D1), Hi = e(Di XOR Hi-1), MAC = Hq                    (X9.9 with DES)
    algorithm 3   the same under K, then MAC = e_K(d_K'(Hq))                   (X9.19, "retail")
    CMAC          algorithm 1 with the last block masked (NIST SP 800-38B)

Each class gives the whole last block; the sender keeps its leftmost bytes, often 4 or 8.
"""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, modes
from cryptography.hazmat.primitives.cmac import CMAC

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.ciphers import (
    DES_BLOCK,
    Tdes,
    aes_algorithm,
    tdes_algorithm,
)


def pad(data: bytes, method: int, block_size: int) -> bytes:
    """`data` filled up to whole blocks, at least one, by a padding method of ISO/IEC 9797-1.

    1: zeros, as few as possible. 2: the byte 80, then as 1. 3: as 1, after a first block that
    holds the length in bits.

    >>> pad(b"abc", 2, 8).hex()
    '6162638000000000'
    """
    if method == 2:
        data += b"\x80"
    elif method not in (1, 3):
        raise InvalidInputError(f"padding method {method}: 1, 2 or 3")
    filled = data + bytes(-len(data) % block_size) if data else bytes(block_size)
    return (8 * len(data)).to_bytes(block_size) + filled if method == 3 else filled


class MacKey(Protocol):
    """A key made ready to compute MACs."""

    def mac(self, data: bytes, padding: int = 1) -> bytes:
        """The whole last block for `data`."""
        ...


class _Chain:
    """CBC from a zero initial vector, in one context that is kept.

    A context goes on from its last block of ciphertext; combining that block with the first
    block of the next message takes it out again, as if the vector were zero.
    """

    def __init__(self, algorithm: BlockCipherAlgorithm) -> None:
        self.block_size = algorithm.block_size // 8
        cipher = Cipher(algorithm, modes.CBC(bytes(self.block_size)))
        self._update = cipher.encryptor().update
        self._last = 0

    def last_block(self, blocks: bytes) -> bytes:
        """The last block of the ciphertext of `blocks`."""
        size = self.block_size
        first = (int.from_bytes(blocks[:size]) ^ self._last).to_bytes(size)
        last = self._update(first + blocks[size:])[-size:]
        self._last = int.from_bytes(last)
        return last


class CbcMac:
    """Algorithm 1 under a TDES key (or DES, 8 bytes, for what is old)."""

    def __init__(self, key: bytes) -> None:
        self._chain = _Chain(tdes_algorithm(key))

    def mac(self, data: bytes, padding: int = 1) -> bytes:
        return self._chain.last_block(pad(data, padding, DES_BLOCK))


class RetailMac:
    """Algorithm 3: the chain under K, the last block decrypted under K' and encrypted under K.

    A double-length key is K and K', 8 bytes each; longer ones may be given apart.

    >>> key = RetailMac.of(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    >>> key.mac(b"Now is the time for all ").hex().upper()
    'A1C72E74EA3FA9B6'
    """

    def __init__(self, left: bytes, right: bytes) -> None:
        self._chain = _Chain(tdes_algorithm(left))
        self._left = Tdes(left)
        self._right = Tdes(right)

    @classmethod
    def of(cls, key: bytes) -> RetailMac:
        """The key of X9.19: 16 bytes."""
        if len(key) != 16:
            raise InvalidInputError("algorithm 3 takes a key of 16 bytes")
        return cls(key[:8], key[8:])

    def mac(self, data: bytes, padding: int = 1) -> bytes:
        last = self._chain.last_block(pad(data, padding, DES_BLOCK))
        return self._left.encrypt(self._right.decrypt(last))


class Cmac:
    """CMAC under TDES or AES. It pads by itself: only method 1, the default, is taken."""

    def __init__(self, algorithm: BlockCipherAlgorithm) -> None:
        self._started = CMAC(algorithm)

    @classmethod
    def tdes(cls, key: bytes) -> Cmac:
        """Under a TDES key: a MAC of 8 bytes."""
        return cls(tdes_algorithm(key))

    @classmethod
    def aes(cls, key: bytes) -> Cmac:
        """Under an AES key: a MAC of 16 bytes."""
        return cls(aes_algorithm(key))

    def mac(self, data: bytes, padding: int = 1) -> bytes:
        if padding != 1:
            raise InvalidInputError("CMAC pads by itself")
        context = self._started.copy()
        context.update(data)
        return context.finalize()
