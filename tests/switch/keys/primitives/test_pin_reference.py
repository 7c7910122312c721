from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psec import pin as oracle

from switch.keys.errors import ForbiddenError, InvalidInputError
from switch.keys.primitives.ciphers import Tdes
from switch.keys.primitives.pin_reference import (
    check_table,
    decimalised,
    natural_pin,
    offset_of,
    pin_with_offset,
    pvv,
)

# The oracle asks `cryptography` for TDES by a name, and with keys, that are deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES")

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
WRONG_PUBLISHED = "pvv-005"
pans = st.text("0123456789", min_size=12, max_size=19)


@pytest.mark.vectors("references", "pvv")
def test_a_pvv_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = pvv(Tdes(bytes.fromhex(row["pvk"])), row["pin"], row["pan"], int(row["pvki"]))
    assert (found == vector["expected"]["pvv"]) is (vector["id"] != WRONG_PUBLISHED)


@pytest.mark.vectors("references", "ibm3624-pin")
def test_a_pin_by_offset_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    natural = natural_of(row, len(row["offset"]))
    assert natural == row.get("natural_pin", natural)
    assert pin_with_offset(natural, row["offset"]) == vector["expected"]["pin"]


@pytest.mark.vectors("references", "ibm3624-offset")
def test_an_offset_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    assert offset_of(row["pin"], natural_of(row, len(row["pin"]))) == vector["expected"]["offset"]


def natural_of(row: dict[str, Any], length: int) -> str:
    return natural_pin(
        Tdes(bytes.fromhex(row["pvk"])),
        row["pan"],
        length,
        table=row["dec_table"],
        start=row["verify_offset"],
        count=row["verify_length"],
        fill=row["pad"],
    )


@given(st.text("0123456789", min_size=4, max_size=12), pans, st.integers(0, 9))
def test_another_implementation_computes_the_same_pvv(pin: str, pan: str, index: int) -> None:
    found = pvv(Tdes(KEY), pin, pan, index)
    assert found == oracle.generate_visa_pvv(KEY, str(index), pin[:4], pan)


@given(st.text("0123456789", min_size=4, max_size=12), pans)
def test_natural_pin_and_offset_give_the_pin_back(pin: str, pan: str) -> None:
    natural = natural_pin(Tdes(KEY), pan, len(pin))
    assert pin_with_offset(natural, offset_of(pin, natural)) == pin


def test_another_card_key_or_index_gives_another_pvv() -> None:
    right = pvv(Tdes(KEY), "1234", "4111111111111111", 1)
    assert pvv(Tdes(KEY[::-1]), "1234", "4111111111111111", 1) != right
    assert pvv(Tdes(KEY), "1234", "4111111111111129", 1) != right
    assert pvv(Tdes(KEY), "1234", "4111111111111111", 2) != right
    assert pvv(Tdes(KEY), "1235", "4111111111111111", 1) != right


def test_letters_become_digits_only_when_digits_run_out() -> None:
    assert decimalised(bytes.fromhex("AB12CDEF34567890"), 4) == "1234"
    assert decimalised(bytes.fromhex("ABCDEF1FFFFFFFFF"), 4) == "1012"


@pytest.mark.parametrize(
    "table",
    [
        "0000000000000001",
        "0000111122223333",  # four different digits
        "0000056789123456",  # one of them five times
        "012345670123456",
        "01234567012345AB",
    ],
)
def test_a_table_that_would_tell_digits_is_refused(table: str) -> None:
    with pytest.raises((ForbiddenError, InvalidInputError)):
        natural_pin(Tdes(KEY), "4111111111111111", 4, table=table)


@pytest.mark.parametrize("table", ["0123456789012345", "1234567890123456", "9876543210543210"])
def test_the_tables_in_use_are_taken(table: str) -> None:
    check_table(table)


@pytest.mark.parametrize(
    "wrong",
    [{"start": -1}, {"start": 16}, {"count": 0}, {"fill": "G"}, {"fill": ""}, {"length": 13}],
)
def test_validation_data_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"length": 4, **wrong}
    with pytest.raises(InvalidInputError):
        natural_pin(Tdes(KEY), "4111111111111111", **settings)


@pytest.mark.parametrize("index", [-1, 10])
def test_a_key_index_is_one_digit(index: int) -> None:
    with pytest.raises(InvalidInputError):
        pvv(Tdes(KEY), "1234", "4111111111111111", index)
