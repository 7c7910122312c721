"""Matchers: what a scenario says a value must be. A bare value is equality.

response_code: "00"
available: {gte: 100.00, lt: 200.00}
approval_code: {matches: "[0-9]{6}"}
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from simulator.scenario.open_model import OpenModel
from switch.settings import Flag, Misfit, MoneyMinor, Number, Text, Whole

OutcomeWord = Literal["approved", "declined", "in_doubt"]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


class Matcher(OpenModel):
    """Conditions that must all hold; at least one is given."""

    exists: Flag | None = None
    """Whether there must be a value at all."""

    @model_validator(mode="after")
    def _says_something(self) -> Matcher:
        if not self.model_fields_set:
            raise Misfit("a matcher needs a condition")
        return self


class MoneyMatcher(Matcher):
    """Conditions on an amount."""

    ne: MoneyMinor | None = None
    gt: MoneyMinor | None = None
    gte: MoneyMinor | None = None
    lt: MoneyMinor | None = None
    lte: MoneyMinor | None = None
    in_: tuple[MoneyMinor, ...] | None = Field(default=None, alias="in")
    nin: tuple[MoneyMinor, ...] | None = None


class WholeMatcher(Matcher):
    """Conditions on a count."""

    ne: Whole | None = None
    gt: Whole | None = None
    gte: Whole | None = None
    lt: Whole | None = None
    lte: Whole | None = None
    in_: tuple[Whole, ...] | None = Field(default=None, alias="in")
    nin: tuple[Whole, ...] | None = None


class TextMatcher(Matcher):
    """Conditions on a text; `matches` is a regular expression for the whole of it."""

    ne: Text | None = None
    in_: tuple[Text, ...] | None = Field(default=None, alias="in")
    nin: tuple[Text, ...] | None = None
    matches: Annotated[Text, AfterValidator(_pattern)] | None = None


class OutcomeMatcher(Matcher):
    """Conditions on an outcome."""

    ne: OutcomeWord | None = None
    in_: tuple[OutcomeWord, ...] | None = Field(default=None, alias="in")
    nin: tuple[OutcomeWord, ...] | None = None


class AnyMatcher(TextMatcher):
    """Conditions on something that may be a number: `gt` and the like compare as numbers do."""

    gt: Number | None = None
    gte: Number | None = None
    lt: Number | None = None
    lte: Number | None = None


Anything = Text | AnyMatcher
Money = MoneyMinor | MoneyMatcher
Count = Whole | WholeMatcher
Words = Text | TextMatcher
Outcome = OutcomeWord | OutcomeMatcher

Show = Callable[[Any], str]

_CONDITIONS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "ne": ("not", lambda found, wanted: found != wanted),
    "gt": ("more than", lambda found, wanted: found is not None and found > wanted),
    "gte": ("at least", lambda found, wanted: found is not None and found >= wanted),
    "lt": ("less than", lambda found, wanted: found is not None and found < wanted),
    "lte": ("at most", lambda found, wanted: found is not None and found <= wanted),
    "in_": ("one of", lambda found, wanted: found in wanted),
    "nin": ("none of", lambda found, wanted: found not in wanted),
    "matches": (
        "text like",
        lambda found, wanted: found is not None and re.fullmatch(wanted, str(found)) is not None,
    ),
}


def holds(expected: Any, found: Any) -> bool:
    """Whether `found` is what was expected: a bare value, or a Matcher.

    >>> holds(200, 200), holds(MoneyMatcher(gte=100), 99), holds(TextMatcher(exists=True), "")
    (True, False, False)
    """
    if not isinstance(expected, Matcher):
        return bool(found == expected)
    if expected.exists is not None and expected.exists is (found is None or found == ""):
        return False
    if isinstance(expected, AnyMatcher):
        return all(_holds_any(name, found, wanted) for name, wanted in _given(expected))
    return all(_CONDITIONS[name][1](found, wanted) for name, wanted in _given(expected))


def _holds_any(name: str, found: Any, wanted: Any) -> bool:
    if name not in ("gt", "gte", "lt", "lte"):
        return _CONDITIONS[name][1](found, wanted)
    try:
        number = float(str(found).replace(",", ""))
    except ValueError:
        return False
    return _CONDITIONS[name][1](number, wanted)


def wanted(expected: Any, show: Show = str) -> str:
    """What was expected, in words.

    >>> wanted(MoneyMatcher(gte=100, lt=200)), wanted(TextMatcher(exists=True))
    ('at least 100 and less than 200', 'something')
    """
    if not isinstance(expected, Matcher):
        return show(expected)
    said = []
    if expected.exists is not None:
        said.append("something" if expected.exists else "nothing")
    for name, value in _given(expected):
        shown = ", ".join(map(show, value)) if isinstance(value, tuple) else show(value)
        said.append(f"{_CONDITIONS[name][0]} {shown}")
    return " and ".join(said)


def _given(matcher: Matcher) -> list[tuple[str, Any]]:
    fields = ((name, getattr(matcher, name)) for name in type(matcher).model_fields)
    return [(name, value) for name, value in fields if name in _CONDITIONS and value is not None]
