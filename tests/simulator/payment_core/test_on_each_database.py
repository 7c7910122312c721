"""The core's books are the same on SQLite and on PostgreSQL."""

from datetime import date

from simulator.payment_core.day_books import read_day
from simulator.payment_core.day_pages import document


def story(bench):
    """A day with a bit of everything; what each operation came to."""
    debts = bench.debts()
    first = bench.confirmation(debts, "E2610001")
    outcomes = [
        bench.outcome("confirmation", first, "a"),
        bench.outcome("confirmation", first, "a"),
        bench.outcome("confirmation", bench.confirmation(debts, pan=None)),
        bench.outcome("confirmation", bench.confirmation(debts, "E2609001", pan=None), "b"),
        bench.outcome("withdrawal", bench.money(bench.brahim, 150_01)),
        bench.outcome("withdrawal", bench.money(bench.amina, 200_00), "w"),
        bench.outcome("transfer", bench.transfer(bench.amina, bench.brahim, 10_00)),
    ]
    bench.cancel("b")
    bench.cancel("w", retained_minor=50_00)
    outcomes.append(bench.outcome("withdrawal", bench.money(bench.amina, 1_00), "late"))
    bench.cancel("never-came")
    outcomes.append(bench.outcome("withdrawal", bench.money(bench.amina, 1_00), "never-came"))
    reference = bench.debts()["reference"]
    code = bench.ask("payment_code", {"references": [reference], "channel": "gab"})["payment_code"]
    body = {"payment_code": code, "channel": "agency", "currency": "504", "means": "cash"}
    body |= {"total_minor": 350_75, **bench.origin}
    outcomes += [bench.outcome("code_confirmation", body) for _ in range(2)]
    sent = bench.ask("remittance", bench.money(bench.amina, 30_00, phone="0661000001"))
    collect = {k: v for k, v in bench.money("", 30_00, reference=sent["reference"]).items() if v}
    outcomes.append(bench.outcome("collection", collect))
    bench.audit()
    return outcomes


def test_a_day_comes_to_the_same_on_each_database(bench_on, new_engine, database):
    there = bench_on(database.engine())
    here = bench_on(new_engine())
    days = []
    for bench in (here, there):
        outcomes = story(bench)
        read = bench.turn(lambda turn: read_day(turn.connection, date(2026, 11, 24)))
        days.append((outcomes, bench.books(), document(read)))
        bench.close()
    assert days[0] == days[1]
    outcomes, books, told = days[0]
    assert outcomes == [
        *("approved", "approved", "already_paid", "approved", "insufficient_funds"),
        *("approved", "approved", "approved", "cancelled_before", "approved", "already_paid"),
        "approved",
    ]
    assert (told["right"], books["creditor:1001"]) == (True, 470_75)
