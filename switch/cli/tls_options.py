"""Options of a command that dials a peer over TLS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from switch.cli.console import USAGE, Failed

if TYPE_CHECKING:
    from switch.link.security import Security

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(dir_okay=False, path_type=Path)


def tls_options(command: F) -> F:
    """`--ca`, which begins TLS, `--certificate`, `--key` and `--name`."""
    for option in (
        click.option(
            "--name",
            metavar="NAME",
            help="What the peer's certificate must hold.  [default: HOST]",
        ),
        click.option("--key", type=_FILE, metavar="FILE", help="Its private key."),
        click.option(
            "--certificate", type=_FILE, metavar="FILE", help="Ours, where the peer wants one."
        ),
        click.option(
            "--ca", type=_FILE, metavar="FILE", help="Speak TLS; authorities of the peer's side."
        ),
    ):
        command = option(command)
    return command


def security_of(
    host: str, ca: Path | None, certificate: Path | None, key: Path | None, name: str | None
) -> Security | None:
    """TLS to a host, None without `ca`. Raises UsageError, and Failed for a file that is wrong."""
    if ca is None:
        given = {"--certificate": certificate, "--key": key, "--name": name}
        for option, value in given.items():
            if value is not None:
                raise click.UsageError(f"{option} goes with --ca, which begins TLS")
        return None
    if (certificate is None) != (key is None):
        raise click.UsageError("--certificate and --key go together")
    # Here, so that a command without TLS does not load OpenSSL.
    from switch.link.security import Security, SecurityError

    wanted = name or host
    try:
        return Security(
            certificate=certificate, key=key, ca=ca, names=(wanted,), server_name=wanted
        )
    except SecurityError as error:
        raise Failed(f"--{error.part}: {error}", USAGE) from None
