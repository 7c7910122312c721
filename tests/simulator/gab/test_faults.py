"""What goes wrong with a device, what follows for the money, and what the journal says."""

import pytest

from simulator.gab.choices import Enquiry, Withdrawal
from simulator.gab.customer import Scripted
from simulator.gab.faults import (
    FAULTS,
    CannotDispense,
    CardJam,
    JournalPrinterOut,
    NotTaken,
    PartlyDispensed,
    ReceiptPrinterOut,
    SuspectDispense,
)
from simulator.gab.states import State


@pytest.fixture
def gab(at):
    return at.start()


def withdraw(at, gab, amount_minor=50_000):
    result = at.do(gab.withdraw, at.card, amount_minor)
    at.quiet(gab)
    return result


def test_no_notes_at_all_is_a_full_reversal(at, gab, in_balance):
    gab.devices.fail(CannotDispense())
    result = withdraw(at, gab)
    (reversal,) = at.reversals()
    assert (result.outcome, result.response_code, result.notes) == ("declined", "00", {})
    assert (reversal["39"], reversal["4"], "95" in reversal) == ("22", "000000050000", False)
    assert (at.given_minor(), at.stands_minor()) == (0, 0)
    assert in_balance(gab.cassettes)
    assert at.last("device_failed")["fault"] == "cannot_dispense"


def test_notes_picked_in_vain_are_rejected(at, gab, in_balance):
    gab.devices.fail(CannotDispense(picked=2))
    withdraw(at, gab)
    assert gab.cassettes.by_name["1"].rejected == 2
    assert at.last("rejected")["cassettes"] == {"1": 2}
    assert in_balance(gab.cassettes)


def test_a_part_is_given_and_the_rest_reversed_with_the_amount_as_authorised(at, gab, in_balance):
    gab.devices.fail(PartlyDispensed(notes=2))
    result = withdraw(at, gab)
    (reversal,) = at.reversals()
    assert (result.outcome, result.amount_minor, result.notes) == ("approved", 40_000, {200: 2})
    assert result.words == "only 400.00 of 500.00 could be given"
    assert (reversal["4"], reversal["95"]) == ("000000050000", "000000040000" + "0" * 30)
    assert reversal["39"] == "32"
    line = at.last("dispense")
    assert (line["amount_minor"], line["authorised_minor"]) == (40_000, 50_000)
    assert at.given_minor() == at.stands_minor() == 40_000
    assert in_balance(gab.cassettes)


def test_cash_that_nobody_takes_is_retracted_and_reversed(at, gab, in_balance):
    gab.devices.fail(NotTaken())
    result = withdraw(at, gab)
    (reversal,) = at.reversals()
    assert (result.outcome, result.notes) == ("declined", {})
    assert (reversal["39"], "95" in reversal) == ("17", False)
    assert (gab.cassettes.by_name["1"].dispensed, gab.cassettes.by_name["1"].retracted) == (0, 2)
    assert (at.given_minor(), at.stands_minor()) == (0, 0)
    assert in_balance(gab.cassettes)


def test_cash_that_nobody_takes_is_kept_for_a_claim_by_profile(at):
    gab = at.start(reverse_untaken=False)
    gab.devices.fail(NotTaken())
    result = withdraw(at, gab)
    assert (result.outcome, result.notes, at.reversals()) == ("approved", {}, [])
    assert gab.cassettes.by_name["1"].retracted == 2
    assert at.given_minor() == at.stands_minor() == 50_000
    assert at.scene.pending() == []


def test_a_part_that_nobody_takes_is_reversed_in_whole(at, gab):
    gab.devices.fail(PartlyDispensed(notes=1))
    gab.devices.fail(NotTaken())
    withdraw(at, gab)
    assert len(at.reversals()) == 1
    assert (at.given_minor(), at.stands_minor()) == (0, 0)


def test_a_customer_who_walks_away_from_the_cash_is_the_same(at, gab):
    before_s = at.world.timeline.now_s
    leaver = Scripted(at.card, [Withdrawal(50_000)], leaves_at={State.PRESENTED})
    (result,) = at.do(gab.visit, leaver)
    assert at.world.timeline.now_s - before_s == pytest.approx(30, abs=0.1)
    at.quiet(gab)
    assert (result.outcome, at.stands_minor()) == ("declined", 0)


@pytest.mark.parametrize("left", [True, False])
def test_a_suspect_dispense_stands_until_the_count(at, gab, left):
    gab.devices.fail(SuspectDispense(left=left))
    result = withdraw(at, gab)
    assert (result.outcome, result.notes) == ("in_doubt", {200: 2, 100: 1} if left else {})
    assert (at.reversals(), len(at.scene.pending())) == ([], 1)
    assert at.given_minor() == at.stands_minor() == 50_000


def test_no_cash_is_given_after_a_suspect_dispense_and_all_else_is(at, gab):
    gab.devices.fail(SuspectDispense())
    withdraw(at, gab)
    refused = withdraw(at, gab)
    assert (refused.outcome, "must be counted" in refused.words) == ("declined", True)
    assert at.do(gab.balance, at.card).outcome == "approved"
    assert at.host.types == ["0200", "0100"]


def test_a_jammed_card_is_captured_after_an_enquiry(at, gab):
    gab.devices.fail(CardJam())
    result = at.do(gab.balance, at.card)
    assert (result.outcome, result.card_captured) == ("approved", True)
    assert at.last("card_captured")["reason"] == "card jammed"


def test_a_card_that_jams_before_the_cash_keeps_the_cash_inside(at, gab, in_balance):
    gab.devices.fail(CardJam())
    result = withdraw(at, gab)
    assert (result.outcome, result.card_captured) == ("declined", True)
    assert [m["39"] for m in at.reversals()] == ["22"]
    assert gab.cassettes.by_name["1"].rejected == 2
    assert (at.given_minor(), at.stands_minor()) == (0, 0)
    assert in_balance(gab.cassettes)


def test_a_card_that_jams_behind_the_cash_leaves_the_cash(at):
    gab = at.start(card_first=False)
    gab.devices.fail(CardJam())
    result = withdraw(at, gab)
    assert (result.outcome, result.card_captured) == ("approved", True)
    assert at.given_minor() == at.stands_minor() == 50_000


def test_without_paper_there_is_no_receipt_and_the_customer_is_told(at, gab):
    said = []
    gab.on_state(lambda state: said.append(gab.screen))
    fault = gab.devices.fail(ReceiptPrinterOut())
    first = at.do(gab.balance, at.card)
    second = at.do(gab.balance, at.card)
    gab.devices.repair(fault)
    third = at.do(gab.balance, at.card)
    assert [bool(each.receipt) for each in (first, second, third)] == [False, False, True]
    assert at.names().count("device_failed") == at.names().count("device_repaired") == 1


def test_without_a_journal_the_gab_is_out_of_service_until_it_is_repaired(at, gab):
    gab.devices.fail(JournalPrinterOut())
    refused = at.do(gab.withdraw, at.card, 50_000)
    assert refused.words == "out of service: the journal printer is out"
    assert (gab.state, at.host.received) == (State.OUT_OF_SERVICE, [])
    gab.devices.repair(JournalPrinterOut)
    assert withdraw(at, gab).outcome == "approved"
    assert {"device_failed", "device_repaired"} <= set(at.names())


@pytest.mark.parametrize("at_state", [State.STACKING, State.CARD_FIRST, State.PRESENTED])
def test_a_journal_that_stops_before_the_cash_is_presented_stops_the_cash(at, gab, at_state):
    def stop(state):
        if state is at_state:
            gab.devices.fail(JournalPrinterOut())

    gab.on_state(stop)
    result = at.do(gab.withdraw, at.card, 50_000)
    assert (result.outcome, result.notes) == ("in_doubt", {})
    at_state = None
    gab.devices.repair()
    at.quiet(gab)
    assert (at.given_minor(), at.stands_minor()) == (0, 0)
    at.do(gab.stop)
    rebuilt = at.start()
    assert rebuilt.cassettes.by_name == gab.cassettes.by_name


def test_a_journal_that_stops_while_cash_is_presented_counts_it_as_given(at, gab):
    gab.devices.fail(NotTaken())
    gab.on_state(
        lambda state: gab.devices.fail(JournalPrinterOut()) if state is State.RETRACTED else None
    )
    at.do(gab.withdraw, at.card, 50_000)
    gab.devices.repair()
    at.quiet(gab)
    assert at.given_minor() == at.stands_minor() == 50_000


def test_a_fault_strikes_as_often_as_it_says(at, gab):
    gab.devices.fail(CannotDispense(times=2))
    outcomes = [withdraw(at, gab).outcome for _ in range(3)]
    assert outcomes == ["declined", "declined", "approved"]
    assert gab.devices.faults == ()


def test_a_fault_that_is_repaired_in_time_never_strikes(at, gab):
    gab.devices.fail(CannotDispense())
    gab.devices.fail(CardJam())
    gab.devices.repair(CannotDispense)
    assert [type(each) for each in gab.devices.faults] == [CardJam]
    gab.devices.repair()
    assert withdraw(at, gab).outcome == "approved"
    assert "device_failed" not in at.names()


def test_faults_have_words_for_those_who_name_them():
    assert set(FAULTS) == {
        "cannot_dispense",
        "partly_dispensed",
        "suspect_dispense",
        "not_taken",
        "card_jam",
        "receipt_printer_out",
        "journal_printer_out",
        "power_cut",
    }


def test_a_session_goes_on_after_cash_that_could_not_be_given(at, gab):
    gab.devices.fail(CannotDispense())
    script = Scripted(at.card, [Withdrawal(20_000), Enquiry("balance")])
    results = at.do(gab.visit, script)
    assert [(each.operation, each.outcome) for each in results] == [
        ("withdraw", "declined"),
        ("balance", "approved"),
    ]
