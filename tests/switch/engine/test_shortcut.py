"""The shortcut is open to what nothing is known of, and to nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from switch.engine import shortcut as module
from switch.engine.request import Request, read_request
from switch.engine.shortcut import Shortcut
from switch.settings.network import GroupSettings

LAB = GroupSettings(lenient=True)
REFERENCE = "504001/LAB00001/000001/1124103601"


def request(bench: Any, **elements: Any) -> Request:
    message = bench.message(**elements)
    return read_request(message, LAB, institution="504001", currency="504")


@pytest.fixture
def shortcut() -> Shortcut:
    shortcut = Shortcut()
    shortcut.open(41, [])
    return shortcut


def test_it_is_shut_until_the_database_was_read(bench: Any) -> None:
    fresh = Shortcut()
    assert (fresh.next_id(), fresh.open_to(request(bench))) == (None, False)


def test_entries_are_numbered_on_from_the_last(shortcut: Shortcut) -> None:
    assert [shortcut.next_id(), shortcut.next_id()] == [42, 43]


def test_a_new_request_may_take_it_once(bench: Any, shortcut: Shortcut) -> None:
    asked = request(bench)
    assert [shortcut.open_to(asked), shortcut.open_to(asked)] == [True, False]


def test_a_request_whose_reversal_came_may_not(bench: Any, shortcut: Shortcut) -> None:
    shortcut.shut(REFERENCE)
    assert not shortcut.open_to(request(bench))


def test_a_reversal_that_waits_in_the_database_is_watched_for(bench: Any) -> None:
    shortcut = Shortcut()
    shortcut.open(0, [REFERENCE])
    assert not shortcut.open_to(request(bench))


def test_a_reversal_that_found_its_original_is_not_watched_for(
    bench: Any, shortcut: Shortcut
) -> None:
    shortcut.shut(REFERENCE)
    shortcut.shut(REFERENCE)
    shortcut.reopen(REFERENCE)
    assert not shortcut.open_to(request(bench))
    shortcut.reopen(REFERENCE)
    assert shortcut.open_to(request(bench, de12="113602"))


def test_what_it_remembers_is_bounded(
    bench: Any, shortcut: Shortcut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECENT_MAX", 2)
    monkeypatch.setattr(module, "EARLY_REVERSALS_MAX", 2)
    times = [f"1136{second:02}" for second in range(4)]
    for time in times:
        shortcut.open_to(request(bench, de12=time))
        shortcut.shut(f"504001/LAB00001/{time}/1124103601")
    assert shortcut.open_to(request(bench, de12=times[0]))
    assert not shortcut.open_to(request(bench, de12=times[3], de11=times[3]))
    assert shortcut.open_to(request(bench, de12=times[1], de11=times[0]))


def test_a_duplicate_among_a_batch_spoils_nobody(bench: Any) -> None:
    first = bench.ask(bench.message())
    bench.close()
    bench.in_bulk = True
    bench.open()
    again = bench.ask(bench.message())
    other = bench.ask(bench.message(de11="000002"))
    assert (first.answered, again.code, other.answered) == (False, "94", False)
    assert [row["stan"] for row in bench.rows("transactions")] == ["000001", "000002"]
