"""Which files are meant by what a user gives."""

import pytest

from simulator.scenario.finding import find_scenarios, scenarios_folder, suite_names
from switch.settings import SettingsError

SCENARIO = "scenario: X\nsteps: [think: 1s]\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.yaml", "a.yaml", "deep/er/c.yml"):
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SCENARIO)
    return tmp_path


def names(found):
    return [path.name for path in found]


def test_a_folder_stands_for_every_scenario_below_it(folder):
    assert names(find_scenarios(["mine"])) == ["a.yaml", "b.yaml", "c.yml"]


def test_what_lies_beside_scenarios_is_none(folder):
    (folder / "mine" / "network.yaml").write_text("network: x\n")
    (folder / "mine" / ".hidden").mkdir()
    (folder / "mine" / ".hidden" / "d.yaml").write_text(SCENARIO)
    assert names(find_scenarios(["mine"])) == ["a.yaml", "b.yaml", "c.yml"]


def test_a_scenario_with_a_misspelt_name_is_still_one(folder):
    (folder / "mine" / "d.yaml").write_text("scenaro: X\nsteps: [think: 1s]\n")
    assert "d.yaml" in names(find_scenarios(["mine"]))


def test_a_file_is_taken_as_it_is_and_each_once(folder):
    assert names(find_scenarios(["mine/b.yaml", "mine", "mine/b.yaml"])) == [
        "b.yaml",
        "a.yaml",
        "c.yml",
    ]


def test_a_suite_is_found_by_its_name_from_anywhere(folder):
    found = find_scenarios(["smoke"])
    assert len(found) >= 14
    assert all(path.parent == scenarios_folder() / "smoke" for path in found)


def test_a_folder_that_is_there_wins_over_a_suite(folder):
    (folder / "smoke").mkdir()
    (folder / "smoke" / "own.yaml").write_text(SCENARIO)
    assert names(find_scenarios(["smoke"])) == ["own.yaml"]


@pytest.mark.parametrize("given", ["smok", "nowhere/x.yaml", "", "a" * 5000, "x\0y"])
def test_what_is_nothing_is_told_with_the_suites(folder, given):
    with pytest.raises(SettingsError, match="no suite of this name"):
        find_scenarios([given])


def test_a_near_miss_is_suggested(folder):
    with pytest.raises(SettingsError, match="did you mean 'smoke'"):
        find_scenarios(["smok"])


def test_an_empty_folder_is_told(folder):
    (folder / "empty").mkdir()
    with pytest.raises(SettingsError, match="there is no scenario in this folder"):
        find_scenarios(["empty"])


def test_the_wheels_copy_is_used_without_a_checkout(monkeypatch, tmp_path):
    package = tmp_path / "site-packages" / "simulator"
    shipped = package / "_shipped" / "scenarios" / "smoke"
    shipped.mkdir(parents=True)
    (shipped / "a.yaml").write_text(SCENARIO)
    monkeypatch.setattr("simulator.scenario.finding._PACKAGE", package)
    assert suite_names() == ["smoke"]
    assert find_scenarios(["smoke"]) == [shipped / "a.yaml"]
