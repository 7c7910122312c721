"""An issuer's side of PINs: whether the one that came is right, and the value for another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from switch.keys.errors import InvalidInputError, InvalidPinBlockError, SecurityModuleError
from switch.keys.module import SecurityModule
from switch.keys.primitives.pin_block import PinFormat
from switch.keys.turnover import Turnover
from switch.keys.values import EncryptedPin, Reference

Verdict = Literal["right", "wrong", "unreadable", "unverifiable"]
"""`unreadable`: the block does not open, or is none. `unverifiable`: a key, the module or the
card's reference is missing."""


@dataclass(frozen=True)
class PinOutcome:
    """What came of a PIN, or of a change of it."""

    verdict: Verdict
    new_value: str = field(default="", repr=False)
    """The value to keep from now on, of a change whose current PIN was right."""


class PinChecker:
    """Checks the PINs that come under one zone key against the values that an issuer keeps."""

    def __init__(
        self,
        module: SecurityModule,
        turnover: Turnover,
        zone_key: str,
        pin_format: PinFormat,
        reference: Reference,
    ) -> None:
        self.format = pin_format
        self._module = module
        self._turnover = turnover
        self._zone_key = zone_key
        self._reference = reference

    async def check(self, block: str, pan: str, value: str, new_block: str = "") -> PinOutcome:
        """What a block, in hexadecimal, is worth against a card's `value`, a PVV or an offset.

        With a `new_block` the outcome has the value for the new PIN.
        """
        if not value:
            return PinOutcome("unverifiable")
        unopened = False
        for key in self._turnover.accepted(self._zone_key):
            try:
                return await self._under(key, block, pan, value, new_block)
            except (InvalidPinBlockError, InvalidInputError, ValueError):
                unopened = True
            except SecurityModuleError:
                # Only the current key must be there; the ones beside it may never have been.
                if key == self._zone_key:
                    return PinOutcome("unverifiable")
        return PinOutcome("unreadable" if unopened else "unverifiable")

    async def _under(
        self, key: str, block: str, pan: str, value: str, new_block: str
    ) -> PinOutcome:
        pin = EncryptedPin(self.format, key, bytes.fromhex(block))
        if not new_block:
            right = await self._module.verify_pin(pin, pan, self._reference, value)
            return PinOutcome("right" if right else "wrong")
        new = EncryptedPin(self.format, key, bytes.fromhex(new_block))
        changed = await self._module.change_pin(pin, new, pan, self._reference, value)
        return PinOutcome("wrong") if changed is None else PinOutcome("right", changed)
