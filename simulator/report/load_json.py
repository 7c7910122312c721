"""What loads measured, as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from simulator.load.metrics import COUNTS, PERCENTILES, RATES, TRENDS, Metrics
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
        "thresholds": [asdict(each) for each in result.thresholds],
        "generator_was_late": bottleneck(metrics),
    }


def _trends(metrics: Metrics) -> list[dict[str, Any]]:
    return [
        {
            "metric": name,
            "tags": dict(tags),
            "count": trend.count,
            "mean_s": trend.mean_s,
            "min_s": trend.min_s,
            "max_s": trend.max_s,
            "percentiles_s": {f"{each:g}": trend.percentile_s(each) for each in PERCENTILES},
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
