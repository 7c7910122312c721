"""Confirmations: articles of a reference are paid once, by card or in cash."""

import pytest

from simulator.payment_core.requests import BadRequestError


def test_a_bill_by_card_moves_money_from_the_customer_to_the_creditor(bench):
    answer = bench.ask("confirmation", bench.confirmation(bench.debts()))
    assert answer["outcome"] == "approved"
    assert answer["settlement_reference"] == "200000000001"
    assert answer["receipt"] == [
        "Eau et électricité",
        "Facture septembre 2026 350.75",
        "Facture octobre 2026 120.00",
        "Total 470.75 MAD",
        "Règlement 200000000001",
    ]
    assert bench.balance(bench.amina) == 10_000_00 - 470_75
    assert bench.balance("creditor:1001") == 470_75


def test_a_bill_in_cash_comes_into_the_terminal(bench):
    assert bench.outcome("confirmation", bench.confirmation(bench.debts(), pan=None)) == "approved"
    assert bench.balance("cash:LAB00001") == -470_75
    assert bench.balance("creditor:1001") == 470_75


def authorised(bench, **more):
    body = bench.confirmation(bench.debts(), pan=None)
    return {**body, "means": "authorised", "authorised_by": "issuer", **more}


def test_a_bill_that_another_bank_authorised_is_owed_by_that_bank(bench):
    answer = bench.ask("confirmation", authorised(bench, authorisation="A12345"))
    assert answer["outcome"] == "approved"
    assert bench.balance("settlement:issuer") == -470_75
    assert bench.balance("creditor:1001") == 470_75


def test_a_cancelled_payment_of_another_bank_is_settled_with_nobody_and_owed_again(bench):
    bench.ask("confirmation", authorised(bench), key="k1")
    assert bench.cancel("k1")["returned_minor"] == 470_75
    assert bench.balance("settlement:issuer") == 0
    assert bench.debts()["total_minor"] == 470_75


@pytest.mark.parametrize(
    "more", [{"authorised_by": None}, {"pan": "9504010000000019"}, {"means": "cash"}]
)
def test_who_authorised_goes_with_the_means_and_with_no_card(bench, more):
    body = {name: value for name, value in {**authorised(bench), **more}.items() if value}
    with pytest.raises(BadRequestError) as refused:
        bench.reply("confirmation", body)
    assert refused.value.reply.status == 422


def test_a_part_may_be_paid_and_the_rest_later_under_the_same_reference(bench):
    debts = bench.debts()
    assert bench.outcome("confirmation", bench.confirmation(debts, "E2610001")) == "approved"
    status = bench.ask("reference", reference=debts["reference"])
    assert status["status"] == "partly_paid"
    assert [article["paid"] for article in status["articles"]] == [False, True]
    assert bench.outcome("confirmation", bench.confirmation(debts, "E2609001")) == "approved"
    assert bench.ask("reference", reference=debts["reference"])["status"] == "paid"


@pytest.mark.parametrize("same_reference", [True, False])
def test_a_bill_is_paid_once_whoever_pays_again(bench, same_reference):
    first, second = bench.debts(), bench.debts()
    bench.ask("confirmation", bench.confirmation(first))
    before = bench.books()
    again = bench.confirmation(first if same_reference else second, pan=None)
    assert bench.outcome("confirmation", again) == "already_paid"
    assert bench.books() == before


def test_a_paid_bill_is_owed_no_more(bench):
    bench.ask("confirmation", bench.confirmation(bench.debts()))
    assert bench.debts()["total_minor"] == 0


def test_the_database_refuses_a_second_live_payment(bench):
    bench.ask("confirmation", bench.confirmation(bench.debts(), "E2609001"))
    with pytest.raises(Exception, match=r"payments\.article_id|paid_once"):
        bench.turn(
            lambda turn: turn.connection.exec_driver_sql(
                "INSERT INTO payments SELECT 'other', article_id, reference,"
                " settlement_reference, price_minor, 1 FROM payments"
            )
        )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"creditor": "1999"}, "unknown_creditor"),
        ({"kind": "09"}, "unknown_kind"),
        ({"reference": "999999999999"}, "unknown_reference"),
        ({"creditor": "1022"}, "unknown_reference"),
        ({"parameters": {}}, "parameters_mismatch"),
        ({"parameters": {"contract": "00123457"}}, "parameters_mismatch"),
        ({"articles": [{"id": "E2610002", "price_minor": 89_40}]}, "article_mismatch"),
        ({"articles": [{"id": "E2609001", "price_minor": 1}]}, "article_mismatch"),
        ({"articles": [{"id": "E2609001", "price_minor": 350_75}] * 2}, "article_mismatch"),
        ({"total_minor": 470_74}, "total_mismatch"),
        ({"currency": "978"}, "currency_not_supported"),
        ({"pan": "9504010000000035"}, "lost_card"),
        ({"pan": "9504010000000027"}, "insufficient_funds"),
    ],
)
def test_a_confirmation_is_refused_with_its_reason_and_pays_nothing(bench, changes, reason):
    debts = bench.debts()
    before = bench.books()
    body = bench.confirmation(debts) | changes
    assert bench.outcome("confirmation", body) == reason
    assert bench.books() == before
    assert bench.debts()["total_minor"] == 470_75


def test_a_reference_is_valid_for_seven_days(bench):
    debts = bench.debts()
    bench.pass_time(days=7, seconds=-1)
    assert bench.outcome("confirmation", bench.confirmation(debts, "E2609001")) == "approved"
    bench.pass_time(seconds=1)
    assert bench.outcome("confirmation", bench.confirmation(debts, "E2610001")) == (
        "reference_expired"
    )
    assert bench.ask("reference", reference=debts["reference"])["status"] == "expired"


def line_debts(bench):
    return bench.debts("1002", "01", number="0522000001", code="4321")


def test_a_mandatory_article_may_not_be_left_out(bench):
    body = bench.confirmation(line_debts(bench), "T2610001", creditor="1002")
    assert bench.outcome("confirmation", body) == "mandatory_article_missing"


def test_a_mandatory_article_may_be_paid_alone_and_then_no_longer_binds(bench):
    debts = line_debts(bench)
    for article in ("T2609001", "T2610001"):
        body = bench.confirmation(debts, article, creditor="1002")
        assert bench.outcome("confirmation", body) == "approved"


def test_a_cancelled_payment_is_owed_again_and_can_be_paid_again(bench):
    debts = bench.debts()
    bench.ask("confirmation", bench.confirmation(debts), "c1")
    assert bench.cancel("c1")["returned_minor"] == 470_75
    assert bench.ask("reference", reference=debts["reference"])["status"] == "waiting"
    assert bench.debts()["total_minor"] == 470_75
    assert bench.outcome("confirmation", bench.confirmation(debts)) == "approved"
    assert bench.balance("creditor:1001") == 470_75


def test_an_unknown_reference_has_a_status_too(bench):
    assert bench.ask("reference", reference="1")["status"] == "unknown"
