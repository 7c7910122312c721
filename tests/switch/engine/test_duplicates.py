"""Repeats and duplicates are found, in the hour that comes twice too, and none is invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.engine.duplicates import comes_twice, in_second_pass
from switch.runtime import CASABLANCA, ReactorWallClock, local_time, transmission_time
from switch.wire import Message

# Ramadan of 2026: at 03:00 of Sunday 15 February clocks go back to 02:00. On 22 March they go on.
FIRST = datetime(2026, 2, 15, 1, 30, tzinfo=UTC)
SECOND = datetime(2026, 2, 15, 2, 30, tzinfo=UTC)
NEW_YEAR_S = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
WITH_DE7 = ("32", "41", "11", "13", "12", "7", "3", "4")


def at(bench: Any, instant: datetime) -> None:
    """Go on at that instant."""
    bench.wall_clock = ReactorWallClock(bench.clock, instant)
    bench.close()
    bench.runtime = replace(bench.runtime, wall_clock=bench.wall_clock)
    bench.open()


def request(bench: Any, instant: datetime, mti: str = "0200", **elements: Any) -> Message:
    time, day = local_time(instant)
    stamps = {"de7": transmission_time(instant), "de12": time, "de13": day}
    message: Message = bench.message(mti, **{**stamps, **elements})
    return message


def approve(bench: Any, message: Message) -> str:
    """Its code; the issuer approves what it is asked."""
    bench.issuer.script = lambda asked: bench.answer_to(asked, "00")
    code: str = bench.ask(message).code
    return code


def test_both_passes_of_the_hour_read_the_same() -> None:
    assert local_time(FIRST) == local_time(SECOND) == ("023000", "0215")


@given(minute=st.integers(0, 365 * 24 * 60 - 120) | st.integers(45 * 1440, 45 * 1440 + 240))
def test_only_the_hour_when_ramadan_begins_comes_twice(minute: int) -> None:
    instant = datetime.fromtimestamp(NEW_YEAR_S + minute * 60, UTC)
    time, day = local_time(instant)
    message = Message({"t": "0200", "7": transmission_time(instant), "12": time, "13": day})
    twice = (day, time[:2]) == ("0215", "02")
    assert comes_twice(message, instant) == twice
    if twice:
        assert in_second_pass(message, instant) == bool(instant.astimezone(CASABLANCA).fold)


@pytest.mark.parametrize("elements", [{"13": ""}, {"12": "25"}, {"13": "0231"}, {"12": "ab0000"}])
def test_a_time_that_is_none_comes_once(elements: dict[str, str]) -> None:
    message = Message({"t": "0200", "7": "0215013000", "12": "023000", "13": "0215", **elements})
    assert not comes_twice(message, FIRST)


def test_a_new_request_of_the_second_pass_is_no_duplicate(bench: Any) -> None:
    at(bench, FIRST)
    assert approve(bench, request(bench, FIRST)) == "00"
    at(bench, SECOND)
    assert approve(bench, request(bench, SECOND, de37="632810000002")) == "00"
    assert bench.issuer.types == ["0200", "0200"]


def test_a_duplicate_within_a_pass_is_94(bench: Any) -> None:
    at(bench, SECOND)
    approve(bench, request(bench, SECOND))
    assert approve(bench, request(bench, SECOND)) == "94"


@pytest.mark.parametrize("mti", ["0200", "0201"])
def test_the_same_request_sent_again_in_the_second_pass_is_found(bench: Any, mti: str) -> None:
    at(bench, FIRST)
    approve(bench, request(bench, FIRST))
    at(bench, SECOND)
    again = request(bench, FIRST, mti, de7=transmission_time(SECOND))
    assert approve(bench, again) == ("94" if mti == "0200" else "00")
    assert bench.issuer.types == ["0200"]


def test_a_repeat_finds_the_request_of_its_own_pass(bench: Any) -> None:
    at(bench, FIRST)
    approve(bench, request(bench, FIRST))
    at(bench, SECOND)
    approve(bench, request(bench, SECOND, de37="632810000002"))
    approve(bench, request(bench, SECOND, "0201", de37="632810000002"))
    kept = [row for row in bench.rows("switch_messages") if row["mti"] == "0201"]
    newest = max(row["id"] for row in bench.rows("transactions"))
    assert [row["transaction_id"] for row in kept] == [newest]


def test_a_repeat_never_seen_in_either_pass_is_an_original(bench: Any) -> None:
    at(bench, SECOND)
    assert approve(bench, request(bench, SECOND, "0201")) == "00"
    assert bench.issuer.types == ["0200"]


def test_by_profile_the_transmission_time_tells_requests_apart(bench: Any) -> None:
    bench.duplicates = WITH_DE7
    assert approve(bench, bench.message()) == "00"
    assert approve(bench, bench.message()) == "94"
    assert approve(bench, bench.message(de7="1124103605")) == "00"


def test_by_profile_a_repeat_with_a_new_transmission_time_is_still_found(bench: Any) -> None:
    bench.duplicates = WITH_DE7
    approve(bench, bench.message())
    assert approve(bench, bench.message("0201", de7="1124103605")) == "00"
    assert bench.issuer.types == ["0200"]


def test_by_profile_the_reference_may_tell_requests_apart(bench: Any) -> None:
    bench.duplicates = ("41", "11", "37")
    approve(bench, bench.message())
    assert approve(bench, bench.message(de12="113700")) == "94"
    assert approve(bench, bench.message(de37="632810000009")) == "00"
