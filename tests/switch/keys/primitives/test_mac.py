from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psec import mac as oracle

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.mac import CbcMac, Cmac, RetailMac, pad

# The oracle asks `cryptography` for TDES by a name, and with keys, that are deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES")

LEFT, RIGHT = bytes.fromhex("0123456789ABCDEF"), bytes.fromhex("FEDCBA9876543210")
DATA = b"Now is the time for all "


@pytest.mark.vectors("macs", "mac-9797-alg3")
def test_algorithm_3_gives_the_published_mac(vector: dict[str, Any]) -> None:
    given_ = vector["inputs"]
    if "key" in given_:
        key = RetailMac.of(bytes.fromhex(given_["key"]))
    else:
        key = RetailMac(bytes.fromhex(given_["key1"]), bytes.fromhex(given_["key2"]))
    found = key.mac(bytes.fromhex(given_["data"]), given_["pad"])
    assert found.hex().upper() == vector["expected"]["mac"]


@pytest.mark.vectors("macs", "mac-9797-alg1-des")
def test_algorithm_1_under_des_gives_the_published_mac(vector: dict[str, Any]) -> None:
    given_ = vector["inputs"]
    found = CbcMac(bytes.fromhex(given_["key"])).mac(bytes.fromhex(given_["data"]), given_["pad"])
    assert found[:4].hex().upper() == vector["expected"]["mac4"]


@pytest.mark.vectors("macs", "mac-9797-alg1-tdes")
def test_algorithm_1_under_tdes_gives_the_published_mac(vector: dict[str, Any]) -> None:
    given_ = vector["inputs"]
    found = CbcMac(bytes.fromhex(given_["key"])).mac(bytes.fromhex(given_["data"]), given_["pad"])
    assert found.hex().upper() == vector["expected"]["mac"]


@pytest.mark.vectors("macs", "aes-cmac")
def test_cmac_under_aes_gives_the_published_mac(vector: dict[str, Any]) -> None:
    given_, wanted = vector["inputs"], vector["expected"]
    found = Cmac.aes(bytes.fromhex(given_["key"])).mac(bytes.fromhex(given_["data"])).hex().upper()
    assert found.startswith(wanted.get("cmac", wanted.get("cmac_prefix")))


@pytest.mark.vectors("macs", "tdes-cmac")
def test_cmac_under_tdes_gives_the_published_mac(vector: dict[str, Any]) -> None:
    given_ = vector["inputs"]
    found = Cmac.tdes(bytes.fromhex(given_["key"])).mac(bytes.fromhex(given_["data"]))
    assert found.hex().upper().startswith(vector["expected"]["cmac_prefix"])


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=8), st.sampled_from([1, 2, 3]))
def test_a_kept_key_forgets_the_message_before(messages: list[bytes], padding: int) -> None:
    retail, chained = RetailMac(LEFT, RIGHT), CbcMac(LEFT + RIGHT)
    for message in messages:
        assert retail.mac(message, padding) == RetailMac(LEFT, RIGHT).mac(message, padding)
        assert chained.mac(message, padding) == CbcMac(LEFT + RIGHT).mac(message, padding)


@given(st.binary(min_size=1, max_size=60), st.sampled_from([1, 2, 3]))
def test_another_implementation_agrees(message: bytes, padding: int) -> None:
    assert RetailMac(LEFT, RIGHT).mac(message, padding) == oracle.generate_retail_mac(
        LEFT, RIGHT, message, padding
    )
    assert CbcMac(LEFT + RIGHT).mac(message, padding) == oracle.generate_cbc_mac(
        LEFT + RIGHT, message, padding
    )


def test_another_key_another_padding_and_another_message_give_another_mac() -> None:
    right = RetailMac(LEFT, RIGHT).mac(DATA, 1)
    assert RetailMac(RIGHT, LEFT).mac(DATA, 1) != right
    assert RetailMac(LEFT, RIGHT).mac(DATA, 2) != right
    assert RetailMac(LEFT, RIGHT).mac(DATA[:-1] + b"!", 1) != right


@pytest.mark.parametrize("method", [1, 2, 3])
@pytest.mark.parametrize("size", range(18))
def test_padding_gives_whole_blocks_and_keeps_the_data(method: int, size: int) -> None:
    data = b"\xaa" * size
    padded = pad(data, method, 8)
    assert len(padded) % 8 == 0
    assert padded
    assert padded[8 if method == 3 else 0 :].startswith(data)


def test_padding_1_cannot_tell_zeros_at_the_end_and_2_can() -> None:
    assert pad(b"a", 1, 8) == pad(b"a\0", 1, 8)
    assert pad(b"a", 2, 8) != pad(b"a\0", 2, 8)


@pytest.mark.parametrize("method", [0, 4, -1])
def test_there_are_three_padding_methods(method: int) -> None:
    with pytest.raises(InvalidInputError):
        pad(DATA, method, 8)


def test_cmac_takes_no_other_padding() -> None:
    with pytest.raises(InvalidInputError):
        Cmac.aes(bytes(16)).mac(DATA, 2)


def test_algorithm_3_takes_a_double_length_key() -> None:
    with pytest.raises(InvalidInputError):
        RetailMac.of(bytes(24))
