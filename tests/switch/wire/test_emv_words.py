from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire.emv_tags import EMV_TAGS
from switch.wire.emv_words import tag_words

MAD = {"5F2A": "0504"}


@pytest.mark.parametrize(
    ("tag", "value", "words"),
    [
        ("9F02", "000000035075", "350.75 MAD"),
        ("5F2A", "0504", "MAD"),
        ("9A", "261124", "24/11/2026"),
        ("9C", "01", "withdrawal"),
        ("8A", "3030", "00 approved"),
        ("8A", "5A33", ""),
        ("9F21", "103601", "10:36:01"),
        ("9F27", "40", "approved offline (TC)"),
        ("9F27", "00", "declined (AAC)"),
        ("9F34", "420300", "PIN enciphered, online: result unknown"),
        ("9F34", "1E0302", "signature: successful"),
        ("9F34", "3F0001", "another method: failed"),
        ("9F35", "14", "unattended, online only, of a financial institution"),
        ("9F35", "22", "attended, offline and online, of a merchant"),
        ("9F35", "99", ""),
        ("9F36", "0041", "65"),
        ("95", "0000048000", "online PIN entered, over the floor limit"),
        ("95", "0000000000", ""),
        ("9B", "E800", "offline data authentication performed, cardholder verification performed, "
         "card risk management performed, terminal risk management performed"),
        ("82", "3900", "dynamic data authentication, cardholder verification, terminal risk "
         "management, combined data authentication"),
        ("9F26", "0011223344556677", ""),
        ("9F02", "(not shown)", ""),
        ("9F02", "00000A", ""),
    ],
)  # fmt: skip
def test_the_value_of_a_tag_is_said_in_words(tag: str, value: str, words: str) -> None:
    assert tag_words(tag, value, MAD) == words


def test_an_amount_without_its_currency_is_minor_units() -> None:
    assert tag_words("9F02", "000000035075", {}) == "35,075 minor units"


@given(st.sampled_from(sorted(EMV_TAGS)), st.binary(max_size=12) | st.text(max_size=8))
def test_any_value_has_words_or_none(tag: str, value: bytes | str) -> None:
    text = value if isinstance(value, str) else value.hex().upper()
    assert isinstance(tag_words(tag, text, {}), str)
