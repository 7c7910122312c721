"""`guichet certs`: a test authority in a folder, and the certificates of the two ends of lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from switch.certs.making import REASONS
from switch.cli.audit import NAME, audited
from switch.cli.console import Failed

if TYPE_CHECKING:
    from switch.certs import CertsFolder, Issued

F = TypeVar("F", bound=Callable[..., Any])

DAYS_MAX = 36_500
SOON_DAYS = 30
"""A certificate that is over sooner is pointed out."""

REQUEST_MAX = 65_536


def dir_option(command: F) -> F:
    """`--dir`, also GUICHET_CERTS."""
    return click.option(
        "--dir",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("certs"),
        envvar="GUICHET_CERTS",
        show_default=True,
        show_envvar=True,
        help="The authority's folder.",
    )(command)


def days_option(default: int, what: str) -> Callable[[F], F]:
    """`--days`."""
    return click.option(
        "--days",
        type=click.IntRange(1, DAYS_MAX),
        default=default,
        show_default=True,
        help=what,
    )


kind_option = click.option(
    "--key",
    "kind",
    type=click.Choice(["ec", "rsa"]),
    default="ec",
    show_default=True,
    help="Of the curve P-256, or RSA of 2048 bits.",
)


@click.group()
def certs() -> None:
    """Certificates for TLS lines, from a test authority of your own.

    The folder holds the authority, its list of revoked certificates and, for each NAME, NAME.pem
    and NAME.key. Keys have no passphrase: they are readable by their owner alone.
    """


@certs.command()
@click.option("--name", default="Guichet test authority", show_default=True, help="Its name.")
@kind_option
@days_option(3650, "How long it is valid.")
@dir_option
def init(name: str, kind: Any, days: int, folder: Path) -> None:
    """Make the authority and its empty list of revoked certificates."""
    opened = _opened(folder)
    with _audited(folder, "certs init", authority=name):
        until = _done(lambda: opened.create(name, kind, days))
    click.echo(f"{opened.authority} is valid until {_date(until)}")
    click.echo(f"{opened.revocations} holds what it revokes: nothing yet")


@certs.command()
@click.argument("name")
@click.option(
    "--for",
    "usage",
    type=click.Choice(["server", "client", "both"]),
    default="both",
    show_default=True,
    help="Which side of a line shows it: the one that listens, or that dials.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="HOST",
    help="A host's name or an address that it is for; may be repeated  [default: NAME, and this "
    "machine for a server]",
)
@click.option(
    "--request",
    metavar="FILE|-",
    help="Sign this PKCS#10 request: its key stays with whoever made it.",
)
@kind_option
@days_option(365, "How long it is valid.")
@dir_option
def issue(
    name: str,
    usage: Any,
    hosts: tuple[str, ...],
    request: str | None,
    kind: Any,
    days: int,
    folder: Path,
) -> None:
    """Make a certificate for a terminal, a bank or the switch."""
    opened = _opened(folder)
    asked = None if request is None else _request(request)
    with _audited(folder, "certs issue", certificate=name, usage=usage, days=days):
        made = _done(lambda: opened.issue(name, usage, hosts, kind=kind, days=days, request=asked))
    _told(opened, made)


@certs.command()
@click.argument("name")
@click.option("--revoke", is_flag=True, help="Revoke the one before, as superseded.")
@days_option(365, "How long it is valid.")
@dir_option
def renew(name: str, revoke: bool, days: int, folder: Path) -> None:
    """Make another certificate for the same hosts, with a fresh key."""
    opened = _opened(folder)
    with _audited(folder, "certs renew", certificate=name, days=days, revoke=revoke):
        made = _done(lambda: opened.renew(name, days=days, revoke=revoke))
    _told(opened, made)


@certs.command()
@click.argument("name")
@click.option("--serial", default="", metavar="HEX", help="Not the one in use, but this one.")
@click.option(
    "--reason",
    type=click.Choice(list(REASONS)),
    default="unspecified",
    show_default=True,
    help="Why.",
)
@dir_option
def revoke(name: str, serial: str, reason: str, folder: Path) -> None:
    """Revoke a certificate. Lines that read the list refuse it from then on."""
    opened = _opened(folder)
    with _audited(folder, "certs revoke", certificate=name, serial=serial, why=reason):
        number = _done(lambda: opened.revoke(name, reason, serial))
    click.echo(f"{number} of {name} is revoked in {opened.revocations}")


@certs.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@dir_option
def list_certs(as_json: bool, folder: Path) -> None:
    """What was issued, until when it is valid, what was revoked."""
    opened = _opened(folder)
    found = _done(opened.listed)
    if as_json:
        click.echo(json.dumps([described(each) for each in found]))
        return
    now = _now()
    authority = left(_done(opened.authority_until), now)
    revocations = left(_done(opened.list_until), now)
    click.echo(f"authority {opened.authority}: {authority}; list of revoked: {revocations}")
    width = max((len(each.name) for each in found), default=0)
    for each in found:
        click.echo(line_of(each, width, now))


@certs.command()
@days_option(365, "How long it is good: nobody is accepted by a list that is over.")
@dir_option
def crl(days: int, folder: Path) -> None:
    """Sign the list of revoked certificates anew."""
    opened = _opened(folder)
    with _audited(folder, "certs crl", days=days):
        until = _done(lambda: opened.rewrite_list(days))
    click.echo(f"{opened.revocations} is good until {_date(until)}")


def described(issued: Issued) -> dict[str, Any]:
    """A certificate in JSON."""
    return {
        "name": issued.name,
        "serial": issued.serial,
        "for": issued.usage,
        "hosts": list(issued.names),
        "valid_until": issued.valid_until.isoformat(),
        "state": issued.state,
        "in_use": issued.current,
        "reason": issued.reason,
    }


def line_of(issued: Issued, width: int, now: datetime) -> str:
    """A certificate in a line."""
    state = left(issued.valid_until, now)
    if issued.state == "revoked":
        state = f"revoked ({issued.reason})"
    elif issued.state == "not yet":
        state = "not valid yet"
    replaced = "" if issued.current else ", replaced"
    return (
        f"{issued.name:<{width}}  {issued.usage:<6}  {issued.serial[:16]:<16}  "
        f"{state}{replaced}  {', '.join(issued.names)}"
    )


def left(until: datetime, now: datetime) -> str:
    """Until when something is good, and how long that is when it is not long."""
    days = (until - now).days
    if until <= now:
        return f"over since {_date(until)}"
    return f"until {_date(until)}" + (f", {days} days left" if days < SOON_DAYS else "")


def _audited(folder: Path, what: str, **facts: Any) -> AbstractContextManager[None]:
    """Its trail lies in the authority's folder; that there is none the command says itself."""
    if what == "certs init":
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Failed(f"{folder} cannot be made: {error.strerror}") from None
    if not folder.is_dir():
        return nullcontext()
    return audited(folder / NAME, folder.name, what, **facts)


def _told(folder: CertsFolder, made: Issued) -> None:
    certificate, key = folder.files(made.name)
    with_key = f", key {key}" if key.exists() else ", its key stays with whoever asked for it"
    click.echo(f"{certificate} is valid until {_date(made.valid_until)}{with_key}")
    click.echo(f"for {', '.join(made.names)}; serial {made.serial}")


def _request(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read(REQUEST_MAX)
    try:
        return Path(path).read_bytes()[:REQUEST_MAX]
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}") from None


def _opened(folder: Path) -> CertsFolder:
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    from switch.certs import CertsFolder
    from switch.runtime import ReactorWallClock

    return CertsFolder(folder, ReactorWallClock(reactor))


def _now() -> datetime:
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    from switch.runtime import ReactorWallClock

    return ReactorWallClock(reactor).now()


R = TypeVar("R")


def _done(work: Callable[[], R]) -> R:
    """The result of work on a folder; raises Failed with the reason of a refusal."""
    from switch.certs import CertsError

    try:
        return work()
    except CertsError as error:
        raise Failed(str(error)) from None


def _date(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d")
