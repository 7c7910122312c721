"""The OpenAPI description of the core, built from the routes and the models."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from simulator.payment_core.answers import Error, Invalid
from simulator.payment_core.routes import ROUTES, Route
from simulator.payment_core.signing import INSTANT_HEADER, SIGNATURE_HEADER

REFERENCE = "#/components/schemas/{model}"

FAILURES: dict[str, tuple[str, type[BaseModel]]] = {
    "400": ("The body is not JSON", Error),
    "401": ("The creditor that is named did not sign this just now", Error),
    "413": ("The body is too long", Error),
    "422": ("The request breaks this description, or its key came with another body", Invalid),
    "500": ("An error of the core; the operation may or may not be done: ask again", Error),
    "503": ("The database cannot be used now; nothing was done: ask again", Error),
}

SIGNED = (
    (SIGNATURE_HEADER, "`sha256=` and the HMAC-SHA256, in hexadecimal, of `Signed-At`, `.`, body"),
    (INSTANT_HEADER, "When it was signed, ISO 8601; no more than 5 minutes ago"),
)

DESCRIPTION = """\
The online payment core: cards, accounts, creditors and bills, over a double-entry ledger.

Amounts are integers of minor units (centimes). An operation carries an `Idempotency-Key` chosen
by the caller: the same key with the same body is given the stored answer, with the header
`Idempotent-Replay: true`, and moves nothing; with another body it is refused. A business refusal
is a 200 with `outcome` declined and a `reason`. `pending` is no failure: a creditor has yet to
accept what was paid; ask for the operation, or repeat it, to learn what came of it. A
cancellation names the key of what it cancels and holds whichever of the two comes first."""


def describe() -> dict[str, Any]:
    """The description, as OpenAPI 3.1 (whose schemas are JSON Schema 2020-12)."""
    bodies: list[type[BaseModel]] = [Error, Invalid]
    for route in ROUTES:
        bodies += [model for model in (route.request, route.answer) if model is not None]
    _, schemas = models_json_schema(
        [(model, "validation") for model in dict.fromkeys(bodies)], ref_template=REFERENCE
    )
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Guichet online payment core",
            "version": "1.0.0",
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "http://127.0.0.1:8587", "description": "The local network"}],
        "paths": paths,
        "components": {"schemas": schemas["$defs"]},
    }


def render() -> str:
    """The description as the text of its file."""
    return json.dumps(describe(), indent=2, ensure_ascii=False) + "\n"


def _operation(route: Route) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": route.name, "summary": route.summary}
    parameters = [_parameter("path", name) for name in route.parameters]
    failures = ["500", "503"]
    success: dict[str, Any] = {"description": "Served", "content": _content(route.answer)}
    if route.shape == "operation":
        parameters.append(_key_parameter())
        success["headers"] = {
            "Idempotent-Replay": {
                "description": "Present when this answer was given before",
                "schema": {"type": "string", "const": "true"},
            }
        }
    if route.shape == "signed":
        parameters += [_header_parameter(*header) for header in SIGNED]
        failures.append("401")
    if parameters:
        described["parameters"] = parameters
    if route.request is not None:
        described["requestBody"] = {"required": True, "content": _content(route.request)}
        failures += ["400", "413", "422"]
    described["responses"] = {"200": success}
    for code in sorted(failures):
        described["responses"][code] = _failure(code)
    if route.name in ("kinds", "form"):
        described["responses"]["404"] = {
            "description": "There is no such creditor or kind",
            "content": _content(Error),
        }
    return described


def _failure(code: str) -> dict[str, Any]:
    description, model = FAILURES[code]
    return {"description": description, "content": _content(model)}


def _parameter(place: str, name: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "schema": {"type": "string"}}


def _header_parameter(name: str, description: str) -> dict[str, Any]:
    return _parameter("header", name) | {"description": description}


def _key_parameter() -> dict[str, Any]:
    return _parameter("header", "Idempotency-Key") | {
        "description": "Chosen by the caller, one for each operation",
        "schema": {"type": "string", "pattern": "^[!-~]{1,120}$"},
    }


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}}
