"""Requests about keys themselves: made, brought in, given out, listed, forgotten."""

from __future__ import annotations

import hmac
import re
from dataclasses import replace

from switch.keys.errors import (
    InvalidInputError,
    KeyExistsError,
    WrongCheckValueError,
    WrongUsageError,
)
from switch.keys.held import HeldKey, KeyRing
from switch.keys.primitives import dukpt_aes, dukpt_tdes
from switch.keys.primitives.check_value import zero_check_value
from switch.keys.primitives.ciphers import AES_BLOCK, odd_parity
from switch.keys.primitives.components import combine
from switch.keys.primitives.mac import Cmac
from switch.keys.requests import (
    DeriveDeviceKey,
    DescribeKey,
    ExportKey,
    GenerateKey,
    ImportKey,
    ListKeys,
    ReplaceKey,
)
from switch.keys.usage import (
    DERIVE_DEVICE,
    NARROWED,
    UNWRAP,
    WRAP,
    Algorithm,
    Purpose,
    check_algorithm,
)
from switch.keys.values import KeyInfo, check_name, shown
from switch.runtime import Entropy

LIST_MAX = 100
_CHECK_VALUE = re.compile("[0-9A-Fa-f]{4,16}")
_COMPARED = 8
"""Bytes: as many as anybody announces, though only 3 or 5 are ever told here."""


class KeyService:
    """Makes new keys without holding them yet: the caller stores them first."""

    def __init__(self, ring: KeyRing, entropy: Entropy) -> None:
        self._ring = ring
        self._entropy = entropy

    def generate(self, request: GenerateKey) -> HeldKey:
        """A key by chance. TDES keys have odd parity and no two equal parts."""
        self._check_new(request.name, request.replace)
        check_algorithm(request.purpose, request.algorithm)
        clear = self._entropy.token_bytes(request.algorithm.size)
        if request.algorithm.letter == "T":
            clear = odd_parity(clear)
        return HeldKey.new(
            request.name, request.purpose, request.algorithm, clear, exportable=request.exportable
        )

    def form(
        self,
        name: str,
        purpose: Purpose,
        algorithm: Algorithm,
        components: list[bytes],
        *,
        exportable: bool,
        replaces: bool,
    ) -> HeldKey:
        """The key that components form, in a ceremony: exactly their XOR, whatever its parity."""
        self._check_new(name, replaces)
        check_algorithm(purpose, algorithm)
        clear = combine(components)
        if len(clear) != algorithm.size:
            raise InvalidInputError(f"a component of {algorithm.value} has {algorithm.size} bytes")
        return HeldKey.new(name, purpose, algorithm, clear, exportable=exportable)

    def bring_in(self, request: ImportKey) -> HeldKey:
        """The key of a block under a zone master key."""
        self._check_new(request.name, request.replace)
        under = self._ring.need(request.under, UNWRAP)
        header, clear = under.protection.unwrap(request.block)
        key = HeldKey(request.name, header, clear)
        if request.check_value is not None:
            _check_value(key, request.check_value)
        return key

    def give_out(self, request: ExportKey) -> str:
        """The block of a key under a zone master key."""
        key, under = self._ring.get(request.name), self._ring.need(request.under, WRAP)
        if not key.info.exportable:
            raise WrongUsageError(f"the key {key.info.name} is not exportable")
        if under.info.algorithm.strength < key.info.algorithm.strength:
            raise WrongUsageError(
                f"{under.info.algorithm.value} is weaker than {key.info.algorithm.value}, "
                "which it would protect"
            )
        mode = key.header.mode if request.mode is None else request.mode
        if mode != key.header.mode and mode not in tuple(NARROWED.get(key.header.mode, "")):
            raise WrongUsageError(f"mode {key.header.mode} cannot be narrowed to that")
        return under.protection.wrap(replace(key.header, mode=mode), key.clear, self._entropy)

    def derive(self, request: DeriveDeviceKey) -> HeldKey:
        """The initial key of a PIN pad."""
        self._check_new(request.name, request.replace)
        base = self._ring.need(request.base, DERIVE_DEVICE)
        if base.header.algorithm == "T":
            clear = dukpt_tdes.initial_key(base.clear, request.ksn)
        else:
            clear = dukpt_aes.initial_key(base.clear, request.ksn[: dukpt_aes.INITIAL_ID_SIZE])
        purpose, algorithm = Purpose.DUKPT_DEVICE, base.info.algorithm
        return HeldKey.new(request.name, purpose, algorithm, clear, exportable=True)

    def succeed(self, request: ReplaceKey) -> tuple[HeldKey, HeldKey]:
        """A key under the name that it takes, and the one that had it under the name it gets."""
        check_name(request.keep)
        if len({request.name, request.successor, request.keep}) < 3:
            raise InvalidInputError("three names are needed, each another one")
        key, successor = self._ring.get(request.name), self._ring.get(request.successor)
        self._ring.check_room(request.keep)
        if successor.info.purpose is not key.info.purpose:
            raise WrongUsageError(
                f"a {successor.info.purpose.value} key cannot take the place of the "
                f"{key.info.purpose.value} key {key.info.name}"
            )
        return (
            HeldKey(request.name, successor.header, successor.clear),
            HeldKey(request.keep, key.header, key.clear),
        )

    def describe(self, request: DescribeKey) -> KeyInfo:
        """What a key is."""
        return self._ring.get(request.name).info

    def page(self, request: ListKeys) -> tuple[KeyInfo, ...]:
        """The next keys by name."""
        names = self._ring.names_after(request.after, LIST_MAX)
        return tuple(self._ring.get(name).info for name in names)

    def _check_new(self, name: str, replaces: bool) -> None:
        check_name(name)
        self._ring.check_room(name)
        if name in self._ring and not replaces:
            raise KeyExistsError(f"there is a key {shown(name)} already")


def _check_value(key: HeldKey, announced: str) -> None:
    """Compare every digit that is announced; with AES, the older kind of value counts too."""
    if not _CHECK_VALUE.fullmatch(announced):
        raise InvalidInputError("a check value has 4 to 16 hexadecimal digits")
    values = [zero_check_value(key.cipher, _COMPARED)]
    if key.header.algorithm == "A":
        values.append(Cmac.aes(key.clear).mac(bytes(AES_BLOCK)))
    digits = announced.upper()
    right = [hmac.compare_digest(one.hex().upper()[: len(digits)], digits) for one in values]
    if not any(right):
        raise WrongCheckValueError(
            f"the key {key.info.name} has another check value than the one announced"
        )
