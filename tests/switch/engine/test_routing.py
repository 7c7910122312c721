"""The first rule whose conditions all hold takes the request; otherwise 57 or 92."""

from __future__ import annotations

from typing import Any

import pytest

from switch.engine.request import RefusalError, Request
from switch.engine.routing import Router
from switch.settings.network import RouteSettings
from switch.wire import Message

ROUTES = [
    RouteSettings(name="cash", to="core", processing=("bill_payment",), card="absent"),
    RouteSettings(name="gold", to="core", cards=("9504019",), card="required"),
    RouteSettings(name="ours", to="core", cards=("950401", "950405")),
    RouteSettings(name="theirs", to="issuer", cards=("950402",), processing=("withdrawal",)),
]


def request(operation: str, pan: str) -> Request:
    return Request(Message({"t": "0200"}), operation, pan, 100, "504", "504001", "LAB00001")


@pytest.mark.parametrize(
    ("operation", "pan", "route"),
    [
        ("bill_payment", "", "cash"),
        ("bill_payment", "9504010000000019", "ours"),
        ("withdrawal", "9504019000000000", "gold"),
        ("withdrawal", "9504010000000019", "ours"),
        ("transfer", "9504050000000019", "ours"),
        ("withdrawal", "9504020000000018", "theirs"),
    ],
)
def test_the_first_rule_that_fits_takes_it(operation: str, pan: str, route: str) -> None:
    assert Router(ROUTES).route(request(operation, pan)).name == route


@pytest.mark.parametrize(
    ("operation", "pan", "code", "reason"),
    [
        ("transfer", "9504020000000018", "57", "transfer"),
        ("withdrawal", "9504030000000017", "92", "no route for this card"),
        ("bill_enquiry", "", "92", "no route"),
        ("withdrawal", "95040", "92", "no route for this card"),
    ],
)
def test_what_no_rule_takes_is_refused(operation: str, pan: str, code: str, reason: str) -> None:
    with pytest.raises(RefusalError, match=reason) as refused:
        Router(ROUTES).route(request(operation, pan))
    assert refused.value.code == code


def test_a_rule_without_conditions_takes_anything() -> None:
    routes: list[Any] = [RouteSettings(name="all", to="core")]
    assert Router(routes).route(request("bill_enquiry", "")).name == "all"
