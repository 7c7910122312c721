from __future__ import annotations

from pathlib import Path

import pytest

import switch
from switch.settings import SettingsError, config_folder, config_names, find_config, places


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package without a checkout around it, whose shipped data has four files."""
    package = tmp_path / "site" / "switch"
    for name in ("dialects/gab87", "dialects/iso87-ascii", "local", "examples/own-core"):
        path = package / "_shipped" / "config" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: 1\n")
    monkeypatch.setattr(places, "_PACKAGE", package)
    return package


def test_a_checkout_reads_its_own_folder() -> None:
    root = Path(switch.__file__).resolve().parent.parent
    assert config_folder() == root / "config"


def test_an_installed_package_reads_what_it_carries(house: Path) -> None:
    assert config_folder() == house / "_shipped" / "config"


def test_a_config_folder_that_happens_to_be_there_is_not_ours(house: Path) -> None:
    (house.parent / "config" / "dialects").mkdir(parents=True)
    assert config_folder() == house / "_shipped" / "config"


def test_a_checkout_has_both_marks(house: Path) -> None:
    (house.parent / "config" / "dialects").mkdir(parents=True)
    (house.parent / "setup.py").write_text("")
    assert config_folder() == house.parent / "config"


def test_names_are_listed_in_order(house: Path) -> None:
    assert config_names("dialects") == ["gab87", "iso87-ascii"]
    assert config_names("") == ["local", "examples/own-core"]


def test_a_bare_name_is_a_shipped_file(house: Path) -> None:
    assert find_config("gab87", "dialects") == config_folder() / "dialects" / "gab87.yaml"
    assert find_config("local", "") == config_folder() / "local.yaml"


def test_an_example_is_named_with_its_folder(house: Path) -> None:
    found = find_config("examples/own-core", "")
    assert found == config_folder() / "examples" / "own-core.yaml"


def test_a_file_that_exists_wins_over_a_name(
    house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gab87").write_text("a: 2\n")
    assert find_config("gab87", "dialects") == Path("gab87")


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (
            "gab78",
            "dialects",
            "gab78: there is no dialect of this name (known: 'gab87' and 'iso87-ascii'), "
            "did you mean 'gab87'?",
        ),
        ("x", "", "x: there is no network of this name (known: 'local' and 'examples/own-core')"),
        (
            "examples/own-cor",
            "",
            "examples/own-cor: there is no network of this name (known: 'local' and "
            "'examples/own-core'), did you mean 'examples/own-core'?",
        ),
        ("examples/../local", "", "examples/../local: there is no such file"),
        ("gab.yaml", "dialects", "gab.yaml: there is no such file"),
        ("some/where", "dialects", "some/where: there is no such file"),
        ("../dialects/gab87", "dialects", "../dialects/gab87: there is no such file"),
        ("..", "dialects", "..: there is no such file"),
        ("", "dialects", "'': there is no such file"),
        ("a\0/b", "dialects", "a\ufffd/b: there is no such file"),
        ("x" * 5000, "dialects", "x" * 5000 + ": there is no such file"),
    ],
)
def test_what_is_not_found_is_told_with_what_there_is(
    house: Path, given: str, kind: str, message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        find_config(given, kind)
    assert str(caught.value) == message
