"""Every key against every operation: each does what it is for, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from switch.keys import (
    ChipCryptogram,
    EncryptedPin,
    Ibm3624,
    InvalidInputError,
    InvalidKeyBlockError,
    InvalidPinBlockError,
    PinFormat,
    Purpose,
    Pvv,
    SoftwareModule,
    WrongUsageError,
)
from switch.keys.errors import SecurityModuleError
from switch.keys.usage import algorithm_of, purpose_of

PAN = "9504010000000019"
CHIP = ChipCryptogram("visa-10", PAN, "00", bytes(2), bytes(4), b"data", bytes(8))
KSN = bytes.fromhex("FFFF9876543210E00001")
AES_KSN = bytes.fromhex("123456789012345600000001")
ISO0 = PinFormat.ISO0
Operation = Callable[[SoftwareModule, str], Deferred[Any]]


def pin(key: str, ksn: bytes | None = None) -> EncryptedPin:
    aes = key.endswith("aes")
    return EncryptedPin(PinFormat.ISO4 if aes else ISO0, key, bytes(16 if aes else 8), ksn)


def serial(key: str) -> bytes:
    return AES_KSN if key.endswith("aes") else KSN


OPERATIONS: dict[str, tuple[Operation, set[str]]] = {
    "wrap": (lambda m, k: m.export_key("cvk", k), {"zmk", "zmk.aes"}),
    "unwrap": (lambda m, k: m.import_key("new", "?" * 80, k), {"zmk", "zmk.aes"}),
    "open a PIN": (
        lambda m, k: m.translate_pin(pin(k), PAN, "pin", ISO0),
        {"pin", "pin.other", "pin.aes"},
    ),
    "open a PIN by serial number": (
        lambda m, k: m.translate_pin(pin(k, serial(k)), PAN, "pin", ISO0),
        {"bdk", "bdk.aes"},
    ),
    "close a PIN": (
        lambda m, k: m.translate_pin(pin("pin"), PAN, k, ISO0),
        {"pin", "pin.other", "pin.aes", "pad", "pad.aes"},
    ),
    "key a PIN": (lambda m, k: m.encrypt_pin(k, ISO0, "1234", PAN), {"pad", "pad.aes"}),
    "verify by PVV": (lambda m, k: m.verify_pin(pin("pin"), PAN, Pvv(k), "1234"), {"pvk"}),
    "make a PVV": (lambda m, k: m.pin_value(pin("pin"), PAN, Pvv(k)), {"pvk"}),
    "change a PVV": (
        lambda m, k: m.change_pin(pin("pin"), pin("pin"), PAN, Pvv(k), "1234"),
        {"pvk"},
    ),
    "verify by offset": (lambda m, k: m.verify_pin(pin("pin"), PAN, Ibm3624(k), "1234"), {"ibm"}),
    "make an offset": (lambda m, k: m.pin_value(pin("pin"), PAN, Ibm3624(k)), {"ibm"}),
    "make a MAC": (lambda m, k: m.generate_mac(k, b""), {"mac", "mac.cbc", "mac.cmac"}),
    "verify a MAC": (lambda m, k: m.verify_mac(k, b"", bytes(8)), {"mac", "mac.cbc", "mac.cmac"}),
    "make a card value": (lambda m, k: m.card_value(k, PAN, "2512", "201"), {"cvk"}),
    "verify a card value": (
        lambda m, k: m.verify_card_value(k, PAN, "2512", "201", "123"),
        {"cvk"},
    ),
    "verify a cryptogram": (lambda m, k: m.verify_cryptogram(k, CHIP), {"arqc"}),
    "answer a cryptogram": (lambda m, k: m.answer_cryptogram(k, CHIP, b"00"), {"arqc"}),
    "make a script's MAC": (lambda m, k: m.script_mac(k, CHIP, b"", b""), {"script"}),
    "derive a device key": (
        lambda m, k: m.derive_device_key("d", k, serial(k)),
        {"bdk", "bdk.aes"},
    ),
}
OF_MACS = ["mac", "mac.cbc", "mac.cmac"]
OF_PINS = ["pin", "pin.other", "pin.aes", "pad", "pad.aes", "pvk", "ibm", "bdk", "bdk.aes"]
KEYS = [*OF_PINS, *OF_MACS, "zmk", "zmk.aes", "cvk", "arqc", "script"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_key_does_what_it_is_for_and_nothing_else(
    operation: str, key: str, module: SoftwareModule, now: Any
) -> None:
    ask, meant_for = OPERATIONS[operation]
    if key in meant_for:
        # It gets past the key: what is refused then is only the dummy that it is given.
        with suppress(InvalidPinBlockError, InvalidKeyBlockError, InvalidInputError):
            now(ask(module, key))
    else:
        with pytest.raises(WrongUsageError):
            now(ask(module, key))


@pytest.mark.parametrize(
    ("mode", "makes", "verifies"), [("G", True, False), ("V", False, True), ("C", True, True)]
)
def test_a_mac_key_makes_or_verifies_as_its_mode_says(
    mode: str, makes: bool, verifies: bool, module: SoftwareModule, now: Any
) -> None:
    now(module.import_key("far", now(module.export_key("mac", "zmk", mode)), "zmk"))

    def allowed(asked: Deferred[Any]) -> bool:
        try:
            now(asked)
        except WrongUsageError:
            return False
        return True

    assert allowed(module.generate_mac("far", b"")) is makes
    assert allowed(module.verify_mac("far", b"", bytes(8))) is verifies


@pytest.mark.parametrize("purpose", Purpose)
def test_usage_and_mode_lead_back_to_the_purpose(purpose: Purpose) -> None:
    for mode in purpose.rules.modes:
        assert purpose_of(purpose.rules.usage, mode) is purpose
    for algorithm in purpose.rules.algorithms:
        assert algorithm_of(algorithm.letter, algorithm.size) is algorithm


def test_a_refusal_names_the_key_and_what_it_cannot_do(module: SoftwareModule, now: Any) -> None:
    with pytest.raises(SecurityModuleError, match=r"the key pin \(pin, mode B\) cannot make MACs"):
        now(module.generate_mac("pin", b""))
