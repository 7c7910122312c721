"""What loads measured, in lines for people: rates, outcomes, percentiles, thresholds."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from simulator.load.metrics import PERCENTILES, Metrics, Trend
from simulator.scenario.results import LoadProgress, LoadResult, ScenarioResult

COLUMN = 10


def load_lines(result: ScenarioResult) -> Iterator[Text]:
    """The loads of one scenario, its figures by step, and its thresholds; nothing without loads."""
    metrics = result.metrics
    if metrics is None or not result.loads:
        return
    for load in result.loads:
        yield _load(load, metrics)
        for example in load.examples:
            said = example.problem or "; ".join(map(str, example.mismatches))
            yield Text(f"          {example.word}: {said}  ({example.place})", "red")
    head = "".join(f"{_percent(each):>{COLUMN}}" for each in PERCENTILES)
    yield Text(f"        {'':<26}{'count':>8}{head}{'max':>{COLUMN}}", "dim")
    yield from (_trend(name, trend) for name, trend in named_trends(metrics))
    if bottleneck(metrics):
        yield Text(f"        {LATE}", "yellow")
    for each in result.thresholds:
        mark, style = ("ok", "green") if each.passed else ("MISSED", "bold red")
        yield Text(f"        {mark:<7}{each.metric}: {each.check}  measured {each.found}", style)


LATE = (
    "the generator itself was late (lag p99 over 100 ms): what was measured is partly its own doing"
)
LATE_S = 0.1


def bottleneck(metrics: Metrics) -> bool:
    """Whether the generator was the bottleneck."""
    return metrics.trend_of("lag", {}).percentile_s(99) > LATE_S


def named_trends(metrics: Metrics) -> list[tuple[str, Trend]]:
    """What people look at: both times of each step, and the lag; those that have samples."""
    found = [
        (f"{metric.replace('_', ' ')} {step}", metrics.trend_of(metric, {"step": step}))
        for metric in ("response_time", "service_time")
        for step in metrics.values_of(metric, "step")
    ]
    found.append(("lag of the schedule", metrics.trend_of("lag", {})))
    return [(name, trend) for name, trend in found if trend.count]


def progress_line(progress: LoadProgress) -> str:
    """How loads are going, on one plain line."""
    return (
        f"{progress.after_s:7.0f} s  {progress.operations_rate:8.1f}/s"
        f" (offered {progress.offered_rate:.1f})  in flight {progress.in_flight}"
        f"  dropped {progress.dropped}  approved {progress.approved:.1%}"
        f"  p50 {milliseconds(progress.p50_s)}  p99 {milliseconds(progress.p99_s)}"
    )


def _load(load: LoadResult, metrics: Metrics) -> Text:
    tags = {"load": load.name}
    operations = metrics.count_of("operations", tags)
    length_s = max(load.elapsed_s - load.warm_up_s, 1e-9)
    line = Text(f"        load {load.name} ", "bold")
    line.append(f"({load.executor}): {load.offered} iterations due, ")
    line.append(f"{metrics.count_of('iterations', tags)} measured, ")
    dropped = metrics.count_of("dropped", tags)
    line.append(f"{dropped} dropped", "yellow" if dropped else "")
    if unfinished := metrics.count_of("unfinished", tags):
        line.append(f", {unfinished} not over in time", "yellow")
    line.append(f"; {operations} operations, {operations / length_s:.1f}/s")
    shares = (
        f"{word.replace('_', ' ')} {metrics.share_of(word, tags).rate:.1%}" for word in _WORDS
    )
    line.append(f"; {', '.join(shares)}")
    return line


_WORDS = ("approved", "declined", "in_doubt")


def _trend(name: str, trend: Trend) -> Text:
    cells = "".join(f"{milliseconds(trend.percentile_s(each)):>{COLUMN}}" for each in PERCENTILES)
    return Text(f"        {name:<26}{trend.count:>8}{cells}{milliseconds(trend.max_s):>{COLUMN}}")


def _percent(percent: float) -> str:
    return f"p{percent:g}"


def milliseconds(seconds: float) -> str:
    """A duration for people, in milliseconds up to a second."""
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds:.2f} s"
