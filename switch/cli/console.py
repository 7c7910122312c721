"""What every command shares: exit codes, how failures are told, and the way out.

Nothing heavy is imported here: `guichet --help` must stay quick.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

PASSED = 0
EXPECTATION_FAILED = 1
USAGE = 2
UNREACHABLE = 3
THRESHOLD_MISSED = 4
INVARIANT_BROKEN = 5
INTERRUPTED = 130

INTERNAL_ERROR = 1
"""The exit code of a mistake of ours."""


class Failed(click.ClickException):
    """The end of a command, told on standard error, with its exit code."""

    def __init__(self, message: str, exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.code = exit_code

    def show(self, file: object = None) -> None:
        click.echo(self.message, err=True)


def run_command(command: click.Command, name: str, arguments: Sequence[str]) -> int:
    """Run a command line; its exit code. Never a traceback, but with `--debug`."""
    debug = False
    try:
        context = command.make_context(name, list(arguments))
        debug = bool(context.params.get("debug"))
        with context:
            result = command.invoke(context)
        # Here and not at the interpreter's end, where a reader that is gone would be an error.
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else PASSED
    except Failed as failed:
        failed.show()
        return failed.code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return EXPECTATION_FAILED
    except Exception as error:  # noqa: BLE001 - this is where everything ends
        return _told(error, debug)
    return result if isinstance(result, int) else PASSED


def main_of(command: click.Command, name: str) -> NoReturn:
    """Run the process's own command line and end the process."""
    sys.exit(run_command(command, name, sys.argv[1:]))


def _told(error: Exception, debug: bool) -> int:
    from switch.settings import SettingsError

    if isinstance(error, SettingsError):
        click.echo(str(error), err=True)
        return USAGE
    from switch.wire import mask_text

    if debug:
        click.echo(mask_text("".join(traceback.format_exception(error))), err=True)
    else:
        # The text of an exception that nobody expected may hold cardholder data.
        frames = traceback.extract_tb(error.__traceback__)
        place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        kind = type(error).__name__
        click.echo(f"internal error: {kind}{place}; run with --debug for the traceback", err=True)
    return INTERNAL_ERROR


def _forget_output() -> None:
    """Whoever read our output is gone: let the interpreter's last flush go nowhere."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
