"""Each mix policy is exact, and prefers what it says."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.gab.dispensing import NOTES_MAX, UnpayableError
from simulator.gab.mix import choose

POLICIES = ("fewest_notes", "equal_emptying", "keep_small_notes")
stocks = st.dictionaries(
    st.sampled_from("1234"),
    st.tuples(st.sampled_from([20, 40, 50, 100, 200]), st.integers(0, 4)),
    min_size=1,
    max_size=4,
)


def ways(dirhams, stock):
    """Every way to make an amount, by trying everything."""
    for counts in product(*(range(count + 1) for _, count in stock.values())):
        taken = dict(zip(stock, counts, strict=True))
        if sum(stock[n][0] * c for n, c in taken.items()) == dirhams and sum(counts) <= NOTES_MAX:
            yield taken


@given(stocks, st.integers(1, 60).map(lambda tens: tens * 10), st.sampled_from(POLICIES))
def test_every_policy_pays_exactly_what_can_be_paid(stock, dirhams, policy):
    if not list(ways(dirhams, stock)):
        with pytest.raises(UnpayableError):
            choose(policy, dirhams * 100, stock)
        return
    chosen = choose(policy, dirhams * 100, stock)
    assert {**dict.fromkeys(stock, 0), **chosen} in list(ways(dirhams, stock))


@given(stocks, st.integers(1, 60).map(lambda tens: tens * 10))
def test_equal_emptying_leaves_cassettes_as_equal_as_can_be(stock, dirhams):
    def left(taken):
        return sorted(stock[name][1] - taken.get(name, 0) for name in stock)

    found = list(ways(dirhams, stock))
    if found:
        chosen = choose("equal_emptying", dirhams * 100, stock)
        assert left(chosen) == max(map(left, found))


@given(stocks, st.integers(1, 60).map(lambda tens: tens * 10))
def test_small_notes_are_kept_where_they_can_be(stock, dirhams):
    notes = sorted({note for note, _ in stock.values()})

    def used(taken):
        return [sum(c for n, c in taken.items() if stock[n][0] == note) for note in notes]

    found = list(ways(dirhams, stock))
    if found:
        chosen = choose("keep_small_notes", dirhams * 100, stock)
        assert used(chosen) == min(map(used, found))


def test_policies_differ_where_there_is_a_choice():
    stock = {"1": (100, 9), "2": (40, 9), "3": (20, 30)}
    assert [choose(policy, 12_000, stock) for policy in POLICIES] == [
        {"1": 1, "3": 1},
        {"3": 6},
        {"2": 3},
    ]


def test_with_equal_emptying_cassettes_run_out_together():
    stock = {"1": (200, 60), "2": (100, 60), "3": (50, 60), "4": (20, 60)}
    for _ in range(60):
        for name, count in choose("equal_emptying", 30_000, stock).items():
            stock[name] = (stock[name][0], stock[name][1] - count)
    left = [count for _, count in stock.values()]
    assert max(left) - min(left) <= 12


@pytest.mark.parametrize("policy", POLICIES)
def test_no_policy_gives_more_than_a_bundle(policy):
    twenties = {"1": (20, 100)}
    assert choose(policy, 80_000, twenties) == {"1": 40}
    with pytest.raises(UnpayableError):
        choose(policy, 82_000, twenties)
