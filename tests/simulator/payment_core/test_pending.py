"""Payments that a creditor has yet to accept: in suspense, then its own, or given back."""

import pytest

from simulator.payment_core.settings import CallbackSettings

SECRET = "a secret of the creditor"


def with_callbacks(settings, decides=("1001",), tells=()):
    """The creditors of the settings, some of which are called back."""
    return tuple(
        each.model_copy(
            update={
                "callback": CallbackSettings(
                    url="http://127.0.0.1:8589/", secret=SECRET, decides=each.id in decides
                )
            }
        )
        if each.id in (*decides, *tells)
        else each
        for each in settings.creditors
    )


@pytest.fixture
def deciding(settings, new_bench):
    """A bench whose creditor 1001 decides."""
    bench = new_bench(creditors=with_callbacks(settings))
    yield bench
    bench.audit()
    bench.close()


def decide(bench, settlement, decision, creditor="1001"):
    body = {"creditor": creditor, "settlement_reference": settlement, "decision": decision}
    return bench.ask("decision", body)


def pay(bench, key="p", **more):
    return bench.ask("confirmation", bench.confirmation(bench.debts(), **more), key)


def test_what_is_pending_waits_in_suspense_and_is_no_failure(deciding):
    answer = pay(deciding)
    assert (answer["outcome"], answer["settlement_reference"]) == ("pending", "200000000001")
    assert deciding.balance("suspense:1001") == 470_75
    assert deciding.balance("creditor:1001") == 0
    assert deciding.status("p")["status"] == "pending"
    assert deciding.debts()["total_minor"] == 0


def test_once_accepted_it_is_the_creditors_and_a_repeat_is_told_so(deciding):
    body = deciding.confirmation(deciding.debts())
    settlement = deciding.ask("confirmation", body, "p")["settlement_reference"]
    assert decide(deciding, settlement, "accepted") == {"outcome": "approved"}
    assert (deciding.balance("suspense:1001"), deciding.balance("creditor:1001")) == (0, 470_75)
    again = deciding.ask("confirmation", body, "p")
    assert (again["outcome"], "message" in again) == ("approved", False)
    assert deciding.status("p")["status"] == "approved"


def test_once_refused_all_goes_back_and_is_owed_again(deciding):
    before = deciding.books()
    settlement = pay(deciding)["settlement_reference"]
    decide(deciding, settlement, "refused")
    after = deciding.books()
    assert {code: after[code] for code in before} == before
    assert deciding.status("p")["reason"] == "refused_by_creditor"
    assert deciding.debts()["total_minor"] == 470_75


def test_a_decision_is_taken_once(deciding):
    settlement = pay(deciding)["settlement_reference"]
    decide(deciding, settlement, "accepted")
    books = deciding.books()
    again = decide(deciding, settlement, "accepted")
    assert again == {"outcome": "approved", "message": "already processed"}
    assert decide(deciding, settlement, "refused")["reason"] == "already_decided"
    assert deciding.books() == books
    assert decide(deciding, "299999999999", "accepted")["reason"] == "unknown_reference"


@pytest.mark.parametrize("accepted_before", [False, True])
def test_a_payment_may_be_cancelled_before_and_after_it_is_accepted(deciding, accepted_before):
    before = deciding.books()
    settlement = pay(deciding)["settlement_reference"]
    if accepted_before:
        decide(deciding, settlement, "accepted")
    assert deciding.cancel("p")["returned_minor"] == 470_75
    after = deciding.books()
    assert {code: after[code] for code in before} == before
    assert after["suspense:1001"] == after.get("creditor:1001", 0) == 0
    assert deciding.status("p")["status"] == "cancelled"
    late = decide(deciding, settlement, "refused")
    assert late["reason"] == "already_decided"
    told = deciding.rows("SELECT event, state FROM callbacks ORDER BY id")
    assert [tuple(row) for row in told] == [("payment", "waiting"), ("cancellation", "waiting")]


def test_a_basket_is_accepted_by_all_who_decide_or_goes_back_whole(settings, new_bench):
    bench = new_bench(creditors=with_callbacks(settings, decides=("1001", "1002")))

    def pay_basket(key):
        water = bench.debts("1001", "01", contract="00123458")["reference"]
        phone = bench.debts("1002", "01", number="0522000002", code="8765")["reference"]
        opened = {"references": [water, phone], "channel": "agency"}
        code = bench.ask("payment_code", opened)["payment_code"]
        body = {"payment_code": code, "channel": "agency", "currency": "504", "means": "cash"}
        body |= {"total_minor": 209_50, **bench.origin}
        return bench.ask("code_confirmation", body, key)["settlement_reference"]

    settlement = pay_basket("a")
    decide(bench, settlement, "accepted")
    assert bench.status("a")["status"] == "pending"
    decide(bench, settlement, "refused", "1002")
    assert bench.status("a")["reason"] == "refused_by_creditor"
    assert bench.balance("cash:LAB00001") == bench.balance("suspense:1001") == 0
    settlement = pay_basket("b")
    decide(bench, settlement, "accepted", "1002")
    decide(bench, settlement, "accepted")
    assert bench.status("b")["status"] == "approved"
    assert (bench.balance("creditor:1001"), bench.balance("creditor:1002")) == (60_50, 149_00)
    bench.audit()
    bench.close()
