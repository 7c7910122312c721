"""`guichet audit`, and how commands note what they do."""

import json

import click
import pytest

from switch.cli.audit import audit
from switch.cli.certs import certs
from switch.cli.console import run_command


@click.group()
def commands():
    """The two groups under test."""


commands.add_command(certs)
commands.add_command(audit)


@pytest.fixture
def run(tmp_path, capsys):
    folder = tmp_path / "certs"

    def run(group, *arguments):
        place = ["--file", str(folder / "audit.jsonl")]
        place = place if group == "audit" else ["--dir", str(folder)]
        code = run_command(commands, "guichet", [group, *arguments, *place])
        told = capsys.readouterr()
        return code, told.out + told.err

    run.folder = folder
    return run


def test_what_is_done_and_what_fails_is_noted_before_and_after(run):
    run("certs", "init")
    assert run("certs", "revoke", "nobody")[0] == 2
    lines = [json.loads(line) for line in run("audit", "list", "--json")[1].splitlines()]
    assert [(line["what"], line["outcome"]) for line in lines] == [
        ("certs init", "asked"),
        ("certs init", "done"),
        ("certs revoke", "asked"),
        ("certs revoke", "failed"),
    ]
    assert lines[3]["reason"] == "nobody has no certificate here"
    assert lines[3]["facts"]["certificate"] == "nobody"


def test_a_trail_that_was_changed_fails_and_says_where(run):
    run("certs", "init")
    assert run("audit", "verify")[0] == 0
    trail = run.folder / "audit.jsonl"
    trail.write_text(trail.read_text().replace("asked", "skied"))
    code, told = run("audit", "verify")
    assert code == 1
    assert "audit.jsonl: line 2 does not vouch for the one before it" in told


def test_what_cannot_be_noted_is_not_done(run):
    run("certs", "init")
    trail = run.folder / "audit.jsonl"
    trail.unlink()
    trail.mkdir()
    code, told = run("certs", "issue", "GAB00001")
    assert code == 2
    assert "audit.jsonl cannot be written: Is a directory" in told
    assert not (run.folder / "GAB00001.pem").exists()


def test_no_trail_and_no_network_are_told(run, tmp_path, capsys):
    assert run("audit", "list") == (2, f"there is no audit trail {run.folder / 'audit.jsonl'}\n")
    assert run_command(commands, "guichet", ["audit", "list", "--config", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err
