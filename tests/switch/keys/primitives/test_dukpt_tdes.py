from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.keys.errors import InvalidInputError, InvalidPinBlockError
from switch.keys.primitives.ciphers import Tdes
from switch.keys.primitives.dukpt_tdes import (
    Variant,
    counter_of,
    initial_key,
    next_serial,
    transaction_key,
    working_key,
)
from switch.keys.primitives.mac import RetailMac
from switch.keys.primitives.pin_block import PinFormat, decipher_pin

MACS = {"request": Variant.MAC_REQUEST, "response": Variant.MAC_ANSWER}
DATA = {"request": Variant.DATA_REQUEST, "response": Variant.DATA_ANSWER}


def key_of(row: dict[str, Any]) -> bytes:
    # A serial number may be written without the bytes FF in front.
    base, ksn = bytes.fromhex(row["bdk"]), bytes.fromhex(row["ksn"]).rjust(10, b"\xff")
    return transaction_key(initial_key(base, ksn), ksn)


@pytest.mark.vectors("dukpt_tdes", "tdes-dukpt-ipek")
def test_the_initial_key_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = initial_key(bytes.fromhex(row["bdk"]), bytes.fromhex(row["ksn"]))
    assert found.hex().upper() == vector["expected"]["ipek"]


@pytest.mark.vectors("dukpt_tdes", "tdes-dukpt-key")
def test_a_transaction_key_is_the_published_one(vector: dict[str, Any]) -> None:
    assert key_of(vector["inputs"]).hex().upper() == vector["expected"]["transaction_key"]


@pytest.mark.vectors("dukpt_tdes", "tdes-dukpt-pin")
def test_a_pin_opens_under_the_published_block(vector: dict[str, Any]) -> None:
    row, block = vector["inputs"], bytes.fromhex(vector["expected"]["encrypted_pinblock"])
    cipher = Tdes(working_key(key_of(row), Variant.PIN))
    assert decipher_pin(cipher, PinFormat.ISO0, block, row["pan"]) == row["pin"]


@pytest.mark.vectors("dukpt_tdes", "tdes-dukpt-clear-block")
def test_a_clear_block_is_encrypted_as_published(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    cipher = Tdes(working_key(key_of(row), Variant.PIN))
    encrypted = cipher.encrypt(bytes.fromhex(row["clear_block"])).hex().upper()
    assert encrypted == vector["expected"]["encrypted_pinblock"]


@pytest.mark.vectors("dukpt_tdes", "tdes-dukpt-mac")
def test_a_mac_is_the_published_one(vector: dict[str, Any]) -> None:
    row, wanted = vector["inputs"], vector["expected"]
    key = working_key(key_of(row), MACS[row["direction"]])
    found = RetailMac.of(key).mac(row["data_ascii"].encode()).hex().upper()
    assert found.startswith(wanted.get("mac4") or wanted["mac8"])


@pytest.mark.vectors("dukpt_tdes", "tdes-dukpt-data")
def test_data_are_encrypted_as_published(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    key = working_key(key_of(row), DATA[row["direction"]])
    encrypted = Tdes(key).encrypt_cbc(bytes(8), row["data_ascii"].encode().ljust(24, b"\0"))
    assert encrypted.hex().upper() == vector["expected"]["ciphertext"]


def test_the_key_of_another_transaction_does_not_open_the_block() -> None:
    base, ksn = (
        bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"),
        bytes.fromhex("FFFF9876543210E00002"),
    )
    cipher = Tdes(working_key(transaction_key(initial_key(base, ksn), ksn), Variant.PIN))
    of_the_first = bytes.fromhex("1B9C1845EB993A7A")
    with pytest.raises(InvalidPinBlockError):
        decipher_pin(cipher, PinFormat.ISO0, of_the_first, "4012345678909")


@pytest.mark.parametrize(
    "ksn",
    [
        "FFFF9876543210E00000",  # counter zero: the device has not begun
        "FFFF9876543210E007FF",  # eleven ones
        "FFFF9876543210E000",
        "FFFF9876543210E0000100",
    ],
)
def test_a_serial_number_that_is_never_used_is_refused(ksn: str) -> None:
    with pytest.raises(InvalidInputError):
        counter_of(bytes.fromhex(ksn))


def test_the_base_key_is_double_length() -> None:
    with pytest.raises(InvalidInputError):
        initial_key(bytes(24), bytes(10))


@given(st.integers(0, (1 << 21) - 2))
def test_the_next_serial_number_is_the_next_that_can_be_used(counter: int) -> None:
    base = int.from_bytes(bytes.fromhex("FFFF9876543210E00000"))
    wanted = counter + 1
    while wanted.bit_count() > 10:
        wanted += 1
    if wanted < 1 << 21:
        assert next_serial((base | counter).to_bytes(10)) == (base | wanted).to_bytes(10)
        assert counter_of((base | wanted).to_bytes(10)) == wanted


def test_a_device_that_has_used_up_its_serial_numbers_is_told() -> None:
    with pytest.raises(InvalidInputError, match="used up"):
        next_serial(bytes.fromhex("FFFF9876543210FFFFFF"))
