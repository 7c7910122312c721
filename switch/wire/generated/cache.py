"""A bounded cache that strangers may ask: what is seen once is not worth an entry."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
S = TypeVar("S")
V = TypeVar("V")

# Writing and compiling a function costs about as much as reading or writing this many messages
# without it. A peer that invents bitmaps can at most double what its messages cost us.
ADMIT_AFTER = 64

# A network uses some twenty message types with a few bitmaps each. Two generations of this size
# are kept, at 20 kB an entry for usual messages and 35 kB for the largest.
GENERATION = 128

# Keys that are being counted. When so many strangers came by, counting begins anew.
COUNTED_MAX = 4096


class Cache(Generic[K, S, V]):
    """Values built once a key was asked for often enough; at most two generations of them.

    When the young generation is full it becomes the old one and the old one is dropped, and a
    value found in the old one moves to the young. So whatever is used at all between two turns
    stays, and a hit, which is a plain look at the dictionary `young`, costs nothing more.
    `build(key, sample)` is given what the key was found in; it may find that there is no value.
    """

    def __init__(
        self,
        build: Callable[[K, S], V | None],
        *,
        admit_after: int = ADMIT_AFTER,
        generation: int = GENERATION,
        counted_max: int = COUNTED_MAX,
    ) -> None:
        self.young: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self.counted: dict[K, int] = {}
        self._build = build
        self._admit_after = admit_after
        self._generation = generation
        self._counted_max = counted_max

    def __len__(self) -> int:
        return len(self.young) + len(self._old)

    def missed(self, key: K, sample: S) -> V | None:
        """The value of a key that `young` does not hold, if it has one or has earned one now."""
        value = self._old.pop(key, None)
        if value is None:
            if not self._earned(key):
                return None
            value = self._build(key, sample)
            if value is None:
                return None
        if len(self.young) >= self._generation:
            self._old = dict(self.young)
            self.young.clear()
        self.young[key] = value
        return value

    def _earned(self, key: K) -> bool:
        count = self.counted.get(key, 0) + 1
        if count >= self._admit_after:
            self.counted.pop(key, None)
            return True
        if count == 1 and len(self.counted) >= self._counted_max:
            self.counted.clear()
        self.counted[key] = count
        return False
