"""The trail of what people did: every line vouches for the one before it."""

import json
import stat
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.runtime.audit_trail import AuditTrail, who

PAN = "9504010000000019"


def a_trail(folder, lines=3):
    trail = AuditTrail(folder / "audit.jsonl", lambda: datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    for number in range(lines):
        trail.add("local", "saf drop", "done", {"number": number})
    return trail


def test_a_line_says_who_did_what_when_and_on_which_network(tmp_path):
    trail = a_trail(tmp_path, 0)
    trail.add("local", "saf drop", "failed", {"number": 7, "why": "paid"}, "nothing is owed")
    (line,) = trail.lines()
    assert line == {
        "at": "2026-11-24T09:00:00.000+00:00",
        "who": who(),
        "network": "local",
        "what": "saf drop",
        "outcome": "failed",
        "reason": "nothing is owed",
        "facts": {"number": 7, "why": "paid"},
        "before": "",
    }
    assert stat.S_IMODE(trail.path.stat().st_mode) == 0o600


def test_a_trail_that_nobody_touched_is_whole(tmp_path):
    verdict = a_trail(tmp_path).verify()
    assert (verdict.lines, verdict.problems, len(verdict.head)) == (3, (), 64)


@given(place=st.integers(0, 10_000), byte=st.integers(1, 255))
def test_any_byte_that_is_changed_before_the_last_line_shows(tmp_path_factory, place, byte):
    trail = a_trail(tmp_path_factory.mktemp("trail"))
    data = bytearray(trail.path.read_bytes())
    last = data.rindex(b"\n", 0, len(data) - 1)
    data[place % last] ^= byte
    trail.path.write_bytes(data)
    assert trail.verify().problems


def test_a_line_that_is_taken_out_or_put_in_or_moved_shows(tmp_path):
    trail = a_trail(tmp_path)
    whole = trail.path.read_bytes().splitlines(keepends=True)
    one, two, three = whole
    for changed in ([one, three], [two, three], [one, one, two, three], [two, one, three]):
        trail.path.write_bytes(b"".join(changed))
        assert trail.verify().problems, changed


def test_what_is_cut_off_at_the_end_shows_against_a_head_that_was_noted(tmp_path):
    trail = a_trail(tmp_path)
    noted = trail.verify().head
    trail.add("local", "saf hold", "done", {})
    assert trail.verify(noted).problems == ()
    lines = trail.path.read_bytes().splitlines(keepends=True)
    trail.path.write_bytes(b"".join(lines[:2]))
    assert trail.verify().problems == ()
    assert "the head that was noted is not in it" in trail.verify(noted).problems[0]


def test_a_line_that_a_power_cut_left_unfinished_is_told_and_the_trail_goes_on(tmp_path):
    trail = a_trail(tmp_path)
    with trail.path.open("ab") as file:
        file.write(b'{"at": "2026-')
    trail.add("local", "saf hold", "done", {})
    assert trail.verify().problems == ("line 4 was cut short",)
    assert [line["what"] for line in trail.lines()] == ["saf drop"] * 3 + ["saf hold"]


def test_a_card_number_in_a_reason_is_masked(tmp_path):
    trail = a_trail(tmp_path, 0)
    trail.add("local", "saf drop", "failed", {"why": f"card {PAN}"}, f"no {PAN}")
    text = trail.path.read_text()
    assert PAN not in text
    assert json.loads(text)["facts"]["why"] == "card 950401******0019"


def test_a_trail_that_cannot_be_written_is_an_error(tmp_path):
    trail = AuditTrail(tmp_path / "none" / "audit.jsonl", lambda: datetime.now(UTC))
    with pytest.raises(OSError, match="No such file"):
        trail.add("local", "saf drop", "asked", {})
