from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError, create_model

from switch.settings import (
    DurationS,
    Model,
    SettingsError,
    Text,
    Whole,
    load,
    load_located,
    parse,
    parse_located,
)


class Card(Model):
    pan: Text
    limits: dict[str, Whole] | None = None


class Network(Model):
    name: Text
    timeout: DurationS = 6.0
    cards: list[Card] = Field(default_factory=list)


TEXT = """\
name: local
timeout: 2s
cards:
  - {pan: amina, limits: {day: 5}}
  - pan: brahim
    limits:
"""


def test_a_file_becomes_a_model(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    path.write_text("name: local\ntimeout: 500ms\n")
    assert load(path, Network) == Network(name="local", timeout=0.5)


def test_problems_name_the_file_as_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    path.write_text("nam: local\n")
    with pytest.raises(SettingsError, match=rf"^{path}:1:1: unknown key 'nam'"):
        load(path, Network)


def test_a_model_does_not_change_after_reading() -> None:
    network = parse("name: local\n", "f.yaml", Network)
    with pytest.raises(ValidationError):
        network.name = "other"


def test_an_empty_value_is_not_a_missing_one() -> None:
    with pytest.raises(SettingsError, match="1:1: expected text, found nothing"):
        parse("name:\n", "f.yaml", Network)


def test_a_located_value_keeps_its_path_and_source(tmp_path: Path) -> None:
    path = tmp_path / "n.yaml"
    path.write_text("name: local\n")
    located = load_located(path, Network)
    assert (located.value.name, located.path, located.source) == ("local", path, "name: local\n")


@pytest.mark.parametrize(
    ("where", "on_key", "line", "column", "under"),
    [
        ((), False, 1, 1, "name: local"),
        (("name",), False, 1, 7, "local"),
        (("name",), True, 1, 1, "name"),
        (("cards", 0), False, 4, 5, "{pan: amina, limits: {day: 5}}"),
        (("cards", 0, "limits", "day"), False, 4, 32, "5"),
        (("cards", 0, "limits", "day"), True, 4, 27, "day"),
        (("cards", 1, "pan"), False, 5, 10, "brahim"),
        (("cards", 1, "limits"), False, 6, 5, "limits"),
        (("cards", 1, "pin"), False, 5, 5, "pan: brahim"),
        (("cards", 7), True, 3, 1, "cards"),
    ],
)
def test_a_later_check_points_into_the_file(
    where: tuple[str | int, ...], on_key: bool, line: int, column: int, under: str
) -> None:
    located = parse_located(TEXT, "f.yaml", Network)
    problem = located.problem(where, "no such thing", on_key=on_key)
    shown = problem.source_line[problem.column - 1 :][: problem.width]
    assert (problem.line, problem.column, shown) == (line, column, under)


def test_a_later_check_suggests_what_was_meant() -> None:
    located = parse_located(TEXT, "f.yaml", Network)
    problem = located.problem(
        ("cards", 0, "pan"), "no card 'amina'", near="amina", candidates=["brahim", "aminah"]
    )
    assert problem.suggestion == "aminah"


def test_a_located_value_does_not_show_its_source() -> None:
    assert "amina" not in repr(parse_located("name: x # amina\n", "f.yaml", Network))


@pytest.mark.parametrize(
    "annotation",
    [
        int,
        float | None,
        dict[str, bool],
        list[Annotated[int, Field(ge=1)]],
        Decimal,
        Literal["a", 1],
    ],
)
def test_a_bare_number_type_is_refused_when_the_class_is_made(annotation: Any) -> None:
    with pytest.raises(TypeError, match=r"M\.x: \w+ would read"):
        create_model("M", __base__=Model, x=(annotation, ...))


def test_guarded_number_types_are_allowed() -> None:
    annotation = dict[str, list[Annotated[Whole, Field(ge=1)]] | Literal["none"]] | None
    model = create_model("M", __base__=Model, x=(annotation, ...))
    assert parse("x: {a: [1]}\n", "f.yaml", model).model_dump() == {"x": {"a": [1]}}
