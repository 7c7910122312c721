"""The history of a world and its digest."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from simulator.virtual import History, history


class Outcome(Enum):
    IN_DOUBT = "in_doubt"


def digest_of(*facts: dict[str, Any]) -> str:
    written = History()
    for number, fact in enumerate(facts):
        written.record(float(number), "gab", "step", fact)
    return written.digest()


def test_the_same_events_give_the_same_digest() -> None:
    assert digest_of({"a": 1}, {"b": 2}) == digest_of({"a": 1}, {"b": 2})


@pytest.mark.parametrize("other", [({"a": 2},), ({"b": 1},), ({"a": 1}, {"a": 1}), ()])
def test_other_events_give_another_digest(other: tuple[dict[str, Any], ...]) -> None:
    assert digest_of({"a": 1}) != digest_of(*other)


def test_the_order_of_facts_does_not_matter() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})


@pytest.mark.parametrize(
    ("value", "same"),
    [
        (b"\x02\x00", "0200"),
        (Decimal("350.75"), "350.75"),
        (Outcome.IN_DOUBT, "IN_DOUBT"),
        (datetime(2026, 11, 24, tzinfo=UTC), "2026-11-24T00:00:00+00:00"),
        ({"b", "a"}, ["a", "b"]),
        (ValueError("no"), "ValueError: no"),
    ],
)
def test_values_enter_as_plain_data(value: object, same: object) -> None:
    assert digest_of({"x": value}) == digest_of({"x": same})


def test_no_address_of_an_object_enters() -> None:
    assert digest_of({"x": object()}) == digest_of({"x": object()})


def test_the_digest_covers_events_that_are_no_longer_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT_EVENTS_MAX", 2)
    one, two = History(), History()
    for written, first in ((one, 1), (two, 2)):
        for number in (first, 3, 4):
            written.record(0.0, "gab", "step", {"n": number})
    assert [event.facts for event in one.events] == [event.facts for event in two.events]
    assert one.count == 3
    assert one.digest() != two.digest()


def test_an_event_reads_as_a_line() -> None:
    written = History()
    written.record(1.5, "gab", "dispensed", {"minor": 20_000})
    assert str(written.of("gab")[0]) == "    1.500000 gab dispensed minor=20000"
    assert written.of("core") == []
