"""Pictures of a run for the HTML report: SVG that takes the colours of the page around it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.load.metrics import Trend
from simulator.load.timeline import Timeline
from simulator.scenario.results import FaultSpan

INK = "#0a0b0c"
"""Stands for the colour of the page's text, which is another in the dark."""

COLOURS = {
    "approved": "#2f9e44",
    "declined": "#e8890c",
    "in_doubt": "#c2255c",
    "offered": "#1c7ed6",
    "dropped": "#e03131",
    "p50": "#2f9e44",
    "p95": "#e8890c",
    "p99": "#c2255c",
    "in_flight": "#7048e8",
    "money": "#0c8599",
}
SPECTRUM = (50, 75, 90, 95, 99, 99.9, 99.99)

_STYLE: Any = {
    "svg.hashsalt": "guichet",
    "svg.fonttype": "none",
    "font.size": 9,
    "font.family": "sans-serif",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "grid.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}


def outcomes(timeline: Timeline, faults: Sequence[FaultSpan]) -> str:
    """Operations a second, stacked by outcome."""
    width = timeline.width_s
    words = ("approved", "declined", "in_doubt")
    rows = [[each.outcomes[word] / width for each in timeline.intervals] for word in words]

    def draw(axes: Axes) -> None:
        axes.stackplot(
            _instants(timeline),
            *rows,
            labels=[word.replace("_", " ") for word in words],
            colors=[COLOURS[word] for word in words],
            alpha=0.85,
            step="post",
        )
        axes.set_ylabel("operations a second")

    return _over_time("Operations by outcome", timeline, faults, draw)


def arrivals(timeline: Timeline, faults: Sequence[FaultSpan]) -> str:
    """Iterations that were due, that began, and that were dropped, a second."""
    width = timeline.width_s
    due = [each.offered / width for each in timeline.intervals]
    begun = [(each.offered - each.dropped) / width for each in timeline.intervals]
    dropped = [each.dropped / width for each in timeline.intervals]

    def draw(axes: Axes) -> None:
        instants = _instants(timeline)
        axes.step(instants, due, where="post", label="due", color=COLOURS["offered"])
        axes.step(instants, begun, where="post", label="begun", color=COLOURS["approved"], ls="--")
        axes.fill_between(
            instants, dropped, step="post", label="dropped", color=COLOURS["dropped"], alpha=0.6
        )
        axes.set_ylabel("iterations a second")

    return _over_time("Offered against achieved", timeline, faults, draw)


def response_times(timeline: Timeline, faults: Sequence[FaultSpan]) -> str:
    """Percentiles of the response time."""

    def draw(axes: Axes) -> None:
        for percent, name in ((50, "p50"), (95, "p95"), (99, "p99")):
            values = [each.percentile_s(percent) for each in timeline.intervals]
            shown: list[Any] = [float("nan") if each is None else each * 1000 for each in values]
            axes.plot(_instants(timeline), shown, label=name, color=COLOURS[name], lw=1.3)
        axes.set_ylabel("milliseconds")
        axes.set_ylim(bottom=0)

    return _over_time("Response time", timeline, faults, draw)


def under_way(timeline: Timeline, faults: Sequence[FaultSpan]) -> str:
    """The most iterations under way at once."""

    def draw(axes: Axes) -> None:
        most = [each.in_flight_max for each in timeline.intervals]
        axes.step(_instants(timeline), most, where="post", color=COLOURS["in_flight"])
        axes.set_ylabel("iterations")

    return _over_time("In flight", timeline, faults, draw)


def money(timeline: Timeline, faults: Sequence[FaultSpan]) -> str:
    """The sum of what was approved, as it grew."""
    total, sums = 0, []
    for each in timeline.intervals:
        total += each.moved_minor
        sums.append(total / 100)

    def draw(axes: Axes) -> None:
        axes.fill_between(_instants(timeline), sums, color=COLOURS["money"], alpha=0.5, step="post")
        axes.set_ylabel("dirhams")

    return _over_time("Money approved, in all", timeline, faults, draw)


def spectrum(trends: Sequence[tuple[str, Trend]]) -> str:
    """Percentiles to 99.99 of several trends."""
    with mpl.rc_context(_STYLE):
        figure, axes = _figure()
        for name, trend in trends:
            values = [trend.percentile_s(each) * 1000 for each in SPECTRUM]
            axes.plot(range(len(SPECTRUM)), values, marker="o", ms=3, lw=1.3, label=name)
        axes.set_xticks(range(len(SPECTRUM)), [f"{each:g}%" for each in SPECTRUM])
        axes.set_ylabel("milliseconds")
        axes.set_ylim(bottom=0)
        axes.set_title("Percentile spectrum")
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=7)
        return _svg(figure)


def _over_time(title: str, timeline: Timeline, faults: Sequence[FaultSpan], draw: Any) -> str:
    """A picture over time, with the time of each fault shaded."""
    with mpl.rc_context(_STYLE):
        figure, axes = _figure()
        draw(axes)
        for fault in faults:
            began, ended = fault.began_s - timeline.began_s, fault.ended_s - timeline.began_s
            axes.axvspan(max(0.0, began), max(0.0, ended), color=COLOURS["dropped"], alpha=0.12)
            top = axes.get_ylim()[1]
            axes.text(max(0.0, began), top, f" {fault.what}", va="top", fontsize=7)
        axes.set_xlim(0, max(timeline.width_s * len(timeline.intervals), 1.0))
        axes.set_xlabel("seconds")
        axes.set_title(title)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, fontsize=8)
        return _svg(figure)


def _instants(timeline: Timeline) -> list[float]:
    return [index * timeline.width_s for index in range(len(timeline.intervals))]


def _figure() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.2, 2.6), layout="tight")
    return figure, figure.add_subplot()


def _svg(figure: Figure) -> str:
    """The picture as SVG to stand in a page: no XML head, its ink the page's."""
    written = io.StringIO()
    figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    text = written.getvalue()
    text = text[text.index("<svg") :]
    return re.sub(INK, "currentColor", text)
