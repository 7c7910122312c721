"""Orders to a running switch: rows of its journal that it finds within two seconds."""

from __future__ import annotations

import getpass
from datetime import UTC
from pathlib import Path
from threading import Event

import click

from switch.cli.console import PASSED, UNREACHABLE, USAGE, Failed
from switch.cli.journal import opened

WAIT_S, LOOK_EVERY_S = 10.0, 0.2
"""How long a command waits for a running switch to carry an order out."""


def give_order(
    config: str,
    data_dir: Path | None,
    source: str | None,
    kind: str,
    party: str = "",
    *,
    day: str = "",
) -> int:
    """Give a running switch an order, wait for what it says of it, and show that.

    Raises Failed: 2 when the order is refused, 3 when no switch took it.
    """
    from sqlalchemy import insert, select, update

    from switch.engine.tables import ORDERS

    values = {
        "kind": kind,
        "party": party,
        "business_date": day,
        "who": getpass.getuser(),
        "created_at": _now(),
        "outcome": "",
    }
    with opened(config, data_dir, source) as engine:
        with engine.begin() as connection:
            entered = connection.execute(insert(ORDERS).values(**values))
            number = int((entered.inserted_primary_key or (0,))[0])
        pause, waited_s = Event(), 0.0
        while waited_s < WAIT_S:
            pause.wait(LOOK_EVERY_S)
            waited_s += LOOK_EVERY_S
            with engine.begin() as connection:
                outcome = connection.execute(
                    select(ORDERS.c.outcome).where(ORDERS.c.id == number)
                ).scalar_one()
            if outcome:
                break
        else:
            with engine.begin() as connection:
                # Nobody is to find it later, when nobody expects it any more.
                withdrawn = connection.execute(
                    update(ORDERS)
                    .where(ORDERS.c.id == number, ORDERS.c.outcome == "")
                    .values(outcome="withdrawn: no switch was running")
                )
            if withdrawn.rowcount:
                told = f"no switch took the order within {WAIT_S:g} s: is it running?"
                raise Failed(told, UNREACHABLE)
            outcome = "it was carried out at the last moment: `guichet logs` tells"
    if outcome.startswith("refused"):
        raise Failed(outcome, USAGE)
    click.echo(outcome)
    return PASSED


def _now() -> str:
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    from switch.runtime import ReactorWallClock

    return ReactorWallClock(reactor).now().astimezone(UTC).isoformat(timespec="milliseconds")
