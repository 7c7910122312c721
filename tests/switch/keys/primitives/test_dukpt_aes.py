from __future__ import annotations

from typing import Any

import pytest

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.ciphers import Aes, xor
from switch.keys.primitives.dukpt_aes import (
    DerivedType,
    KeyUse,
    counter_of,
    initial_key,
    next_serial,
    transaction_key,
    update_key,
    working_key,
)
from switch.keys.primitives.mac import Cmac
from switch.keys.primitives.pin_block import PinFormat, decipher_pin, pan_field_4

USES = {
    "PIN encryption": KeyUse.PIN,
    "MAC generation": KeyUse.MAC_GENERATION,
    "data encryption, encrypt": KeyUse.DATA_ENCRYPTION,
}


def derivation_key(row: dict[str, Any]) -> bytes:
    ksn = bytes.fromhex(row["ksn"])
    return transaction_key(initial_key(bytes.fromhex(row["bdk"]), ksn[:8]), ksn)


def key_for(row: dict[str, Any], use: KeyUse, kind: str = "AES128") -> bytes:
    return working_key(derivation_key(row), use, DerivedType[kind], bytes.fromhex(row["ksn"]))


@pytest.mark.vectors("dukpt_aes", "aes-dukpt-ik")
def test_the_initial_key_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = initial_key(bytes.fromhex(row["bdk"]), bytes.fromhex(row["initial_key_id"]))
    assert found.hex().upper() == vector["expected"]["initial_key"]


@pytest.mark.vectors("dukpt_aes", "aes-dukpt-key")
def test_a_derivation_key_is_the_published_one(vector: dict[str, Any]) -> None:
    assert derivation_key(vector["inputs"]).hex().upper() == vector["expected"]["key"]


@pytest.mark.vectors("dukpt_aes", "aes-dukpt-working-key")
def test_a_working_key_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = key_for(row, USES[row["usage"]], row["key_type"])
    assert found.hex().upper() == vector["expected"]["key"]


@pytest.mark.vectors("dukpt_aes", "aes-dukpt-pin-iso4")
def test_a_pin_block_is_the_published_one(vector: dict[str, Any]) -> None:
    row, wanted = vector["inputs"], bytes.fromhex(vector["expected"]["encrypted_pinblock"])
    cipher = Aes(key_for(row, KeyUse.PIN))
    field = bytes.fromhex(row["pin_field"])
    assert cipher.encrypt(xor(cipher.encrypt(field), pan_field_4(row["pan"]))) == wanted
    assert decipher_pin(cipher, PinFormat.ISO4, wanted, row["pan"]) == row["pin"]


@pytest.mark.vectors("dukpt_aes", "aes-dukpt-cmac")
def test_a_mac_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = Cmac.aes(key_for(row, KeyUse.MAC_GENERATION)).mac(row["data_ascii"].encode())
    assert found.hex().upper() == vector["expected"]["cmac"]


@pytest.mark.vectors("dukpt_aes", "aes-dukpt-update-key")
def test_the_update_key_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = update_key(bytes.fromhex(row["ik"]), bytes.fromhex(row["initial_key_id"]))
    assert found.hex().upper() == vector["expected"]["update_key"]


@pytest.mark.parametrize(
    "ksn",
    [
        "123456789012345600000000",
        "12345678901234560001FFFF",  # seventeen ones
        "1234567890123456000001",
    ],
)
def test_a_serial_number_that_is_never_used_is_refused(ksn: str) -> None:
    with pytest.raises(InvalidInputError):
        counter_of(bytes.fromhex(ksn))


def test_a_working_key_is_not_longer_than_where_it_comes_from() -> None:
    ksn = bytes.fromhex("123456789012345600000001")
    with pytest.raises(InvalidInputError):
        working_key(bytes(16), KeyUse.PIN, DerivedType.AES256, ksn)


def test_every_purpose_has_a_key_of_its_own() -> None:
    ksn = bytes.fromhex("123456789012345600000001")
    keys = {working_key(bytes(16), use, DerivedType.AES128, ksn) for use in KeyUse}
    assert len(keys) == len(KeyUse)


@pytest.mark.parametrize(
    ("counter", "following"),
    [("00000000", "00000001"), ("0000FFFF", "00010000"), ("0001FFFE", "00020000")],
)
def test_the_next_serial_number_is_the_next_that_can_be_used(counter: str, following: str) -> None:
    initial = bytes.fromhex("1234567890123456")
    found = next_serial(initial + bytes.fromhex(counter))
    assert found == initial + bytes.fromhex(following)
    assert counter_of(found) == int(following, 16)


def test_a_device_that_has_used_up_its_serial_numbers_is_told() -> None:
    with pytest.raises(InvalidInputError, match="used up"):
        next_serial(bytes.fromhex("1234567890123456FFFFFFFF"))


@pytest.mark.parametrize("size", [0, 8, 20])
def test_a_base_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(InvalidInputError):
        initial_key(bytes(size), bytes(8))
