"""The first rule whose conditions all hold takes the request; otherwise 57 or 92."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.engine.request import RefusalError, Request
from switch.engine.routing import Asked, Router, minute_of
from switch.settings.network import RouteSettings
from switch.settings.routes import Window
from switch.wire import Message

ROUTES = [
    RouteSettings(name="cash", to="core", processing=("bill_payment",), card="absent"),
    RouteSettings(name="gold", to="core", cards=("9504019",), card="required"),
    RouteSettings(name="ours", to="core", cards=("950401", "950405")),
    RouteSettings(name="theirs", to="issuer", cards=("950402",), processing=("withdrawal",)),
]


def request(
    operation: str,
    pan: str,
    *,
    minute: int = 600,
    group: str = "lab",
    currency: str = "504",
    **more: Any,
) -> Asked:
    message = Message({"t": "0200", "3": more.pop("code", "010000")})
    if creditor := more.pop("creditor", ""):
        message["48"] = {"01": creditor}
    amount_minor = more.pop("amount_minor", 100)
    asked = Request(message, operation, pan, amount_minor, currency, "504001", "LAB00001")
    return Asked(asked, group, more.pop("listener", "terminals"), minute, "504")


def rule(**conditions: Any) -> Router:
    """A router of one rule."""
    return Router([RouteSettings.model_validate({"name": "one", "to": "core", **conditions})])


def takes(router: Router, **asked: Any) -> bool:
    verdicts = router.explain(request("withdrawal", "9504010000000019", **asked))
    assert verdicts[-1].takes == (not verdicts[-1].why)
    return verdicts[-1].takes


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


@pytest.mark.parametrize(
    ("conditions", "fits", "does_not"),
    [
        ({"codes": ["0100", "02"]}, {"code": "010020"}, {"code": "011000"}),
        ({"amount": {"at_least": "2.00"}}, {"amount_minor": 200}, {"amount_minor": 199}),
        ({"amount": {"at_most": "2.00"}}, {"amount_minor": 200}, {"amount_minor": 201}),
        ({"currencies": ["978"]}, {"currency": "978"}, {"currency": "504"}),
        ({}, {"currency": "504"}, {"currency": "978"}),
        ({"groups": ["gab"]}, {"group": "gab"}, {"group": ""}),
        ({"listeners": ["networks"]}, {"listener": "networks"}, {"listener": "terminals"}),
        ({"creditors": ["1001", "1002"]}, {"creditor": "1002"}, {"creditor": "1022"}),
        ({"creditors": ["1001"]}, {"creditor": "1001"}, {}),
        ({"between": ["08:00-20:00"]}, {"minute": 480}, {"minute": 1200}),
        ({"between": ["22:00-06:00"]}, {"minute": 359}, {"minute": 360}),
        ({"between": ["22:00-06:00"]}, {"minute": 1320}, {"minute": 1319}),
        ({"between": ["06:00-07:00", "23:00-24:00"]}, {"minute": 1439}, {"minute": 0}),
    ],
)
def test_each_condition_holds_for_what_it_says_and_for_nothing_else(
    conditions: dict[str, Any], fits: dict[str, Any], does_not: dict[str, Any]
) -> None:
    router = rule(**conditions)
    assert takes(router, **fits)
    assert not takes(router, **does_not)


def test_every_reason_of_each_earlier_rule_is_told_and_later_rules_are_not_looked_at() -> None:
    asked = request("withdrawal", "9504020000000018")
    told = [(each.route.name, each.why) for each in Router(ROUTES).explain(asked)]
    assert told == [
        ("cash", "it takes bill_payment, this is a withdrawal; there is a card"),
        ("gold", "the card is not of 9504019"),
        ("ours", "the card is not of 950401 or 950405"),
        ("theirs", ""),
    ]


def test_no_reason_shows_the_card() -> None:
    asked = request("transfer", "9504030000000017", minute=1)
    routes = [*ROUTES, RouteSettings(name="night", to="core", between=("22:00-23:00",))]
    told = "".join(each.why for each in Router(routes).explain(asked))
    assert "9504030000000017" not in told
    assert "it is 00:01 in Morocco" in told


@pytest.mark.parametrize(
    ("instant", "minute"),
    [
        # Ramadan 2026 begins on 15 February and ends on 22 March: UTC+0 between.
        ("2026-02-14T21:30:00+00:00", 22 * 60 + 30),
        ("2026-02-15T02:30:00+00:00", 2 * 60 + 30),
        ("2026-03-22T02:30:00+00:00", 3 * 60 + 30),
    ],
)
def test_the_time_of_day_is_that_of_morocco_in_ramadan_too(instant: str, minute: int) -> None:
    assert minute_of(datetime.fromisoformat(instant)) == minute


@given(window=st.tuples(st.integers(0, 1439), st.integers(0, 1439)).filter(lambda w: w[0] != w[1]))
def test_a_window_and_the_rest_of_the_day_make_the_day(window: tuple[int, int]) -> None:
    inside, outside = Window(*window), Window(window[1], window[0])
    assert all(inside.holds(minute) != outside.holds(minute) for minute in range(1440))
