"""The power fails at every state and moment: the next start gives back what it must."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.gab.faults import (
    CannotDispense,
    CardJam,
    NotTaken,
    PartlyDispensed,
    PowerCut,
    SuspectDispense,
)
from simulator.gab.states import State
from simulator.testing import virtual_world
from tests.simulator.conftest import Scene
from tests.simulator.gab.conftest import GabScene, balanced

OF_CASH = (
    *("card_in", "pin_entry", "menu", "amount", "confirm", "waiting", "stacking"),
    *("card_first", "presented", "taken", "receipt", "ending", "idle"),
)
GIVEN_AT = ("taken", "receipt", "ending", "idle")


def cut_and_start_again(at, gab, state: str, operation, *arguments):
    gab.devices.fail(PowerCut(at=State(state), cut=at.scene.process.crash))
    at.scene.begin(operation, *arguments)
    at.world.advance(100)
    assert not at.scene.process.alive
    gab = at.start()
    at.quiet(gab)
    return gab


@pytest.mark.parametrize("state", OF_CASH)
def test_cash_and_reversal_exclude_each_other_at_every_state(at, state, in_balance):
    gab = at.start()
    gab = cut_and_start_again(at, gab, state, gab.withdraw, at.card, 50_000)
    assert at.given_minor() == at.stands_minor() == (50_000 if state in GIVEN_AT else 0)
    assert in_balance(gab.cassettes)
    assert at.scene.pending() == []


@pytest.mark.parametrize("state", ["stacking", "card_first", "presented"])
def test_notes_left_in_the_transport_are_rejected(at, state):
    gab = at.start()
    gab = cut_and_start_again(at, gab, state, gab.withdraw, at.card, 50_000)
    assert at.last("rejected")["reason"] == "power was lost"
    assert gab.cassettes.by_name["1"].rejected == 2


@pytest.mark.parametrize("state", ["stacking", "card_first"])
def test_a_card_left_inside_is_captured(at, state):
    gab = at.start()
    cut_and_start_again(at, gab, state, gab.withdraw, at.card, 50_000)
    assert at.last("card_captured")["reason"] == "power was lost"
    assert at.names().count("card_captured") == 1


@pytest.mark.parametrize("state", ["presented", "taken", "receipt", "idle"])
def test_the_rest_of_a_part_is_reversed_after_the_cut_too(at, state):
    gab = at.start()
    gab.devices.fail(PartlyDispensed(notes=2))
    cut_and_start_again(at, gab, state, gab.withdraw, at.card, 50_000)
    expected_minor = 0 if state == "presented" else 40_000
    assert at.given_minor() == at.stands_minor() == expected_minor


@pytest.mark.parametrize("state", ["retracted", "receipt", "ending"])
def test_cash_that_was_retracted_is_given_back_after_the_cut_too(at, state):
    gab = at.start()
    gab.devices.fail(NotTaken())
    cut_and_start_again(at, gab, state, gab.withdraw, at.card, 50_000)
    # Before the retraction is in the journal the notes count as given.
    expected_minor = 50_000 if state == "retracted" else 0
    assert at.given_minor() == at.stands_minor() == expected_minor


@pytest.mark.parametrize("state", ["counting", "confirm", "waiting", "receipt", "card_offered"])
def test_a_deposit_is_taken_or_reversed(at, state):
    gab = at.start()
    cut_and_start_again(at, gab, state, gab.deposit, at.card, {200: 2})
    taken_minor = sum(e["amount_minor"] for e in at.scene.events() if e["event"] == "deposit")
    assert taken_minor == at.stands_minor()


@pytest.mark.parametrize("state", ["supervisor"])
def test_a_cut_during_a_count_leaves_the_books_as_they_were(at, state):
    gab = at.start()
    at.do(gab.withdraw, at.card, 50_000)
    gab = cut_and_start_again(at, gab, state, gab.supervisor.count, {"1": 0})
    assert gab.cassettes.by_name["1"].remaining == 48


FAULTS = {
    "none": lambda: None,
    "cannot": lambda: CannotDispense(picked=1),
    "part": lambda: PartlyDispensed(notes=1),
    "untaken": NotTaken,
    "suspect": SuspectDispense,
    "jam": CardJam,
}
deeds = st.one_of(
    st.tuples(st.just("withdraw"), st.integers(1, 30).map(lambda tens: tens * 1_000)),
    st.tuples(st.just("replenish"), st.integers(0, 9)),
    st.tuples(st.just("count"), st.integers(-3, 3)),
    st.tuples(st.just("restart"), st.just(0)),
)
steps = st.lists(
    st.tuples(
        deeds,
        st.sampled_from(sorted(FAULTS)),
        st.one_of(st.none(), st.floats(0, 0.02)),
        st.sampled_from(["00", "51", "silence"]),
    ),
    max_size=8,
)


def answering(at, word):
    if word == "silence":
        return at.host.only("4", at.host.ignore)
    return at.host.approve if word == "00" else at.refuse


def do_one(at, gab, deed, value):
    """Begin one thing; what is under way."""
    if deed == "withdraw":
        return at.scene.begin(gab.withdraw, at.card, value)
    if deed == "replenish":
        return at.scene.begin(gab.supervisor.replenish, {"1": value, "4": value})
    found = {"1": max(0, gab.cassettes.by_name["1"].remaining + value)}
    return at.scene.begin(gab.supervisor.count, found)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps, st.booleans())
def test_whatever_happens_notes_and_money_are_conserved(tmp_path_factory, steps, card_first):
    with virtual_world(seed=3) as world:
        at = GabScene(Scene(world, tmp_path_factory.mktemp("gab")))
        four = {"1": (200, 6), "2": (100, 6), "3": (50, 6), "4": (20, 6)}
        gab = at.start(cassettes=four, card_first=card_first, mix="equal_emptying")
        for (deed, value), fault, cut_after_s, word in steps:
            at.host.script = answering(at, word)
            if deed == "restart":
                at.do(gab.stop)
                gab = at.start()
                continue
            if fault != "none":
                gab.devices.fail(FAULTS[fault]())
            under_way = do_one(at, gab, deed, value)
            if cut_after_s is not None:
                world.advance(cut_after_s)
                at.scene.kill()
                at.host.script = at.host.approve
                before = gab
                gab = at.start()
                assert balanced(before.cassettes)
            else:
                world.run_until(under_way, 600)
            at.host.script = at.host.approve
            at.quiet(gab)
            assert balanced(gab.cassettes)
            assert at.given_minor() == at.stands_minor()
        counts = {name: vars(each) for name, each in gab.cassettes.by_name.items()}
        at.do(gab.stop)
        rebuilt = at.start()
        assert {name: vars(each) for name, each in rebuilt.cassettes.by_name.items()} == counts
        at.do(rebuilt.stop)
