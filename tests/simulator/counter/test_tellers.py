"""Tellers: sign-on, a till each, batches with their counts, and cash of the vault."""

import pytest

from simulator.counter.cash import total_minor
from simulator.counter.settings import CounterSettings
from switch.settings import SettingsError, parse
from tests.simulator.counter.conftest import PHONE, RIB, TILL, VAULT

TILL_MINOR, VAULT_MINOR = total_minor(TILL), total_minor(VAULT)


def change_teller(at, counter, teller):
    assert at.do(counter.sign_off).outcome == "approved"
    assert at.do(counter.sign_on, teller).outcome == "approved"


def test_a_fresh_counter_has_its_vault_and_its_first_till(counter):
    assert counter.books.vault == VAULT
    assert (counter.books.teller, counter.till.batch, counter.till.pieces) == ("T01", 1, TILL)


def test_without_a_till_nobody_is_signed_on_and_nobody_is_served(at):
    counter = at.start(till=None)
    result = at.do(counter.cash_in, RIB, 10_000)
    assert (result.outcome, result.words) == ("declined", "no teller is signed on")
    assert at.host.received == []


def test_a_teller_without_a_till_serves_nobody(at, counter):
    change_teller(at, counter, "T02")
    assert at.do(counter.cash_in, RIB, 10_000).words == "T02 has no till open"


def test_one_teller_at_a_time(at, counter):
    assert at.do(counter.sign_on, "T02").words == "T01 is signed on"


def test_an_unknown_teller_is_refused_with_the_one_meant(at, counter):
    at.do(counter.sign_off)
    assert at.do(counter.sign_on, "T0l").words.startswith("there is no teller T0l")


def test_each_teller_has_a_till_of_his_own(at, counter):
    change_teller(at, counter, "T02")
    opened = at.do(counter.open_till, {20_000: 2, 2_000: 5})
    assert (opened.outcome, opened.amount_minor, counter.till.batch) == ("approved", 50_000, 2)
    at.do(counter.cash_in, RIB, 20_000)
    assert counter.till.total_minor == 70_000
    change_teller(at, counter, "T01")
    assert counter.till.pieces == TILL


def test_the_cash_of_a_till_comes_out_of_the_vault(at, counter):
    change_teller(at, counter, "T02")
    at.do(counter.open_till, {20_000: 2})
    assert counter.books.vault[20_000] == VAULT[20_000] - 2


def test_cash_is_moved_between_vault_and_till(at, counter):
    at.do(counter.move_cash, {20_000: 3}, to_till=True)
    at.do(counter.move_cash, {50: 10}, to_till=False)
    assert (counter.till.pieces[20_000], counter.till.pieces[50]) == (8, 0)
    assert counter.books.vault == {**VAULT, 20_000: 97, 50: 110}
    assert counter.till.moved_minor == 60_000 - 500


@pytest.mark.parametrize(
    ("pieces", "to_till", "words"),
    [
        ({20_000: 101}, True, "the vault: there are not so many"),
        ({20_000: 6}, False, "there are not so many"),
        ({30_000: 1}, True, "no such notes"),
        ({20_000: -1}, True, "no such notes"),
    ],
)
def test_cash_that_is_not_there_is_not_moved(at, counter, pieces, to_till, words):
    result = at.do(counter.move_cash, pieces, to_till=to_till)
    assert result.outcome == "declined"
    assert words in result.words
    assert (counter.till.pieces, counter.books.vault) == (TILL, VAULT)


def test_a_supervisor_and_an_open_batch_open_no_till(at, counter):
    assert "open already" in at.do(counter.open_till, {}).words
    change_teller(at, counter, "T09")
    assert "a supervisor" in at.do(counter.open_till, {}).words


def test_a_batch_closes_with_its_count_in_the_vault(at, counter):
    at.do(counter.cash_in, RIB, 20_000)
    counted = {**TILL, 20_000: 6}
    result = at.do(counter.close_batch, counted)
    assert (result.outcome, result.difference_minor) == ("approved", 0)
    assert counter.books.tills == {}
    assert total_minor(counter.books.vault) == VAULT_MINOR + TILL_MINOR + 20_000
    assert "Operations : +200.00" in result.receipt
    assert at.do(counter.open_till, {20_000: 1}).outcome == "approved"
    assert counter.till.batch == 2


def test_a_count_that_differs_closes_nothing_until_it_is_forced(at, counter):
    short = {**TILL, 500: 9}
    refused = at.do(counter.close_batch, short)
    assert (refused.outcome, refused.difference_minor) == ("declined", -500)
    assert "Missing : 5.00" in refused.receipt
    assert (counter.till.pieces, at.host.received) == (TILL, [])
    forced = at.do(counter.close_batch, short, "T09")
    assert (forced.outcome, forced.difference_minor) == ("approved", -500)
    assert "Forced by : T09" in forced.receipt
    (posted,) = at.host.received
    assert (posted["3"], posted["4"], "2" in posted) == ("020000", "000000000500", False)
    assert at.last("batch_closed")["forced_by"] == "T09"
    assert total_minor(counter.books.vault) == VAULT_MINOR + TILL_MINOR - 500


def test_too_much_is_posted_the_other_way(at, counter):
    at.do(counter.close_batch, {**TILL, 500: 11}, "T09")
    assert at.host.received[0]["3"] == "220000"
    assert at.last("difference")["direction"] == "over"


@pytest.mark.parametrize("who", ["T01", "T02", "T77"])
def test_only_a_supervisor_forces(at, counter, who):
    assert "no supervisor" in at.do(counter.close_batch, {}, who).words
    assert counter.till.pieces == TILL


def test_a_difference_that_nobody_answers_closes_nothing_and_is_reversed(at, counter):
    short = {**TILL, 500: 9}
    result = at.silently(counter.close_batch, short, "T09")
    assert (result.outcome, counter.till.pieces) == ("in_doubt", TILL)
    assert "in doubt" in at.do(counter.close_batch).words
    at.quiet()
    assert at.do(counter.close_batch, short, "T09").outcome == "approved"


def test_a_power_cut_behind_a_posted_difference_does_not_post_it_twice(at, counter):
    short = {**TILL, 500: 9}
    at.do(counter.close_batch, short, "T09")
    lines = counter.journal.read_text().splitlines(keepends=True)
    at.do(counter.stop)
    counter.journal.write_text("".join(line for line in lines if '"batch_closed"' not in line))
    counter = at.start()
    assert counter.till.book_minor == counter.till.total_minor == TILL_MINOR - 500
    assert at.do(counter.close_batch, short).outcome == "approved"
    assert [m["3"] for m in at.host.received] == ["020000"]


def test_other_pieces_of_the_same_worth_are_no_difference(at, counter):
    swapped = {**TILL, 1_000: 9, 500: 12}
    assert at.do(counter.close_batch, swapped).difference_minor == 0
    assert counter.books.vault[500] == VAULT[500] + 12


def test_everything_is_rebuilt_from_the_journal(at, counter):
    at.do(counter.cash_in, RIB, 20_000)
    at.do(counter.send_cash, PHONE, 15_000)
    at.do(counter.move_cash, {20_000: 1}, to_till=False)
    change_teller(at, counter, "T02")
    at.do(counter.open_till, {20_000: 4})
    at.do(counter.cash_out, RIB, 20_000)
    at.do(counter.cancel)
    before = counter.books
    at.do(counter.stop)
    after = at.start().books
    assert {t: vars(till) for t, till in after.tills.items()} == {
        t: vars(till) for t, till in before.tills.items()
    }
    assert (after.vault, after.teller, after.batches) == (before.vault, before.teller, 2)
    assert list(after.deeds) == list(before.deeds)


def test_somebody_must_serve():
    with pytest.raises(SettingsError, match="who serves"):
        parse("tellers: {T9: {name: a, supervisor: true}}", "network.yaml", CounterSettings)


def test_a_vault_holds_legal_tender():
    with pytest.raises(SettingsError, match=r"no note or coin of 3\.00"):
        parse("vault: {3: 20}", "network.yaml", CounterSettings)
