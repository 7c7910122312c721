"""Notes are counted and replenished by people of the bank, and the journal says so."""

import pytest

from simulator.gab.faults import JournalPrinterOut, SuspectDispense
from simulator.gab.states import State
from simulator.gab.supervisor import SupervisorError


@pytest.fixture
def gab(at):
    return at.start(cassettes={"1": (200, 10), "2": (100, 10)})


def test_notes_are_added_to_what_is_there(at, gab, in_balance):
    at.do(gab.withdraw, at.card, 40_000)
    at.do(gab.supervisor.replenish, {"1": 5}, "s.alami")
    assert gab.cassettes.stock == {"1": (200, 13), "2": (100, 10)}
    assert gab.cassettes.by_name["1"].loaded == 15
    assert in_balance(gab.cassettes)
    assert at.last("supervisor_in")["operator"] == "s.alami"


def test_a_count_begins_the_books_again(at, gab, in_balance):
    at.do(gab.withdraw, at.card, 50_000)
    count = at.do(gab.supervisor.count)
    assert (count.book, count.found) == ({"1": 8, "2": 9}, {"1": 8, "2": 9})
    assert count.difference_minor == 0
    assert gab.cassettes.by_name["1"].loaded == 8
    assert gab.cassettes.by_name["1"].dispensed == 0
    assert in_balance(gab.cassettes)


def test_a_difference_is_told_and_journalled(at, gab):
    count = at.do(gab.supervisor.count, {"1": 9, "2": 12})
    assert count.difference_minor == -20_000 + 20_000
    count = at.do(gab.supervisor.count, {"1": 8})
    assert count.difference_minor == -20_000
    line = at.last("counted")
    assert line["difference_minor"] == -20_000
    assert (line["cassettes"]["1"]["remaining"], line["cassettes"]["1"]["counted"]) == (9, 8)


def test_another_denomination_takes_an_empty_cassette(at, gab):
    with pytest.raises(SupervisorError, match="cassette 2 holds notes of 100, not of 50"):
        at.do(gab.supervisor.replenish, {"2": (50, 10)})
    at.do(gab.supervisor.count, {"2": 0})
    at.do(gab.supervisor.replenish, {"2": (50, 10)})
    assert gab.cassettes.stock["2"] == (50, 10)


@pytest.mark.parametrize("wrong", [{"9": 5}, {"1": -1}])
def test_what_cannot_be_is_refused_and_changes_nothing(at, gab, wrong):
    for deed in (gab.supervisor.replenish, gab.supervisor.count):
        with pytest.raises(SupervisorError):
            at.do(deed, wrong)
    assert gab.cassettes.stock == {"1": (200, 10), "2": (100, 10)}
    assert gab.state is State.IDLE


def test_nothing_is_counted_without_a_journal(at, gab):
    gab.devices.fail(JournalPrinterOut())
    with pytest.raises(SupervisorError, match="cannot be written"):
        at.do(gab.supervisor.replenish, {"1": 5})
    assert gab.cassettes.stock["1"] == (200, 10)


def test_a_supervisor_waits_for_the_customer(at, gab):
    customer = at.scene.begin(gab.withdraw, at.card, 40_000)
    states = []
    gab.on_state(states.append)
    at.do(gab.supervisor.count)
    assert customer.called
    assert states.index(State.SUPERVISOR) > states.index(State.TAKEN)


def test_a_gab_out_of_service_serves_nobody_through_restarts(at, gab):
    at.do(gab.supervisor.take_out_of_service, "works on the roof")
    refused = at.do(gab.balance, at.card)
    assert (refused.outcome, refused.words) == ("declined", "out of service: works on the roof")
    assert gab.state is State.OUT_OF_SERVICE
    at.scene.kill()
    gab = at.start()
    assert at.do(gab.balance, at.card).outcome == "declined"
    at.do(gab.supervisor.put_in_service)
    assert at.do(gab.balance, at.card).outcome == "approved"
    assert "card_in" in at.names()


def test_low_and_no_cash_are_told_once_each(at):
    cassettes = {"1": (200, 4)}
    gab = at.start(cassettes=cassettes)
    gab.cassettes._low = {"1": 2}
    assert gab.cash == "ok"
    for _ in range(4):
        at.do(gab.withdraw, at.card, 20_000)
    assert gab.cash == "out"
    told = [name for name in at.names() if name.startswith("cash_")]
    assert told == ["cash_low", "cash_out"]
    refused = at.do(gab.withdraw, at.card, 20_000)
    assert "no notes are left" in refused.words
    at.do(gab.supervisor.replenish, {"1": 10})
    assert (gab.cash, at.names()[-2:]) == ("ok", ["cash_ok", "supervisor_out"])


def suspect(at, gab, amount_minor=50_000):
    gab.devices.fail(SuspectDispense())
    at.do(gab.withdraw, at.card, amount_minor)


def test_a_count_without_surplus_lets_a_suspect_dispense_stand(at, gab):
    suspect(at, gab)
    count = at.do(gab.supervisor.count)
    at.quiet(gab)
    assert (count.difference_minor, count.reversed_minor, at.reversals()) == (0, 0, [])
    assert at.given_minor() == at.stands_minor() == 50_000
    assert at.scene.pending() == []
    assert at.do(gab.withdraw, at.card, 20_000).outcome == "approved"


@pytest.mark.parametrize(
    ("found", "given_minor", "difference_minor"),
    [
        ({"1": 10, "2": 10}, 0, 0),
        ({"1": 9, "2": 9}, 30_000, 0),
        ({"1": 10, "2": 12}, 0, 20_000),
        ({"1": 7, "2": 10}, 40_000, -20_000),
    ],
)
def test_notes_that_a_count_finds_go_back_to_the_account(
    at, gab, in_balance, found, given_minor, difference_minor
):
    suspect(at, gab)
    count = at.do(gab.supervisor.count, found)
    at.quiet(gab)
    assert count.reversed_minor == 50_000 - given_minor
    assert count.difference_minor == difference_minor
    assert at.given_minor() == at.stands_minor() == given_minor
    assert gab.cassettes.stock == {"1": (200, found["1"]), "2": (100, found["2"])}
    assert in_balance(gab.cassettes)


def test_a_suspect_dispense_is_held_through_restarts(at, gab):
    suspect(at, gab)
    at.scene.kill()
    gab = at.start()
    at.quiet(gab)
    assert at.reversals() == []
    assert "must be counted" in at.do(gab.withdraw, at.card, 20_000).words
    at.do(gab.supervisor.count, {"1": 10, "2": 10})
    at.quiet(gab)
    assert (at.given_minor(), at.stands_minor(), at.scene.pending()) == (0, 0, [])


def test_a_reversal_that_a_count_decided_survives_a_power_cut(at, gab):
    suspect(at, gab)
    at.host.script = at.host.ignore
    at.do(gab.supervisor.count, {"1": 9})
    at.scene.kill()
    at.host.script = at.host.approve
    gab = at.start()
    at.quiet(gab)
    assert at.given_minor() == at.stands_minor() == 30_000
