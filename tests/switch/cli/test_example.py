"""`guichet example`: what there is, and copies that stand on their own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from simulator.network import load_network
from switch.cli.console import run_command
from switch.cli.example import example
from switch.settings import SettingsError
from switch.settings.places import config_names


def run(*arguments: object) -> int:
    return run_command(example, "example", [str(each) for each in arguments])


def test_every_example_is_listed_with_what_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in told] == config_names("examples")
    assert all(" switch" in each["description"] for each in told)


@pytest.mark.parametrize("name", config_names("examples"))
def test_a_copy_is_a_network_with_everything_that_it_names(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "bank"
    assert run("copy", name, folder) == 0
    copied = load_network(folder / f"{name}.yaml")
    assert copied.settings == load_network(f"examples/{name}").settings.model_copy(
        update={"switch": copied.settings.switch, "issuer": copied.settings.issuer}
    )
    section = copied.settings.switch
    for wire in (*section.listeners.values(), *section.links.values()):
        assert wire.dialect == "gab87" or Path(wire.dialect).parent == folder / "dialects"


def test_a_file_that_was_changed_is_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("copy", "acquirer", tmp_path) == 0
    assert run("copy", "between", tmp_path) == 0
    (tmp_path / "dialects" / "siroua.yaml").write_text("title: ours\n")
    assert run("copy", "examples/acquirer", tmp_path) == 2
    assert "siroua.yaml is there already" in capsys.readouterr().err
    assert (tmp_path / "dialects" / "siroua.yaml").read_text() == "title: ours\n"


def test_an_example_that_there_is_not_is_told_with_the_near_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("copy", "own-cores", tmp_path) == 2
    assert "did you mean 'examples/own-core'" in capsys.readouterr().err


@pytest.mark.parametrize("name", config_names("examples"))
def test_what_an_example_has_in_comments_can_stand_in_its_place(name: str, tmp_path: Path) -> None:
    """Only the bank's own files, and its keys, are missing."""
    run("copy", name, tmp_path)
    path = tmp_path / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    for indent, line in re.findall(r"^( +)# ((?:tls|token|pin|proxied_by): .*)$", text, re.M):
        key = line.partition(":")[0]
        text = re.sub(rf"^{indent}{key}: .*$\n", "", text, flags=re.M)
        text = text.replace(f"{indent}# {line}", f"{indent}{line}")
    path.write_text(text, encoding="utf-8")
    problems: list[str] = []
    try:
        load_network(path)
    except SettingsError as error:
        problems = [str(problem) for problem in error.problems]
    missing = ("cannot be read: No such file", "the file has no `keys`")
    assert [each for each in problems if not any(words in each for words in missing)] == []
