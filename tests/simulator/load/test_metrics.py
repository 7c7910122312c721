import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.load.metrics import Metrics, Trend


def test_a_trend_knows_its_percentiles_to_three_digits():
    trend = Trend()
    for number in range(1, 1001):
        trend.add(number / 1000)
    assert trend.percentile_s(50) == pytest.approx(0.5, rel=2e-3)
    assert trend.percentile_s(99) == pytest.approx(0.99, rel=2e-3)
    assert trend.max_s == pytest.approx(1.0, rel=2e-3)
    assert trend.count == 1000


def test_a_trend_without_samples_is_zero():
    trend = Trend()
    assert (trend.count, trend.mean_s, trend.percentile_s(99), trend.max_s) == (0, 0.0, 0.0, 0.0)


@given(
    st.lists(st.floats(1e-6, 3000), min_size=1, max_size=50), st.floats(min_value=1, max_value=100)
)
def test_trends_added_up_are_the_trend_of_all(samples, percent):
    whole, parts = Trend(), [Trend(), Trend()]
    for index, each in enumerate(samples):
        whole.add(each)
        parts[index % 2].add(each)
    parts[0].merge(parts[1])
    assert parts[0].percentile_s(percent) == whole.percentile_s(percent)
    assert parts[0].count == whole.count


def test_samples_are_found_by_any_of_their_tags():
    metrics = Metrics()
    metrics.time("response_time", 0.1, load="a", step="withdraw", outcome="approved")
    metrics.time("response_time", 0.3, load="b", step="withdraw", outcome="declined")
    metrics.rate("approved", True, load="a")
    metrics.rate("approved", False, load="b")
    metrics.count("dropped", 3, load="a")
    metrics.count("dropped", 4, load="b")
    assert metrics.trend_of("response_time", {}).count == 2
    assert metrics.trend_of("response_time", {"load": "b"}).max_s == pytest.approx(0.3, rel=1e-3)
    assert metrics.trend_of("response_time", {"step": "balance"}).count == 0
    assert metrics.share_of("approved", {}).rate == 0.5
    assert metrics.share_of("approved", {"load": "a"}).rate == 1.0
    assert (metrics.count_of("dropped", {}), metrics.count_of("dropped", {"load": "b"})) == (7, 4)
    assert list(metrics.values_of("response_time", "outcome")) == ["approved", "declined"]
