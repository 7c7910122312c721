"""How commands end: exit codes, and never a traceback that nobody asked for."""

import subprocess
import sys

import click
import pytest

from switch.cli.console import UNREACHABLE, Failed, run_command
from switch.settings import Problem, SettingsError


def ending(error):
    @click.command()
    @click.option("--debug", is_flag=True)
    def command(debug):
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (Failed("no line", UNREACHABLE), 3, "no line\n"),
        (click.UsageError("what?"), 2, "what?"),
        (SettingsError([Problem("x.yaml", 0, 0, "there is no such file")]), 2, "no such file"),
        (KeyboardInterrupt(), 130, ""),
        (click.Abort(), 130, ""),
        (SystemExit(4), 4, ""),
        (SystemExit(None), 0, ""),
    ],
)
def test_an_end_has_its_exit_code_and_its_words(error, code, told, capsys):
    assert run_command(ending(error), "x", []) == code
    assert told in capsys.readouterr().err


def test_a_mistake_of_ours_is_one_line_without_the_exceptions_text(capsys):
    assert run_command(ending(ValueError("card 9504010000000019")), "x", []) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"internal error: ValueError at {__file__}:")
    assert told.count("\n") == 1
    assert "9504" not in told


def test_with_debug_the_traceback_is_shown_masked(capsys):
    assert run_command(ending(ValueError("card 9504010000000019")), "x", ["--debug"]) == 1
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "card 950401******0019" in told
    assert "9504010000000019" not in told


def test_what_a_command_returns_is_the_exit_code():
    assert run_command(click.command()(lambda: 5), "x", []) == 5
    assert run_command(click.command()(lambda: None), "x", []) == 0


@pytest.mark.process
def test_a_reader_that_is_gone_is_no_traceback():
    code = (
        "import sys, click; from switch.cli.console import run_command;"
        "command = click.command()(lambda: [click.echo('x' * 1000) for _ in range(1000)]);"
        "sys.exit(run_command(command, 'x', []))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(30), told) == (1, b"")
