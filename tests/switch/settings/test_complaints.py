from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal, Self

import pytest
from pydantic import AfterValidator, Discriminator, Field, Tag, field_validator, model_validator
from pydantic_core import PydanticCustomError

from switch.settings import (
    Digits,
    DurationS,
    Misfit,
    Model,
    MoneyMinor,
    Problem,
    SettingsError,
    Text,
    Whole,
    parse,
)
from switch.settings.complaints import ERRORS_READ_MAX

Told = Callable[[str, type[Model]], list[str]]


class Mode(Enum):
    REAL = "real"
    VIRTUAL = "virtual"


def only_even(number: int) -> int:
    if number % 2:
        raise PydanticCustomError("odd", "an even number is wanted")
    return number


class Line(Model):
    host: Text = "127.0.0.1"
    port: Annotated[Whole, Field(ge=1, le=65535)]
    timeout: Annotated[DurationS, Field(ge=0.5)] = 6.0


class Network(Model):
    name: Text = "local"
    mode: Mode = Mode.REAL
    clock: Literal["real", "virtual"] = "real"
    lines: list[Line] = Field(default_factory=list, max_length=2)
    ranges: dict[Annotated[str, Digits(6)], Line] = Field(default_factory=dict)
    cap: Annotated[MoneyMinor, Field(gt=0, le=600_000)] = 200_000
    caps: list[Annotated[MoneyMinor, Field(le=600_000)]] = Field(default_factory=list)
    pair: tuple[Text, Text] = ("a", "b")
    day: date | None = None
    words: Literal[tuple("abcdefghijklmnop")] = "a"  # type: ignore[valid-type]
    even: Annotated[Whole, AfterValidator(only_even)] = 0
    code: Annotated[str, Field(min_length=2, max_length=3, pattern="^[a-z]+$")] = "ab"

    @field_validator("name")
    @classmethod
    def _no_blank(cls, name: str) -> str:
        if " " in name:
            raise ValueError("a name has no blank")
        return name

    @model_validator(mode="after")
    def _host_known(self) -> Self:
        for index, line in enumerate(self.lines):
            if line.host == "locahost":
                raise Misfit(
                    "unknown host", "lines", index, "host", near=line.host, candidates=["localhost"]
                )
        return self


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("nmae: x", "1:1: unknown key 'nmae', did you mean 'name'?"),
        ("lines: [{prot: 1}]", "1:10: unknown key 'prot', did you mean 'port'?"),
        ("lines: [{port: 1, x: 1}]", "1:19: unknown key 'x', known here: 'host', 'port' and 'ti"),
        ("lines: [{}]", "1:9: missing key 'port'"),
        ("ranges: {'950401': {host: x}}", "1:10: missing key 'port'"),
        ("lines: [{port: abc}]", "1:16: expected a whole number, found 'abc'"),
        ("lines: [{port: 0}]", "1:16: expected at least 1, found '0'"),
        ("lines: [{port: 1, timeout: 1ms}]", "1:28: expected at least 500ms, found '1ms'"),
        ("lines: [{port: 1, timeout: 6}]", "1:28: expected a duration with its unit (ms, s, m, h"),
        ("lines: [{port: {a: 1}}]", "1:16: expected a whole number, found a mapping"),
        ("lines: [{port: }]", "1:10: expected a whole number, found nothing"),
        ("lines: {port: 1}", "1:8: expected a list, found a mapping"),
        ("lines: [x]", "1:9: expected a mapping, found 'x'"),
        ("lines: x", "1:8: expected a list, found 'x'"),
        ("lines: [{port: 1}, {port: 1}, {port: 1}]", "1:8: expected at most 2 items, found a list"),
        ("ranges: [a]", "1:9: expected a mapping, found a list of 1 item"),
        ("ranges: {95040: {port: 1}}", "1:10: expected 6 digits, found '95040', did you mean"),
        ("mode: reel", "1:7: expected 'real' or 'virtual', found 'reel', did you mean 'real'?"),
        ("clock: Virtual", "1:8: expected 'real' or 'virtual', found 'Virtual', did you mean 'vi"),
        ("clock: [real]", "1:8: expected 'real' or 'virtual', found a list of 1 item"),
        ("cap: 0", "1:6: expected more than 0.00, found '0'"),
        ("cap: 6,000.01", "1:6: expected at most 6000.00, found '6,000.01'"),
        ("cap: 350,75", "1:6: expected an amount such as 350.75, found '350,75', did you mean '35"),
        ("pair: [a]", "1:7: expected at least 2 items, found a list of 1 item"),
        ("pair: [a, b, c]", "1:7: expected at most 2 items, found a list of 3 items"),
        ("code: a", "1:7: expected text of at least 2 characters, found 'a'"),
        ("code: abcd", "1:7: expected text of at most 3 characters, found 'abcd'"),
        ("code: AB", "1:7: expected text of the form ^[a-z]+$, found 'AB'"),
        ("code:", "1:1: expected text, found nothing"),
        ("name: a b", "1:7: a name has no blank"),
        ("lines: [{port: 1, host: locahost}]", "1:25: unknown host, did you mean 'localhost'?"),
        ("even: 3", "1:7: an even number is wanted"),
        ("day: soon", "1:6: expected a valid date or datetime, input is too short, found 'soon'"),
        ("words: zzz", "1:8: expected one of 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', "),
        ("{}: {}", "1:1: a key must be one word"),
        ("- x", "1:1: expected a mapping, found a list of 1 item"),
    ],
)
def test_an_error_is_said_in_plain_words_at_its_place(text: str, first: str, told: Told) -> None:
    (only,) = told(text, Network)
    assert only.startswith(f"f.yaml:{first}")


def test_every_error_of_a_file_is_told_in_its_order(told: Told) -> None:
    text = "mode: x\nlines:\n  - {port: a}\n  - {prot: 1}\ncap: much\nzzz: 1\n"
    assert [line.split(": ")[0] for line in told(text, Network)] == [
        "f.yaml:1:7",
        "f.yaml:3:12",
        "f.yaml:4:6",
        "f.yaml:5:6",
        "f.yaml:6:1",
    ]


def test_a_misspelt_key_is_not_missing_as_well(told: Told) -> None:
    assert len(told("lines: [{prot: 1}]", Network)) == 1


def test_a_key_already_given_is_not_suggested(told: Told) -> None:
    assert "did you mean" not in told("lines: [{port: 1, prot: 1}]", Network)[0]


def test_an_error_in_an_aliased_value_is_told_once_where_it_stands(told: Told) -> None:
    text = "lines:\n  - &x {port: 0}\n  - *x\n"
    assert told(text, Network) == ["f.yaml:2:15: expected at least 1, found '0'"]


def test_the_caret_covers_a_quoted_value_whole(
    problems: Callable[[str, type[Model]], tuple[Problem, ...]],
) -> None:
    (problem,) = problems('lines: [{port: "a b"}]', Network)
    assert problem.width == len('"a b"')


def test_a_value_of_several_lines_is_marked_in_its_first(
    problems: Callable[[str, type[Model]], tuple[Problem, ...]],
) -> None:
    (problem,) = problems("cap: |\n  one\n  two\n", Network)
    assert (problem.line, problem.column, problem.width) == (1, 6, 1)


def test_places_are_right_with_carriage_returns(told: Told) -> None:
    assert told("name: x\r\ncap: x\r\n", Network)[0].startswith("f.yaml:2:6: ")


def test_a_huge_number_of_errors_is_cut(told: Told) -> None:
    lines = told("caps:\n" + "- x\n" * (ERRORS_READ_MAX + 5), Network)
    assert len(lines) == ERRORS_READ_MAX + 1
    assert lines[-1] == "f.yaml: 5 errors more than can be told at once"


def test_no_error_speaks_of_pydantic() -> None:
    with pytest.raises(SettingsError) as caught:
        parse("mode: x\nlines: [1]\ncap: {}\npair: 1\ncode: []\nq: 1\n", "f.yaml", Network)
    assert not {"pydantic", "Input", "should", "validation"} & set(str(caught.value).split())


class Withdraw(Model):
    withdraw: MoneyMinor


class Pay(Model):
    pay: Text
    amount: MoneyMinor


def first_key(step: Any) -> str | None:
    return next(iter(step), None) if isinstance(step, dict) else None


class Host(Model):
    kind: Literal["host"]
    host: Line


class Core(Model):
    kind: Literal["core"]
    url: Text


class Unions(Model):
    steps: list[
        Annotated[
            Annotated[Withdraw, Tag("withdraw")] | Annotated[Pay, Tag("pay")],
            Discriminator(first_key),
        ]
    ] = Field(default_factory=list)
    peers: list[Annotated[Host | Core, Field(discriminator="kind")]] = Field(default_factory=list)
    free: Line | Core | Whole | Literal["none"] | list[Whole] | None = None
    bounded: Annotated[Whole, Field(ge=10)] | Line | None = None


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("peers: [{kind: hots}]", "1:16: unknown kind 'hots', did you mean 'host'?"),
        ("peers: [{kind: zzz}]", "1:16: unknown kind 'zzz', expected 'host' or 'core'"),
        ("peers: [{url: x}]", "1:9: missing key 'kind'"),
        ("peers: [x]", "1:9: expected a mapping, found 'x'"),
        ("peers: [{kind: host, host: {port: x}}]", "1:35: expected a whole number, found 'x'"),
        ("peers: [{kind: host, hst: {port: 1}}]", "1:22: unknown key 'hst', did you mean 'host'?"),
        ("peers: [{kind: host, host: {prt: 1}}]", "1:29: unknown key 'prt', did you mean 'port'?"),
        ("peers: [{kind: core, url: [x]}]", "1:27: expected text, found a list of 1 item"),
        ("steps: [{withdrw: 200}]", "1:10: unknown key 'withdrw', did you mean 'withdraw'?"),
        ("steps: [{withdraw: x}]", "1:20: expected an amount such as 350.75, found 'x'"),
        ("steps: [x]", "1:9: expected a mapping, found 'x'"),
        ("steps: [{}]", "1:9: nothing says what this is"),
        ("free: {port: x}", "1:14: expected a whole number, found 'x'"),
        ("free: {port: 1, hos: x}", "1:17: unknown key 'hos', did you mean 'host'?"),
        ("free: {kind: core, ulr: x}", "1:20: unknown key 'ulr', did you mean 'url'?"),
        ("free: [1, x]", "1:11: expected a whole number, found 'x'"),
        ("free: non", "1:7: expected a mapping or a whole number or 'none' or a list, found 'non'"),
        ("bounded: 3", "1:10: expected at least 10 or a mapping, found '3'"),
    ],
)
def test_a_union_is_told_by_the_branch_that_got_furthest(text: str, first: str, told: Told) -> None:
    (only,) = told(text, Unions)
    assert only.startswith(f"f.yaml:{first}")


class Shorthand(Model):
    steps: list[Pay]

    @field_validator("steps", mode="before")
    @classmethod
    def _written_short(cls, steps: Any) -> Any:
        return [
            {"pay": step, "amount": "x", "y": "1"} if isinstance(step, str) else step
            for step in steps
        ]


def test_an_error_in_what_a_validator_made_points_at_what_it_was_made_of(told: Told) -> None:
    assert told("steps:\n  - {pay: a, amount: 1}\n  - bill\n", Shorthand) == [
        "f.yaml:3:5: expected an amount such as 350.75, found 'bill'",
        "f.yaml:3:5: unknown key 'y', known here: 'pay' and 'amount'",
    ]
