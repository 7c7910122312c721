"""`guichet core` and `guichet issuer`: a party of the network alone in its process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from simulator.cli.core_books import books
from simulator.cli.host_rules import rules
from simulator.cli.serving import serve, surroundings
from simulator.hosts.rules import LOSE_ANSWERS, SILENT, slow
from simulator.network import LoadedNetwork, Network, load_network
from simulator.network.books import CORE, ISSUER
from switch.cli.console import PASSED
from switch.cli.options import log_options, network_options
from switch.cli.values import duration


@click.group(invoke_without_command=True)
@network_options
@log_options(default="info")
@click.pass_context
def core(
    context: click.Context,
    config: str,
    data_dir: Path | None,
    port_base: int | None,
    fresh: bool,
    log_level: str,
    log_json: bool,
) -> int:
    """The online payment core alone, until interrupted; or its books of a day."""
    if context.invoked_subcommand is not None:
        return PASSED
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    loaded = _with(CORE, config)
    return serve(
        reactor,
        surroundings(reactor, seed=None, log_level=log_level, log_json=log_json),
        loaded,
        data_dir=data_dir,
        port_base=port_base,
        fresh=fresh,
        parts=(CORE,),
        on_ready=_ready,
    )


core.add_command(books)


@click.group(invoke_without_command=True)
@network_options
@click.option("--silent", is_flag=True, help="Read requests, do nothing, answer nothing.")
@click.option("--delay", callback=duration, metavar="2s", help="Act at once, answer so much later.")
@click.option(
    "--lose-answers",
    is_flag=False,
    flag_value=0,
    type=click.IntRange(0),
    metavar="[N]",
    help="Act on requests and lose the answers: all, or the first N.",
)
@log_options(default="info")
@click.pass_context
def issuer(
    ctx: click.Context,
    config: str,
    data_dir: Path | None,
    port_base: int | None,
    fresh: bool,
    silent: bool,
    delay: float | None,
    lose_answers: int | None,
    log_level: str,
    log_json: bool,
) -> int:
    """The issuer host alone, until interrupted, well-behaved or not.

    Sign-on and echo are always answered. `guichet issuer rules` changes how a running one behaves.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    loaded = _with(ISSUER, config)

    wanted = []
    if silent:
        wanted.append(SILENT)
    if lose_answers is not None:
        wanted.append(LOSE_ANSWERS.model_copy(update={"times": lose_answers or None}))
    if delay:
        wanted.append(slow(delay))
    loaded = replace(loaded, issuer_rules=(*wanted, *loaded.issuer_rules))

    return serve(
        reactor,
        surroundings(reactor, seed=None, log_level=log_level, log_json=log_json),
        loaded,
        data_dir=data_dir,
        port_base=port_base,
        fresh=fresh,
        parts=(ISSUER,),
        on_ready=_ready,
    )


issuer.add_command(rules)


def _with(part: str, config: str) -> LoadedNetwork:
    loaded = load_network(config)
    if getattr(loaded.settings, part) is None:
        raise click.UsageError(f"{loaded.path} has no section `{part}`")
    return loaded


def _ready(network: Network) -> None:
    told = ", ".join(f"{each.name} {each.host}:{each.port}" for each in network.addresses())
    click.echo(f"ready: {told}")
