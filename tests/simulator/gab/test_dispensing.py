"""Notes are chosen exactly, within the stock, and as few as possible."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.gab.dispensing import NOTES_MAX, UnpayableError, choose_notes

FULL = {"1": (200, 500), "2": (100, 500), "3": (50, 500), "4": (20, 500)}


def brute_force(cassettes):
    """Fewest notes for each payable amount (whole dirhams), by trying everything."""
    best = {}
    ranges = [range(count + 1) for _, count in cassettes.values()]
    for counts in product(*ranges):
        notes = sum(counts)
        amount = sum(n * note for n, (note, _) in zip(counts, cassettes.values(), strict=True))
        if 0 < notes <= NOTES_MAX:
            best[amount] = min(notes, best.get(amount, notes))
    return best


@pytest.mark.parametrize(
    ("dirhams", "chosen"),
    [
        (60, {"4": 3}),
        (80, {"4": 4}),
        (110, {"3": 1, "4": 3}),
        (130, {"3": 1, "4": 4}),
        (160, {"2": 1, "4": 3}),
        (20, {"4": 1}),
        (50, {"3": 1}),
        (2000, {"1": 10}),
        (8000, {"1": 40}),
    ],
)
def test_where_largest_first_fails_or_not_the_notes_are_the_fewest(dirhams, chosen):
    assert choose_notes(dirhams * 100, FULL) == chosen


@pytest.mark.parametrize(
    ("amount_minor", "below_minor", "above_minor"),
    [
        (1000, None, 2000),
        (3000, 2000, 4000),
        (6050, 6000, 7000),
        (1, None, 2000),
        (0, None, 2000),
        (-100, None, 2000),
        (8010_00, 8000_00, None),
        (999_999_999_999, 8000_00, None),
    ],
)
def test_an_amount_that_cannot_be_paid_names_its_neighbours(amount_minor, below_minor, above_minor):
    with pytest.raises(UnpayableError) as refused:
        choose_notes(amount_minor, FULL)
    assert (refused.value.below_minor, refused.value.above_minor) == (below_minor, above_minor)


def test_the_refusal_is_in_words():
    with pytest.raises(UnpayableError, match=r"30\.00 cannot be paid .*; 20\.00 or 40\.00 can be"):
        choose_notes(3000, FULL)


def test_an_empty_gab_says_so():
    with pytest.raises(UnpayableError, match="no notes are left"):
        choose_notes(2000, {"1": (200, 0), "2": (20, 0)})


def test_no_cassette_at_all_pays_nothing():
    with pytest.raises(UnpayableError, match="no notes are left"):
        choose_notes(2000, {})


def test_two_cassettes_of_one_denomination_are_used_together():
    chosen = choose_notes(100_000, {"1": (200, 2), "2": (200, 3)})
    assert chosen == {"1": 2, "2": 3}


def test_forty_notes_are_a_bundle_and_no_more():
    twenties = {"1": (20, 100)}
    assert choose_notes(800_00, twenties) == {"1": 40}
    with pytest.raises(UnpayableError):
        choose_notes(820_00, twenties)


def test_every_amount_agrees_with_trying_everything():
    cassettes = {"1": (200, 3), "2": (100, 2), "3": (50, 3), "4": (20, 5)}
    best = brute_force(cassettes)
    for dirhams in range(0, 1200, 10):
        try:
            chosen = choose_notes(dirhams * 100, cassettes)
        except UnpayableError:
            assert dirhams not in best
            continue
        assert sum(chosen.values()) == best[dirhams]


stocks = st.dictionaries(
    st.sampled_from("123456"),
    st.tuples(st.sampled_from([20, 50, 100, 200]), st.integers(0, 4)),
    min_size=1,
    max_size=4,
)


@given(stocks, st.integers(1, 900))
def test_what_is_chosen_is_the_amount_in_the_fewest_notes_there_are(cassettes, dirhams):
    best = brute_force(cassettes)
    if dirhams in best:
        chosen = choose_notes(dirhams * 100, cassettes)
        assert sum(cassettes[name][0] * count for name, count in chosen.items()) == dirhams
        assert all(0 < count <= cassettes[name][1] for name, count in chosen.items())
        assert sum(chosen.values()) == best[dirhams]
        return
    with pytest.raises(UnpayableError) as refused:
        choose_notes(dirhams * 100, cassettes)
    below = max((amount for amount in best if amount < dirhams), default=None)
    above = min((amount for amount in best if amount > dirhams), default=None)
    near = (refused.value.below_minor, refused.value.above_minor)
    assert near == tuple(None if each is None else each * 100 for each in (below, above))
