"""Payment codes: everything behind one code is paid at once, whatever the channel; and fees."""

import pytest

from simulator.payment_core import CoreSettings
from simulator.payment_core.checks import misfits
from simulator.payment_core.settings import ChannelSettings
from switch.settings import parse

FEES = {"agency": ChannelSettings(fee=1_500), "gab": ChannelSettings()}
FIXED = {"number": "0522000002", "code": "8765"}


@pytest.fixture
def basket(bench):
    """A code for a bill of water and one of telecom: 209.50 in all."""
    water = bench.debts("1001", "01", contract="00123458")["reference"]
    telecom = bench.debts("1002", "01", **FIXED)["reference"]
    return bench.ask("payment_code", {"references": [water, telecom], "channel": "ebanking"})


def pay(bench, code, key=None, **more):
    body = {**bench.origin, "payment_code": code, "total_minor": 20_950, "currency": "504"}
    body |= {"means": "cash", "channel": "agency"}
    return bench.outcome("code_confirmation", {**body, **more}, key)


def debts(bench, code):
    return bench.ask("code_debts", {"payment_code": code, "channel": "gab"})


def test_a_code_tells_what_it_stands_for(bench, basket):
    found = debts(bench, basket["payment_code"])
    assert (found["total_minor"], len(found["articles"])) == (20_950, 2)
    assert basket["total_minor"] == 20_950


def test_each_creditor_gets_its_part_in_one_payment(bench, basket):
    assert pay(bench, basket["payment_code"], means="card", pan=bench.amina) == "approved"
    assert bench.balance("creditor:1001") == 6_050
    assert bench.balance("creditor:1002") == 14_900
    assert bench.balance(bench.amina) == 1_000_000 - 20_950
    bench.audit()


def test_it_is_paid_from_an_account_too(bench, basket):
    rib = bench.ribs[bench.amina]
    assert pay(bench, basket["payment_code"], means="account", account=rib) == "approved"
    assert bench.balance(bench.amina) == 1_000_000 - 20_950


def test_it_is_paid_once_and_not_after_one_of_its_bills(bench, basket):
    code = basket["payment_code"]
    assert [pay(bench, code), pay(bench, code)] == ["approved", "already_paid"]
    assert debts(bench, code)["reason"] == "already_paid"


def test_it_cannot_be_paid_in_part(bench, basket):
    assert pay(bench, basket["payment_code"], total_minor=6_050) == "total_mismatch"


def test_a_cancelled_payment_is_owed_again(bench, basket):
    pay(bench, basket["payment_code"], "p1")
    bench.cancel("p1")
    assert bench.balance("creditor:1001") == bench.balance("creditor:1002") == 0
    assert pay(bench, basket["payment_code"]) == "approved"


def test_it_expires_with_its_references(bench, basket):
    bench.pass_time(days=7)
    assert pay(bench, basket["payment_code"]) == "code_expired"


def test_an_unknown_code_is_refused(bench):
    assert debts(bench, "700000000099")["reason"] == "unknown_code"


def test_a_code_is_for_what_is_owed_and_known(bench):
    request = {"references": ["100000000999"], "channel": "ebanking"}
    assert bench.outcome("payment_code", request) == "unknown_reference"


def test_the_seed_gives_codes_that_are_printed_on_bills(bench):
    assert debts(bench, "700000000001")["total_minor"] == 20_950


def test_a_code_in_a_seed_is_for_a_bill_of_the_seed():
    settings = parse(
        """
creditors:
  - id: "1001"
    name: {fr: a, ar: b, en: c}
    kinds:
      - kind: "01"
        label: {fr: a, ar: b, en: c}
        form: [{name: contract, label: {fr: a, ar: b, en: c}}]
        debts: {source: bills}
payment_codes:
  - pays: [{creditor: "1001", kind: "01", form: {contract: "7"}}]
""",
        "seed.yaml",
        CoreSettings,
    )
    assert [str(misfit) for misfit in misfits(settings)] == [
        "no bill below `bills` is owed by this customer"
    ]


def test_a_channel_with_a_fee_adds_it_to_the_bill_and_keeps_it(new_bench):
    bench = new_bench(channels=FEES)
    enquiry = {**bench.enquiry(contract="00123458"), "channel": "agency"}
    found = bench.ask("debts", enquiry)
    assert [(a["kind"], a["price_minor"]) for a in found["articles"]] == [
        ("bill", 6_050),
        ("fee", 1_500),
    ]
    body = bench.confirmation(found, pan=None, channel="agency")
    bill_alone = bench.confirmation(found, "E2610003", pan=None, channel="agency")
    assert bench.outcome("confirmation", bill_alone) == "mandatory_article_missing"
    assert bench.outcome("confirmation", body) == "approved"
    assert (bench.balance("fees:agency"), bench.balance("creditor:1001")) == (1_500, 6_050)
    assert bench.debts(contract="00123458")["articles"] == []
    bench.close()


def test_what_was_paid_with_a_fee_goes_back_with_it(new_bench):
    bench = new_bench(channels=FEES)
    found = bench.ask("debts", {**bench.enquiry(contract="00123458"), "channel": "agency"})
    bench.ask("confirmation", bench.confirmation(found, pan=None, channel="agency"), "p1")
    bench.cancel("p1")
    assert bench.balance("fees:agency") == bench.balance("cash:LAB00001") == 0
    assert bench.debts(contract="00123458")["articles"][0]["price_minor"] == 6_050
    bench.close()


def test_a_channel_without_a_fee_is_free(new_bench):
    bench = new_bench(channels=FEES)
    free = bench.ask("debts", {**bench.enquiry(contract="00123458"), "channel": "gab"})
    assert free["total_minor"] == 6_050
    bench.close()
