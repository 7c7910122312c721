"""Channels, merchants and limits: data that says what may be paid, where, by what, how much."""

import pytest

from simulator.payment_core.settings import (
    ChannelSettings,
    LabelSettings,
    LimitSettings,
    LimitsSettings,
    MerchantSettings,
)

CHANNELS = {
    "agency": ChannelSettings(),
    "mobile": ChannelSettings(online=True),
    "closed": ChannelSettings(active=False),
}


@pytest.fixture
def with_creditor(settings, new_bench):
    """A bench whose creditor 1001 is changed."""
    benches = []

    def make(**changed):
        creditors = tuple(
            each.model_copy(update=changed) if each.id == "1001" else each
            for each in settings.creditors
        )
        benches.append(new_bench(creditors=creditors, channels=CHANNELS))
        return benches[-1]

    yield make
    for bench in benches:
        bench.audit()
        bench.close()


def outcome_on(bench, channel):
    """Enquire and pay on a channel: the outcome, or the first refusal."""
    debts = bench.ask("debts", {**bench.enquiry(), "channel": channel})
    if debts["outcome"] == "declined":
        return debts["reason"]
    return bench.outcome("confirmation", bench.confirmation(debts, channel=channel))


def test_a_channel_must_be_known_and_active_and_stay_the_same(with_creditor):
    bench = with_creditor()
    assert outcome_on(bench, "telepathy") == "unknown_channel"
    assert outcome_on(bench, "closed") == "inactive_channel"
    other = bench.confirmation(bench.debts(), channel="mobile")
    assert bench.outcome("confirmation", other) == "another_channel"
    assert outcome_on(bench, "mobile") == "approved"


def test_a_creditor_that_is_not_active_is_listed_and_takes_nothing(with_creditor):
    bench = with_creditor(active=False)
    assert outcome_on(bench, "agency") == "inactive_creditor"
    listed = {each["id"]: each["active"] for each in bench.ask("creditors")["creditors"]}
    assert listed["1001"] is False


@pytest.mark.parametrize(
    ("label", "outcome"),
    [
        (None, "label_missing"),
        (LabelSettings(number="ETQ-1", expires="2026-11-23"), "label_expired"),
        (LabelSettings(number="ETQ-1", expires="2026-11-24"), "approved"),
    ],
)
def test_a_merchant_sells_online_with_its_label_only(with_creditor, label, outcome):
    bench = with_creditor(merchant=MerchantSettings(sells_to="consumers", label=label))
    assert outcome_on(bench, "mobile") == outcome


def test_a_merchant_without_a_label_is_paid_where_nothing_is_online(with_creditor):
    bench = with_creditor(merchant=MerchantSettings(sells_to="consumers"))
    assert outcome_on(bench, "agency") == "approved"


def test_a_company_that_bills_companies_takes_what_it_says(with_creditor):
    bench = with_creditor(means=("account",), merchant=MerchantSettings(sells_to="companies"))
    assert outcome_on(bench, "agency") == "means_not_accepted"
    from_account = bench.confirmation(
        bench.debts(), pan=None, means="account", account=bench.ribs[bench.amina]
    )
    assert bench.outcome("confirmation", from_account) == "approved"


def test_a_code_has_the_fee_of_the_channel_that_pays_it(new_bench):
    channels = {"agency": ChannelSettings(fee=1_500), "gab": ChannelSettings()}
    bench = new_bench(channels=channels)
    reference = bench.debts(contract="00123458")["reference"]
    opened = {"references": [reference], "channel": "agency"}
    code = bench.ask("payment_code", opened)["payment_code"]
    told = {"payment_code": code, "channel": "agency"}
    assert bench.ask("code_debts", {**told, "channel": "gab"})["total_minor"] == 6_050
    assert bench.ask("code_debts", told)["total_minor"] == 7_550
    body = {**told, "currency": "504", "means": "cash", **bench.origin}
    assert bench.outcome("code_confirmation", {**body, "total_minor": 6_050}) == "total_mismatch"
    assert bench.outcome("code_confirmation", {**body, "total_minor": 7_550}, "k") == "approved"
    assert bench.balance("fees:agency") == 1_500
    assert bench.ask("reference", reference=reference)["status"] == "paid"
    assert bench.ask("code_status", code=code)["status"] == "paid"
    assert bench.cancel("k")["returned_minor"] == 7_550
    assert bench.balance("fees:agency") == 0
    bench.audit()
    bench.close()


def test_a_code_expires_is_cancelled_or_was_never_given(bench):
    reference = bench.debts()["reference"]
    asked = {"references": [reference], "channel": "ebanking", "expires_in_s": 60}
    code = bench.ask("payment_code", asked, "open")["payment_code"]
    assert bench.ask("code_status", code=code)["status"] == "waiting"
    bench.pass_time(seconds=60)
    assert bench.ask("code_status", code=code)["status"] == "expired"
    bench.cancel("open")
    assert bench.ask("code_status", code=code)["status"] == "cancelled"
    enquiry = {"payment_code": code, "channel": "gab"}
    assert bench.outcome("code_debts", enquiry) == "code_cancelled"
    assert bench.ask("code_status", code="799999999999")["status"] == "not_found"


def test_a_card_has_limits_an_operation_a_day_and_so_often_a_day(new_bench):
    limit = LimitSettings(per_operation=200_00, per_day=350_00, times_a_day=3)
    bench = new_bench(limits=LimitsSettings(withdrawal=limit))

    def take(amount_minor, key=None):
        return bench.outcome("withdrawal", bench.money(bench.amina, amount_minor), key)

    assert take(200_01) == "over_limit"
    assert [take(200_00, "k1"), take(150_01), take(150_00)] == [
        "approved",
        "over_limit",
        "approved",
    ]
    bench.cancel("k1")
    assert [take(100_00), take(50_00), take(10_00)] == ["approved", "approved", "over_frequency"]
    bench.pass_time(hours=14)
    assert take(200_00) == "approved"
    bench.close()


def test_a_card_may_have_limits_of_its_own_for_bills(settings, new_bench):
    own = LimitsSettings(payment=LimitSettings(per_day=400_00))
    cards = tuple(
        each.model_copy(update={"limits": own}) if each.pan.endswith("19") else each
        for each in settings.cards
    )
    bench = new_bench(cards=cards)
    debts = bench.debts()
    assert bench.outcome("confirmation", bench.confirmation(debts)) == "over_limit"
    assert bench.outcome("confirmation", bench.confirmation(debts, "E2610001")) == "approved"
    assert bench.outcome("withdrawal", bench.money(bench.amina, 500_00)) == "approved"
    bench.close()
