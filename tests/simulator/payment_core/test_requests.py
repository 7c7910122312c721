"""A body becomes a request, or a reply that names what is wrong without repeating it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.payment_core.models import Cancellation, Confirmation, Withdrawal
from simulator.payment_core.requests import BadRequestError, read_json, read_key, read_request


def refusal(model, body):
    with pytest.raises(BadRequestError) as caught:
        read_request(model, json.dumps(body).encode())
    reply = caught.value.reply
    return reply.status, json.loads(reply.text)["error"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
        b"1" * 5_000,
        b'{"a": 1} x',
    ],
)
def test_what_is_not_json_is_refused(data):
    with pytest.raises(BadRequestError) as caught:
        read_json(data)
    assert caught.value.reply.status == 400


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data):
    with pytest.raises(BadRequestError) as caught:
        read_request(Withdrawal, data)
    assert caught.value.reply.status in (400, 422)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount_minor": "100"}, "amount_minor"),
        ({"amount_minor": 1.0}, "amount_minor"),
        ({"amount_minor": True}, "amount_minor"),
        ({"amount_minor": -1}, "amount_minor"),
        ({"amount_minor": 10**12}, "amount_minor"),
        ({"currency": "MAD"}, "currency"),
        ({"pan": "9504 0100"}, "pan"),
        ({"stan": "1"}, "stan"),
        ({"terminal_id": ""}, "terminal_id"),
        ({"terminal_id": None}, "terminal_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_the_field_that_is_wrong_is_named(bodies, changes, field):
    status, error = refusal(Withdrawal, bodies.money(bodies.amina, 100) | changes)
    assert (status, error["reason"], error["field"]) == (422, "invalid", field)


def test_a_missing_field_is_named(bodies):
    body = bodies.money(bodies.amina, 100)
    del body["rrn"]
    assert refusal(Withdrawal, body)[1] == {
        "reason": "invalid",
        "field": "rrn",
        "message": "this field is needed",
    }


@pytest.mark.parametrize("body", [[], "x", 1, None])
def test_a_body_is_an_object(body):
    assert refusal(Withdrawal, body)[0] == 422


@pytest.mark.parametrize("means", ["card", "cash"])
def test_a_card_is_for_a_payment_by_card(bodies, means):
    debts = {"articles": [{"id": "A", "price_minor": 1}], "reference": "1", "parameters": {}}
    pan = None if means == "card" else bodies.amina
    body = bodies.confirmation(debts, pan=pan, means=means)
    assert refusal(Confirmation, body)[1]["field"] == "pan"


def test_nothing_that_was_given_is_repeated(bodies):
    pan = bodies.amina
    body = bodies.money(pan, 100) | {"currency": pan, pan: pan}
    assert pan not in json.dumps(refusal(Withdrawal, body))
    del body["currency"], body["stan"]
    assert pan not in json.dumps(refusal(Withdrawal, body))


def test_an_unknown_name_that_looks_like_a_pan_is_hidden(bodies):
    _, error = refusal(Cancellation, {"cancels": "k", "reason": "x", bodies.amina: 1})
    assert error["field"] == "*"


def test_a_request_does_not_show_its_pan(bodies):
    request = read_request(Withdrawal, json.dumps(bodies.money(bodies.amina, 100)).encode())
    assert bodies.amina not in repr(request)


@pytest.mark.parametrize("values", [[], ["a", "b"], [""], ["a b"], ["é"], ["x" * 121]])
def test_a_key_is_one_short_visible_text(values):
    with pytest.raises(BadRequestError) as caught:
        read_key(values)
    assert caught.value.reply.status == 422


def test_a_key_may_hold_slashes():
    assert read_key(["504001/LAB00001/000001"]) == "504001/LAB00001/000001"
