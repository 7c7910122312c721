"""`guichet up`: a whole network on this machine, until interrupted."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.addresses import print_addresses
from simulator.cli.serving import serve, surroundings
from simulator.cli.trace import MessageTrace
from simulator.network import Network, load_network
from simulator.network.books import PARTS
from switch.cli.options import log_options, network_options


@click.command()
@network_options
@click.option("--seed", type=int, metavar="N", help="Of the pauses between reconnections.")
@click.option("--quiet", is_flag=True, help="Do not print messages as they pass.")
@log_options(default="info")
def up(
    config: str,
    data_dir: Path | None,
    port_base: int | None,
    fresh: bool,
    seed: int | None,
    quiet: bool,
    log_level: str,
    log_json: bool,
) -> int:
    """The whole network, until interrupted.

    Core, issuer host, switch, GABs and counters start; the table says what to connect to; a line
    `ready` follows. Each message that passes the switch is then a line on standard error. Without
    --fresh the books go on where they were.
    """
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    loaded = load_network(config)
    party = surroundings(reactor, seed=seed, log_level=log_level, log_json=log_json)

    def ready(network: Network) -> None:
        print_addresses(network.addresses(), loaded.settings.description)
        click.echo("ready")

    return serve(
        reactor,
        party,
        loaded,
        data_dir=data_dir,
        port_base=port_base,
        fresh=fresh,
        parts=PARTS,
        on_ready=ready,
        tap=None if quiet else MessageTrace(party("network").wall_clock),
    )
