"""Requests about PINs. A clear PIN exists here for as long as one method runs."""

from __future__ import annotations

import hmac
import re

from switch.keys.errors import InvalidInputError
from switch.keys.held import HeldKey, KeyRing
from switch.keys.primitives import dukpt_aes, dukpt_tdes
from switch.keys.primitives.ciphers import Aes, BlockCipher, Tdes
from switch.keys.primitives.pin_block import (
    PinFormat,
    check_translation,
    decipher_pin,
    encipher_pin,
)
from switch.keys.primitives.pin_reference import natural_pin, offset_of, pin_with_offset, pvv
from switch.keys.requests import ChangePin, PinValue, TranslatePin, VerifyPin
from switch.keys.usage import (
    CLOSE_PIN,
    ENTER_DUKPT_PIN,
    ENTER_PIN,
    MAKE_OFFSET,
    MAKE_PVV,
    OPEN_DUKPT_PIN,
    OPEN_PIN,
    VERIFY_OFFSET,
    VERIFY_PVV,
    Need,
)
from switch.keys.values import EncryptedPin, Ibm3624, Pvv, Reference
from switch.runtime import Entropy

_VALUE = re.compile("[0-9]{4,12}")
_PVV_DIGITS = 4
_AES_PIN_TYPES = {
    16: dukpt_aes.DerivedType.AES128,
    24: dukpt_aes.DerivedType.AES192,
    32: dukpt_aes.DerivedType.AES256,
}


class PinService:
    """Opens PIN blocks, compares, and closes them again."""

    def __init__(self, ring: KeyRing, entropy: Entropy) -> None:
        self._ring = ring
        self._entropy = entropy

    def translate(self, request: TranslatePin) -> bytes:
        """The PIN of one block in another, for the same card."""
        check_translation(request.pin.format, request.format)
        target = self._ring.need(request.target, CLOSE_PIN)
        pin = self._open(request.pin, request.pan)
        return encipher_pin(target.cipher, request.format, pin, request.pan, self._entropy)

    def verify(self, request: VerifyPin) -> bool:
        """Whether the PIN is right."""
        return self._right(request.pin, request.pan, request.reference, request.value) is not None

    def value(self, request: PinValue) -> str:
        """The value that stands for the PIN."""
        key = self._ring.need(request.reference.key, _making(request.reference))
        return _value(key, request.reference, self._open(request.pin, request.pan), request.pan)

    def change(self, request: ChangePin) -> str | None:
        """The value for the new PIN, if the current one is right."""
        key = self._ring.need(request.reference.key, _making(request.reference))
        new = self._open(request.new, request.pan)
        current = self._right(request.current, request.pan, request.reference, request.value)
        return None if current is None else _value(key, request.reference, new, request.pan)

    def enter(
        self, key: str, pin_format: PinFormat, pin: str, pan: str, ksn: bytes | None
    ) -> bytes:
        """The block of a PIN that is keyed here: what the encrypting PIN pad of a terminal does."""
        if ksn is None:
            cipher = self._ring.need(key, ENTER_PIN).cipher
        else:
            cipher = _dukpt_cipher(self._ring.need(key, ENTER_DUKPT_PIN), ksn)
        return encipher_pin(cipher, pin_format, pin, pan, self._entropy)

    def _open(self, pin: EncryptedPin, pan: str) -> str:
        if pin.ksn is None:
            cipher = self._ring.need(pin.key, OPEN_PIN).cipher
        else:
            cipher = _dukpt_cipher(self._ring.need(pin.key, OPEN_DUKPT_PIN), pin.ksn)
        return decipher_pin(cipher, pin.format, pin.block, pan)

    def _right(self, pin: EncryptedPin, pan: str, reference: Reference, value: str) -> str | None:
        """The PIN if it is the one that `value` stands for."""
        need = VERIFY_PVV if isinstance(reference, Pvv) else VERIFY_OFFSET
        key = self._ring.need(reference.key, need)
        if not _VALUE.fullmatch(value) or (
            isinstance(reference, Pvv) and len(value) != _PVV_DIGITS
        ):
            raise InvalidInputError("a PVV has 4 digits, an offset 4 to 12")
        clear = self._open(pin, pan)
        if isinstance(reference, Pvv):
            found, wanted = _value(key, reference, clear, pan), value
        else:
            natural = _natural(key, reference, pan, len(value))
            found, wanted = clear, pin_with_offset(natural, value)
        return clear if hmac.compare_digest(found, wanted) else None


def _making(reference: Reference) -> Need:
    return MAKE_PVV if isinstance(reference, Pvv) else MAKE_OFFSET


def _value(key: HeldKey, reference: Reference, pin: str, pan: str) -> str:
    if isinstance(reference, Pvv):
        return pvv(key.cipher, pin, pan, reference.key_index)
    return offset_of(pin, _natural(key, reference, pan, len(pin)))


def _natural(key: HeldKey, reference: Ibm3624, pan: str, length: int) -> str:
    return natural_pin(
        key.cipher,
        pan,
        length,
        table=reference.table,
        start=reference.start,
        count=reference.count,
        fill=reference.fill,
    )


def _dukpt_cipher(key: HeldKey, ksn: bytes) -> BlockCipher:
    """The PIN key of one transaction, from a base key or a device's initial key."""
    base = key.header.usage == "B0"
    if key.header.algorithm == "T":
        dukpt_tdes.counter_of(ksn)
        device = dukpt_tdes.initial_key(key.clear, ksn) if base else key.clear
        transaction = dukpt_tdes.transaction_key(device, ksn)
        return Tdes(dukpt_tdes.working_key(transaction, dukpt_tdes.Variant.PIN))
    dukpt_aes.counter_of(ksn)
    initial_id = ksn[: dukpt_aes.INITIAL_ID_SIZE]
    device = dukpt_aes.initial_key(key.clear, initial_id) if base else key.clear
    transaction = dukpt_aes.transaction_key(device, ksn)
    kind = _AES_PIN_TYPES[len(transaction)]
    return Aes(dukpt_aes.working_key(transaction, dukpt_aes.KeyUse.PIN, kind, ksn))
