"""Cancelling within the day: the money goes back, and the cash once that is acknowledged."""

import pytest

from simulator.oracle.terminal_books import read_terminal_book
from switch.link import answer_to
from tests.simulator.counter.conftest import PHONE, RIB, TILL


def book(counter):
    return read_terminal_book(counter.journal)


def test_cash_that_came_in_is_given_back(at, counter):
    done = at.do(counter.cash_in, RIB, 20_000)
    result = at.do(counter.cancel, done.rrn)
    original, reversal = at.host.received
    assert (result.outcome, result.amount_minor) == ("approved", 20_000)
    assert (reversal.mti, reversal["39"]) == ("0420", "17")
    assert reversal["90"].startswith("0200" + original["11"] + original["7"])
    assert (counter.till.total_minor, counter.till.taken_minor) == (counter.till.opening_minor, 0)
    assert "Returned : 1 x 200.00" in result.receipt
    assert (book(counter).deeds, at.scene.pending()) == ([], [])


def test_cash_that_went_out_is_brought_back(at, counter):
    at.do(counter.cash_out, RIB, 30_000)
    result = at.do(counter.cancel, "", {20_000: 2})
    assert (result.outcome, counter.till.taken_minor) == ("approved", 0)
    assert counter.till.pieces[20_000] == TILL[20_000] + 1
    assert "Received : 2 x 200.00" in result.receipt


def test_a_bill_is_cancelled_with_its_cash(at, counter):
    at.do(counter.pay_bill_in_cash, at.owed(), ["A1"])
    at.do(counter.cancel)
    assert (counter.till.taken_minor, book(counter).deeds) == (0, [])


def test_what_an_account_paid_moves_no_cash(at, counter):
    at.do(counter.pay_bill_from_account, RIB, at.owed(), ["A1"])
    assert at.do(counter.cancel).outcome == "approved"
    assert (counter.till.pieces, book(counter).deeds) == (TILL, [])


def test_it_is_cancelled_once(at, counter):
    done = at.do(counter.cash_in, RIB, 20_000)
    at.do(counter.cancel, done.rrn)
    assert "nothing that stands" in at.do(counter.cancel, done.rrn).words
    assert at.host.types == ["0200", "0420"]


def test_only_within_the_day(at, counter):
    at.do(counter.cash_in, RIB, 20_000)
    at.world.advance(24 * 3600)
    assert "only within the day" in at.do(counter.cancel).words


def test_what_is_not_known_is_not_cancelled(at, counter):
    assert "under any number" in at.do(counter.cancel).words
    assert "under 000000000001" in at.do(counter.cancel, "000000000001").words


def test_nothing_is_cancelled_that_was_refused(at, counter):
    at.code = "51"
    done = at.do(counter.cash_in, RIB, 20_000)
    assert "nothing that stands" in at.do(counter.cancel, done.rrn).words


def test_a_till_that_cannot_give_it_back_cancels_nothing(at, counter):
    at.do(counter.cash_in, RIB, 20_000)
    at.do(counter.move_cash, dict(counter.till.pieces), to_till=False)
    assert "no change" in at.do(counter.cancel).words
    assert at.host.types == ["0200"]


def test_in_doubt_the_cash_changes_hands_once_it_is_acknowledged(at, counter):
    done = at.do(counter.cash_in, RIB, 20_000)
    at.host.script = at.host.ignore
    result = at.do(counter.cancel, done.rrn)
    assert (result.outcome, counter.till.taken_minor) == ("in_doubt", 20_000)
    assert "being cancelled already" in at.do(counter.cancel, done.rrn).words
    at.host.script = at.answer
    at.quiet()
    assert (counter.till.taken_minor, book(counter).deeds) == (0, [])
    assert "The cancellation has taken place" in at.do(counter.sign_on, "T01").receipt


@pytest.mark.parametrize("moment_s", [*(n * 0.0005 for n in range(20)), 1.0])
def test_a_power_cut_in_a_cancellation_ends_it(at, counter, moment_s):
    done = at.do(counter.cash_in, RIB, 20_000)
    at.host.script = at.host.ignore
    at.scene.begin(counter.cancel, done.rrn)
    at.world.advance(moment_s)
    at.scene.kill()
    at.host.script = at.answer
    counter = at.start()
    at.quiet()
    begun = "reversal_owed" in at.scene.event_names()
    assert counter.till.taken_minor == (0 if begun else 20_000)
    assert len(book(counter).deeds) == (0 if begun else 1)
    assert book(counter).owed == {}


def test_money_that_was_sent_goes_back_to_its_sender_by_its_reference(at, counter):
    at.do(counter.send_cash, PHONE, 15_000)
    result = at.do(counter.cancel)
    asked = at.host.received[-1]
    assert (result.operation, result.outcome) == ("cancel", "approved")
    assert (asked["3"], asked["48"]) == ("910000", {"04": "300000000001"})
    assert counter.till.taken_minor == 0


def test_money_that_somebody_has_collected_does_not_go_back(at, counter):
    at.do(counter.send_cash, PHONE, 15_000)
    at.host.script = lambda m: answer_to(m, "94")
    result = at.do(counter.cancel)
    assert (result.outcome, counter.till.taken_minor) == ("declined", 15_000)


def test_money_that_was_collected_is_not_taken_back(at, counter):
    at.do(counter.collect, PHONE, "87654321", 15_000)
    assert "is not taken back" in at.do(counter.cancel).words
