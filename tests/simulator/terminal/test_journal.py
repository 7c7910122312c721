"""A journal keeps whole lines, whatever the power does to the last one."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.terminal.journal import Journal, JournalError


class Noon:
    def now(self):
        return datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "GAB00001.jsonl"


def opened(path):
    journal, events = Journal(path, "GAB00001", Noon()), []
    torn_bytes = journal.open(events.append)
    return journal, events, torn_bytes


def written(path, *names):
    journal, _, _ = opened(path)
    journal.write(journal.line(name, stan=f"{place:06}") for place, name in enumerate(names))
    return journal


def test_a_line_says_when_where_and_what(path):
    journal, _, _ = opened(path)
    line = journal.line("dispense", stan="000001", card="", code=None, notes={200: 1})
    assert line == {
        "at": "2026-11-24T12:00:00.250+00:00",
        "terminal": "GAB00001",
        "event": "dispense",
        "stan": "000001",
        "notes": {200: 1},
    }


def test_what_was_written_is_read_again_in_order(path):
    written(path, "request", "approved", "dispense")
    written(path, "started")
    _, events, torn_bytes = opened(path)
    assert [event["event"] for event in events] == ["request", "approved", "dispense", "started"]
    assert torn_bytes == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 400))
def test_a_file_cut_anywhere_opens_with_its_whole_lines(tmp_path, cut):
    path = tmp_path / f"{cut}.jsonl"
    path.unlink(missing_ok=True)
    written(path, "request", "approved", "dispense")
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    _, events, torn_bytes = opened(path)
    kept = whole[: min(cut, len(whole)) - torn_bytes]
    assert len(events) == kept.count(b"\n")
    assert kept == b"" or kept.endswith(b"\n")


def test_a_torn_line_is_kept_aside_and_the_next_line_is_whole(path):
    written(path, "request")
    with path.open("ab") as file:
        file.write(b'{"at": "20')
    journal, _, torn_bytes = opened(path)
    journal.write([journal.line("started")])
    _, events, _ = opened(path)
    assert torn_bytes == 10
    assert path.with_suffix(".torn").read_bytes() == b'{"at": "20\n'
    assert [event["event"] for event in events] == ["request", "started"]


@pytest.mark.parametrize("end", [b"\0\0\0\0", b"\0\0\0\n", b"{}\n", b"[]\n", b"\xff\xfe\n"])
def test_a_last_line_that_is_no_event_is_torn(path, end):
    written(path, "request")
    with path.open("ab") as file:
        file.write(end)
    _, events, torn_bytes = opened(path)
    assert ([event["event"] for event in events], torn_bytes) == (["request"], len(end))


def test_damage_before_the_end_needs_people(path):
    written(path, "request")
    damaged = path.read_bytes().replace(b"{", b"[", 1)
    path.write_bytes(damaged)
    with path.open("ab") as file:
        file.write(b'{"event": "started"}\n')
    with pytest.raises(JournalError, match=r"GAB00001\.jsonl:1: "):
        opened(path)


def test_half_a_line_left_by_a_full_disk_goes_before_the_next(path):
    journal = written(path, "request")
    with path.open("ab") as file:
        file.write(b'{"half')
    journal.write([journal.line("approved")])
    _, events, torn_bytes = opened(path)
    assert ([event["event"] for event in events], torn_bytes) == (["request", "approved"], 0)


def test_a_journal_is_readable_by_its_owner_only(path):
    written(path, "request")
    assert path.stat().st_mode & 0o077 == 0
