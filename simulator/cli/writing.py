"""Reports that a command writes to files beside what it prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from switch.cli.console import USAGE, Failed

R = TypeVar("R")


def write_reports(
    result: R, exit_code: int, *reports: tuple[str, Path | None, Callable[[R, Path], None]]
) -> None:
    """Write each report that was asked for: its option, its file, and how it is written.

    Raises Failed for a file that cannot be written, with the run's own exit code if it has one.
    """
    for option, path, write in reports:
        if path is not None:
            try:
                write(result, path)
            except OSError as error:
                raise Failed(f"{option}: {error}", exit_code or USAGE) from None
