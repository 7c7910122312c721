from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psec import pinblock as oracle

from switch.keys.errors import ForbiddenError, InvalidInputError, InvalidPinBlockError
from switch.keys.primitives.ciphers import Aes, Tdes
from switch.keys.primitives.pin_block import (
    PinFormat,
    check_translation,
    clear_block,
    decipher_pin,
    encipher_pin,
    pan_field_4,
    pin_of_block,
)
from switch.runtime import Random, SeededEntropy

# The oracle asks `cryptography` for TDES by a name, and with keys, that are deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES")

PAN = "9504010000000019"
TDES = Tdes(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
AES = Aes(bytes(range(16)))
ENTROPY = SeededEntropy(Random(1))

pins = st.text("0123456789", min_size=4, max_size=12)
pans = st.text("0123456789", min_size=12, max_size=19)
formats = st.sampled_from(PinFormat)


def cipher_for(pin_format: PinFormat) -> Tdes | Aes:
    return AES if pin_format is PinFormat.ISO4 else TDES


@pytest.mark.vectors("pin_blocks", "pinblock-iso0")
def test_format_0_is_the_published_block(vector: dict[str, Any]) -> None:
    pin, pan = vector["inputs"]["pin"], vector["inputs"]["pan"]
    block = bytes.fromhex(vector["expected"]["pinblock"])
    assert clear_block(PinFormat.ISO0, pin, pan, ENTROPY) == block
    assert pin_of_block(PinFormat.ISO0, block, pan) == pin


@pytest.mark.vectors("pin_blocks", "pinblock-iso1")
def test_format_1_reads_the_published_block(vector: dict[str, Any]) -> None:
    row = vector["inputs"] | vector["expected"]
    assert pin_of_block(PinFormat.ISO1, bytes.fromhex(row["pinblock"]), "") == row["pin"]


@pytest.mark.vectors("pin_blocks", "pinblock-iso3-decode")
def test_format_3_reads_the_published_block(vector: dict[str, Any]) -> None:
    row = vector["inputs"] | vector["expected"]
    assert pin_of_block(PinFormat.ISO3, bytes.fromhex(row["pinblock"]), row["pan"]) == row["pin"]


@pytest.mark.vectors("pin_blocks", "pinblock-iso3-encode-prefix")
def test_format_3_begins_as_published(vector: dict[str, Any]) -> None:
    row = vector["inputs"] | vector["expected"]
    block = clear_block(PinFormat.ISO3, row["pin"], row["pan"], ENTROPY)
    assert block.hex().upper().startswith(row["prefix"])


@pytest.mark.vectors("pin_blocks", "pinblock-iso4-decode")
def test_format_4_reads_the_published_block(vector: dict[str, Any]) -> None:
    row = vector["inputs"] | vector["expected"]
    cipher = Aes(bytes.fromhex(row["key"]))
    pin = decipher_pin(cipher, PinFormat.ISO4, bytes.fromhex(row["pinblock"]), row["pan"])
    assert pin == row["pin"]


@pytest.mark.vectors("pin_blocks", "pinblock-iso4-panfield")
def test_the_pan_field_of_format_4_is_as_published(vector: dict[str, Any]) -> None:
    assert pan_field_4(vector["inputs"]["pan"]).hex() == vector["expected"]["pan_field"]


@given(formats, pins, pans)
def test_a_pin_comes_back_from_its_block(pin_format: PinFormat, pin: str, pan: str) -> None:
    cipher = cipher_for(pin_format)
    block = encipher_pin(cipher, pin_format, pin, pan, ENTROPY)
    assert decipher_pin(cipher, pin_format, block, pan) == pin


@given(pins, st.text("0123456789", min_size=13, max_size=19))
def test_another_implementation_reads_our_blocks(pin: str, pan: str) -> None:
    zero = clear_block(PinFormat.ISO0, pin, pan, ENTROPY)
    three = clear_block(PinFormat.ISO3, pin, pan, ENTROPY)
    four = encipher_pin(AES, PinFormat.ISO4, pin, pan, ENTROPY)
    assert oracle.decode_pinblock_iso_0(zero, pan) == pin
    assert oracle.decode_pinblock_iso_3(three, pan) == pin
    assert oracle.decipher_pinblock_iso_4(bytes(range(16)), four, pan) == pin


@pytest.mark.parametrize("pin_format", [PinFormat.ISO1, PinFormat.ISO3, PinFormat.ISO4])
def test_the_same_pin_does_not_give_the_same_block_twice(pin_format: PinFormat) -> None:
    cipher = cipher_for(pin_format)
    blocks = {encipher_pin(cipher, pin_format, "1234", PAN, ENTROPY) for _ in range(20)}
    assert len(blocks) == 20


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12E4", "１２３４", "12 4"])
@pytest.mark.parametrize("pin_format", PinFormat)
def test_what_is_not_a_pin_is_refused(pin_format: PinFormat, pin: str) -> None:
    with pytest.raises(InvalidInputError):
        encipher_pin(cipher_for(pin_format), pin_format, pin, PAN, ENTROPY)


@pytest.mark.parametrize("pan", ["", "12345678901", "95040100000000190000", "950401000000001X"])
@pytest.mark.parametrize("pin_format", [PinFormat.ISO0, PinFormat.ISO3])
def test_what_is_not_a_pan_is_refused_and_not_shown(pin_format: PinFormat, pan: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        encipher_pin(TDES, pin_format, "1234", pan, ENTROPY)
    assert not pan or pan not in str(refused.value)


@pytest.mark.parametrize(
    ("pin_format", "digits"),
    [
        (PinFormat.ISO0, "141234FFFFFFFFFF"),  # control of another format
        (PinFormat.ISO0, "031234FFFFFFFFFF"),  # three digits
        (PinFormat.ISO0, "0D1234567890123F"),  # thirteen
        (PinFormat.ISO0, "04123AFFFFFFFFFF"),  # a letter among the digits
        (PinFormat.ISO0, "041234FFFFFFFFFE"),  # fill that is not F
        (PinFormat.ISO3, "3412349FFFFFFFFF"),  # fill that is a digit
        (PinFormat.ISO3, "041234FFFFFFFFFF"),
    ],
)
def test_a_block_with_one_wrong_nibble_is_refused(pin_format: PinFormat, digits: str) -> None:
    clear = (int(digits, 16) ^ int(PAN[-13:-1], 16)).to_bytes(8)
    with pytest.raises(InvalidPinBlockError):
        decipher_pin(TDES, pin_format, TDES.encrypt(clear), PAN)


@pytest.mark.parametrize("pin_format", [PinFormat.ISO0, PinFormat.ISO3, PinFormat.ISO4])
def test_a_block_does_not_open_for_another_card(pin_format: PinFormat) -> None:
    cipher = cipher_for(pin_format)
    block = encipher_pin(cipher, pin_format, "1234", PAN, ENTROPY)
    with pytest.raises(InvalidPinBlockError):
        decipher_pin(cipher, pin_format, block, "9504027777777718")


@pytest.mark.parametrize("pin_format", PinFormat)
def test_a_block_does_not_open_under_another_key(pin_format: PinFormat) -> None:
    block = encipher_pin(cipher_for(pin_format), pin_format, "1234", PAN, ENTROPY)
    other = Aes(bytes(16)) if pin_format is PinFormat.ISO4 else Tdes(bytes(range(16)))
    with pytest.raises(InvalidPinBlockError):
        decipher_pin(other, pin_format, block, PAN)


@pytest.mark.parametrize("pin_format", PinFormat)
def test_a_format_goes_under_its_own_cipher_only(pin_format: PinFormat) -> None:
    wrong = TDES if pin_format is PinFormat.ISO4 else AES
    with pytest.raises(InvalidInputError):
        encipher_pin(wrong, pin_format, "1234", PAN, ENTROPY)


@pytest.mark.parametrize("source", PinFormat)
@pytest.mark.parametrize("target", PinFormat)
def test_only_format_1_may_become_format_1(source: PinFormat, target: PinFormat) -> None:
    if target is PinFormat.ISO1 and source is not PinFormat.ISO1:
        with pytest.raises(ForbiddenError):
            check_translation(source, target)
    else:
        check_translation(source, target)
