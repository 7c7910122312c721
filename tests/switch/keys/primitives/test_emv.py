from __future__ import annotations

from typing import Any

import pyemv
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyemv import cvn as oracle

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.check_value import tdes_check_value
from switch.keys.primitives.ciphers import odd_parity
from switch.keys.primitives.emv_cryptogram import (
    application_cryptogram,
    arpc_1,
    arpc_2,
    script_mac,
)
from switch.keys.primitives.emv_keys import (
    card_key_a,
    card_key_b,
    common_session_key,
    counter_session_key,
)
from switch.keys.primitives.emv_schemes import SCHEMES, Scheme, scheme_of

# The oracle asks `cryptography` for TDES by a name, and with keys, that are deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES")

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
METHODS = {"VISA": 1, "EMV": 2}
PUBLISHED_NAMES = {
    "Visa CVN10": "visa-10",
    "Visa CVN18": "visa-18",
    "M/Chip CVN16": "mchip-16",
    "M/Chip CVN20/22": "mchip-20",
}
ORACLES = {
    "visa-10": oracle.VisaCVN10,
    "visa-18": oracle.VisaCVN18,
    "mchip-16": oracle.MasterCardCVN16,
    "mchip-20": oracle.MasterCardCVN20,
}
TAGS = {
    "9F02": bytes.fromhex("000000020000"),
    "9F03": bytes(6),
    "9F1A": bytes.fromhex("0504"),
    "95": bytes.fromhex("8000048000"),
    "5F2A": bytes.fromhex("0504"),
    "9A": bytes.fromhex("261124"),
    "9C": b"\x01",
    "9F37": bytes.fromhex("52BF4585"),
    "82": bytes.fromhex("1800"),
    "9F36": bytes.fromhex("001C"),
    "9F10": bytes.fromhex("06011203A0B80000"),
}
ARGUMENTS = {f"tag_{tag.lower()}": value for tag, value in TAGS.items() if tag != "9F10"}
pans = st.text("0123456789", min_size=12, max_size=19)


def card_key(row: dict[str, Any]) -> bytes:
    return card_key_a(bytes.fromhex(row["iss_mk"]), row["pan"], row["psn"])


def session_key(row: dict[str, Any]) -> bytes:
    return common_session_key(card_key(row), bytes.fromhex(row["r"]))


@pytest.mark.vectors("emv", "emv-icc-mk-a")
def test_a_card_key_is_the_published_one_but_for_parity(vector: dict[str, Any]) -> None:
    wanted = bytes.fromhex(vector["expected"]["icc_mk"])
    assert card_key(vector["inputs"]) == odd_parity(wanted)


@pytest.mark.vectors("emv", "emv-common-sk")
def test_a_session_key_is_the_published_one_but_for_parity(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = common_session_key(bytes.fromhex(row["icc_mk"]), bytes.fromhex(row["atc"]) + bytes(6))
    assert found == odd_parity(bytes.fromhex(vector["expected"]["sk"]))


@pytest.mark.vectors("emv", "emv-arqc-common-sk")
def test_a_cryptogram_from_the_issuer_key_is_the_published_one(vector: dict[str, Any]) -> None:
    row, wanted = vector["inputs"], vector["expected"]
    key = session_key(row)
    assert tdes_check_value(card_key(row)).hex().upper().startswith(wanted["icc_mk_kcv"])
    assert tdes_check_value(key).hex().upper().startswith(wanted["sk_kcv"])
    found = application_cryptogram(key, bytes.fromhex(row["data"]), METHODS[row["padding"]])
    assert found.hex().upper() == wanted["arqc"]


@pytest.mark.vectors("emv", "emv-arqc")
def test_a_cryptogram_from_the_session_key_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = application_cryptogram(
        bytes.fromhex(row["sk"]), bytes.fromhex(row["data"]), METHODS[row["padding"]]
    )
    assert found.hex().upper() == vector["expected"]["arqc"]


@pytest.mark.vectors("emv", "emv-arpc-1")
def test_an_answer_under_the_card_key_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = arpc_1(card_key(row), bytes.fromhex(row["arqc"]), bytes.fromhex(row["arc"]))
    assert found.hex().upper() == vector["expected"]["arpc"]


@pytest.mark.vectors("emv", "emv-arpc-1-sk")
def test_an_answer_under_the_session_key_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = arpc_1(*(bytes.fromhex(row[name]) for name in ("sk", "arqc", "arc")))
    assert found.hex().upper() == vector["expected"]["arpc"]


@pytest.mark.vectors("emv", "emv-arpc-2")
def test_an_answer_by_method_2_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = arpc_2(
        session_key(row), *(bytes.fromhex(row[name]) for name in ("arqc", "csu", "prop_auth_data"))
    )
    assert found.hex().upper() == vector["expected"]["arpc"]


@pytest.mark.vectors("emv", "emv-arpc-2-sk")
def test_an_answer_by_method_2_under_a_session_key_is_the_published_one(
    vector: dict[str, Any],
) -> None:
    row = vector["inputs"]
    found = arpc_2(*(bytes.fromhex(row[name]) for name in ("sk", "arqc", "csu")))
    assert found.hex().upper() == vector["expected"]["arpc"]


@pytest.mark.vectors("emv", "emv-visa-cvn10")
def test_version_10_from_card_to_answer_is_as_published(vector: dict[str, Any]) -> None:
    row, wanted = vector["inputs"], vector["expected"]
    scheme = scheme_of("visa-10")
    tags = {tag: bytes.fromhex(row[tag]) for tag in TAGS if tag != "9F10"}
    tags["9F10"] = bytes.fromhex("06010A" + row["cvr"])
    key = scheme.card_key(bytes.fromhex(row["iss_mk"]), row["pan"], row["psn"])
    found = scheme.cryptogram(key, tags["9F36"], tags["9F37"], scheme.data(tags))
    assert found.hex().upper() == wanted["arqc"]
    answer = scheme.answer(key, tags["9F36"], tags["9F37"], found, b"00")
    assert answer.hex().upper() == wanted["arpc_for_3030"]


@pytest.mark.vectors("emv", "emv-scheme-arqc")
def test_a_cryptogram_of_every_scheme_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    scheme = scheme_of(PUBLISHED_NAMES[row["scheme"]])
    tags = {tag: bytes.fromhex(value) for tag, value in row["tags"].items()}
    key = scheme.card_key(bytes.fromhex(row["imk_ac"]), row["pan"], row["psn"])
    found = scheme.cryptogram(key, tags["9F36"], tags["9F37"], scheme.data(tags))
    assert found.hex().upper() == vector["expected"]["arqc"]


@given(pans, st.sampled_from(["00", "01", "45"]))
def test_another_implementation_derives_the_same_card_keys(pan: str, sequence: str) -> None:
    assert card_key_a(KEY, pan, sequence) == pyemv.kd.derive_icc_mk_a(KEY, pan, sequence)
    assert card_key_b(KEY, pan, sequence) == pyemv.kd.derive_icc_mk_b(KEY, pan, sequence)


@pytest.mark.parametrize("name", SCHEMES)
def test_another_implementation_agrees_on_everything_of_a_scheme(name: str) -> None:
    scheme, pan, header = SCHEMES[name], "9504010000000019", bytes.fromhex("8424000210")
    theirs = ORACLES[name](KEY, KEY, KEY, pan, "01")
    key = scheme.card_key(KEY, pan, "01")
    counter, number = TAGS["9F36"], TAGS["9F37"]
    data = TAGS["9F10"][scheme.issuer_data]
    if name == "visa-18":
        arqc = theirs.generate_ac(**ARGUMENTS, tag_9f10=data)
    else:
        arqc = theirs.generate_ac(**ARGUMENTS, cvr=data)
    assert scheme.cryptogram(key, counter, number, scheme.data(TAGS)) == arqc
    response = bytes(4) if name == "visa-18" else b"00"
    answer = [counter, response] if name in ("visa-18", "mchip-20") else [response]
    assert scheme.answer(key, counter, number, arqc, response) == theirs.generate_arpc(
        arqc, *answer
    )
    assert scheme.script_mac(key, counter, arqc, header, b"12345678") == (
        theirs.generate_command_mac(header, arqc, counter, b"12345678")
    )
    for data in (b"12345678", b"123456789"):
        assert scheme.script_encrypt(key, counter, arqc, data) == theirs.encrypt_command_data(
            data, counter if scheme.script_key_of_counter else arqc
        )


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_a_cryptogram_is_of_one_card_one_transaction_and_one_amount(scheme: Scheme) -> None:
    key = scheme.card_key(KEY, "9504010000000019", "01")
    other_card = scheme.card_key(KEY, "9504010000000027", "01")
    other_sequence = scheme.card_key(KEY, "9504010000000019", "02")
    counter, number = TAGS["9F36"], TAGS["9F37"]
    found = {
        scheme.cryptogram(card, counter, number, scheme.data(tags))
        for card in (key, other_card, other_sequence)
        for tags in (TAGS, {**TAGS, "9F02": bytes.fromhex("000000020001")})
    }
    assert len(found) == 6


def test_a_missing_tag_is_named() -> None:
    tags = {tag: value for tag, value in TAGS.items() if tag != "9F37"}
    with pytest.raises(InvalidInputError, match="9F37"):
        scheme_of("visa-10").data(tags)


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="visa-10"):
        scheme_of("visa-11")


@pytest.mark.parametrize("name", SCHEMES)
def test_sizes_that_cannot_be_are_refused(name: str) -> None:
    scheme = SCHEMES[name]
    with pytest.raises(InvalidInputError):
        scheme.cryptogram(KEY, b"\0", bytes(4), b"data")
    with pytest.raises(InvalidInputError):
        scheme.answer(KEY, bytes(2), bytes(4), bytes(7), bytes(2))
    with pytest.raises(InvalidInputError):
        scheme.answer(KEY, bytes(2), bytes(4), bytes(8), bytes(13))


def test_a_script_mac_has_at_least_four_bytes() -> None:
    assert len(script_mac(KEY, b"command", 4)) == 4
    with pytest.raises(InvalidInputError):
        script_mac(KEY, b"command", 3)


@pytest.mark.parametrize(
    ("key", "pan", "sequence"),
    [
        (KEY[:8], "9504010000000019", "00"),
        (KEY, "95040100000", "00"),
        (KEY, "950401000000001X", "00"),
        (KEY, "9504010000000019", "0"),
        (KEY, "9504010000000019", "xx"),
    ],
)
def test_a_card_that_cannot_be_has_no_key(key: bytes, pan: str, sequence: str) -> None:
    for derive in (card_key_a, card_key_b):
        with pytest.raises(InvalidInputError):
            derive(key, pan, sequence)


def test_a_session_key_is_made_from_whole_parts() -> None:
    with pytest.raises(InvalidInputError):
        common_session_key(KEY, bytes(7))
    with pytest.raises(InvalidInputError):
        counter_session_key(KEY, bytes(3))
