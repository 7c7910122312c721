"""The security module as the rest of the product sees it: methods that answer Deferreds.

Behind it are keys in a file (`SoftwareModule`) or another machine (`HostCommandModule`). A
Deferred fails with a SecurityModuleError; `ModuleUnavailableError` says that nothing is known.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

from twisted.internet.defer import Deferred

from switch.keys.primitives.pin_block import PinFormat
from switch.keys.requests import (
    AnswerCryptogram,
    CardValue,
    ChangePin,
    DeleteKey,
    DeriveDeviceKey,
    DescribeKey,
    ExportKey,
    GenerateKey,
    GenerateMac,
    ImportKey,
    ListKeys,
    PinValue,
    RandomBytes,
    ReplaceKey,
    Request,
    ScriptMac,
    TranslatePin,
    VerifyCardValue,
    VerifyCryptogram,
    VerifyMac,
    VerifyPin,
)
from switch.keys.usage import Algorithm, Purpose
from switch.keys.values import ChipCryptogram, EncryptedPin, KeyInfo, Reference

T = TypeVar("T")


class SecurityModule(ABC):
    """Holds keys, and computes with them; it gives out neither keys nor PINs."""

    @abstractmethod
    def perform(self, request: Request[T]) -> Deferred[T]:
        """Do what a request says."""

    # -- keys ---------------------------------------------------------------------------------

    def generate_key(
        self,
        name: str,
        purpose: Purpose,
        algorithm: Algorithm = Algorithm.TDES2,
        *,
        exportable: bool = False,
        replace: bool = False,
    ) -> Deferred[KeyInfo]:
        """Make a key by chance and hold it as `name`."""
        return self.perform(GenerateKey(name, purpose, algorithm, exportable, replace))

    def import_key(
        self,
        name: str,
        block: str,
        under: str,
        *,
        check_value: str | None = None,
        replace: bool = False,
    ) -> Deferred[KeyInfo]:
        """Hold the key of a key block (TR-31 B or D) that was wrapped under the key `under`.

        The block says what the key is for. A `check_value`, of 4 hexadecimal digits or more, must
        be the key's.
        """
        return self.perform(ImportKey(name, under, block, check_value, replace))

    def export_key(self, name: str, under: str, mode: str | None = None) -> Deferred[str]:
        """The key block of a key under the zone master key `under`: B for TDES, D for AES.

        `mode` may narrow what the receiver can do: a `pin` key (B) to D or E, a MAC key (C) to G
        or V.
        """
        return self.perform(ExportKey(name, under, mode))

    def derive_device_key(
        self, name: str, base: str, ksn: bytes, *, replace: bool = False
    ) -> Deferred[KeyInfo]:
        """Hold the initial key of one PIN pad, derived from a DUKPT base key. It is exportable."""
        return self.perform(DeriveDeviceKey(name, base, ksn, replace))

    def describe_key(self, name: str) -> Deferred[KeyInfo]:
        """What a key is, with its check value."""
        return self.perform(DescribeKey(name))

    def list_keys(self, after: str = "") -> Deferred[tuple[KeyInfo, ...]]:
        """Up to 100 keys in the order of their names, those after a name; empty at the end."""
        return self.perform(ListKeys(after))

    def replace_key(self, name: str, successor: str, keep: str) -> Deferred[KeyInfo]:
        """Let the key `successor` have the name of a key of the same purpose, in one step.

        What had the name is `keep` from now on, and `successor` is no name any more.
        """
        return self.perform(ReplaceKey(name, successor, keep))

    def delete_key(self, name: str) -> Deferred[None]:
        """Forget a key."""
        return self.perform(DeleteKey(name))

    # -- PINs ---------------------------------------------------------------------------------

    def translate_pin(
        self, pin: EncryptedPin, pan: str, target: str, pin_format: PinFormat
    ) -> Deferred[bytes]:
        """The same PIN for the same card under the key `target`, in another format if asked.

        Fails with ForbiddenError where ISO 9564-1 forbids it (0, 3 or 4 to 1), and with
        InvalidPinBlockError when the block does not open.
        """
        return self.perform(TranslatePin(pin, pan, target, pin_format))

    def verify_pin(
        self, pin: EncryptedPin, pan: str, reference: Reference, value: str
    ) -> Deferred[bool]:
        """Whether a PIN is the one that the issuer's `value` (PVV or offset) stands for.

        Fails with InvalidPinBlockError when the block does not open. Tries are counted by whoever
        asks.
        """
        return self.perform(VerifyPin(pin, pan, reference, value))

    def pin_value(self, pin: EncryptedPin, pan: str, reference: Reference) -> Deferred[str]:
        """The value (PVV or offset) to keep for a PIN: for the issuing of a card."""
        return self.perform(PinValue(pin, pan, reference))

    def change_pin(
        self,
        current: EncryptedPin,
        new: EncryptedPin,
        pan: str,
        reference: Reference,
        value: str,
    ) -> Deferred[str | None]:
        """The value for the new PIN when the current one is right, otherwise None."""
        return self.perform(ChangePin(current, new, pan, reference, value))

    # -- messages, cards, chips ---------------------------------------------------------------

    def generate_mac(
        self, key: str, data: bytes, *, padding: int = 1, size: int = 8
    ) -> Deferred[bytes]:
        """The leftmost `size` bytes (4 to 16) of the MAC; the key's usage is the algorithm."""
        return self.perform(GenerateMac(key, data, padding, size))

    def verify_mac(self, key: str, data: bytes, mac: bytes, *, padding: int = 1) -> Deferred[bool]:
        """Whether a MAC of 4 bytes or more is right."""
        return self.perform(VerifyMac(key, data, mac, padding))

    def card_value(self, key: str, pan: str, expiry: str, service_code: str) -> Deferred[str]:
        """The CVV of a card; service code 000 gives the printed one, 999 the chip's."""
        return self.perform(CardValue(key, pan, expiry, service_code))

    def verify_card_value(
        self, key: str, pan: str, expiry: str, service_code: str, value: str
    ) -> Deferred[bool]:
        """Whether a CVV is right."""
        return self.perform(VerifyCardValue(key, pan, expiry, service_code, value))

    def verify_cryptogram(self, key: str, chip: ChipCryptogram) -> Deferred[bool]:
        """Whether a card's cryptogram (ARQC, TC, AAC) is right."""
        return self.perform(VerifyCryptogram(key, chip))

    def answer_cryptogram(
        self, key: str, chip: ChipCryptogram, response: bytes
    ) -> Deferred[bytes | None]:
        """The ARPC when the cryptogram is right, otherwise None.

        `response` is the response code (2 bytes) or the card status update (4, and proprietary
        data), as the scheme wants.
        """
        return self.perform(AnswerCryptogram(key, chip, response))

    def script_mac(
        self, key: str, chip: ChipCryptogram, header: bytes, data: bytes
    ) -> Deferred[bytes]:
        """The MAC of a command for the card, 8 bytes, from its header and its data."""
        return self.perform(ScriptMac(key, chip, header, data))

    def random_bytes(self, size: int) -> Deferred[bytes]:
        """1 to 256 bytes by chance."""
        return self.perform(RandomBytes(size))
