from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire import bill_data
from switch.wire.bill_data import BillDataError

# Everything but halves of surrogate pairs, which no UTF-8 can say.
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
names = anything.filter(bool)


@given(anything)
def test_a_text_survives_and_travels_as_printable_ascii(text: str) -> None:
    escaped = bill_data.escape(text)
    assert escaped.isascii()
    assert escaped.isprintable() or not escaped
    assert not set(escaped) & set("|=")
    assert bill_data.unescape(escaped) == text


@given(st.dictionaries(names, anything, max_size=5))
def test_pairs_survive(pairs: dict[str, str]) -> None:
    assert bill_data.unpack_pairs(bill_data.pack_pairs(pairs)) == pairs


@given(st.dictionaries(names, st.integers(0, 10**12 - 1), max_size=5))
def test_articles_survive_to_the_centime(articles: dict[str, int]) -> None:
    listed = list(articles.items())
    assert bill_data.unpack_articles(bill_data.pack_articles(listed)) == listed


@given(st.lists(names, max_size=5))
def test_lines_survive(lines: list[str]) -> None:
    assert bill_data.unpack_lines(bill_data.pack_lines(lines)) == lines


@given(st.text(alphabet="%4Ca=|é ", max_size=12))
def test_reading_accepts_exactly_what_is_written(text: str) -> None:
    try:
        read = bill_data.unescape(text)
    except BillDataError:
        return
    assert bill_data.unescape(bill_data.escape(read)) == read


@pytest.mark.parametrize(
    "text", ["%", "%4", "%c3%a9", "%C3", "%ZZ", "a|b", "a=b", "é", "\n", "%+1"]
)
def test_what_is_not_percent_encoded_is_refused(text: str) -> None:
    with pytest.raises(BillDataError, match=r"field 48\.09: expected"):
        bill_data.unescape(text, "09")


@pytest.mark.parametrize(
    "text", ["contract", "=x", "a=b=c", "a=b|", "|a=b", "a=b||c=d", "a=b|a=c", "%61=b|a=c"]
)
def test_pairs_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BillDataError, match=r"field 48\.03"):
        bill_data.unpack_pairs(text, "03")


@pytest.mark.parametrize("amount", ["", "-1", "+1", "1.0", "007", "1_0", " 1", "１", "1" * 13])
def test_an_amount_that_is_not_centimes_is_refused(amount: str) -> None:
    with pytest.raises(BillDataError, match=r"field 48\.05"):
        bill_data.unpack_articles(f"A1={amount}")


@pytest.mark.parametrize("amount_minor", [-1, 10**12])
def test_an_amount_that_cannot_travel_is_not_written(amount_minor: int) -> None:
    with pytest.raises(BillDataError, match="an amount"):
        bill_data.pack_articles([("A1", amount_minor)])


def test_a_pair_needs_a_name() -> None:
    with pytest.raises(BillDataError, match="a name"):
        bill_data.pack_pairs({"": "x"})


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(BillDataError, match="surrogate"):
        bill_data.escape("\ud800")


def test_an_error_does_not_quote_the_value() -> None:
    with pytest.raises(BillDataError) as caught:
        bill_data.unpack_pairs("9504010000000019=a=b", "08")
    assert "9504010000000019" not in str(caught.value)
    assert caught.value.tag == "08"
