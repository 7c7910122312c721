"""`guichet saf`: what a person does about what a switch owes, beside a running one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from switch.cli.audit import audited_network
from switch.cli.console import PASSED, USAGE, Failed
from switch.cli.journal import opened, place_options
from switch.cli.journal import saf as list_owed


@click.group("saf")
def saf() -> None:
    """What a switch owes: reversals and advices that wait, or that were put aside.

    `list` gives each a number. `release` has one sent again, `hold` keeps one from being sent,
    `drop` ends one that was seen to otherwise. What is done is kept, with who and why.
    """


saf.add_command(list_owed, "list")


def _action(name: str, help_text: str) -> click.Command:
    @click.command(name, help=help_text)
    @click.argument("numbers", type=int, nargs=-1, required=True, metavar="NUMBER...")
    @click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept.")
    @place_options
    def act(
        numbers: tuple[int, ...],
        reason: str,
        config: str,
        data_dir: Path | None,
        source: str | None,
    ) -> int:
        from switch.engine import operating

        if not reason.strip():
            raise click.UsageError("--reason says nothing")
        facts = {"numbers": ", ".join(map(str, numbers)), "why": reason.strip()}
        with audited_network(config, data_dir, f"saf {name}", source, **facts):
            _do(getattr(operating, name), numbers, reason.strip(), config, data_dir, source)
        for number in numbers:
            click.echo(f"{name}: {number}")
        return PASSED

    return act


for _name, _help in (
    ("hold", "Keep them from being sent until they are released."),
    ("release", "Have them sent, in the order of their age."),
    ("drop", "Owe them no more: somebody has seen to them otherwise."),
):
    saf.add_command(_action(_name, _help))


def _do(
    act: Callable[..., Any],
    numbers: tuple[int, ...],
    reason: str,
    config: str,
    data_dir: Path | None,
    source: str | None,
) -> None:
    """All of them or none, in one transaction."""
    import getpass

    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    from switch.engine.operating import ActionError
    from switch.runtime import ReactorWallClock

    clock: Any = reactor
    now = ReactorWallClock(clock).now().isoformat(timespec="milliseconds")
    with opened(config, data_dir, source) as engine:
        try:
            with engine.begin() as connection:
                for number in numbers:
                    act(connection, number, getpass.getuser(), reason, now)
        except ActionError as error:
            raise Failed(f"{error}; nothing was changed", USAGE) from None
