"""Enquiries: the form is checked, what is owed comes under a reference."""

import re

import pytest

from simulator.payment_core.bills import price_in_tariff
from simulator.payment_core.forms import check_form, complaint
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.settings import FieldSettings


def test_an_enquiry_answers_the_bills_under_a_reference(bench):
    answer = bench.debts()
    assert [(a["id"], a["price_minor"]) for a in answer["articles"]] == [
        ("E2609001", 350_75),
        ("E2610001", 120_00),
    ]
    assert answer["total_minor"] == 470_75
    assert re.fullmatch("1[0-9]{11}", answer["reference"])
    assert answer["expires_at"] == "2026-12-01T09:00:00.000Z"
    assert answer["parameters"] == {"contract": "00123456"}


def test_a_customer_s_own_parameters_come_with_the_form_s(bench):
    parameters = bench.debts(contract="00123457")["parameters"]
    assert parameters == {"contract": "00123457", "meter": "778812"}


@pytest.mark.parametrize("contract", ["00999999", "12345678"])
def test_nothing_owed_is_approved_without_a_reference(bench, contract):
    answer = bench.debts(contract=contract)
    assert answer["outcome"] == "approved"
    assert (answer["total_minor"], answer["articles"]) == (0, [])
    assert "reference" not in answer


def test_two_enquiries_open_two_references(bench):
    assert bench.debts()["reference"] != bench.debts()["reference"]


@pytest.mark.parametrize(
    ("creditor", "kind", "reason"),
    [("1999", "01", "unknown_creditor"), ("1001", "09", "unknown_kind")],
)
def test_what_nobody_knows_is_refused(bench, creditor, kind, reason):
    assert bench.outcome("debts", bench.enquiry(creditor, kind)) == reason


@pytest.mark.parametrize(
    ("form", "field", "message"),
    [
        ({"contract": "0012345"}, "contract", "expected 8 characters"),
        ({"contract": "0012345X"}, "contract", "expected digits"),
        ({"contract": "٠٠١٢٣٤٥٦"}, "contract", "expected digits"),
        ({"contract": ""}, "contract", "a value is needed"),
        ({"contract": "00123456", "colour": "red"}, None, "for no field"),
    ],
)
def test_a_form_that_does_not_fit_is_refused_with_its_field(bench, form, field, message):
    body = {**bench.enquiry(), "form": form}
    answer = bench.ask("debts", body)
    assert (answer["reason"], answer.get("field")) == ("invalid_form", field)
    assert message in answer["message"]


def test_the_password_of_another_is_refused_and_the_right_one_never_shown(bench):
    line = {"number": "0522000001"}
    assert bench.ask("debts", bench.enquiry("1002", "01", **line, code="0000"))["reason"] == (
        "invalid_form"
    )
    answer = bench.ask("debts", bench.enquiry("1002", "01", **line, code="4321"))
    assert answer["parameters"] == line
    assert "4321" not in str(bench.rows("SELECT * FROM operations"))


def test_every_top_up_is_a_fresh_article(bench):
    answers = [bench.debts("1002", "02", number="0600000001", amount="50") for _ in range(2)]
    assert [answer["total_minor"] for answer in answers] == [50_00, 50_00]
    assert answers[0]["articles"][0]["id"] != answers[1]["articles"][0]["id"]


def test_an_amount_that_is_not_offered_is_refused(bench):
    answer = bench.debts("1002", "02", number="0600000001", amount="40")
    assert answer["message"] == "expected one of 10, 20, 30, 50, 100, 200, 300"


def car(bench, **changes):
    form = {"plate": "12345-A-6", "power": "8", "fuel": "diesel", "year": "2026", **changes}
    return bench.debts("1022", "01", **form)


def test_the_car_tax_is_one_article_a_car_and_year(bench):
    first, again = car(bench), car(bench)
    assert first["total_minor"] == 1_500_00
    assert first["articles"] == again["articles"]
    assert car(bench, year="2027")["articles"] != first["articles"]


def test_the_car_tax_follows_what_is_declared_until_it_is_paid(bench):
    first = car(bench)
    assert car(bench, power="15")["total_minor"] == 20_000_00
    body = bench.confirmation(first, creditor="1022")
    assert bench.outcome("confirmation", body) == "approved"
    assert car(bench, power="15")["total_minor"] == 0


def test_an_electric_car_owes_nothing(bench):
    assert car(bench, fuel="electric")["total_minor"] == 0


@pytest.mark.parametrize(
    ("power", "price_minor"),
    [("7", 350_00), ("8", 650_00), ("10", 650_00), ("11", 3_000_00), ("15", 8_000_00)],
)
def test_a_band_includes_its_limit(bench, power, price_minor):
    tariff = bench.catalogue.kind("1022", "01").debts
    assert price_in_tariff(tariff, {"power": power, "fuel": "petrol"}) == price_minor


@pytest.mark.parametrize(
    ("settings", "good", "bad"),
    [
        ({"format": "real"}, "12.5", "12,5"),
        ({"format": "string"}, "12345-أ-6", "a\nb"),
        ({"min_length": "2", "max_length": "3"}, "ab", "a"),
    ],
)
def test_a_value_has_its_format_and_length(settings, good, bad):
    words = {"fr": "x", "ar": "x", "en": "x"}
    field = FieldSettings.model_validate({"name": "x", "label": words, **settings})
    assert complaint(field, good) is None
    assert complaint(field, bad) is not None


def test_a_field_that_is_not_required_may_be_left_out():
    words = {"fr": "x", "ar": "x", "en": "x"}
    field = FieldSettings.model_validate({"name": "x", "label": words, "required": "false"})
    assert check_form([field], {"x": ""}) == {}


def test_a_label_is_shown_and_never_sent():
    words = {"fr": "x", "ar": "x", "en": "x"}
    field = FieldSettings.model_validate({"name": "x", "label": words, "type": "label"})
    with pytest.raises(RefusedError, match="invalid_form"):
        check_form([field], {"x": "1"})


def test_the_catalogue_can_be_walked(bench):
    assert [c["id"] for c in bench.ask("creditors")["creditors"]] == ["1001", "1002", "1022"]
    assert [k["kind"] for k in bench.ask("kinds", creditor="1002")["kinds"]] == ["01", "02"]
    fields = bench.ask("form", creditor="1022", kind="01")["fields"]
    assert [field["name"] for field in fields] == ["plate", "power", "fuel", "year"]
    assert fields[2]["values"] == ["petrol", "diesel", "hybrid", "electric"]
    assert bench.reply("kinds", creditor="1999").status == 404
