"""The books of a day: printed, checked by anyone, settled with each creditor."""

import csv
import hashlib
from datetime import date

import pytest
from sqlalchemy import text

from simulator.payment_core.day_books import bounds, read_day
from simulator.payment_core.day_pages import document, page, settlement_file

DAY = date(2026, 11, 24)


def day_of(bench, day=DAY):
    return bench.turn(lambda turn: read_day(turn.connection, day))


@pytest.fixture
def busy(bench):
    """A day with a bill that stands, one that went back, and cash; another one begins after it."""
    debts = bench.debts()
    bench.ask("confirmation", bench.confirmation(debts, "E2609001"), "a")
    bench.ask("confirmation", bench.confirmation(debts, "E2610001", pan=None), "b")
    bench.cancel("b")
    bench.ask("withdrawal", bench.money(bench.amina, 200_00))
    bench.pass_time(hours=14)
    bench.ask("withdrawal", bench.money(bench.amina, 100_00))
    return bench


def test_each_account_goes_from_its_opening_to_its_closing_balance(busy):
    accounts = {line.code: line for line in day_of(busy).accounts}
    customer = accounts[f"customer:{busy.ribs[busy.amina]}"]
    # The books began on this day; the balances that they began with are credits of it.
    assert (customer.credits_minor, customer.debits_minor) == (10_000_00, -550_75)
    creditor = accounts["creditor:1001"]
    assert (creditor.opening_minor, creditor.closing_minor) == (0, 350_75)
    assert (creditor.credits_minor, creditor.debits_minor) == (470_75, -120_00)
    after = {line.code: line for line in day_of(busy, date(2026, 11, 25)).accounts}
    assert after["creditor:1001"].opening_minor == after["creditor:1001"].closing_minor == 350_75
    assert after["cash:LAB00001"].credits_minor == 100_00


def test_a_statement_has_each_article_and_what_went_back(busy):
    books = day_of(busy)
    (statement,) = (each for each in books.statements if each.creditor == "1001")
    assert [(line.article, line.amount_minor) for line in statement.lines] == [
        ("E2609001", 350_75),
        ("E2610001", 120_00),
        ("E2610001", -120_00),
    ]
    assert statement.net_minor == 350_75
    rows = list(csv.reader(settlement_file(books, statement).splitlines()))
    assert [row[-1] for row in rows] == ["amount", "350.75", "120.00", "-120.00", "350.75"]
    above = settlement_file(books, statement).rsplit("\n", 2)[0] + "\n"
    digest = hashlib.sha256(above.encode()).hexdigest()
    assert rows[-1][:5] == ["total", "2026-11-24", "1001", "3", digest]


def test_what_was_pending_is_settled_on_the_day_it_is_accepted(settings, new_bench):
    from simulator.payment_core.settings import CallbackSettings

    callback = CallbackSettings(url="http://h:1/", secret="a secret of theirs", decides=True)
    creditors = tuple(
        each.model_copy(update={"callback": callback}) if each.id == "1001" else each
        for each in settings.creditors
    )
    bench = new_bench(creditors=creditors)
    answer = bench.ask("confirmation", bench.confirmation(bench.debts()), "p")
    before = day_of(bench)
    assert (before.pending, before.untold, before.statements) == (1, 1, ())
    bench.pass_time(days=1)
    told = {"creditor": "1001", "settlement_reference": answer["settlement_reference"]}
    bench.ask("decision", {**told, "decision": "accepted"})
    bench.pass_time(days=1)
    bench.cancel("p")
    nets = [
        {each.creditor: each.net_minor for each in day_of(bench, date(2026, 11, day)).statements}
        for day in (24, 25, 26)
    ]
    assert nets == [{"1001": 0}, {"1001": 470_75}, {"1001": -470_75}]
    assert not day_of(bench, date(2026, 11, 26)).problems
    bench.close()


def test_the_page_and_the_document_say_the_same(busy):
    books = day_of(busy)
    assert "the books add up" in page(books)
    assert "creditor:1001                                      0.00        -120.00" in page(books)
    told = document(books)
    assert (told["right"], told["problems"]) == (True, [])
    assert {"creditor": "1001", "count": 3, "net_minor": 350_75} in told["creditors"]
    assert sum(line["closing_minor"] for line in told["accounts"]) == 0


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE accounts SET balance_minor = 1 WHERE code = 'creditor:1001'", "creditor:1001"),
        ("DELETE FROM entries WHERE posting_id = 5", "posting 5"),
        ("UPDATE payments SET price_minor = 1 WHERE operation_key = 'a'", "statement of creditor"),
    ],
)
def test_books_that_were_touched_do_not_pass(busy, damage, told):
    with busy.engine.connect() as connection:
        connection.execute(text(damage))
        problems = read_day(connection, DAY).problems
        connection.rollback()
    assert any(told in problem for problem in problems), problems


def test_a_day_follows_the_clock_of_morocco_in_ramadan_too():
    assert bounds(date(2026, 2, 15)) == ("2026-02-14T23:00:00.000Z", "2026-02-16T00:00:00.000Z")
