from __future__ import annotations

from typing import Any

import pytest

from switch.keys.errors import InvalidInputError
from switch.keys.primitives.card_value import CHIP, PRINTED, CardValueKey

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")


@pytest.mark.vectors("references", "cvv")
def test_a_card_value_is_the_published_one(vector: dict[str, Any]) -> None:
    row = vector["inputs"]
    found = CardValueKey(bytes.fromhex(row["cvk"])).value(
        row["pan"], row["expiry"], row["service_code"]
    )
    assert found == vector["expected"]["cvv"]


def test_stripe_print_and_chip_each_have_their_own_value() -> None:
    key = CardValueKey(KEY)
    values = {key.value("4111111111111111", "2512", code) for code in ("201", PRINTED, CHIP)}
    assert len(values) == 3


def test_another_key_card_or_expiry_gives_another_value() -> None:
    right = CardValueKey(KEY).value("4111111111111111", "2512", "201")
    assert CardValueKey(KEY[::-1]).value("4111111111111111", "2512", "201") != right
    assert CardValueKey(KEY).value("4111111111111129", "2512", "201") != right
    assert CardValueKey(KEY).value("4111111111111111", "2601", "201") != right


@pytest.mark.parametrize(
    ("pan", "expiry", "service_code"),
    [
        ("411111111111", "251", "201"),
        ("4111111111111111", "2512", "20"),
        ("41111111111", "2512", "201"),
        ("41111111111111112345", "2512", "201"),
        ("411111111111111X", "2512", "201"),
    ],
)
def test_what_no_card_has_is_refused(pan: str, expiry: str, service_code: str) -> None:
    with pytest.raises(InvalidInputError):
        CardValueKey(KEY).value(pan, expiry, service_code)


def test_the_key_is_a_pair() -> None:
    with pytest.raises(InvalidInputError):
        CardValueKey(bytes(24))
