"""The schemas under config/schema say what the models read, and our files name and keep them."""

import json
import re

import pytest
import yaml
from jsonschema import Draft202012Validator

from simulator.cli.kinds import SCHEMAS
from simulator.cli.schema import document, path_of, schema
from simulator.scenario.finding import scenarios_folder
from switch.cli.console import run_command
from switch.settings import config_folder

OURS = [
    path
    for folder in (config_folder(), scenarios_folder())
    for path in sorted(folder.rglob("*.yaml"))
]


class AsEditorsRead(yaml.SafeLoader):
    """YAML 1.2, where `on` is a word: PyYAML takes it for true."""


AsEditorsRead.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
AsEditorsRead.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf")
)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_committed_schema_is_current(kind):
    committed = path_of(kind, config_folder() / "schema").read_text(encoding="utf-8")
    assert committed == document(kind), "run `make schemas`"


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_is_one(kind):
    Draft202012Validator.check_schema(json.loads(document(kind)))


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_each_file_of_ours_names_its_schema_and_keeps_it(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named is not None, first
    found = (path.parent / named[1]).resolve()
    assert found.parent == (config_folder() / "schema").resolve()
    read = yaml.load(path.read_text(encoding="utf-8"), AsEditorsRead)
    validator = Draft202012Validator(json.loads(found.read_text(encoding="utf-8")))
    wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(plain(read))]
    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "slip"),
    [
        ("network", {"network": "x", "institution": "504001", "swich": {}}),
        ("dialect", {"title": "x", "feilds": {}}),
        ("scenario", {"scenario": "x", "network": "local", "steps": [{"withdrw": {}}]}),
        ("issuer-seed", {"accounts": [{"id": "1", "holder": "x", "balance": "ten"}]}),
    ],
)
def test_a_schema_refuses_a_slip(kind, slip):
    assert not Draft202012Validator(json.loads(document(kind))).is_valid(slip)


def test_a_schema_is_printed(capsys):
    assert run_command(schema, "schema", ["network"]) == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "network.json"


def test_without_a_kind_there_is_nothing_to_print(capsys):
    assert run_command(schema, "schema", []) == 2
    assert "Which?" in capsys.readouterr().err


def test_all_of_them_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr("simulator.cli.schema.config_folder", lambda: tmp_path)
    (tmp_path / "schema").mkdir()
    assert run_command(schema, "schema", ["--write"]) == 0
    assert {path.stem for path in (tmp_path / "schema").iterdir()} == set(SCHEMAS)


def test_a_folder_that_is_not_there_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("simulator.cli.schema.config_folder", lambda: tmp_path / "nowhere")
    assert run_command(schema, "schema", ["--write"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def plain(value):
    """JSON has text for keys."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value
