from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psec import tr31 as oracle

from switch.keys.errors import InvalidInputError, InvalidKeyBlockError
from switch.keys.primitives.key_block import KeyBlockProtection
from switch.keys.primitives.key_block_header import KeyBlockHeader, OptionalBlock, read_header
from switch.runtime import Random, SeededEntropy

# The oracle asks `cryptography` for TDES by a name, and with keys, that are deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES")

TDES_KEY, AES_KEY = bytes(range(1, 17)), bytes(range(1, 33))
TDES, AES = KeyBlockProtection(TDES_KEY, "T"), KeyBlockProtection(AES_KEY, "A")
ENTROPY = SeededEntropy(Random(1))
HEADER = KeyBlockHeader("D", "P0", "T", "B", "00", "E")
KEY = bytes(range(16))

printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=400)
optional = st.lists(
    st.builds(OptionalBlock, st.sampled_from(["KS", "LB", "10", "CT", "IK"]), printable),
    max_size=4,
    unique_by=lambda block: block.identifier,
)


@pytest.mark.vectors("key_blocks", "tr31")
def test_a_published_block_opens_or_its_version_is_refused(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    version = row["key_block"][0]
    algorithm = "A" if version in "DE" else "T"
    protection = KeyBlockProtection(bytes.fromhex(row["kbpk"]), algorithm)
    if version in "ACE":
        with pytest.raises(InvalidKeyBlockError, match=f"version {version}"):
            protection.unwrap(row["key_block"])
        return
    header, key = protection.unwrap(row["key_block"])
    assert key.hex().upper() == vector["expected"]["key"]
    assert header.usage == row["key_block"][5:7]


def test_optional_blocks_of_a_published_block_are_read() -> None:
    block = (
        "B0120P0TE12E0100KS1800604B120F9292800000E6E28F097CB0350B2EB2DF520947"
        "F779FA34D9759CEE7E0DEEACF8353DB778D47FA4EC20DA3A9754"
    )
    header, _ = read_header(block)
    assert header.optional == (OptionalBlock("KS", "00604B120F9292800000"),)
    assert (header.mode, header.key_version, header.exportability) == ("E", "12", "E")


@given(st.sampled_from([16, 24]), st.sampled_from("ENS"), optional, st.booleans())
def test_a_wrapped_key_comes_back_with_its_header(
    size: int, exportability: str, blocks: list[OptionalBlock], under_aes: bool
) -> None:
    protection = AES if under_aes else TDES
    header = replace(HEADER, exportability=exportability, optional=tuple(blocks))
    block = protection.wrap(header, bytes(range(size)), ENTROPY)
    read, key = protection.unwrap(block)
    assert key == bytes(range(size))
    assert read == replace(header, version=protection.version)


@given(optional)
def test_another_implementation_opens_our_blocks(blocks: list[OptionalBlock]) -> None:
    header = replace(HEADER, optional=tuple(one for one in blocks if len(one.data) < 200))
    for kbpk, protection in ((TDES_KEY, TDES), (AES_KEY, AES)):
        made = protection.wrap(header, KEY, ENTROPY)
        read, key = oracle.unwrap(kbpk, made)
        assert key == KEY
        assert dict(read.blocks) == dict(header.optional)


@pytest.mark.parametrize("version", ["B", "D"])
def test_we_open_the_blocks_of_another_implementation(version: str) -> None:
    kbpk = AES_KEY if version == "D" else bytes(range(24))
    header = oracle.Header(version, "M3", "T", "C", "01", "S")
    header.blocks["KS"] = "00604B120F9292800000"
    read, key = KeyBlockProtection(kbpk, "A" if version == "D" else "T").unwrap(
        oracle.wrap(kbpk, header, KEY)
    )
    assert key == KEY
    assert (read.usage, read.mode, read.key_version, read.exportability) == ("M3", "C", "01", "S")
    assert read.optional == (OptionalBlock("KS", "00604B120F9292800000"),)


@pytest.mark.parametrize("protection", [TDES, AES], ids=["B", "D"])
def test_one_changed_character_anywhere_is_noticed(protection: KeyBlockProtection) -> None:
    header = replace(HEADER, optional=(OptionalBlock("LB", "zone key"),))
    block = protection.wrap(header, KEY, ENTROPY)
    for place, character in enumerate(block):
        other = "1" if character == "0" else "0"
        with pytest.raises(InvalidKeyBlockError) as refused:
            protection.unwrap(block[:place] + other + block[place + 1 :])
        assert block[20:40] not in str(refused.value)


@pytest.mark.parametrize("protection", [TDES, AES], ids=["B", "D"])
def test_the_block_does_not_open_under_another_key(protection: KeyBlockProtection) -> None:
    block = protection.wrap(HEADER, KEY, ENTROPY)
    other = (
        KeyBlockProtection(bytes(range(2, 18)), "T")
        if protection is TDES
        else KeyBlockProtection(bytes(32), "A")
    )
    with pytest.raises(InvalidKeyBlockError, match="another key"):
        other.unwrap(block)


@given(st.text(max_size=150) | st.text("BD0123456789ABCDEF", max_size=150))
def test_any_text_is_refused_without_another_error(text: str) -> None:
    with pytest.raises(InvalidKeyBlockError):
        AES.unwrap(text)


def test_a_short_key_is_as_long_in_its_block_as_the_longest() -> None:
    lengths = {len(AES.wrap(HEADER, bytes(size), ENTROPY)) for size in (8, 16, 24)}
    assert len(lengths) == 1


def test_a_key_wrapped_twice_is_not_the_same_block() -> None:
    assert AES.wrap(HEADER, KEY, ENTROPY) != AES.wrap(HEADER, KEY, ENTROPY)


def test_a_block_says_its_version_when_the_key_is_for_another() -> None:
    with pytest.raises(InvalidKeyBlockError, match="version B, this key is for D"):
        AES.unwrap(TDES.wrap(HEADER, KEY, ENTROPY))


def test_a_label_that_is_not_printable_cannot_be_written() -> None:
    with pytest.raises(InvalidKeyBlockError):
        AES.wrap(replace(HEADER, optional=(OptionalBlock("LB", "clé"),)), KEY, ENTROPY)


@pytest.mark.parametrize(("size", "algorithm"), [(8, "T"), (16, "X"), (20, "A"), (32, "T")])
def test_a_protection_key_is_tdes_or_aes(size: int, algorithm: str) -> None:
    with pytest.raises(InvalidInputError):
        KeyBlockProtection(bytes(size), algorithm)
