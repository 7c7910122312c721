"""The language: what a scenario file may say, and how it is told what it may not."""

import pytest

from simulator.scenario.scenario_file import ScenarioFile, scenario_schema
from simulator.scenario.steps import Step
from switch.settings import SettingsError, parse

HEAD = """\
scenario: A day at the bank
tags: [smoke]
cast: {gab: GAB00001, customer: amina}
steps:
"""


def read(steps, tail=""):
    return parse(HEAD + steps + tail, "day.yaml", ScenarioFile)


def complaints(steps, tail=""):
    with pytest.raises(SettingsError) as caught:
        read(steps, tail)
    return [
        f"{problem.line}:{problem.column}: {problem.message}"
        + (f" ({problem.suggestion}?)" if problem.suggestion else "")
        for problem in caught.value.problems
    ]


def test_a_step_is_what_is_done_and_what_is_expected():
    scenario = read(
        "  - withdraw: {at: gab, card: customer, amount: 200.00}\n"
        "    expect: {outcome: approved, response_code: 00, notes: {200: 1}, within: 7s}\n"
    )
    step = scenario.steps[0]
    assert step.word == "withdraw"
    assert step.withdraw.amount == 20_000
    assert step.expect.response_code == "00"
    assert step.expect.notes == {200: 1}
    assert step.expect.within == 7.0


def test_the_books_are_expected_at_the_end():
    scenario = read("  - think: 1s\n", "expect: {accounts: {customer: 9800.00}}\n")
    assert scenario.expect.accounts == {"customer": 980_000}


def test_a_fault_has_a_beginning_and_a_time():
    scenario = read("  - faults: [{at: 1s, for: 8s, on: issuer, inject: silent}]\n")
    fault = scenario.steps[0].faults[0]
    assert (fault.at, fault.for_, fault.on, fault.inject) == (1.0, 8.0, "issuer", "silent")


def test_a_card_that_nobody_knows_is_given_by_its_number():
    text = HEAD.replace("amina", '{pan: "9504030000000017"}') + "  - think: 1s\n"
    card = parse(text, "day.yaml", ScenarioFile).cast["customer"]
    assert (card.pan.clear, card.expiry) == ("9504030000000017", "4912")


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ("withdrw: {at: gab}", "5:5: unknown key 'withdrw' (withdraw?)"),
        (
            "withdraw: {at: gab, card: customer, amount: abc}",
            "5:49: expected an amount such as 350.75, found 'abc'",
        ),
        (
            "withdraw: {at: gab, card: customer, amount: 0}",
            "5:49: expected more than 0.00, found '0'",
        ),
        (
            "withdraw: {at: gab, card: customer, amount: -5}",
            "5:49: expected an amount that is not negative, found '-5'",
        ),
        ("withdraw: {at: gab, amount: 5}", "5:5: missing key 'card'"),
        (
            "deposit: {at: gab, card: customer, notes: {}}",
            "5:47: expected at least 1 items, found an empty mapping",
        ),
        ("think: -3s", "5:12: expected a duration with its unit (ms, s, m, h, d), found '-3s'"),
        ("think: 3", "5:12: expected a duration with its unit (ms, s, m, h, d), found '3' (3s?)"),
        (
            "faults: [{on: isuer, inject: silent}]",
            "5:19: only the issuer can be 'silent' (issuer?)",
        ),
        ("faults: [{on: issuer, inject: slow}]", "5:35: how slow? say it with 'delay'"),
        (
            "faults: [{on: issuer, inject: silent, delay: 1s}]",
            "5:43: 'silent' has no delay",
        ),
        (
            "faults: [{on: gab, inject: down}]",
            "5:19: what can be down is 'core', 'issuer' or 'switch'",
        ),
        (
            "faults: [{on: switch, inject: black_hole}]",
            "5:19: which line? that of a terminal, or of the switch to 'issuer' or 'core'",
        ),
        (
            "faults: [{on: gab, inject: latency}]",
            "5:32: 'latency' needs 'delay'",
        ),
        (
            "faults: [{on: gab, inject: stall, bytes: 3}]",
            "5:39: 'stall' has no bytes",
        ),
        ("faults: []", "5:13: there is nothing in this list"),
        (
            "pay_bill: {at: gab, creditor: 101, kind: 01}",
            "5:35: expected 4 digits, found '101' (0101?)",
        ),
    ],
)
def test_a_wrong_step_is_told_with_its_place(step, complaint):
    assert complaints(f"  - {step}\n") == [complaint]


@pytest.mark.parametrize(
    ("expect", "complaint"),
    [
        (
            "{outcome: aproved}",
            "6:23: expected 'approved', 'declined' or 'in_doubt' or a mapping, found 'aproved'"
            " (approved?)",
        ),
        ("{lines: 1}", "6:14: 'withdraw' has no 'lines'"),
        ("{}", "6:13: nothing is expected here"),
        ("{amount: {}}", "6:22: a matcher needs a condition"),
        ("{amount: {grt: 1}}", "6:23: unknown key 'grt' (gt?)"),
        (
            '{words: {matches: "["}}',
            "6:31: not a regular expression: unterminated character set at position 0",
        ),
    ],
)
def test_a_wrong_expectation_is_told_with_its_place(expect, complaint):
    steps = f"  - withdraw: {{at: gab, card: customer, amount: 1}}\n    expect: {expect}\n"
    assert complaints(steps) == [complaint]


def test_a_step_is_one_thing():
    steps = "  - withdraw: {at: gab, card: customer, amount: 1}\n    think: 1s\n"
    complaint = "6:5: a step is one thing, and this one has 'withdraw' too"
    assert complaints(steps) == [complaint]


def test_a_step_without_a_deed_is_told():
    steps = "  - expect: {outcome: approved}\n"
    assert complaints(steps) == ["5:5: a step says what is done, such as 'withdraw' or 'balance'"]


def test_what_has_no_result_expects_none():
    steps = "  - think: 1s\n    expect: {outcome: approved}\n"
    assert complaints(steps) == ["6:5: nothing can be expected of 'think'"]


def test_a_role_is_not_called_as_a_party():
    text = HEAD.replace("{gab:", "{switch:") + "  - think: 1s\n"
    with pytest.raises(SettingsError, match="'switch' is a party of every network"):
        parse(text, "day.yaml", ScenarioFile)


def test_every_problem_of_a_file_is_told_at_once():
    steps = "  - withdrw: {}\n  - think: 3\n  - heal: \n"
    assert len(complaints(steps, "expct: {}\n")) == 4


def test_the_schema_wants_exactly_one_deed_a_step():
    step = scenario_schema("scenario.json")["$defs"]["Step"]
    assert {"required": ["withdraw"]} in step["oneOf"]
    assert len(step["oneOf"]) == len(Step.WORDS) + 1
