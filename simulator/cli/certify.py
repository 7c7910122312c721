"""`guichet certify`: a pack of cases against a bank's system, and the report for the bank."""

from __future__ import annotations

import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.writing import write_reports
from switch.cli.console import PASSED, USAGE, Failed
from switch.cli.framing_option import FRAMING, FRAMING_HELP
from switch.cli.options import log_options
from switch.cli.values import host_port
from switch.settings import SettingsError, suggest

if TYPE_CHECKING:
    from simulator.certify.case_file import Case, Side
    from simulator.certify.profile import CertificationProfile
    from simulator.certify.results import CaseResult, PackResult
    from switch.settings import Located
    from switch.wire import Framing

_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.option(
    "--as",
    "side",
    type=click.Choice(["issuer", "acquirer"]),
    required=True,
    help="What the system is: it answers for cards, or it sends requests.",
)
@click.option(
    "--target",
    callback=host_port,
    required=True,
    metavar="HOST:PORT",
    help="Where it listens, or where we listen for it.",
)
@click.option(
    "--profile",
    "profile_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="How it is spoken to, its cards, its abilities.",
)
@click.option("--dialect", metavar="NAME|FILE", help="Another dialect than the profile says.")
@click.option("--framing", type=FRAMING, help=FRAMING_HELP)
@click.option(
    "--listen/--dial",
    default=None,
    help="Whether it dials us; unless said, an acquirer does and an issuer does not.",
)
@click.option(
    "--pack",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Another pack than the shipped one.",
)
@click.option("-k", "--case", "wanted", multiple=True, metavar="ID", help="Only cases like this.")
@click.option("--list", "listed", is_flag=True, help="Print the cases and their rules, run none.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option("--junit", type=_FILE, metavar="FILE", help="Write the verdicts as JUnit XML.")
@click.option("--report", "page", type=_FILE, metavar="FILE", help="Write the page for the bank.")
@log_options(default="error")
def certify(
    side: Side,
    target: tuple[str, int],
    profile_path: Path,
    dialect: str | None,
    framing: Framing | None,
    listen: bool | None,
    pack: Path | None,
    wanted: tuple[str, ...],
    listed: bool,
    as_json: bool,
    junit: Path | None,
    page: Path | None,
    log_level: str,
    log_json: bool,
) -> int:
    """Run a pack of cases against a system that is not ours, and judge it.

    Each case tests one rule, on a line of its own, and says where the rule comes from. An
    acquirer is told on standard error what to do at its terminal; the request itself is the
    proof that it was done.

    \b
    Exit codes: 0 all applicable cases pass, 1 one fails, 2 wrong usage or an invalid file,
    3 the system could not be reached, 130 interrupted.
    """
    from simulator.certify.case_file import load_pack, pack_folder
    from simulator.certify.profile import load_profile
    from simulator.report.certificate import write_certificate, write_certificate_junit

    located = load_profile(profile_path)
    cases = _chosen(load_pack(pack or pack_folder(side)), wanted)
    _check_left_out(located, cases, all_of=not wanted)
    if listed:
        _list(cases)
        return PASSED
    listens = side == "acquirer" if listen is None else listen
    run = _Certifying(located, side, cases, target, listens=listens, quiet=as_json)
    result = run.go(dialect, framing, log_level, log_json)
    if as_json:
        from simulator.certify.results import pack_document

        click.echo(json.dumps(pack_document(result), ensure_ascii=False, indent=2))
    write_reports(
        result,
        result.exit_code,
        ("--junit", junit, write_certificate_junit),
        ("--report", page, write_certificate),
    )
    return result.exit_code


def _chosen(cases: list[Case], wanted: tuple[str, ...]) -> list[Case]:
    if not wanted:
        return cases
    chosen = [each for each in cases if any(fnmatchcase(each.id, one) for one in wanted)]
    if not chosen:
        meant = suggest(wanted[0], [each.id for each in cases])
        hint = f", did you mean {meant}?" if meant else " (--list prints them)"
        raise Failed(f"no case is called {', '.join(wanted)}{hint}", USAGE)
    return chosen


def _check_left_out(
    located: Located[CertificationProfile], cases: list[Case], *, all_of: bool
) -> None:
    """A case that the profile leaves out must be one: a slip would leave out nothing."""
    known = [each.id for each in cases]
    unknown = [each for each in located.value.not_applicable if each not in known]
    if unknown and all_of:
        raise SettingsError(
            located.problem(
                ("not_applicable", each),
                "no case is called so",
                on_key=True,
                near=each,
                candidates=known,
            )
            for each in unknown
        )


def _list(cases: list[Case]) -> None:
    from rich.console import Console
    from rich.text import Text

    out = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    for each in cases:
        out.print(Text(each.id, "bold"))
        out.print(f"    {each.file.rule}", markup=False)
        out.print(Text(f"    {each.file.source}", "dim"))
    out.print(f"{len(cases)} cases")


class _Certifying:
    """One run, and what is printed meanwhile."""

    def __init__(
        self,
        located: Located[CertificationProfile],
        side: Side,
        cases: list[Case],
        target: tuple[str, int],
        *,
        listens: bool,
        quiet: bool,
    ) -> None:
        from rich.console import Console

        self._located = located
        self._side = side
        self._cases = cases
        self._target = target
        self._listens = listens
        self._quiet = quiet
        self._out = Console(file=sys.stdout, highlight=False, soft_wrap=True)

    def go(
        self, dialect: str | None, framing: Framing | None, log_level: str, log_json: bool
    ) -> PackResult:
        from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

        from simulator.certify.pack import certify as certified
        from simulator.report.certificate import pack_lines
        from switch.cli.logs import start_logging
        from switch.cli.serving import run_job
        from switch.link import AddressTakenError
        from switch.runtime import ReactorWallClock, real_runtime

        log = start_logging(ReactorWallClock(reactor), level=log_level, as_json=log_json)
        runtime = real_runtime(reactor, 1, log)
        try:
            result = run_job(
                reactor,
                lambda: certified(
                    self._located,
                    self._side,
                    self._cases,
                    self._target,
                    runtime,
                    listens=self._listens,
                    dialect=dialect,
                    framing=framing,
                    on_case=self._case,
                    ask=self._ask,
                    listening=self._listening,
                ),
            )
        except AddressTakenError as error:
            raise Failed(str(error), USAGE) from None
        if not self._quiet:
            self._out.print()
            for line in pack_lines(result):
                self._out.print(line)
        return result

    def _case(self, result: CaseResult) -> None:
        from simulator.report.certificate import case_lines

        if self._quiet:
            return
        for line in case_lines(result):
            self._out.print(line)

    def _ask(self, text: str) -> None:
        click.echo(f"  now: {text}", err=True)

    def _listening(self, port: int) -> None:
        if self._listens:
            click.echo(f"listening on {self._target[0]}:{port} for the system to dial", err=True)
