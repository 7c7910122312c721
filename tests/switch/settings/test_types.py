from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from switch.settings import (
    Digits,
    DurationS,
    Flag,
    MoneyMinor,
    Number,
    Text,
    Whole,
    write_duration,
    write_money,
)
from switch.settings.readings import DURATION_S_MAX, MONEY_MINOR_MAX

ADAPTERS: dict[str, TypeAdapter[Any]] = {
    "Text": TypeAdapter(Text),
    "Whole": TypeAdapter(Whole),
    "Number": TypeAdapter(Number),
    "Flag": TypeAdapter(Flag),
    "DurationS": TypeAdapter(DurationS),
    "MoneyMinor": TypeAdapter(MoneyMinor),
    "Digits(4)": TypeAdapter(Annotated[str, Digits(4)]),
    "Digits(6, 11)": TypeAdapter(Annotated[str, Digits(6, 11)]),
}


def read(kind: str, value: Any) -> Any:
    return ADAPTERS[kind].validate_python(value)


def suggestion(kind: str, value: Any) -> str | None:
    with pytest.raises(ValidationError) as caught:
        read(kind, value)
    (error,) = caught.value.errors()
    meant: str | None = error["ctx"]["suggestion"]
    return meant


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("Text", "0200", "0200"),
        ("Whole", "8583", 8583),
        ("Whole", "0", 0),
        ("Whole", "-12", -12),
        ("Number", "0.95", 0.95),
        ("Number", "1", 1.0),
        ("Number", "1e-3", 0.001),
        ("Flag", "true", True),
        ("Flag", "false", False),
        ("DurationS", "6s", 6.0),
        ("DurationS", "500ms", 0.5),
        ("DurationS", "1.5s", 1.5),
        ("DurationS", "2m", 120.0),
        ("DurationS", "1h", 3600.0),
        ("DurationS", "7d", 604800.0),
        ("DurationS", "0s", 0.0),
        ("MoneyMinor", "350.75", 35075),
        ("MoneyMinor", "200", 20000),
        ("MoneyMinor", "0", 0),
        ("MoneyMinor", "0.5", 50),
        ("MoneyMinor", "10,000.00", 1000000),
        ("MoneyMinor", "1,234,567", 123456700),
        ("MoneyMinor", "9999999999.99", MONEY_MINOR_MAX),
        ("Digits(4)", "0001", "0001"),
        ("Digits(6, 11)", "504001", "504001"),
    ],
)
def test_a_text_is_read_as_its_type_says(kind: str, text: str, value: object) -> None:
    assert read(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "meant"),
    [
        ("Text", "", None),
        ("Whole", "0x10", None),
        ("Whole", "1_000", "1000"),
        ("Whole", "1,000", "1000"),
        ("Whole", "010", "10"),
        ("Whole", "00", "0"),
        ("Whole", "1.0", None),
        ("Whole", "yes", None),
        ("Whole", "٣", None),
        ("Whole", "1" * 5000, None),
        ("Number", "nan", None),
        ("Number", ".inf", None),
        ("Number", "1e999", None),
        ("Number", ".5", "0.5"),
        ("Number", "0,95", "0.95"),
        ("Number", "95%", "0.95"),
        ("Flag", "yes", "true"),
        ("Flag", "Off", "false"),
        ("Flag", "True", "true"),
        ("Flag", "1", None),
        ("DurationS", "6", "6s"),
        ("DurationS", "6 s", "6s"),
        ("DurationS", "6sec", "6s"),
        ("DurationS", "500 millis", "500ms"),
        ("DurationS", "2 Minutes", "2m"),
        ("DurationS", "-1s", None),
        ("DurationS", "soon", None),
        ("DurationS", "9999d", None),
        ("DurationS", "1" * 5000 + "s", None),
        ("MoneyMinor", "350.755", None),
        ("MoneyMinor", "1,00,000", None),
        ("MoneyMinor", "0,500.00", None),
        ("MoneyMinor", "350,75", "350.75"),
        ("MoneyMinor", "0350.75", "350.75"),
        ("MoneyMinor", "10 000.00", "10000.00"),
        ("MoneyMinor", "200 MAD", "200"),
        ("MoneyMinor", "200DH", "200"),
        ("MoneyMinor", "-200", None),
        ("MoneyMinor", "1e3", None),
        ("MoneyMinor", "10000000000.00", None),
        ("MoneyMinor", "٣٥٠", None),
        ("Digits(4)", "12", "0012"),
        ("Digits(4)", "12345", None),
        ("Digits(4)", "12a4", None),
        ("Digits(6, 11)", "123456789012", None),
    ],
)
def test_any_other_text_is_refused_with_what_was_meant(
    kind: str, text: str, meant: str | None
) -> None:
    assert suggestion(kind, text) == meant


@pytest.mark.parametrize("kind", sorted(ADAPTERS))
@pytest.mark.parametrize("value", [None, [], {}, object()])
def test_what_is_no_scalar_is_refused(kind: str, value: object) -> None:
    assert suggestion(kind, value) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [("Whole", 8583), ("Number", 0.5), ("Flag", True), ("DurationS", 6.0), ("MoneyMinor", 35075)],
)
def test_python_code_gives_the_value_itself(kind: str, value: object) -> None:
    assert read(kind, value) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Whole", True),
        ("Whole", 1.5),
        ("Number", float("nan")),
        ("Flag", 1),
        ("DurationS", -1.0),
        ("DurationS", float("inf")),
        ("MoneyMinor", 350.75),
        ("MoneyMinor", -1),
        ("MoneyMinor", MONEY_MINOR_MAX + 1),
    ],
)
def test_python_code_is_held_to_the_same_limits(kind: str, value: object) -> None:
    assert suggestion(kind, value) is None


@given(st.integers(0, MONEY_MINOR_MAX))
def test_money_written_is_read_back(minor: int) -> None:
    assert read("MoneyMinor", write_money(minor)) == minor


@given(st.integers(0, MONEY_MINOR_MAX // 100))
def test_thousands_separators_change_nothing(whole: int) -> None:
    assert read("MoneyMinor", f"{whole:,}") == read("MoneyMinor", str(whole)) == whole * 100


@given(st.floats(0, DURATION_S_MAX) | st.integers(0, 10**6).map(float))
def test_a_duration_written_is_read_back(seconds: float) -> None:
    text = write_duration(seconds)
    if len(text) <= 32:
        assert read("DurationS", text) == seconds


@given(st.sampled_from(sorted(ADAPTERS)), st.text(max_size=30))
def test_any_text_is_a_value_or_a_validation_error(kind: str, text: str) -> None:
    try:
        read(kind, text)
    except ValidationError as error:
        assert error.errors()[0]["type"] == "misread"  # noqa: PT017 - either end is good


def test_values_are_written_as_a_user_would() -> None:
    assert ADAPTERS["MoneyMinor"].dump_python(35075, mode="json") == "350.75"
    assert ADAPTERS["DurationS"].dump_python(0.5, mode="json") == "500ms"
