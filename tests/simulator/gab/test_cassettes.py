"""Every note that was loaded is somewhere, and only once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.gab.cassettes import Cassettes
from simulator.gab.dispensing import UnpayableError, choose_notes


def balanced(cassettes: Cassettes) -> bool:
    return all(
        each.loaded == each.dispensed + each.retracted + each.rejected + each.remaining
        and each.remaining >= 0
        for each in cassettes.by_name.values()
    )


def loaded(**counts: int) -> Cassettes:
    cassettes = Cassettes()
    for place, (name, count) in enumerate(counts.items(), start=1):
        cassettes.load(str(place), int(name[5:]), count)
    return cassettes


def test_notes_leave_the_cassette_they_were_in():
    cassettes = loaded(note_200=5, note_20=5)
    cassettes.dispense({"1": 2})
    assert cassettes.stock == {"1": (200, 3), "2": (20, 5)}


def test_more_than_there_is_changes_nothing():
    cassettes = loaded(note_200=5, note_20=5)
    with pytest.raises(ValueError, match="cassette 2 does not hold 6 notes"):
        cassettes.dispense({"1": 1, "2": 6})
    assert cassettes.stock == {"1": (200, 5), "2": (20, 5)}


def test_a_cassette_holds_one_denomination():
    with pytest.raises(ValueError, match="holds notes of 200"):
        loaded(note_200=5).load("1", 100, 5)


def test_notes_are_counted_by_denomination_over_cassettes():
    cassettes = Cassettes()
    cassettes.load("1", 20, 5)
    cassettes.load("2", 200, 5)
    cassettes.load("3", 20, 5)
    assert cassettes.by_note({"1": 5, "2": 1, "3": 2}) == {200: 1, 20: 7}


@given(st.lists(st.integers(1, 200).map(lambda tens: tens * 10), max_size=30))
def test_any_run_of_withdrawals_keeps_the_books_of_notes(amounts):
    cassettes = loaded(note_200=9, note_100=9, note_50=9, note_20=9)
    journal = []
    for dirhams in amounts:
        try:
            chosen = choose_notes(dirhams * 100, cassettes.stock)
        except UnpayableError:
            continue
        cassettes.dispense(chosen)
        journal.append({"event": "dispense", "cassettes": chosen})
        assert balanced(cassettes)
    rebuilt = loaded(note_200=9, note_100=9, note_50=9, note_20=9)
    for event in journal:
        rebuilt.replay(event)
    assert rebuilt.by_name == cassettes.by_name
