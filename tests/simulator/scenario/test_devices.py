"""Faults of a GAB's devices by the words of a scenario, and what follows of each."""

import pytest

from simulator.gab.faults import FAULTS
from simulator.scenario import Verdict
from simulator.scenario.devices import made_of
from simulator.scenario.faults import DEVICE_FAULTS, Fault
from switch.settings import SettingsError, parse

WITHDRAW = "- withdraw: {at: gab, card: customer, amount: 500.00}\n"


def said(result):
    return [str(each) for step in result.steps for each in step.mismatches], result.problem


STRUCK = {
    "cannot_dispense": ("", "outcome: declined, notes: {}", 10000),
    "cannot_dispense, notes: 2": ("", "outcome: declined, notes: {}", 10000),
    "partly_dispensed, notes: 2": ("", "outcome: approved, notes: {200: 2}, amount: 400.00", 9600),
    "suspect_dispense, left: false": ("", "outcome: in_doubt, notes: {}", 9500),
    "not_taken": ("", "outcome: declined, notes: {}", 10000),
    "card_jam": ("", "outcome: declined, card_captured: true", 10000),
    "receipt_printer_out": ("", "outcome: approved, receipt: []", 9500),
    "journal_printer_out": ("", "outcome: declined, words: {matches: 'out of service.*'}", 10000),
}


@pytest.mark.parametrize("words", STRUCK)
def test_a_device_fails_as_the_scenario_says(played, words):
    _, expected, left = STRUCK[words]
    result = played(
        f"- faults: [{{on: gab, inject: {words}}}]\n{WITHDRAW}  expect: {{{expected}}}\n"
        f"expect: {{accounts: {{customer: {left}.00}}}}\n"
    )
    assert result.verdict is Verdict.PASSED, said(result)


def test_a_healed_device_works_again(played):
    result = played(
        "- faults: [{on: gab, inject: journal_printer_out}]\n- heal: gab\n"
        f"{WITHDRAW}  expect: {{outcome: approved}}\n"
    )
    assert result.verdict is Verdict.PASSED, said(result)


def test_a_fault_strikes_as_often_as_it_says(played):
    declined, approved = "  expect: {outcome: declined}\n", "  expect: {outcome: approved}\n"
    result = played(
        f"- faults: [{{on: gab, inject: cannot_dispense, times: 2}}]\n"
        f"{WITHDRAW}{declined}{WITHDRAW}{declined}{WITHDRAW}{approved}"
    )
    assert result.verdict is Verdict.PASSED, said(result)


GIVEN_AT = ("taken", "receipt", "ending", "idle")


@pytest.mark.parametrize(
    "state",
    [
        *("card_in", "pin_entry", "menu", "amount", "confirm", "waiting", "stacking"),
        *("card_first", "presented", *GIVEN_AT),
    ],
)
def test_the_power_fails_at_a_state_and_the_next_start_puts_it_right(played, state):
    left = 9500 if state in GIVEN_AT else 10000
    result = played(
        f"- faults: [{{on: gab, inject: power_cut, state: {state}}}]\n"
        f"{WITHDRAW}  expect: {{outcome: in_doubt, words: {{matches: '.*power.*{state}'}}}}\n"
        "- heal: gab\n"
        f"- balance: {{at: gab, card: customer}}\n  expect: {{available: {left}.00}}\n"
        f"expect: {{accounts: {{customer: {left}.00}}, dispensed: {{gab: {10000 - left}.00}}}}\n"
    )
    assert result.verdict is Verdict.PASSED, said(result)


def test_a_gab_without_power_is_down_until_it_is_back(played):
    cut = "- faults: [{on: gab, inject: power_cut, state: menu}]\n"
    result = played(f"{cut}{WITHDRAW}- think: 1s\n{WITHDRAW}")
    assert result.steps[-1].problem == "GAB00001 is down"


def test_the_power_comes_back_at_its_time(played):
    result = played(
        "- faults: [{on: gab, inject: power_cut, state: waiting, for: 20s}]\n"
        f"{WITHDRAW}- think: 25s\n{WITHDRAW}  expect: {{outcome: approved}}\n"
    )
    assert result.verdict is Verdict.PASSED, said(result)


def test_a_power_cut_that_never_struck_is_forgotten(played):
    result = played(
        "- faults: [{on: gab, inject: power_cut, state: supervisor}]\n- heal: gab\n"
        "- count_cash: {at: gab}\n  expect: {outcome: approved}\n"
    )
    assert result.verdict is Verdict.PASSED, said(result)


def test_the_devices_of_a_gab_that_is_down_cannot_fail(played):
    result = played(
        f"- faults: [{{on: gab, inject: power_cut, state: menu}}]\n{WITHDRAW}- think: 1s\n"
        "- faults: [{on: gab, inject: card_jam}]\n"
    )
    assert "is down" in result.steps[-1].problem


def test_every_fault_of_a_device_has_its_word():
    assert set(FAULTS) == DEVICE_FAULTS
    made = made_of(parse("{on: gab, inject: card_jam, times: 3}", "case.yaml", Fault))
    assert (made.word, made.times) == ("card_jam", 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{on: gab, inject: power_cut}", "in which state"),
        ("{on: gab, inject: card_jam, notes: 1}", "has no notes"),
        ("{on: gab, inject: card_jam, left: true}", "has no left"),
        ("{on: gab, inject: not_taken, state: menu}", "has no state"),
        ("{on: core, inject: card_jam}", "a fault of a GAB's devices"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(text, words):
    with pytest.raises(SettingsError, match=words):
        parse(text, "case.yaml", Fault)


def test_a_counter_has_no_such_devices(played):
    with pytest.raises(SettingsError, match="a counter has no such devices"):
        played("- faults: [{on: counter, inject: card_jam}]\n")
