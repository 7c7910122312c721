from __future__ import annotations

from typing import Any

import pytest

from switch.keys.primitives.check_value import aes_check_value, tdes_check_value, zero_check_value
from switch.keys.primitives.ciphers import Aes, Tdes
from switch.keys.primitives.mac import Cmac


@pytest.mark.vectors("references", "kcv-tdes")
def test_a_tdes_key_has_the_published_check_value(vector: dict[str, Any]) -> None:
    key = bytes.fromhex(vector["inputs"]["key"])
    assert tdes_check_value(key).hex().upper() == vector["expected"]["kcv"]


@pytest.mark.vectors("references", "kcv-aes-zero")
def test_the_older_check_value_of_aes_is_the_published_one(vector: dict[str, Any]) -> None:
    cipher = Aes(bytes.fromhex(vector["inputs"]["key"]))
    assert zero_check_value(cipher).hex().upper() == vector["expected"]["kcv"]


@pytest.mark.vectors("references", "tdes-ecb")
def test_a_key_encrypted_under_a_key_is_the_published_one(vector: dict[str, Any]) -> None:
    cipher = Tdes(bytes.fromhex(vector["inputs"]["key"]))
    encrypted = cipher.encrypt(bytes.fromhex(vector["inputs"]["data"]))
    assert encrypted.hex().upper() == vector["expected"]["encrypted"]


def test_an_aes_key_is_checked_by_cmac() -> None:
    key = bytes(range(32))
    assert aes_check_value(key) == Cmac.aes(key).mac(bytes(16))[:5]
    assert aes_check_value(key) != zero_check_value(Aes(key), 5)


def test_a_check_value_says_three_bytes_of_tdes_and_five_of_aes() -> None:
    assert len(tdes_check_value(bytes(range(16)))) == 3
    assert len(aes_check_value(bytes(16))) == 5
