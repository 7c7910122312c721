from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.load.schedule import arrivals, rate_at, users_at
from simulator.load.settings import Load, read_rate


def ramp(*stages: tuple[str, float], **more) -> Load:
    told = [{"target": target, "duration": f"{length:g}s"} for target, length in stages]
    return Load.model_validate({"executor": "ramping-arrival-rate", "stages": told, **more})


def constant(rate: str, duration: str) -> Load:
    return Load.model_validate(
        {"executor": "constant-arrival-rate", "rate": rate, "duration": duration}
    )


@pytest.mark.parametrize(
    ("text", "rate"), [("30/s", 30.0), ("90/m", 1.5), ("3600/h", 1.0), ("0.5/s", 0.5), ("0/s", 0)]
)
def test_a_rate_is_read_in_iterations_a_second(text, rate):
    assert read_rate(text) == rate


@pytest.mark.parametrize("text", ["30", "30/d", "-1/s", "x/s", "1e3/s", "200000/s"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(ValueError, match="expected"):
        read_rate(text)


def test_a_constant_rate_is_evenly_spaced():
    assert list(arrivals(constant("4/s", "1s"))) == [0.0, 0.25, 0.5, 0.75]


def test_a_ramp_is_dense_where_its_rate_is_high():
    due = list(arrivals(ramp(("10/s", 10), ("0/s", 10))))
    assert len(due) == 100
    gaps = [after - before for before, after in pairwise(due)]
    assert min(gaps) == pytest.approx(0.1, abs=0.01)
    assert gaps.index(min(gaps)) in range(45, 55)
    assert due[-1] < 20.0


def test_a_ramp_begins_with_its_rate():
    load = ramp(("30/s", 10), rate="10/s")
    assert (rate_at(load, 0), rate_at(load, 5), rate_at(load, 10)) == (10.0, 20.0, 0.0)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=5),
    st.integers(0, 50),
)
def test_as_many_are_due_as_the_area_under_the_rate(stages, first):
    load = ramp(*((f"{rate}/s", length) for rate, length in stages), rate=f"{first}/s")
    due = list(arrivals(load))
    area, rate = 0.0, first
    for target, length in stages:
        area += (rate + target) / 2 * length
        rate = target
    assert abs(len(due) - area) <= 1
    assert all(before <= after + 1e-9 for before, after in pairwise(due))
    assert all(0 <= each <= load.length_s + 1e-6 for each in due)


def test_users_of_a_ramp_come_and_go():
    load = Load.model_validate(
        {
            "executor": "ramping-vus",
            "stages": [
                {"target": "10", "duration": "10s"},
                {"target": "10", "duration": "5s"},
                {"target": "0", "duration": "5s"},
            ],
        }
    )
    assert [users_at(load, at) for at in (0, 5, 12, 17.5, 21)] == [0, 5, 10, 5, 0]
