"""Log lines: one line an event, at the injected time, no card number, nothing to obey."""

import io
import json
from datetime import UTC, datetime

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import globalLogBeginner
from twisted.python.failure import Failure

from switch.cli.logs import Steady, TwistedFailures, clean, colours_wanted, start_logging

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PAN = "9504010000000019"


class BrokenPipe:
    def flush(self):
        raise BrokenPipeError


class Noon:
    def now(self):
        return NOON


@pytest.fixture
def logged(monkeypatch):
    """Starts logging into a text; structlog and Twisted as they were afterwards."""
    monkeypatch.setattr(globalLogBeginner, "beginLoggingTo", lambda *_, **__: None)
    to = io.StringIO()

    def start(level="info", as_json=False):
        return start_logging(Noon(), level=level, as_json=as_json, stream=to), to

    yield start
    structlog.reset_defaults()


def test_a_line_has_time_level_event_and_facts(logged):
    log, to = logged()
    log.bind(party="switch").info("line up", peer="127.0.0.1:5000")
    assert to.getvalue() == (
        "2026-11-24T12:00:00.000+00:00 [info     ] line up party=switch peer=127.0.0.1:5000\n"
    )


def test_json_is_one_document_a_line(logged):
    log, to = logged(as_json=True)
    log.warning("x", card=PAN, count=3, names=["a", PAN], more={"pan": int(PAN)})
    assert json.loads(to.getvalue()) == {
        "timestamp": "2026-11-24T12:00:00.000+00:00",
        "level": "warning",
        "event": "x",
        "card": "950401******0019",
        "count": 3,
        "names": ["a", "950401******0019"],
        "more": {"pan": "950401******0019"},
    }


def test_less_important_lines_are_left_out(logged):
    log, to = logged(level="warning")
    log.info("no")
    log.warning("yes")
    assert [line.split("] ")[1] for line in to.getvalue().splitlines()] == ["yes"]


def test_a_value_cannot_forge_a_line_nor_drive_the_terminal(logged):
    log, to = logged()
    log.info("x\ny", peer="a\r\n2026 [info] forged \x1b[31m")
    assert to.getvalue().count("\n") == 1
    assert "\x1b" not in to.getvalue()


@given(st.text(), st.sampled_from(["", "x", " ", "card="]))
def test_no_text_shows_a_card_number(before, tail):
    before = before.rstrip("0123456789")
    shown = str(clean(f"{before}{PAN}{tail}"))
    assert PAN not in shown
    assert not any(ord(character) < 32 for character in shown)


@pytest.mark.parametrize("value", [None, True, 5, 2.5, "plain", "é"])
def test_harmless_values_stay_what_they_are(value):
    assert clean(value) == value


def test_an_object_is_told_as_masked_text():
    assert clean(ValueError(PAN)) == "950401******0019"


def test_a_reader_that_is_gone_stops_nothing(logged):
    log, to = logged()
    to.close()
    log.info("line up")
    Steady(BrokenPipe()).flush()


def test_a_failure_that_twisted_caught_is_told_by_type_and_place_alone(logged):
    log, to = logged()
    try:
        raise ValueError(PAN)
    except ValueError:
        failure = Failure()
    TwistedFailures(log)({"log_failure": failure})
    TwistedFailures(log)({"log_format": "Starting factory"})
    told = to.getvalue()
    assert f"failed inside error=ValueError at={__file__}:" in told.replace("'", "")
    assert told.count("\n") == 1
    assert "9504" not in told


@pytest.mark.parametrize(
    ("terminal", "no_color", "wanted"), [(True, "", True), (True, "1", False), (False, "", False)]
)
def test_colours_are_for_terminals_and_no_color_is_honoured(
    monkeypatch, terminal, no_color, wanted
):
    monkeypatch.setenv("NO_COLOR", no_color)
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    assert colours_wanted(stream) is wanted
