"""Bills in DE48, out and back."""

from dataclasses import replace

import pytest

from simulator.terminal import bills
from simulator.terminal.asking import Ask, Exchange
from simulator.terminal.result import Article, OperationResult
from switch.wire import Message

OWED = OperationResult(
    "enquire_bill",
    "AGC00001",
    "approved",
    reference="000000000077",
    articles=(Article("A1", 35_075), Article("A2", 12_000)),
    parameters={"contract": "00123456", "nom": "Fès"},
)


def understood(data, **elements):
    exchange = Exchange(Ask("enquire_bill", "0100", "300000"), "approved")
    answer = Message({"t": "0110", "48": data, **{k[2:]: v for k, v in elements.items()}})
    return bills.read_enquiry(replace(OWED, articles=()), replace(exchange, answer=answer))


def test_all_that_is_owed_is_paid_unless_something_is_chosen():
    assert bills.payment(None, "1001", "01", OWED, None).amount_minor == 47_075


def test_a_part_is_paid_by_naming_it():
    ask = bills.payment(None, "1001", "01", OWED, [Article("A2", 12_000)])
    assert (ask.amount_minor, ask.elements["48"]["05"]) == (12_000, "A2=12000")


def test_parameters_are_echoed_whatever_language_they_are_in():
    ask = bills.payment(None, "1001", "01", OWED, None)
    assert ask.elements["48"]["08"] == "contract=00123456|nom=F%C3%A8s"


def test_an_article_that_is_not_owed_cannot_be_paid():
    with pytest.raises(bills.BillError, match="'A3' is not among"):
        bills.payment(None, "1001", "01", OWED, ["A3"])


@pytest.mark.parametrize("change", [{"articles": ()}, {"reference": ""}])
def test_nothing_owed_is_nothing_to_pay(change):
    with pytest.raises(bills.BillError):
        bills.payment(None, "1001", "01", replace(OWED, **change), None)


def test_an_enquiry_reads_reference_articles_parameters_and_message():
    result = understood(
        {"04": "000000000078", "05": "B1=100", "08": "a=1", "09": "Avant le 5%25"},
        de4="000000000100",
    )
    assert result.reference == "000000000078"
    assert result.articles == (Article("B1", 100),)
    assert (result.parameters, result.lines) == ({"a": "1"}, ("Avant le 5%",))
    assert result.amount_minor == 100


@pytest.mark.parametrize("data", [{"05": "B1=1.00"}, {"08": "novalue"}, {"09": "50%"}])
def test_an_answer_that_cannot_be_understood_declines(data):
    result = understood(data)
    assert result.outcome == "declined"
    assert result.words.startswith("answer not understood")
