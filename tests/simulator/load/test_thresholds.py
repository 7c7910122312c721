import pytest

from simulator.load.metrics import Metrics
from simulator.load.thresholds import (
    Condition,
    aborts,
    judged,
    read_check,
    read_metric,
)


@pytest.fixture
def metrics() -> Metrics:
    metrics = Metrics()
    for number in range(100):
        metrics.time("response_time", 0.010 * (number + 1), step="withdraw", load="l")
        metrics.rate("approved", number < 97, step="withdraw", load="l")
    metrics.count("dropped", 2, load="l")
    return metrics


@pytest.mark.parametrize(
    ("metric", "check", "passed"),
    [
        ("response_time", "p(99) < 2s", True),
        ("response_time", "p(50)<100ms", False),
        ("response_time{step:withdraw}", "max <= 1.01s", True),
        ("response_time", "min > 5ms", True),
        ("response_time", "avg < 600ms", True),
        ("response_time", "med < 400ms", False),
        ("response_time", "count == 100", True),
        ("approved", "rate > 0.95", True),
        ("approved", "rate >= 0.98", False),
        ("approved", "count == 97", True),
        ("dropped", "count == 0", False),
        ("dropped{load:other}", "count == 0", True),
        ("service_time", "p(99) < 2s", False),
        ("declined", "rate < 1", False),
    ],
)
def test_a_threshold_is_held_against_what_was_measured(metrics, metric, check, passed):
    [verdict] = judged({metric: (check,)}, metrics)
    assert (verdict.passed, verdict.metric, verdict.check) == (passed, metric, check)


def test_what_was_measured_is_told(metrics):
    told = judged({"approved": ("rate > 0.5",), "dropped": ("count == 0",)}, metrics)
    assert [each.found for each in told] == ["0.9700 (97 of 100)", "2"]
    assert judged({"lag": ("max < 1s",)}, metrics)[0].found == "no sample"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("respnse_time", "did you mean 'response_time'"),
        ("response_time{steps:x}", "there is no tag 'steps'"),
        ("response_time{step}", "is not like step:withdraw"),
        ("Response", "expected a metric"),
    ],
)
def test_a_metric_that_does_not_exist_is_told(text, why):
    with pytest.raises(ValueError, match=why):
        read_metric(text)


@pytest.mark.parametrize(
    ("metric", "text", "why"),
    [
        ("response_time", "p(99) < 2", "expected a duration"),
        ("response_time", "p(0) < 2s", "lies between 0 and 100"),
        ("response_time", "p(101) < 2s", "lies between 0 and 100"),
        ("response_time", "rate > 0.5", "'response_time' has no 'rate'"),
        ("approved", "p(99) < 1", "'approved' has no 'p"),
        ("approved", "rate > most", "expected a number"),
        ("dropped", "rate < 1", "'dropped' has no 'rate'"),
        ("dropped", "count = 0", "expected a condition"),
    ],
)
def test_a_condition_that_makes_no_sense_is_told(metric, text, why):
    with pytest.raises(ValueError, match=why.replace("(", r"\(")):
        read_check(text, metric)


def test_only_thresholds_that_say_so_end_a_run_and_not_before_their_delay(metrics):
    ends = Condition(check="rate > 0.99", abort_on_fail=True, delay_abort=5.0)
    thresholds = {"approved": (ends,), "dropped": ("count == 0",)}
    assert aborts(thresholds, metrics, 4.0) is None
    assert aborts(thresholds, metrics, 6.0).check == "rate > 0.99"
    assert aborts({"dropped": ("count == 0",)}, metrics, 60.0) is None
    waits = Condition(check="max < 1s", abort_on_fail=True)
    assert aborts({"lag": (waits,)}, metrics, 60.0) is None
