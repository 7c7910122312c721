"""What a journal says has become of a transaction, line by line."""

import pytest

from simulator.terminal.fates import OPEN, Fate, Fates

DISPENSE = {"event": "dispense", "amount_minor": 40_000}


def fate_of(*events):
    fates = Fates({"1"})
    for event in events:
        fates.replay({"rrn": "1", **({"event": event} if isinstance(event, str) else event)})
    return fates.of("1")


@pytest.mark.parametrize(
    "last", ["declined", "not_sent", "done", "deposit", "cash_in", "reversal_acknowledged"]
)
def test_what_is_final_needs_nothing_more(last):
    assert fate_of("request", last) == Fate("final")


@pytest.mark.parametrize("last", ["request", "approved", "stacked", "rejected", "reversal_owed"])
def test_what_gave_nothing_is_reversed_in_whole(last):
    assert fate_of("request", last) == OPEN == Fate("reverse", 0)


def test_a_whole_amount_given_is_final():
    assert fate_of(DISPENSE).kind == "final"


def test_a_part_given_is_what_stands():
    assert fate_of({**DISPENSE, "authorised_minor": 50_000}) == Fate("reverse", 40_000)


def test_a_suspect_dispense_is_held_until_it_is_settled_or_found():
    suspect = {**DISPENSE, "suspect": True}
    found = {"event": "found", "returned_minor": 20_000, "retained_minor": 20_000}
    assert fate_of(suspect).kind == "held"
    assert fate_of(suspect, "settled").kind == "final"
    assert fate_of(suspect, found) == Fate("reverse", 20_000)


def test_notes_that_were_retracted_are_reversed_unless_they_are_kept_for_a_claim():
    assert fate_of(DISPENSE, {"event": "retracted", "returned_minor": 40_000}) == OPEN
    assert fate_of(DISPENSE, {"event": "retracted"}).kind == "final"


def test_an_acknowledged_reversal_ends_it():
    part = {**DISPENSE, "authorised_minor": 50_000}
    assert fate_of(part, "reversal_owed", "reversal_acknowledged").kind == "final"


def test_transactions_without_a_record_are_not_remembered():
    fates = Fates(set())
    fates.replay({"rrn": "1", "event": "declined"})
    assert fates.of("1") == OPEN
