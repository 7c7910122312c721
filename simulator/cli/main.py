"""The command `guichet`: which subcommands there are and where each is found."""

from __future__ import annotations

from typing import NoReturn

import click

from simulator.cli.lazy import Entry, LazyGroup
from switch.cli.console import main_of

PARTIES = "simulator.cli.parties"

ENTRIES = {
    "up": Entry("simulator.cli.up", "up", "The whole network, until interrupted."),
    "run": Entry("simulator.cli.run", "run", "Run scenarios and judge them."),
    "explore": Entry(
        "simulator.cli.explore", "explore", "Search seeds for a run that loses money."
    ),
    "certify": Entry("simulator.cli.certify", "certify", "Certify a system that is not ours."),
    "report": Entry("simulator.cli.report", "report", "Hold the results of two runs side by side."),
    "lint": Entry("simulator.cli.lint", "lint", "Check files without running anything."),
    "send": Entry("switch.cli.send", "send", "Send messages on one line and print the answers."),
    "decode": Entry("switch.cli.messages", "decode", "Say what the bytes of a message say."),
    "encode": Entry("switch.cli.messages", "encode", "Print the bytes of a message."),
    "route": Entry("switch.cli.route", "route", "Say which rule takes a message, and why."),
    "reconcile": Entry(
        "simulator.cli.reconcile", "reconcile", "Compare all books of a day, list exceptions."
    ),
    "settlement": Entry(
        "switch.cli.settlement", "settlement", "Business dates, cut-over and reconciliation."
    ),
    "dialect": Entry("switch.cli.dialects", "dialect", "List, show and check dialects."),
    "example": Entry("switch.cli.example", "example", "Networks that show how a bank connects."),
    "schema": Entry("simulator.cli.schema", "schema", "JSON Schema of our files, for editors."),
    "switch": Entry("switch.cli.switch", "switch", "The switch alone."),
    "core": Entry(PARTIES, "core", "The online payment core alone."),
    "issuer": Entry(PARTIES, "issuer", "The issuer host alone."),
    "journal": Entry(
        "switch.cli.journal_moving", "journal", "Find and archive transactions of a switch."
    ),
    "saf": Entry("switch.cli.saf", "saf", "Hold, release or drop what a switch owes."),
    "db": Entry("switch.cli.db", "db", "Look at and upgrade a switch's database."),
    "keys": Entry("switch.cli.keys", "keys", "Make, keep, export and rotate keys."),
    "certs": Entry("switch.cli.certs", "certs", "A test authority and its certificates for TLS."),
    "audit": Entry("switch.cli.audit", "audit", "What people did to a network by commands."),
    "hsm": Entry("switch.cli.hsm", "hsm", "A simulated security module that takes host commands."),
}


@click.group(cls=LazyGroup, entries=ENTRIES, context_settings={"max_content_width": 100})
@click.version_option(package_name="guichet-switch", prog_name="guichet")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def cli(debug: bool) -> None:
    """A network of cash machines, counters, a switch and a payment core, to test against."""


def main() -> NoReturn:
    """The entry point of the installed command."""
    main_of(cli, "guichet")


if __name__ == "__main__":
    main()
