"""`guichet audit`: what people did to a network by commands; and how commands note what they do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from switch.cli.console import EXPECTATION_FAILED, PASSED, USAGE, Failed
from switch.cli.options import config_option, data_dir_option, data_folder

if TYPE_CHECKING:
    from switch.runtime.audit_trail import AuditTrail

F = TypeVar("F", bound=Callable[..., Any])

NAME = "audit.jsonl"


def _trail_options(command: F) -> F:
    file = click.option(
        "--file",
        "path",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="This trail, such as that of a key file or of a folder of certificates.",
    )
    return config_option(data_dir_option(file(command)))


@click.group("audit")
def audit() -> None:
    """What people did to a network by commands: who, when, what, and what came of it.

    Commands that change a network write to `audit.jsonl` in its data folder before and after they
    act. Each line vouches for the one before it.
    """


@audit.command("list")
@_trail_options
@click.option("--json", "as_json", is_flag=True, help="JSON Lines, as they are kept.")
def list_(config: str, data_dir: Path | None, path: Path | None, as_json: bool) -> int:
    """The lines of the trail, oldest first."""
    trail = _found(config, data_dir, path)
    for line in _read(trail, trail.lines):
        if as_json:
            click.echo(json.dumps(line, ensure_ascii=False))
            continue
        facts = ", ".join(f"{name} {fact}" for name, fact in line.get("facts", {}).items())
        reason = f": {line['reason']}" if line.get("reason") else ""
        click.echo(
            f"{line.get('at')}  {line.get('who')}  {line.get('network')}  {line.get('what')}  "
            f"{line.get('outcome')}{reason}{f'  ({facts})' if facts else ''}"
        )
    return PASSED


@audit.command("verify")
@_trail_options
@click.option("--head", default="", metavar="HASH", help="A head that was noted before.")
def verify(config: str, data_dir: Path | None, path: Path | None, head: str) -> int:
    """Check that no line was changed, put in or taken out. The exit code is 1 when one was.

    Note the head that is printed somewhere else: what is cut off at the end shows against it only.
    """
    trail = _found(config, data_dir, path)
    verdict = _read(trail, lambda: trail.verify(head.strip().lower()))
    for problem in verdict.problems:
        click.echo(f"{trail.path}: {problem}")
    click.echo(f"{verdict.lines} lines, head {verdict.head or 'none'}")
    return EXPECTATION_FAILED if verdict.problems else PASSED


def trail_at(path: Path) -> AuditTrail:
    """The trail in a file, on the clock of this machine."""
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    from switch.runtime import ReactorWallClock
    from switch.runtime.audit_trail import AuditTrail

    return AuditTrail(path, ReactorWallClock(reactor).now)


@contextmanager
def audited(path: Path, network: str, what: str, **facts: Any) -> Iterator[None]:
    """Note in the trail `path` that something is asked for, and what came of it.

    Raises Failed, with nothing done, when it cannot be noted.
    """
    trail = trail_at(path)
    note(trail, network, what, "asked", facts)
    try:
        yield
    except BaseException as error:
        reason = str(error) if isinstance(error, Failed) else type(error).__name__
        note(trail, network, what, "failed", facts, reason)
        raise
    note(trail, network, what, "done", facts)


def note(
    trail: AuditTrail,
    network: str,
    what: str,
    outcome: str,
    facts: dict[str, Any],
    reason: str = "",
) -> None:
    """Write a line. Raises Failed."""
    try:
        trail.add(network, what, outcome, facts, reason)
    except OSError as error:
        told = f"the audit trail {trail.path} cannot be written: {error.strerror or error}"
        raise Failed(told, USAGE) from None


@contextmanager
def audited_network(
    config: str, data_dir: Path | None, what: str, source: str | None = None, **facts: Any
) -> Iterator[None]:
    """`audited` in the data folder of a network, which is there; for one that is not, nothing.

    A command that finds no books there says so itself.
    """
    from switch.service.checks import load_switch_file
    from switch.settings import SettingsError

    try:
        network = load_switch_file(config).network
    except SettingsError as error:
        raise Failed(str(error), USAGE) from None
    folder = data_folder(data_dir, network)
    if source is not None and Path(source).is_file():
        folder = Path(source).parent
    if not folder.is_dir():
        yield
        return
    with audited(folder / NAME, network, what, **facts):
        yield


class Presence:
    """Notes that a network was started here, and stopped."""

    def __init__(self, folder: Path, network: str, what: str, **facts: Any) -> None:
        self._trail = trail_at(folder / NAME)
        self._noted = network, what, facts
        self._begun = False

    def begin(self) -> None:
        """It is ready. Raises Failed."""
        network, what, facts = self._noted
        note(self._trail, network, what, "started", facts)
        self._begun = True

    def end(self) -> None:
        """It is over, if it had begun. Raises Failed."""
        if self._begun:
            network, what, facts = self._noted
            note(self._trail, network, what, "stopped", facts)
            self._begun = False


R = TypeVar("R")


def _read(trail: AuditTrail, read: Callable[[], R]) -> R:
    try:
        return read()
    except FileNotFoundError:
        raise Failed(f"there is no audit trail {trail.path}", USAGE) from None
    except OSError as error:
        raise Failed(f"{trail.path} cannot be read: {error.strerror}", USAGE) from None


def _found(config: str, data_dir: Path | None, path: Path | None) -> AuditTrail:
    if path is not None:
        return trail_at(path)
    from switch.service.checks import load_switch_file
    from switch.settings import SettingsError

    try:
        network = load_switch_file(config).network
    except SettingsError as error:
        raise Failed(str(error), USAGE) from None
    return trail_at(data_folder(data_dir, network) / NAME)
