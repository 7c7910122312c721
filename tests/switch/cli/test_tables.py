"""A table fits its terminal, and is whole in a pipe."""

from __future__ import annotations

import pytest

from switch.cli.tables import Column, aligned, fitted, print_columns

COLUMNS = (Column("id"), Column("far", rank=2), Column("near", rank=1), Column("state"))
ROWS = [("1", "f" * 10, "n" * 10, "approved")]


@pytest.mark.parametrize(
    ("width", "kept"),
    [(80, [0, 1, 2, 3]), (36, [0, 1, 2, 3]), (35, [0, 2, 3]), (24, [0, 2, 3]), (23, [0, 3])],
)
def test_the_least_important_columns_are_left_out_first(width: int, kept: list[int]) -> None:
    assert fitted(COLUMNS, ROWS, width) == kept


def test_what_matters_most_stays_however_narrow_it_is() -> None:
    assert fitted(COLUMNS, ROWS, 3) == [0, 3]


def test_a_pipe_gets_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    print_columns(COLUMNS, ROWS)
    told = capsys.readouterr().out.splitlines()
    assert told[0].split() == ["id", "far", "near", "state"]
    assert told[2].split() == list(ROWS[0])


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    assert list(aligned(("a", "b"), [("long", "x")])) == ["a     b", "----  -", "long  x"]
