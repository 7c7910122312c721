"""The HTML report: one file that opens offline, on paper too, in the light and in the dark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulator.load.metrics import PERCENTILES
from simulator.report.life_text import books_of, clock
from simulator.report.load_text import LATE, bottleneck, named_trends
from simulator.report.pages import rendered
from simulator.report.results_text import came_of, seconds
from simulator.report.summary import book_rows, first_wrong
from simulator.scenario.expectations import show_money
from simulator.scenario.results import RunResult, ScenarioResult, Verdict
from switch.wire.codes import response_words


def html_report(run: RunResult) -> str:
    """The report of a run, a whole page without a reference to anything outside of it."""
    counts = Counter(each.verdict for each in run.scenarios)
    return rendered(
        "report.html.j2",
        title=_title(run),
        run=run,
        counts=[(each.value, counts[each]) for each in Verdict if counts[each]],
        books=list(_books(run)),
        seconds=seconds,
        books_of=books_of,
        came_of=came_of,
        clock=clock,
        first_wrong=lambda each: next(first_wrong(each), ""),
        loads=_loads,
        trends=_trends,
        charts=_charts,
        codes=_codes,
        late=lambda each: each.metrics is not None and bottleneck(each.metrics),
        late_words=LATE,
        percentiles=[f"{each:g}" for each in PERCENTILES],
    )


def write_html(run: RunResult, path: Path) -> None:
    """Write the report. Raises OSError."""
    path.write_text(html_report(run), encoding="utf-8")


def _title(run: RunResult) -> str:
    if len(run.scenarios) == 1:
        return run.scenarios[0].name
    return f"{len(run.scenarios)} scenarios"


def _books(run: RunResult) -> Iterator[dict[str, Any]]:
    for name, total in book_rows(run):
        yield {
            "terminal": name,
            "out": show_money(total.says["out"]),
            "in_": show_money(total.says["in"]),
            "ledgers_out": _ledgers(total.ledgers, "out"),
            "ledgers_in": _ledgers(total.ledgers, "in"),
            "equal": total.equal,
        }


def _ledgers(ledgers: dict[tuple[str, str], int], way: str) -> str:
    named = [
        f"{name} {show_money(minor)}" for (each, name), minor in ledgers.items() if each == way
    ]
    return ", ".join(named)


def _loads(result: ScenarioResult) -> Iterator[dict[str, Any]]:
    metrics = result.metrics
    assert metrics is not None
    for load in result.loads:
        tags = {"load": load.name}
        operations = metrics.count_of("operations", tags)
        yield {
            "name": load.name,
            "executor": load.executor,
            "due": load.offered,
            "dropped": metrics.count_of("dropped", tags),
            "operations": operations,
            "rate": f"{operations / max(load.elapsed_s - load.warm_up_s, 1e-9):.1f}",
            **{
                word: f"{metrics.share_of(word, tags).rate:.1%}"
                for word in ("approved", "declined", "in_doubt")
            },
        }


def _trends(result: ScenarioResult) -> Iterator[dict[str, Any]]:
    metrics = result.metrics
    assert metrics is not None
    for name, trend in named_trends(metrics):
        values = [trend.percentile_s(each) for each in PERCENTILES] + [trend.max_s]
        shown = [f"{each * 1000:,.1f}" for each in values]
        yield {"name": name, "count": trend.count, "cells": shown}


def _charts(result: ScenarioResult) -> Iterator[str]:
    from simulator.report import charts

    timeline, metrics = result.timeline, result.metrics
    if timeline is None or metrics is None or not timeline.intervals:
        return
    for draw in (
        charts.outcomes,
        charts.arrivals,
        charts.response_times,
        charts.under_way,
        charts.money,
    ):
        yield draw(timeline, result.faults)
    yield charts.spectrum(named_trends(metrics))


def _codes(result: ScenarioResult) -> list[tuple[str, str, int]]:
    timeline = result.timeline
    total: Counter[str] = Counter()
    for interval in timeline.intervals if timeline is not None else ():
        total.update(interval.codes)
    return [
        (code, "no answer" if code == "none" else response_words(code), count)
        for code, count in total.most_common()
    ]
