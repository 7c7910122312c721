"""Chance and secrets, injected.

Workload, network and faults draw from seeded `Random`s, one per concern and party, so that a
run can be replayed. Keys, nonces and padding come from an `Entropy`, the operating system's in
real time.
"""

from __future__ import annotations

import hashlib
import os
from random import Random  # noqa: TID251 - the one place that names it; everybody is given one
from typing import Protocol

__all__ = ["Chance", "Entropy", "Random", "SeededEntropy", "SystemEntropy"]


class Chance:
    """A seed, and the independent generators drawn from it by name."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def stream(self, name: str) -> Random:
        """The generator of one concern of one party, such as `issuer/reconnect`.

        The name is hashed with SHA-256, never with `hash()`, so that a stream is the same in
        another process.
        """
        digest = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()
        return Random(int.from_bytes(digest, "big"))


class Entropy(Protocol):
    """Where unpredictable bytes come from."""

    def token_bytes(self, size: int) -> bytes:
        """`size` bytes that nobody can guess (or, in virtual time, that a seed repeats)."""
        ...


class SystemEntropy:
    """The operating system's generator."""

    def token_bytes(self, size: int) -> bytes:
        return os.urandom(size)  # noqa: TID251 - the one place that asks the system


class SeededEntropy:
    """Repeatable bytes, for virtual time only: never for a key that guards anything."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def token_bytes(self, size: int) -> bytes:
        return self._random.randbytes(size)


def identifier(entropy: Entropy) -> str:
    """A fresh 128-bit identifier as 32 hexadecimal digits."""
    return entropy.token_bytes(16).hex()


def ordered_identifier(entropy: Entropy, now_s: float) -> str:
    """A fresh identifier of the same form: the millisecond, then 80 bits that nobody can guess.

    Those made one after the other lie beside each other in an index, of which a commit then
    writes a few pages and not one for each.
    """
    return f"{int(now_s * 1000) & 0xFFFFFFFFFFFF:012x}{entropy.token_bytes(10).hex()}"
