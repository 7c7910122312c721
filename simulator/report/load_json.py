"""What loads measured, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from simulator.load.metrics import COUNTS, PERCENTILES, RATES, TRENDS, Metrics, Trend
from simulator.report.load_text import bottleneck
from simulator.scenario.results import ScenarioResult


def loads_told(result: ScenarioResult) -> dict[str, Any] | None:
    """The loads of a scenario: each load, every metric by its tags, every threshold."""
    metrics = result.metrics
    if metrics is None or not result.loads:
        return None
    return {
        "loads": [
            {
                "name": load.name,
                "executor": load.executor,
                "iterations_due": load.offered,
                "elapsed_s": round(load.elapsed_s, 6),
                "warm_up_s": load.warm_up_s,
            }
            for load in result.loads
        ],
        "metrics": [*_trends(metrics), *_shares(metrics), *_counts(metrics)],
        "summary": [*_summary(metrics)],
        "thresholds": [asdict(each) for each in result.thresholds],
        "generator_was_late": bottleneck(metrics),
    }


def _summary(metrics: Metrics) -> Iterator[dict[str, Any]]:
    """What people compare: each metric over everything, and by step where it has steps."""
    for name in (*TRENDS, *RATES, *COUNTS):
        for step in (None, *metrics.values_of(name, "step")):
            tags = {} if step is None else {"step": step}
            told: dict[str, Any] = {"metric": name, "step": step, "count": 0, "rate": None}
            told |= {"mean_s": None, "percentiles_s": None}
            if name in TRENDS:
                trend = metrics.trend_of(name, tags)
                told["count"] = trend.count
                told["mean_s"] = trend.mean_s
                told["percentiles_s"] = _percentiles(trend)
            elif name in RATES:
                share = metrics.share_of(name, tags)
                told["count"], told["rate"] = share.total, share.rate
            else:
                told["count"] = metrics.count_of(name, tags)
            yield told


def _percentiles(trend: Trend) -> dict[str, float]:
    return {f"{each:g}": trend.percentile_s(each) for each in PERCENTILES}


def _trends(metrics: Metrics) -> list[dict[str, Any]]:
    return [
        {
            "metric": name,
            "tags": dict(tags),
            "count": trend.count,
            "mean_s": trend.mean_s,
            "min_s": trend.min_s,
            "max_s": trend.max_s,
            "percentiles_s": _percentiles(trend),
        }
        for (name, tags), trend in metrics.trends.items()
        if name in TRENDS
    ]


def _shares(metrics: Metrics) -> list[dict[str, Any]]:
    return [
        {"metric": name, "tags": dict(tags), "hits": share.hits, "total": share.total}
        for (name, tags), share in metrics.shares.items()
        if name in RATES
    ]


def _counts(metrics: Metrics) -> list[dict[str, Any]]:
    return [
        {"metric": name, "tags": dict(tags), "count": count}
        for (name, tags), count in metrics.counts.items()
        if name in COUNTS
    ]
