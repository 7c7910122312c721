"""Requests about messages and cards: MACs, card values, chip cryptograms, chance."""

from __future__ import annotations

import hmac
import re

from switch.keys.errors import InvalidInputError
from switch.keys.held import KeyRing
from switch.keys.primitives.emv_schemes import Scheme, scheme_of
from switch.keys.requests import (
    AnswerCryptogram,
    CardValue,
    GenerateMac,
    RandomBytes,
    ScriptMac,
    VerifyCardValue,
    VerifyCryptogram,
    VerifyMac,
)
from switch.keys.usage import (
    CRYPTOGRAM,
    MAKE_CARD_VALUE,
    MAKE_MAC,
    SCRIPT,
    VERIFY_CARD_VALUE,
    VERIFY_MAC,
    Need,
)
from switch.keys.values import ChipCryptogram
from switch.runtime import Entropy

MAC_MIN, MAC_MAX = 4, 16
RANDOM_MAX = 256
_CARD_VALUE = re.compile("[0-9]{3}")


class CardService:
    """What keys other than those of PINs do."""

    def __init__(self, ring: KeyRing, entropy: Entropy) -> None:
        self._ring = ring
        self._entropy = entropy

    def generate_mac(self, request: GenerateMac) -> bytes:
        """The leftmost bytes of a MAC."""
        key = self._ring.need(request.key, MAKE_MAC)
        return _cut(key.mac.mac(request.data, request.padding), request.size)

    def verify_mac(self, request: VerifyMac) -> bool:
        """Whether a MAC is right, compared in constant time."""
        key = self._ring.need(request.key, VERIFY_MAC)
        right = key.mac.mac(request.data, request.padding)
        return hmac.compare_digest(_cut(right, len(request.mac)), request.mac)

    def card_value(self, request: CardValue) -> str:
        """A CVV."""
        key = self._ring.need(request.key, MAKE_CARD_VALUE)
        return key.card_value.value(request.pan, request.expiry, request.service_code)

    def verify_card_value(self, request: VerifyCardValue) -> bool:
        """Whether a CVV is right."""
        key = self._ring.need(request.key, VERIFY_CARD_VALUE)
        if not _CARD_VALUE.fullmatch(request.value):
            raise InvalidInputError("a card value has 3 digits")
        right = key.card_value.value(request.pan, request.expiry, request.service_code)
        return hmac.compare_digest(right, request.value)

    def verify_cryptogram(self, request: VerifyCryptogram) -> bool:
        """Whether a cryptogram is right."""
        scheme, card_key = self._card(request.key, CRYPTOGRAM, request.chip)
        return _is_right(scheme, card_key, request.chip)

    def answer_cryptogram(self, request: AnswerCryptogram) -> bytes | None:
        """The answer to a cryptogram that is right."""
        chip = request.chip
        scheme, card_key = self._card(request.key, CRYPTOGRAM, chip)
        if not _is_right(scheme, card_key, chip):
            return None
        return scheme.answer(card_key, chip.counter, chip.number, chip.cryptogram, request.response)

    def script_mac(self, request: ScriptMac) -> bytes:
        """The MAC of a script command."""
        chip = request.chip
        scheme, card_key = self._card(request.key, SCRIPT, chip)
        return scheme.script_mac(
            card_key, chip.counter, chip.cryptogram, request.header, request.data
        )

    def random(self, request: RandomBytes) -> bytes:
        """Bytes by chance."""
        if not 1 <= request.size <= RANDOM_MAX:
            raise InvalidInputError(f"1 to {RANDOM_MAX} bytes at a time")
        return self._entropy.token_bytes(request.size)

    def _card(self, name: str, need: Need, chip: ChipCryptogram) -> tuple[Scheme, bytes]:
        key, scheme = self._ring.need(name, need), scheme_of(chip.scheme)
        return scheme, scheme.card_key(key.clear, chip.pan, chip.sequence)


def _is_right(scheme: Scheme, card_key: bytes, chip: ChipCryptogram) -> bool:
    right = scheme.cryptogram(card_key, chip.counter, chip.number, chip.data)
    return hmac.compare_digest(right, chip.cryptogram)


def _cut(mac: bytes, size: int) -> bytes:
    if not MAC_MIN <= size <= min(MAC_MAX, len(mac)):
        raise InvalidInputError(f"this MAC has {MAC_MIN} to {len(mac)} bytes")
    return mac[:size]
