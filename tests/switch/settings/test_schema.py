from __future__ import annotations

from typing import Annotated, Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field

from switch.settings import (
    Digits,
    DurationS,
    Flag,
    Model,
    MoneyMinor,
    Number,
    Pan,
    Text,
    Whole,
    json_schema,
)


class Inner(Model):
    """A line to a host."""

    port: Annotated[Whole, Field(ge=1, le=65535)]
    """Where it listens."""


class Settings(Model):
    name: Text = "local"
    line: Inner | None = None
    timeout: Annotated[DurationS, Field(ge=1)] = 90.0
    cap: Annotated[MoneyMinor, Field(le=600_050)] = 35_075
    rate: Annotated[Number, Field(gt=0, lt=1)] = 0.5
    on: Flag = False
    creditor: Annotated[str, Digits(4)] = "1001"
    pan: Pan | None = None


SCHEMA = json_schema(Settings, title="Settings", schema_id="https://example.org/s.json")


def property_of(name: str) -> Any:
    return SCHEMA["properties"][name]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_names_itself() -> None:
    assert (SCHEMA["$schema"], SCHEMA["$id"], SCHEMA["title"]) == (
        "https://json-schema.org/draft/2020-12/schema",
        "https://example.org/s.json",
        "Settings",
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "local"),
        ("name", 1001),
        ("line", {"port": 8583}),
        ("line", None),
        ("timeout", "6s"),
        ("cap", 350.75),
        ("cap", "6,000.00"),
        ("rate", 0.95),
        ("on", True),
        ("creditor", "0001"),
        ("creditor", 1001),
        ("pan", 9504010000000019),
    ],
)
def test_what_a_user_writes_is_valid(key: str, value: object) -> None:
    assert Draft202012Validator(SCHEMA).is_valid({key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("line", {"port": 0}),
        ("line", {"port": 1.5}),
        ("line", {"prot": 1}),
        ("line", {}),
        ("timeout", 6),
        ("timeout", "6"),
        ("cap", -1),
        ("cap", 6000.51),
        ("cap", "350,75"),
        ("rate", 1),
        ("on", "yes"),
        ("creditor", "1"),
        ("nmae", "x"),
    ],
)
def test_what_would_be_refused_is_not_valid(key: str, value: object) -> None:
    assert not Draft202012Validator(SCHEMA).is_valid({key: value})


@pytest.mark.parametrize(
    ("name", "default"),
    [("timeout", "90s"), ("cap", "350.75"), ("rate", 0.5), ("on", False), ("creditor", "1001")],
)
def test_a_default_is_given_as_a_user_would_write_it(name: str, default: object) -> None:
    assert property_of(name)["default"] == default


def test_bounds_of_money_are_in_major_units() -> None:
    assert property_of("cap")["maximum"] == 6000.5


def test_docstrings_describe_objects_and_keys() -> None:
    inner = SCHEMA["$defs"]["Inner"]
    assert inner["description"] == "A line to a host."
    assert inner["properties"]["port"]["description"] == "Where it listens."
