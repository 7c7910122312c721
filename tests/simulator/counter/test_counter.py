"""What a counter does with cash: counted when the payment stands, given back when it does not."""

from dataclasses import replace

import pytest

from simulator.counter.settings import CounterSettings
from switch.link import answer_to
from switch.settings import SettingsError, parse

FOUND = {"04": "000000000077", "05": "A1=35075|A2=12000", "08": "contract=00123456"}
TILL = {20_000: 2, 2_000: 5, 1_000: 5, 500: 5, 200: 5, 100: 5, 50: 5, 20: 5, 5: 5}


@pytest.fixture
def counter(scene):
    counter = scene.counter(TILL)
    scene.do(counter.when_ready)
    return counter


@pytest.fixture
def owed(scene, counter):
    scene.host.script = lambda m: answer_to(m, "00", de4="000000047075", de48=FOUND)
    owed = scene.do(counter.enquire_bill, "1001", "01", {"contract": "00123456"})
    scene.host.script = lambda m: answer_to(
        m, "00", **({"de48": {"06": "S1"}} if m.mti == "0200" else {})
    )
    return owed


def cash_in(scene) -> int:
    return sum(event["amount_minor"] for event in scene.events() if event["event"] == "cash_in")


def test_an_enquiry_needs_no_card(scene, counter, owed):
    asked = scene.host.received[0]
    assert "2" not in asked
    assert (asked["3"], asked["4"], asked["18"]) == ("300000", "000000000000", "4900")
    assert owed.articles[0].amount_minor == 35_075


def test_the_exact_amount_goes_into_the_till(scene, counter, owed):
    before_minor = counter.till.total_minor
    result = scene.do(counter.pay_bill_in_cash, owed, ["A1"])
    assert (result.outcome, result.settlement_reference) == ("approved", "S1")
    assert counter.till.total_minor == before_minor + 35_075
    assert (cash_in(scene), counter.till.taken_minor) == (35_075, 35_075)
    assert result.notes == {200: 1, 100: 1, 50: 1}


def test_change_is_given_from_the_till(scene, counter, owed):
    result = scene.do(counter.pay_bill_in_cash, owed, ["A1"], {20_000: 2})
    assert "change 2 x 20.00, 1 x 5.00, 2 x 2.00, 1 x 0.20, 1 x 0.05" in result.lines
    assert counter.till.pieces[20_000] == 4
    assert counter.till.pieces[2_000] == 3
    assert counter.till.taken_minor == 35_075


@pytest.mark.parametrize(
    ("tendered", "words"),
    [
        ({20_000: 1}, "200.00 was given where 350.75"),
        ({1_000_000: 1}, "no such notes"),
        ({10_000: 400}, "no change"),
    ],
)
def test_cash_that_will_not_do_is_refused_before_any_message(scene, counter, owed, tendered, words):
    counter.till.pieces = {}
    result = scene.do(counter.pay_bill_in_cash, owed, ["A1"], tendered)
    assert result.outcome == "declined"
    assert words in result.words
    assert scene.host.types == ["0100"]


def test_change_may_be_given_from_what_was_just_received(scene, counter, owed):
    counter.till.pieces = {}
    result = scene.do(counter.pay_bill_in_cash, owed, ["A2"], {10_000: 1, 2_000: 2})
    assert (result.outcome, counter.till.pieces) == ("approved", {10_000: 1, 2_000: 1})


def test_a_refused_payment_gives_the_money_back(scene, counter, owed):
    before = dict(counter.till.pieces)
    scene.host.script = lambda m: answer_to(m, "94")
    result = scene.do(counter.pay_bill_in_cash, owed)
    assert (result.outcome, result.response_code) == ("declined", "94")
    assert result.lines == (
        "not paid: duplicate transmission",
        "returned 2 x 200.00, 1 x 50.00, 1 x 20.00, 1 x 0.50, 1 x 0.20, 1 x 0.05",
    )
    assert (counter.till.pieces, cash_in(scene)) == (before, 0)


def test_in_doubt_the_money_is_kept_apart_until_the_reversal_is_acknowledged(scene, counter, owed):
    before_minor = counter.till.total_minor
    scene.host.script = scene.host.ignore
    result = scene.do(counter.pay_bill_in_cash, owed, ["A2"])
    assert result.outcome == "in_doubt"
    assert "not known" in result.lines[0]
    assert "kept 1 x 100.00, 1 x 20.00" in result.lines
    assert "returned" not in scene.event_names()
    scene.host.script = scene.host.approve
    scene.world.run_until(counter.when_quiet(), 120)
    returned = scene.events()[-1]
    assert (returned["event"], returned["pieces"]) == ("returned", {"10000": 1, "2000": 1})
    assert (counter.till.total_minor, cash_in(scene)) == (before_minor, 0)


def test_a_payment_cut_by_the_power_is_reversed_and_given_back(scene, counter, owed):
    scene.host.script = scene.host.ignore
    scene.begin(counter.pay_bill_in_cash, owed, ["A2"])
    scene.world.advance(1)
    scene.kill()
    scene.host.script = scene.host.approve
    counter = scene.counter(TILL)
    scene.do(counter.when_ready)
    assert scene.host.types == ["0100", "0200", "0420"]
    assert scene.event_names()[-2:] == ["reversal_acknowledged", "returned"]
    assert counter.till.taken_minor == 0


def test_the_till_is_counted_on_from_the_journal(scene, counter, owed):
    scene.do(counter.pay_bill_in_cash, owed, ["A1"], {20_000: 2})
    pieces = counter.till.pieces
    scene.do(counter.stop)
    counter = scene.counter({20_000: 50})
    assert counter.till.pieces == pieces
    assert counter.till.taken_minor == 35_075


def test_a_bill_that_owes_nothing_takes_no_money(scene, counter, owed):
    result = scene.do(counter.pay_bill_in_cash, replace(owed, articles=()))
    assert (result.outcome, result.words) == ("declined", "nothing is owed")


def test_a_till_in_settings_is_counted_by_value():
    settings = parse("till: {200: 20, 0.50: 10}", "network.yaml", CounterSettings)
    assert settings.till == {20_000: 20, 50: 10}


def test_a_coin_that_does_not_exist_is_an_error_in_its_place():
    with pytest.raises(SettingsError, match=r"no note or coin of 3\.00"):
        parse("till: {3: 20}", "network.yaml", CounterSettings)
