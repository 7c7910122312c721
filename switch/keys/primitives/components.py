"""Key components: a key that no single person knows, as the XOR of what several hold.

Each custodian's component alone says nothing about the key: it is as random as the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.ciphers import xor
from switch.runtime import Entropy

COMPONENTS_MIN, COMPONENTS_MAX = 2, 9


def combine(components: Sequence[bytes]) -> bytes:
    """The key that 2 to 9 components of one length form."""
    if not COMPONENTS_MIN <= len(components) <= COMPONENTS_MAX:
        raise InvalidInputError(f"a key is formed of {COMPONENTS_MIN} to {COMPONENTS_MAX} parts")
    if len(set(map(len, components))) != 1:
        raise InvalidInputError("the components of a key have one length")
    return reduce(xor, components)


def split(key: bytes, count: int, entropy: Entropy) -> list[bytes]:
    """`count` components of a key, all but the last by chance."""
    if not COMPONENTS_MIN <= count <= COMPONENTS_MAX:
        raise InvalidInputError(f"a key is split in {COMPONENTS_MIN} to {COMPONENTS_MAX} parts")
    drawn = [entropy.token_bytes(len(key)) for _ in range(count - 1)]
    return [*drawn, reduce(xor, drawn, key)]
