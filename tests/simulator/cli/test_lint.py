"""`guichet lint` tells every problem of every file, and what kind of file each is."""

import shutil

import pytest

from simulator.cli.kinds import KINDS, kind_of
from simulator.cli.lint import lint
from simulator.scenario.finding import scenarios_folder
from switch.cli.console import run_command
from switch.settings import config_folder
from switch.settings.source import Source


@pytest.fixture
def lint_of(capsys):
    def run(*paths):
        code = run_command(lint, "lint", [str(path) for path in paths])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def test_everything_that_is_shipped_is_in_order(lint_of):
    code, shown, told = lint_of(config_folder(), scenarios_folder())
    assert (code, told) == (0, "")
    assert shown.endswith("files checked, no problem\n")


def test_all_problems_of_all_files_are_told(lint_of, tmp_path):
    shutil.copytree(config_folder(), tmp_path / "config")
    local, seed = tmp_path / "config" / "local.yaml", tmp_path / "config/seed/local-issuer.yaml"
    routes = local.read_text().count("to: core")
    local.write_text(local.read_text().replace("to: core", "to: cor"))
    seed.write_text(seed.read_text().replace('account: "0018"', 'account: "0019"'))
    (tmp_path / "config" / "x.yaml").write_text("scenario: X\nstep: []\n")
    code, shown, told = lint_of(tmp_path)
    assert (code, shown) == (2, "")
    assert told.count("no link has this name") == routes > 1
    assert told.count("no account 0019") == 1
    assert "unknown key 'step', did you mean 'steps'?" in told
    assert "9504020000000018" not in told


def test_a_file_given_twice_is_checked_once(lint_of):
    path = config_folder() / "local.yaml"
    assert lint_of(path, path.parent / "." / "local.yaml")[1].startswith("1 file checked")


def test_other_yaml_in_a_folder_is_left_alone(lint_of, tmp_path):
    shutil.copy(config_folder() / "dialects" / "iso87-ascii.yaml", tmp_path)
    (tmp_path / "compose.yaml").write_text("volumes: {}\n")
    code, shown, _ = lint_of(tmp_path)
    assert (code, shown) == (
        0,
        "1 file checked, no problem (1 file of other kinds left alone)\n",
    )


def test_other_yaml_asked_for_is_a_problem(lint_of, tmp_path):
    path = tmp_path / "compose.yaml"
    path.write_text("volumes: {}\n")
    code, _, told = lint_of(path)
    assert (code, "this is none of: scenario, network" in told) == (2, True)


def test_a_slip_in_the_key_that_says_what_it_is_is_told(lint_of, tmp_path):
    (tmp_path / "x.yaml").write_text("name: X\nscenaro: X\n")
    code, _, told = lint_of(tmp_path)
    assert code == 2
    assert "x.yaml:2:1: unknown key 'scenaro'" in told
    assert "did you mean 'scenario'?" in told


@pytest.mark.parametrize("text", ["a: [", "a:\n\tb: 1\n", "a: 1\na: 2\n"])
def test_what_is_no_yaml_is_told_with_its_place(lint_of, tmp_path, text):
    (tmp_path / "x.yaml").write_text(text)
    code, _, told = lint_of(tmp_path)
    assert (code, "x.yaml:" in told) == (2, True)


def test_nothing_to_check_is_a_problem(lint_of, tmp_path):
    assert lint_of(tmp_path)[0] == 2
    assert lint_of(tmp_path / "nowhere")[0] == 2


def test_hidden_folders_are_not_looked_into(lint_of, tmp_path):
    (tmp_path / ".guichet").mkdir()
    (tmp_path / ".guichet" / "x.yaml").write_text("a: [")
    shutil.copy(config_folder() / "dialects" / "iso87-ascii.yaml", tmp_path)
    assert lint_of(tmp_path)[0] == 0


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("scenario: X\nnetwork: local\n", "scenario"),
        ("network: x\nswitch: {}\n", "network"),
        ("title: x\nextends: gab87\n", "dialect"),
        ("creditors: []\n", "core-seed"),
        ("accounts: [{rib: x}]\n", "core-seed"),
        ("accounts: [{id: x}]\n", "issuer-seed"),
        ("# yaml-language-server: $schema=../schema/issuer-seed.json\ncards: []\n", "issuer-seed"),
    ],
)
def test_a_file_is_known_by_its_schema_line_or_its_keys(text, kind):
    assert kind_of(Source("x.yaml", text)).kind is KINDS[kind]
