"""The command's way in: quick help, suggestions, versions, exit codes."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from simulator.cli.main import ENTRIES, cli
from switch.cli.console import run_command

HEAVY = ("sqlalchemy", "klein", "twisted")


def run(*arguments):
    return run_command(cli, "guichet", arguments)


def imported_by(*arguments):
    """Which of the heavy packages a command line imports, in a process of its own."""
    code = (
        "import sys; from switch.cli.console import run_command;"
        "from simulator.cli.main import cli; code = run_command(cli, 'guichet', sys.argv[1:]);"
        f"print(code, [name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return done.stderr.strip()


@pytest.mark.process
@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("decode", "--help"),
        ("decode", "30383030822000000000000004000000000000001124103601000001333031"),
        ("encode", '{"t": "0800", "7": "1124103601", "11": "000001", "70": "301"}'),
        ("dialect", "list"),
        ("send", "--help"),
        ("switch", "--help"),
    ],
)
def test_what_needs_no_network_and_no_database_imports_none(arguments):
    assert imported_by(*arguments).endswith(" []")


def test_the_help_lists_every_command(capsys):
    assert run("--help") == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in ENTRIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_every_command_says_what_it_does(name, capsys):
    assert run(name, "--help") == 0
    assert f"Usage: guichet {name}" in capsys.readouterr().out


def test_the_version_is_that_of_the_distribution(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out == f"guichet, version {version('guichet-switch')}\n"


@pytest.mark.parametrize(("typed", "meant"), [("decod", "decode"), ("swich", "switch")])
def test_a_slip_is_answered_with_the_nearest_command(typed, meant, capsys):
    assert run(typed) == 2
    assert f"Did you mean '{meant}'?" in capsys.readouterr().err


def test_an_unknown_command_that_is_near_nothing_is_just_unknown(capsys):
    assert run("xyzzy") == 2
    told = capsys.readouterr().err
    assert "No such command 'xyzzy'." in told
    assert "Did you mean" not in told


def test_no_command_at_all_shows_the_help():
    assert run() == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "--config", "locl"),
        ("up", "--port-base", "0"),
        ("up", "--port-base", "65535"),
        ("switch", "--config", "nowhere.yaml"),
        ("core", "--port-base", "65534"),
        ("issuer", "--delay", "2 parsecs"),
        ("issuer", "--lose-answers=-1"),
        ("send", "--to", "nowhere", "{}"),
    ],
)
@pytest.mark.process
def test_what_cannot_be_meant_is_wrong_usage(guichet, arguments):
    code, shown, told = guichet(*arguments)
    assert (code, shown) == (2, "")
    assert told
    assert "Traceback" not in told


@pytest.mark.process
def test_a_network_misspelt_is_answered_with_the_nearest(guichet):
    assert "did you mean 'local'?" in guichet("up", "--config", "locl")[2]
