"""The table of what listens."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from simulator.network import Address
from switch.cli.logs import colours_wanted


def print_addresses(addresses: Sequence[Address], title: str) -> None:
    """On a terminal a table, elsewhere aligned columns."""
    if colours_wanted(sys.stdout):
        _print_table(addresses, title)
        return
    click.echo(title)
    for each in addresses:
        click.echo(f"  {each.name:<10} {f'{each.host}:{each.port}':<22} {each.what}")


def _print_table(addresses: Sequence[Address], title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("what")
    table.add_column("connect to", style="cyan", no_wrap=True)
    table.add_column("speaks")
    for each in addresses:
        table.add_row(each.name, f"{each.host}:{each.port}", each.what)
    Console().print(table)
