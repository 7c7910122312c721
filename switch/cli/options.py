"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

LEVELS = ("debug", "info", "warning", "error")

HOME = Path(".guichet")
"""Where books lie unless `--data-dir` says otherwise: a folder for each network."""


data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the books are kept  [default: .guichet/<network>]",
)
config_option = click.option(
    "--config",
    default="local",
    show_default=True,
    metavar="NAME|FILE",
    help="The network.",
)


def network_options(command: F) -> F:
    """`--config`, `--data-dir`, `--fresh` and `--port-base`."""
    for option in (
        click.option("--fresh", is_flag=True, help="Begin from the seed data."),
        click.option(
            "--port-base",
            type=click.IntRange(1, 65535),
            metavar="B",
            help="Move the ports to B, B+1, ...",
        ),
        data_dir_option,
        config_option,
    ):
        command = option(command)
    return command


def data_folder(data_dir: Path | None, network: str) -> Path:
    """The folder of a network's books."""
    return HOME / network.replace("/", "_") if data_dir is None else data_dir


def port_hint(port_base: int | None) -> str:
    """What to do about a port that is taken."""
    other = "another" if port_base is not None else "other ports with"
    return f"Is it running already? Choose {other} --port-base."


def log_options(default: str) -> Callable[[F], F]:
    """`--log-level` and `--log-json` of a command."""

    def add(command: F) -> F:
        command = click.option("--log-json", is_flag=True, help="Log lines as JSON.")(command)
        return click.option(
            "--log-level",
            type=click.Choice(LEVELS),
            default=default,
            show_default=True,
            help="The least important log lines to show.",
        )(command)

    return add
