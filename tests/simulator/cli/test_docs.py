"""The examples of docs/commands.md run, as far as they end by themselves."""

import re
import shlex
from pathlib import Path

import pytest

from simulator.cli.main import ENTRIES, cli
from switch.cli.console import run_command

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^    guichet (.+(?:\n {8}.+)*)$", TEXT, re.MULTILINE)
QUICK = [
    each
    for each in EXAMPLES
    if each.split()[0] in ("encode", "decode", "dialect", "lint", "schema")
]


@pytest.mark.parametrize("example", QUICK)
def test_an_example_runs(example, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert run_command(cli, "guichet", shlex.split(example)) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_has_options_that_exist(example):
    name, *arguments = shlex.split(example.rstrip(" &"))
    context = cli.make_context("guichet", [name])
    command = cli.get_command(context, name)
    if arguments and arguments[0] in getattr(command, "commands", {}):
        command = command.commands[arguments[0]]
    known = {option for each in command.params for option in each.opts}
    given = {each for each in arguments if each.startswith("--")}
    assert given <= known | {"--help"}


def test_every_command_is_described():
    assert {name for name in ENTRIES if f"guichet {name}" not in TEXT} == set()
