"""Purchases, refunds and pre-authorisations, limits, 3-D Secure, and other currencies."""

from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.hosts import ledger
from simulator.hosts.conversion import RateSettings, converted, rate_element, read_rate
from simulator.hosts.limits import LimitSettings
from simulator.hosts.settings import AccountSeed, CardSeed, EcommerceSettings, IssuerSeed

STANS = (f"{number:06}" for number in count(900_000))
RICH, VISITOR = "9504020000000018", "9504020000000075"

SEED = IssuerSeed(
    accounts=(
        AccountSeed(id="0018", holder="customer 0018", balance=500_000),
        AccountSeed(id="0075", holder="visitor", balance=100_000, currency="978"),
    ),
    cards=(
        CardSeed(pan=RICH, account="0018", expiry="3112"),
        CardSeed(pan=VISITOR, account="0075", expiry="3112"),
    ),
    limits=LimitSettings(per_operation=200_000, per_day=300_000, per_day_count=4),
    ecommerce=EcommerceSettings(),
    rates=(
        RateSettings.model_validate({"from": "504", "to": "978", "rate": "0.0923915"}),
        RateSettings.model_validate({"from": "504", "to": "840", "rate": "0.1"}),
        RateSettings.model_validate({"from": "978", "to": "840", "rate": "1.08"}),
    ),
    settles_in="840",
)


@pytest.fixture
def bank(fresh_books):
    books = fresh_books(SEED)
    yield books
    books.audit()
    with books.engine.begin() as connection:
        assert set(ledger.sums(connection).values()) == {0}
    books.engine.dispose()


def purchase(withdrawal, stan="000001", amount=20_000, **changes):
    return withdrawal(stan, amount, **({"de3": "000000"} | changes))


def available(bank, withdrawal, pan=RICH) -> int:
    asked = withdrawal(next(STANS), 0, t="0100", de3="310000", de2=pan)
    return int(bank.ask(asked)["54"][28:40])


def test_a_refund_credits_even_a_blocked_card_and_can_be_reversed(bank, withdrawal, reversal_of):
    refund = purchase(withdrawal, de3="200000")
    assert bank.code(refund) == "00"
    assert bank.balance_minor() == 520_000
    assert bank.code(reversal_of(refund)) == "00"
    assert bank.balance_minor() == 500_000


def test_a_pre_authorisation_holds_and_its_completion_takes_what_was_spent(bank, withdrawal):
    held = bank.ask(purchase(withdrawal, "000001", 100_000, t="0100"))
    assert held["39"] == "00"
    assert (available(bank, withdrawal), bank.balance_minor()) == (400_000, 500_000)
    done = purchase(withdrawal, "000002", 80_000, t="0220", de38=held["38"])
    assert bank.code(done) == "00"
    assert (available(bank, withdrawal), bank.balance_minor()) == (420_000, 420_000)


def test_a_completion_finds_its_hold_by_the_reference_number_too(bank, withdrawal):
    bank.ask(purchase(withdrawal, "000001", 100_000, t="0100", de37="632812000777"))
    done = purchase(withdrawal, "000002", 100_000, t="0220", de37="632812000777")
    assert bank.code(done) == "00"
    assert available(bank, withdrawal) == 400_000


def test_what_is_held_cannot_be_spent_and_a_reversal_gives_it_free(bank, withdrawal, reversal_of):
    holds = [purchase(withdrawal, f"{n:06}", 150_000, t="0100") for n in (1, 2)]
    assert [bank.code(each) for each in holds] == ["00", "00"]
    with bank.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM card_limits")
    assert bank.code(withdrawal("000003", 250_000)) == "51"
    assert bank.code(reversal_of(holds[0])) == "00"
    assert bank.code(withdrawal("000004", 250_000)) == "00"


def test_a_hold_is_over_after_seven_days(bank, withdrawal, now):
    bank.ask(purchase(withdrawal, "000001", 100_000, t="0100"))
    asked = withdrawal(next(STANS), 0, t="0100", de3="310000")
    assert int(bank.ask(asked, now + timedelta(days=8))["54"][28:40]) == 500_000


def test_limits_are_of_an_operation_of_a_day_and_of_a_count(bank, withdrawal, reversal_of, now):
    assert bank.code(withdrawal("000001", 200_001)) == "61"
    assert bank.code(withdrawal("000002", 200_000)) == "00"
    assert bank.code(withdrawal("000003", 100_001)) == "61"
    assert bank.code(reversal_of(withdrawal("000002", 200_000))) == "00"
    codes = [bank.code(withdrawal(f"00001{n}", 1_000)) for n in range(5)]
    assert codes == ["00", "00", "00", "00", "65"]
    tomorrow = withdrawal("000020", 1_000, de13="1125")
    assert bank.code(tomorrow, now + timedelta(days=1)) == "00"


@pytest.mark.parametrize(
    ("entry", "status", "code"),
    [("812", "Y", "00"), ("812", "A", "00"), ("812", "N", "59"), ("812", None, "59"),
     ("051", None, "00")],
)  # fmt: skip
def test_a_card_on_the_internet_needs_a_result_of_3d_secure(bank, withdrawal, entry, status, code):
    data = {"31": "05", "32": status} if status else None
    assert bank.code(purchase(withdrawal, de22=entry, de48=data)) == code


def test_an_account_in_euros_pays_for_dirhams_by_the_rate_that_is_told(bank, withdrawal):
    answer = bank.ask(withdrawal(de2=VISITOR))
    told = {key: answer[key] for key in ("39", "5", "6", "9", "10", "50", "51")}
    assert told == {
        "39": "00",
        "5": "000000002000",
        "6": "000000001848",
        "9": "10000001",
        "10": "70923915",
        "50": "840",
        "51": "978",
    }
    assert bank.balance_minor("0075") == 100_000 - 1_848


def test_what_networks_converted_already_is_billed_as_they_say(bank, withdrawal):
    bank.ask(withdrawal(de2=VISITOR, de6="000000001900", de51="978", de10="70950000"))
    assert bank.balance_minor("0075") == 100_000 - 1_900


def test_a_request_in_the_cards_own_currency_is_not_converted(bank, withdrawal):
    answer = bank.ask(purchase(withdrawal, amount=1_900, de2=VISITOR, de49="978"))
    assert (answer["39"], "6" in answer) == ("00", False)
    assert bank.balance_minor("0075") == 100_000 - 1_900


def test_both_halves_of_a_conversion_go_back_together(bank, withdrawal, reversal_of):
    request = withdrawal(de2=VISITOR)
    bank.ask(request)
    partial = reversal_of(request, de95="000000010000" + "0" * 30)
    assert bank.code(partial) == "00"
    assert bank.balance_minor("0075") == 100_000 - 924
    refund = purchase(withdrawal, "000002", 20_000, de2=VISITOR, de3="200000")
    assert bank.code(refund) == "00"
    assert bank.code(reversal_of(refund)) == "00"
    assert bank.balance_minor("0075") == 100_000 - 924


def test_a_currency_without_a_rate_is_refused(bank, withdrawal):
    assert bank.code(withdrawal(de49="392")) == "12"


RATES = st.decimals("0.0000001", "9999999", places=7).filter(lambda rate: rate < 1)


@given(RATES, st.integers(1, 999_999_999))
def test_whoever_has_the_message_can_do_the_sum_again(rate, amount_minor):
    again = read_rate(rate_element(rate))
    assert again == rate
    ours = converted(amount_minor, "504", "978", rate)
    assert converted(amount_minor, "504", "978", again) == ours
    assert abs(Decimal(ours) - amount_minor * rate) <= Decimal("0.5")


def test_a_rate_of_too_many_digits_cannot_be_told():
    with pytest.raises(ValueError, match="at most 7 digits"):
        rate_element(Decimal("0.09239155"))
