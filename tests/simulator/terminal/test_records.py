"""Notes are written in front of the next line, in their order, and are not lost in vain."""

import pytest

from simulator.terminal.records import NOTES_MAX, Records


@pytest.fixture
def records(scene, tmp_path):
    records = Records(scene.world.process("T").runtime, "T", tmp_path)
    records.journal.open(lambda event: None)
    return records


def names(records) -> list[str]:
    found = []
    records.journal.open(lambda event: found.append(event["event"]))
    return found


def line(records, name):
    return records.journal.line(name)


def wait(scene, deferred):
    return scene.world.run_until(deferred)


def test_a_note_waits_for_the_next_line(scene, records):
    records.note(line(records, "card_in"))
    assert names(records) == []
    wait(scene, records.write([line(records, "request")]))
    assert names(records) == ["card_in", "request"]


def test_a_flush_writes_what_was_noted_once(scene, records):
    records.note(line(records, "card_in"))
    wait(scene, records.flush())
    wait(scene, records.flush())
    assert names(records) == ["card_in"]


def test_notes_survive_a_journal_that_cannot_be_written(scene, records):
    records.note(line(records, "card_in"))
    records.journal.broken = "no paper"
    with pytest.raises(OSError, match="no paper"):
        wait(scene, records.write([line(records, "request")]))
    records.note(line(records, "card_returned"))
    wait(scene, records.flush())
    records.journal.broken = ""
    wait(scene, records.flush())
    assert names(records) == ["card_in", "card_returned"]


def test_the_oldest_notes_are_given_up_at_the_limit(scene, records):
    records.journal.broken = "no paper"
    for _ in range(NOTES_MAX):
        records.note(line(records, "old"))
    records.note(line(records, "new"))
    records.journal.broken = ""
    wait(scene, records.flush())
    told = names(records)
    assert (len(told), told[-1]) == (NOTES_MAX, "new")
