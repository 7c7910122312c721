import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.load.timeline import INTERVALS_MAX, Timeline


def test_what_happens_is_kept_by_the_second():
    timeline = Timeline()
    timeline.at(0.2).outcomes["approved"] += 1
    timeline.at(2.9).dropped += 4
    assert [each.outcomes["approved"] for each in timeline.intervals] == [1, 0, 0]
    assert timeline.intervals[2].dropped == 4


@given(st.lists(st.floats(0, 100_000), min_size=1, max_size=60))
def test_however_long_it_lasts_nothing_is_lost_and_intervals_are_bounded(instants):
    timeline = Timeline()
    for instant in instants:
        interval = timeline.at(instant)
        interval.offered += 1
        interval.time(0.5)
    assert len(timeline.intervals) <= INTERVALS_MAX
    assert sum(each.offered for each in timeline.intervals) == len(instants)
    assert timeline.width_s * len(timeline.intervals) > max(instants)


def test_percentiles_survive_widening():
    timeline = Timeline()
    for second in range(400):
        timeline.at(second).time(0.1 if second < 200 else 0.9)
    assert timeline.width_s == 2.0
    assert timeline.intervals[10].percentile_s(50) == pytest.approx(0.1, rel=0.02)
    assert timeline.intervals[150].percentile_s(50) == pytest.approx(0.9, rel=0.02)
    assert Timeline().at(0).percentile_s(50) is None
