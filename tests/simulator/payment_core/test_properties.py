"""Whatever is asked, in whatever order and however often, the books hold."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

KEYS = [f"key/{number}" for number in range(6)]
PEOPLE = ["amina", "brahim"]

movement = st.tuples(
    st.sampled_from(["withdrawal", "deposit", "transfer"]),
    st.sampled_from(KEYS),
    st.sampled_from(PEOPLE),
    st.integers(0, 400_00),
)
payment = st.tuples(
    st.just("confirmation"),
    st.sampled_from(KEYS),
    st.sampled_from([*PEOPLE, "cash"]),
    st.sampled_from([("E2609001",), ("E2610001",), ()]),
)
cancellation = st.tuples(
    st.just("cancellation"),
    st.sampled_from(KEYS),
    st.sampled_from(KEYS),
    st.sampled_from([0, 0, 100_00]),
)
steps = st.lists(st.one_of(movement, movement, payment, cancellation), max_size=14)

# The net cash, the customers and the creditors, as what stands of the postings tells them.
LIVE = """
    SELECT kind, SUM(amount_minor - reversed_minor) FROM postings
    WHERE kind IN ('withdrawal', 'deposit', 'bill_cash') GROUP BY kind
"""
UNPAID_FOR = """
    SELECT p.operation_key FROM postings p JOIN payments y ON y.operation_key = p.operation_key
    GROUP BY p.id HAVING SUM(y.price_minor * y.live) <> p.amount_minor - p.reversed_minor
"""


def perform(bench, step, debts):
    """Do one step; its outcome, or None when its key came with another body."""
    name, key, who, what = step
    if name == "cancellation":
        body = {"cancels": who, "reason": "68", "retained_minor": what}
        key = f"cancel/{key}"
    elif name == "confirmation":
        pan = None if who == "cash" else getattr(bench, who)
        body = bench.confirmation(debts, *what, pan=pan)
    elif name == "transfer":
        receiver = bench.brahim if who == "amina" else bench.amina
        body = bench.transfer(getattr(bench, who), receiver, what)
    else:
        body = bench.money(getattr(bench, who), what)
    return bench.ask(name, body, key).get("outcome")


def check_books(bench):
    bench.audit()
    assert sum(bench.books().values()) == 0
    live = dict(map(tuple, bench.rows(LIVE)))
    assert bench.balance("cash:LAB00001") == (
        live.get("withdrawal", 0) - live.get("deposit", 0) - live.get("bill_cash", 0)
    )
    assert bench.rows(UNPAID_FOR) == []
    assert (
        bench.rows("SELECT operation_key FROM postings GROUP BY operation_key HAVING COUNT(*) > 1")
        == []
    )


@settings(max_examples=40, deadline=None)
@given(steps)
def test_any_sequence_keeps_the_books(new_bench, sequence):
    bench = new_bench()
    debts = bench.debts()
    for step in sequence:
        perform(bench, step, debts)
        check_books(bench)
    bench.close()


@settings(max_examples=25, deadline=None)
@given(steps)
def test_only_a_cancellation_takes_a_customer_below_its_floor(new_bench, sequence):
    bench = new_bench()
    debts = bench.debts()
    for step in sequence:
        before = {who: bench.balance(getattr(bench, who)) for who in PEOPLE}
        perform(bench, step, debts)
        for who in PEOPLE:
            after = bench.balance(getattr(bench, who))
            assert after >= 0 or after >= before[who] or step[0] == "cancellation"
    bench.close()


@settings(max_examples=25, deadline=None)
@given(steps)
def test_asking_everything_twice_changes_nothing(new_bench, sequence):
    once, twice = new_bench(), new_bench()
    debts = {bench: bench.debts() for bench in (once, twice)}
    for step in sequence:
        outcome = perform(once, step, debts[once])
        assert [perform(twice, step, debts[twice]) for _ in range(2)] == [outcome, outcome]
    assert once.books() == twice.books()
    once.close()
    twice.close()


@settings(max_examples=25, deadline=None)
@given(st.one_of(movement, payment), st.sampled_from([0, 50_00, 400_00]))
def test_an_operation_and_its_cancellation_leave_the_same_books_in_either_order(
    new_bench, step, retained_minor
):
    undo = ("cancellation", step[1], step[1], retained_minor)
    if step[0] != "withdrawal" or retained_minor > step[3]:
        undo = (*undo[:3], 0)
    books = []
    for order in ([step, undo], [undo, step]):
        bench = new_bench()
        debts = bench.debts()
        for one in order:
            perform(bench, one, debts)
        opened = {code: amount for code, amount in bench.books().items() if amount}
        books.append((opened, bench.debts()["total_minor"]))
        bench.close()
    assert books[0] == books[1]
