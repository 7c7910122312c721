"""Time as messages tell it: UTC in DE7, Morocco's in DE12 and DE13."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from switch.runtime import CASABLANCA, ReactorWallClock, local_time, transmission_time

INSTANTS = st.datetimes(
    datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC), allow_imaginary=False
)


def test_the_wall_clock_follows_the_reactor_from_its_start() -> None:
    clock = Clock()
    wall_clock = ReactorWallClock(clock, datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC))
    clock.advance(1.5)
    assert wall_clock.now() == datetime(2026, 11, 25, 0, 0, 0, 500_000, tzinfo=UTC)


def test_without_a_start_the_reactors_seconds_count_from_1970() -> None:
    clock = Clock()
    clock.rightNow = 1_800_000_000.0
    assert ReactorWallClock(clock).now() == datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


def test_de7_is_in_utc_whatever_zone_the_instant_is_in() -> None:
    instant = datetime(2026, 1, 1, 0, 30, 5, tzinfo=timezone(timedelta(hours=1)))
    assert transmission_time(instant) == "1231233005"


@pytest.mark.parametrize(
    ("instant", "local"),
    [
        (datetime(2026, 11, 24, 10, 36, 1, tzinfo=UTC), ("113601", "1124")),
        (datetime(2026, 12, 31, 23, 30, 0, tzinfo=UTC), ("003000", "0101")),
        # Ramadan: the clock is put back on 15 February 2026 and forward again on 22 March.
        (datetime(2026, 2, 15, 1, 59, 59, tzinfo=UTC), ("025959", "0215")),
        (datetime(2026, 2, 15, 2, 0, 0, tzinfo=UTC), ("020000", "0215")),
        (datetime(2026, 3, 22, 1, 59, 59, tzinfo=UTC), ("015959", "0322")),
        (datetime(2026, 3, 22, 2, 0, 0, tzinfo=UTC), ("030000", "0322")),
    ],
)
def test_local_time_is_moroccos_ramadan_included(instant: datetime, local: tuple[str, str]) -> None:
    assert local_time(instant) == local


def test_two_instants_an_hour_apart_can_have_one_local_time() -> None:
    first = datetime(2026, 2, 15, 1, 30, 0, tzinfo=UTC)
    later = first + timedelta(hours=1)
    assert local_time(first) == local_time(later)
    assert transmission_time(first) != transmission_time(later)


@given(INSTANTS)
def test_the_elements_have_their_lengths_and_say_the_instant(instant: datetime) -> None:
    seven, (twelve, thirteen) = transmission_time(instant), local_time(instant)
    assert (len(seven), len(twelve), len(thirteen)) == (10, 6, 4)
    there = instant.astimezone(CASABLANCA)
    assert (twelve, thirteen) == (f"{there:%H%M%S}", f"{there:%m%d}")


@given(st.floats(min_value=0, max_value=4e9), st.floats(min_value=0, max_value=0.002))
def test_a_stamp_is_the_instant_to_the_millisecond(seconds: float, later: float) -> None:
    clock = Clock()
    wall_clock = ReactorWallClock(clock)
    for pause in (seconds, later):
        clock.advance(pause)
        assert wall_clock.stamp() == wall_clock.now().isoformat(timespec="milliseconds")
