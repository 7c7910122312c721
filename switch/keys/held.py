"""A key inside the module, and the ring of all of them.

What a key is used through (cipher, MAC, ...) is made when first needed and kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from switch.keys.errors import (
    InvalidInputError,
    InvalidKeyBlockError,
    UnknownKeyError,
    WrongUsageError,
)
from switch.keys.primitives.card_value import CardValueKey
from switch.keys.primitives.check_value import aes_check_value, tdes_check_value
from switch.keys.primitives.ciphers import Aes, BlockCipher, Tdes
from switch.keys.primitives.key_block import KeyBlockProtection
from switch.keys.primitives.key_block_header import KeyBlockHeader, OptionalBlock
from switch.keys.primitives.mac import CbcMac, Cmac, MacKey, RetailMac
from switch.keys.usage import (
    Algorithm,
    Need,
    Purpose,
    algorithm_of,
    check_algorithm,
    check_halves,
    purpose_of,
)
from switch.keys.values import KeyInfo, check_name, shown
from switch.runtime import Entropy

_NAME_BLOCK = "10"
"""The optional block with the key's name: 10 to 99 are for private use in X9.143. Authenticated
with the key, it keeps the blocks of a file from being exchanged."""


class HeldKey:
    """A clear key, with what its header says. It is neither shown nor copied."""

    def __init__(self, name: str, header: KeyBlockHeader, clear: bytes) -> None:
        algorithm = algorithm_of(header.algorithm, len(clear))
        purpose = purpose_of(header.usage, header.mode)
        check_algorithm(purpose, algorithm)
        check_halves(clear, algorithm)
        self.header = header
        self.clear = clear
        check_value = tdes_check_value if algorithm.letter == "T" else aes_check_value
        self.info = KeyInfo(
            name=check_name(name),
            purpose=purpose,
            algorithm=algorithm,
            mode=header.mode,
            exportable=header.exportability != "N",
            check_value=check_value(clear).hex().upper(),
        )

    @classmethod
    def new(
        cls, name: str, purpose: Purpose, algorithm: Algorithm, clear: bytes, *, exportable: bool
    ) -> HeldKey:
        """A key that was made here, in the mode that is usual for its purpose."""
        rules = purpose.rules
        header = KeyBlockHeader(
            version="D",
            usage=rules.usage,
            algorithm=algorithm.letter,
            mode=rules.mode,
            exportability="E" if exportable else "N",
        )
        return cls(name, header, clear)

    def __repr__(self) -> str:
        return f"<HeldKey {self.info.name}>"

    def __reduce__(self) -> str:
        raise TypeError("a key is not copied out of its module")

    @cached_property
    def cipher(self) -> BlockCipher:
        """TDES or AES under this key."""
        return Tdes(self.clear) if self.header.algorithm == "T" else Aes(self.clear)

    @cached_property
    def mac(self) -> MacKey:
        """The MAC that the key's usage names."""
        if self.header.usage == "M1":
            return CbcMac(self.clear)
        if self.header.usage == "M3":
            return RetailMac.of(self.clear)
        return Cmac.tdes(self.clear) if self.header.algorithm == "T" else Cmac.aes(self.clear)

    @cached_property
    def card_value(self) -> CardValueKey:
        """CVVs under this key."""
        return CardValueKey(self.clear)

    @cached_property
    def protection(self) -> KeyBlockProtection:
        """Key blocks under this key."""
        return KeyBlockProtection(self.clear, self.header.algorithm)

    def allow(self, need: Need) -> HeldKey:
        """This key, if it is for that; raises WrongUsageError."""
        header = self.header
        if header.usage not in need.usages or header.mode not in need.modes:
            info = self.info
            raise WrongUsageError(
                f"the key {info.name} ({info.purpose.value}, mode {info.mode}) cannot {need.words}"
            )
        return self

    def stored(self, master: KeyBlockProtection, entropy: Entropy) -> str:
        """The key block to keep in a file, its name inside."""
        named = (OptionalBlock(_NAME_BLOCK, self.info.name), *self._own_blocks())
        return master.wrap(replace(self.header, optional=named), self.clear, entropy)

    @classmethod
    def of_stored(cls, name: str, block: str, master: KeyBlockProtection) -> HeldKey:
        """The key of a block from a file; raises SecurityModuleError, as for another name's."""
        header, clear = master.unwrap(block)
        if OptionalBlock(_NAME_BLOCK, name) not in header.optional:
            raise InvalidKeyBlockError(f"the key block is not the one of {shown(name)}")
        key = cls(name, header, clear)
        key.header = replace(header, optional=key._own_blocks())
        return key

    def _own_blocks(self) -> tuple[OptionalBlock, ...]:
        return tuple(one for one in self.header.optional if one.identifier != _NAME_BLOCK)


class KeyRing:
    """Keys by name, up to a limit."""

    SIZE_MAX = 20_000
    """Two keys for each machine of a national network."""

    def __init__(self) -> None:
        self._keys: dict[str, HeldKey] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, name: str) -> bool:
        return name in self._keys

    def __iter__(self) -> Iterator[HeldKey]:
        return iter(list(self._keys.values()))

    def get(self, name: str) -> HeldKey:
        """The key of that name; raises UnknownKeyError."""
        key = self._keys.get(name)
        if key is None:
            raise UnknownKeyError(f"there is no key {shown(name)}")
        return key

    def need(self, name: str, need: Need) -> HeldKey:
        """The key of that name, if it is for that; raises UnknownKeyError, WrongUsageError."""
        return self.get(name).allow(need)

    def put(self, key: HeldKey) -> None:
        """Hold a key, in place of one of the same name."""
        self.check_room(key.info.name)
        self._keys[key.info.name] = key

    def check_room(self, name: str) -> None:
        """Raises InvalidInputError when one more key would be too many."""
        if name not in self._keys and len(self._keys) >= self.SIZE_MAX:
            raise InvalidInputError(f"the module is full: it holds {self.SIZE_MAX} keys")

    def remove(self, name: str) -> None:
        """Forget a key."""
        self._keys.pop(name, None)

    def names_after(self, name: str, count: int) -> list[str]:
        """The next names in order."""
        return sorted(one for one in self._keys if one > name)[:count]
