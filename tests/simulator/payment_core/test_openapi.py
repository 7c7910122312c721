"""The OpenAPI description is valid, current, and says what the models say."""

import json
from pathlib import Path

from openapi_spec_validator import validate

from simulator.payment_core.openapi import describe, render
from simulator.payment_core.refusals import REASONS
from simulator.payment_core.routes import ROUTES

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi" / "payment-core.json"

REFRESH = "from simulator.payment_core.openapi import render; print(render(), end='')"


def test_the_description_is_valid():
    validate(describe())


def test_the_committed_file_is_current():
    current = COMMITTED.read_text(encoding="utf-8") == render()
    assert current, f'refresh {COMMITTED.name}: python -c "{REFRESH}" > {COMMITTED}'


def test_every_route_is_described():
    paths = describe()["paths"]
    assert {(route.path, route.method.lower()) for route in ROUTES} == {
        (path, method) for path, methods in paths.items() for method in methods
    }


def test_every_reason_is_described():
    schema = describe()["components"]["schemas"]["BalanceAnswer"]["properties"]["reason"]
    assert tuple(schema["anyOf"][0]["enum"]) == REASONS


def test_an_operation_needs_its_key():
    operation = describe()["paths"]["/v1/withdrawals"]["post"]
    assert [(p["name"], p["required"]) for p in operation["parameters"]] == [
        ("Idempotency-Key", True)
    ]


def test_the_text_is_json():
    assert json.loads(render()) == describe()
