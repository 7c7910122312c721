"""How loads are going: a panel on a terminal, plain lines every few seconds elsewhere."""

import io

from rich.console import Console

from simulator.cli.live import LoadDisplay, panel
from simulator.scenario.results import LoadProgress


def progress(**changes):
    facts = {
        "after_s": 65.0,
        "offered_rate": 20.0,
        "operations_rate": 19.5,
        "dropped": 0,
        "in_flight": 7,
        "approved": 0.9,
        "declined": 0.08,
        "in_doubt": 0.02,
        "p50_s": 0.011,
        "p95_s": 0.05,
        "p99_s": 1.5,
        "begun_until_s": 3600.0,
        "links": (("issuer", True), ("interchange", False)),
    }
    return LoadProgress(**{**facts, **changes})


def drawn(**changes):
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    console.print(panel("A busy hour", progress(**changes)))
    return console.file.getvalue()


def test_the_panel_says_rates_outcomes_percentiles_and_links():
    text = drawn()
    for words in (
        "A busy hour",
        "19.5/s   offered 20.0/s   in flight 7   dropped 0",
        "approved 90.0%   declined 8.0%   in doubt 2.0%",
        "p50 11.0 ms   p95 50.0 ms   p99 1.50 s",
        "issuer up   interchange DOWN",
        "0:01:05 of 1:00:00",
    ):
        assert words in text
    assert "schedule" not in text


def test_users_come_when_they_are_ready_so_nothing_is_offered():
    assert "offered" not in drawn(offered_rate=0)


def test_a_generator_that_is_late_says_so():
    assert "the generator is late: p99 250.0 ms" in drawn(lag_p99_s=0.25)


def test_elsewhere_a_line_is_written_every_few_seconds(capsys):
    display = LoadDisplay(Console(file=io.StringIO(), force_terminal=False))
    display.begins("A busy hour")
    for second in range(1, 12):
        display.show(progress(after_s=float(second)))
    display.ends()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["5", "10"]
    assert "approved 90.0%" in lines[0]


def test_on_a_terminal_the_panel_is_drawn_in_place_and_taken_away(capsys):
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    display = LoadDisplay(console)
    display.begins("A busy hour")
    display.show(progress())
    display.show(progress(in_flight=8))
    display.ends()
    written = console.file.getvalue()
    assert "in flight 8" in written
    assert "\x1b[2K" in written
    assert capsys.readouterr().err == ""
