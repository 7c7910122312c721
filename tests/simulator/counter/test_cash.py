"""Change is exact whenever the till can give it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.counter.cash import (
    DENOMINATIONS,
    CashError,
    change,
    check_tendered,
    exactly,
    total_minor,
    words,
)


def test_an_amount_is_broken_into_the_fewest_pieces():
    assert exactly(35_075) == {20_000: 1, 10_000: 1, 5_000: 1, 50: 1, 20: 1, 5: 1}


@given(st.integers(0, 10_000_000))
def test_exact_cash_is_worth_its_amount(amount_minor):
    pieces = exactly(amount_minor)
    assert total_minor(pieces) == amount_minor
    assert set(pieces) <= set(DENOMINATIONS)


def test_change_is_made_where_largest_first_would_fail():
    assert change(6_000, {5_000: 1, 2_000: 3}) == {2_000: 3}


def test_no_change_is_needed_for_the_exact_amount():
    assert change(0, {5_000: 1}) == {}


def test_a_till_without_change_says_so():
    with pytest.raises(CashError, match=r"no change for 49\.25"):
        change(4_925, {5_000: 9, 2_000: 9})


def test_no_search_is_made_for_change_beyond_reason():
    with pytest.raises(CashError, match="no change"):
        change(999_999_999_999, {20_000: 1_000_000_000})


@pytest.mark.parametrize("pieces", [{300: 1}, {20_000: -1}, {0: 5}])
def test_what_is_no_money_is_refused(pieces):
    with pytest.raises(CashError, match="no such notes or coins"):
        check_tendered(pieces, 0)


def test_too_little_is_refused_with_both_amounts():
    with pytest.raises(CashError, match=r"200\.00 was given where 350\.75 is to be paid"):
        check_tendered({20_000: 1}, 35_075)


@given(
    st.dictionaries(
        st.sampled_from([5_000, 2_000, 1_000, 50, 20, 10]), st.integers(0, 3), max_size=4
    ),
    st.integers(0, 1_200).map(lambda tens: tens * 10),
)
def test_change_agrees_with_trying_everything(till, amount_minor):
    counts = product(*(range(count + 1) for count in till.values()))
    possible = any(
        sum(n * piece for n, piece in zip(each, till, strict=True)) == amount_minor
        for each in counts
    )
    try:
        given_back = change(amount_minor, till)
    except CashError:
        assert not possible
        return
    assert total_minor(given_back) == amount_minor
    assert all(0 < count <= till[piece] for piece, count in given_back.items())


def test_pieces_on_a_receipt_begin_with_the_largest():
    assert words({5: 1, 20_000: 2, 100: 0}) == "2 x 200.00, 1 x 0.05"
