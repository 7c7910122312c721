"""A life side by side."""

from simulator.oracle import LifeLine
from simulator.report.life_text import life_lines

AT = "2026-11-24T09:00:0{}.000+00:00"


def test_each_book_has_a_column_and_each_event_a_line():
    life = [
        LifeLine(AT.format(1), "GAB00001", "request 200.00"),
        LifeLine(AT.format(2), "core", "posting 2: withdrawal 200.00"),
        LifeLine(AT.format(3), "GAB00001", "no answer"),
    ]
    assert list(life_lines(life)) == [
        "time          GAB00001        core",
        "09:00:01.000  request 200.00",
        "09:00:02.000                  posting 2: withdrawal 200.00",
        "09:00:03.000  no answer",
    ]


def test_what_is_too_long_goes_on_below_in_its_column():
    lines = list(life_lines([LifeLine(AT.format(1), "core", "word " * 10)]))
    assert len(lines) == 3
    assert lines[2].startswith(" " * 14 + "word")


def test_an_empty_life_is_no_table():
    assert list(life_lines([])) == []
