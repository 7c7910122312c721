"""What a terminal's journal says it did."""

import pytest

from simulator.oracle import BookError
from simulator.oracle.terminal_books import books_in, read_terminal_book

WHO = {"stan": "000001", "rrn": "1"}


def book(desk, terminal="GAB00001"):
    return read_terminal_book(desk.journals / f"{terminal}.jsonl")


def test_notes_are_counted_by_their_value_in_dirhams(desk):
    desk.dispense({200: 1, 20: 3})
    assert book(desk).dispensed_minor == 26_000


def test_cash_taken_is_what_was_given_less_the_change(desk):
    desk.tell(
        "cash_in",
        operation="pay_bill",
        amount_minor=12_000,
        pieces={"20000": 1},
        change={"5000": 1, "1000": 3},
        **WHO,
    )
    assert book(desk).taken_in_minor == 12_000


def test_a_deposit_is_cash_taken_in(desk):
    desk.tell("deposit", operation="deposit", amount_minor=25_000, notes={"200": 1, "50": 1}, **WHO)
    assert book(desk).taken_in_minor == 25_000
    assert book(desk).dispensed_minor == 0


def test_a_bill_paid_by_card_moves_money_and_no_cash(desk):
    desk.tell("done", operation="pay_bill", amount_minor=47_075, **WHO)
    (deed,) = book(desk).deeds
    assert (deed.kind, deed.amount_minor, deed.cash_minor) == ("by_card", 47_075, None)


def test_an_enquiry_is_no_deed(desk):
    desk.tell("done", operation="balance", **WHO)
    assert book(desk).deeds == []


@pytest.mark.parametrize("event", ["request", "approved", "declined", "no_answer", "started"])
def test_what_is_asked_or_refused_is_no_deed(desk, event):
    desk.tell(event, operation="withdraw", amount_minor=20_000, **WHO)
    assert book(desk).deeds == []


def test_a_reversal_is_owed_until_it_is_acknowledged(desk):
    desk.tell("reversal_owed", operation="withdraw", amount_minor=1, **WHO)
    assert book(desk).owed == {"1": "000001"}
    desk.tell("reversal_acknowledged", operation="withdraw", amount_minor=1, attempts=2, **WHO)
    assert (book(desk).owed, book(desk).acknowledged) == ({}, 1)


def test_a_line_cut_short_does_not_count_yet(desk):
    with (desk.journals / "GAB00001.jsonl").open("a") as journal:
        journal.write('{"event": "dispense", "no')
    assert book(desk).deeds == []


@pytest.mark.parametrize("line", ["{", "[]", '{"at": "x"}', '{"event": "dispense"}'])
def test_a_line_that_is_no_event_is_told_with_its_number(desk, line):
    with (desk.journals / "GAB00001.jsonl").open("a") as journal:
        journal.write(line + "\n")
    with pytest.raises(BookError, match=r"GAB00001\.jsonl:2: not an event"):
        book(desk)


def test_a_journal_that_is_not_there_is_told(desk):
    with pytest.raises(BookError, match="GAB00009"):
        book(desk, "GAB00009")


def test_every_journal_of_the_folders_is_read_in_order(desk):
    desk.tell("started", terminal="AGC00001")
    assert [each.terminal for each in books_in([desk.journals])] == ["AGC00001", "GAB00001"]
