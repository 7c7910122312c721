"""`guichet keys`: a file of keys, and ceremonies in which several people form one.

The file's master key comes from GUICHET_MASTER_KEY or GUICHET_MASTER_PASSPHRASE; on a terminal a
passphrase is asked for. No clear key is ever printed, but for a fresh component, which by itself
is no key.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import click
from twisted.internet.defer import Deferred, execute

from switch.cli.audit import NAME, audited, audited_network
from switch.cli.console import Failed
from switch.cli.journal import place_options
from switch.keys import (
    Algorithm,
    KeyFile,
    KeyInfo,
    MasterKey,
    Purpose,
    SecurityModuleError,
    SoftwareModule,
    master_of,
)
from switch.keys.environment import MASTER, NEW_MASTER
from switch.keys.primitives.check_value import aes_check_value, tdes_check_value
from switch.keys.primitives.ciphers import has_odd_parity, odd_parity
from switch.keys.primitives.components import COMPONENTS_MAX, COMPONENTS_MIN
from switch.keys.rotation import rotate_master
from switch.runtime import SystemEntropy

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

PURPOSES = click.Choice([one.value for one in Purpose])
ALGORITHMS = click.Choice([one.value for one in Algorithm])
BLOCK_MAX = 10_000
"""Characters read of a key block; its own length field ends at 9,999."""


class InlineExecutor:
    """Runs work where it stands: a command has no reactor to keep free."""

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        return execute(work)

    def stop(self) -> Deferred[None]:
        return execute(lambda: None)


def file_option(command: F) -> F:
    """`--file`, also GUICHET_KEYS."""
    return click.option(
        "--file",
        "path",
        type=click.Path(dir_okay=False, path_type=Path),
        default=Path("keys.yaml"),
        envvar="GUICHET_KEYS",
        show_default=True,
        show_envvar=True,
        help="The file of keys.",
    )(command)


def new_key_options(command: F) -> F:
    """What a key that begins to exist here is told."""
    for option in (
        click.option("--replace", is_flag=True, help="In place of a key of the same name."),
        click.option("--exportable", is_flag=True, help="It may be given out under another key."),
        click.option(
            "--algorithm", type=ALGORITHMS, default="tdes-2", show_default=True, help="Its kind."
        ),
        click.option("--for", "purpose", type=PURPOSES, required=True, help="What it is for."),
    ):
        command = option(command)
    return command


@click.group()
def keys() -> None:
    """Keys of a software security module, in a file under a master key.

    The master key is GUICHET_MASTER_KEY (64 hexadecimal digits) or is made from
    GUICHET_MASTER_PASSPHRASE.
    """


@keys.command("list")
@file_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_keys(path: Path, as_json: bool) -> None:
    """Names, purposes and check values."""
    module = opened(path)
    found: list[KeyInfo] = []
    while page := done(module.list_keys(found[-1].name if found else "")):
        found += page
    if as_json:
        click.echo(json.dumps([described(info) for info in found]))
        return
    for info in found:
        click.echo(line_of(info))


@keys.command()
@click.argument("name")
@new_key_options
@file_option
def generate(
    name: str, purpose: str, algorithm: str, exportable: bool, replace: bool, path: Path
) -> None:
    """Make a key by chance. The file is made too when there is none."""
    with _audited(path, "keys generate", key=name, purpose=purpose, replace=replace):
        module = opened(path, create=True)
        info = module.generate_key(
            name, Purpose(purpose), Algorithm(algorithm), exportable=exportable, replace=replace
        )
        click.echo(line_of(done(info)))


@keys.command("import")
@click.argument("name")
@click.argument("block", metavar="BLOCK|-")
@click.option("--under", required=True, metavar="NAME", help="The zone master key of the block.")
@click.option("--check-value", metavar="HEX", help="What the key's check value must be.")
@click.option("--replace", is_flag=True, help="In place of a key of the same name.")
@file_option
def import_key(
    name: str, block: str, under: str, check_value: str | None, replace: bool, path: Path
) -> None:
    """Take a key from a key block (TR-31 version B or D), `-` from standard input."""
    text = sys.stdin.read(BLOCK_MAX).strip() if block == "-" else block
    with _audited(path, "keys import", key=name, under=under, replace=replace):
        module = opened(path)
        info = module.import_key(name, text, under, check_value=check_value, replace=replace)
        click.echo(line_of(done(info)))


@keys.command()
@click.argument("name")
@click.option("--under", required=True, metavar="NAME", help="The zone master key to wrap under.")
@click.option("--mode", metavar="LETTER", help="Fewer rights for the receiver: D, E, G or V.")
@file_option
def export(name: str, under: str, mode: str | None, path: Path) -> None:
    """Print the key block of a key under a zone master key."""
    with _audited(path, "keys export", key=name, under=under):
        click.echo(done(opened(path).export_key(name, under, mode)))


@keys.command()
@click.option("--algorithm", type=ALGORITHMS, default="tdes-2", show_default=True)
def component(algorithm: str) -> None:
    """Print a component by chance, for one person to keep and nobody else to see.

    Each custodian of a ceremony runs this alone; `form` then makes the key of their components.
    """
    kind = Algorithm(algorithm)
    value = SystemEntropy().token_bytes(kind.size)
    if kind.letter == "T":
        value = odd_parity(value)
    digits = value.hex().upper()
    click.echo("component    " + " ".join(digits[at : at + 4] for at in range(0, len(digits), 4)))
    click.echo(f"check value  {component_check(value, kind)}")


@keys.command()
@click.argument("name")
@click.option(
    "--components",
    "count",
    type=click.IntRange(COMPONENTS_MIN, COMPONENTS_MAX),
    default=3,
    show_default=True,
    help="How many people hold one.",
)
@new_key_options
@file_option
def form(
    name: str,
    count: int,
    purpose: str,
    algorithm: str,
    exportable: bool,
    replace: bool,
    path: Path,
) -> None:
    """Form a key of components, each typed in turn and not shown.

    After each one its check value is printed, for its custodian to compare.
    """
    kind = Algorithm(algorithm)
    with _audited(path, "keys form", key=name, purpose=purpose, components=count):
        module = opened(path, create=True)
        components = [typed_component(number, kind) for number in range(1, count + 1)]
        info = module.form_key(
            name, Purpose(purpose), kind, components, exportable=exportable, replace=replace
        )
        click.echo(line_of(done(info)))


@keys.command()
@file_option
def rotate(path: Path) -> None:
    """Put every key under another master key.

    It is GUICHET_NEW_MASTER_KEY or made from GUICHET_NEW_MASTER_PASSPHRASE. Modules that have the
    file open must be started again with it.
    """
    file = KeyFile(path)
    old, new = master(file, MASTER), master(file, NEW_MASTER)
    if old.check_value == new.check_value:
        raise Failed("the new master key is the old one")
    with _audited(path, "keys rotate", to=new.check_value):
        try:
            count = rotate_master(file, old, new, SystemEntropy())
        except SecurityModuleError as error:
            raise Failed(str(error)) from None
    click.echo(f"{count} keys are under the master key {new.check_value}")


@keys.command()
@place_options
@click.argument("link")
def exchange(config: str, data_dir: Path | None, source: str | None, link: str) -> int:
    """Have a running switch send new keys to who is signed on at LINK now.

    LINK is a link or a listener of the network file with `exchange: {role: ours}`.
    """
    from switch.cli.orders import give_order

    with audited_network(config, data_dir, "keys exchange", source, link=link):
        return give_order(config, data_dir, source, "exchange-keys", link)


def _audited(path: Path, what: str, **facts: Any) -> AbstractContextManager[None]:
    """Its trail lies beside the file of keys."""
    return audited(path.with_name(f"{path.name}.{NAME}"), path.name, what, **facts)


def opened(path: Path, *, create: bool = False) -> SoftwareModule:
    """The module of a file; raises Failed with the reason."""
    file = KeyFile(path)
    try:
        chosen = master(file, MASTER)
        if create and not file.exists():
            file.create(chosen)
            click.echo(f"{path} is new, under the master key {chosen.check_value}", err=True)
        return SoftwareModule.open(path, chosen, SystemEntropy(), InlineExecutor())
    except SecurityModuleError as error:
        raise Failed(str(error)) from None


def master(file: KeyFile, prefix: str) -> MasterKey:
    """The master key from the environment, or typed on a terminal; raises Failed."""
    given = dict(os.environ)
    variables = (f"{prefix}_KEY", f"{prefix}_PASSPHRASE")
    if not any(name in given for name in variables) and sys.stdin.isatty():
        fresh = prefix == NEW_MASTER or not file.exists()
        text = "New passphrase" if fresh else "Passphrase"
        given[variables[1]] = click.prompt(
            text, hide_input=True, confirmation_prompt=fresh, err=True
        )
    try:
        return master_of(given, file, SystemEntropy(), prefix)
    except SecurityModuleError as error:
        raise Failed(str(error)) from None


def done(deferred: Deferred[T]) -> T:
    """The result of work that is over; raises Failed with the reason of a refusal."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "an inline executor leaves nothing to wait for"
    refused = getattr(results[0], "value", None)
    if isinstance(refused, SecurityModuleError):
        raise Failed(str(refused))
    result: T = results[0]
    return result


def typed_component(number: int, kind: Algorithm) -> bytes:
    """One component from the keyboard, spaces allowed; raises Failed."""
    typed = click.prompt(f"Component {number}", hide_input=True, err=True, default="")
    try:
        value = bytes.fromhex(typed)
    except ValueError:
        raise Failed(f"component {number} is not hexadecimal") from None
    if len(value) != kind.size:
        raise Failed(f"component {number} has {2 * kind.size} hexadecimal digits")
    parity = ""
    if kind.letter == "T" and not has_odd_parity(value):
        parity = "  (its bytes are not of odd parity: as intended?)"
    click.echo(f"component {number}  check value {component_check(value, kind)}{parity}", err=True)
    return value


def component_check(value: bytes, kind: Algorithm) -> str:
    """The check value of a component, as if it were a key."""
    check = tdes_check_value if kind.letter == "T" else aes_check_value
    return check(value).hex().upper()


def described(info: KeyInfo) -> dict[str, Any]:
    """A key in JSON."""
    return {
        "name": info.name,
        "purpose": info.purpose.value,
        "algorithm": info.algorithm.value,
        "mode": info.mode,
        "exportable": info.exportable,
        "check_value": info.check_value,
    }


def line_of(info: KeyInfo) -> str:
    """A key in a line."""
    given_out = "exportable" if info.exportable else ""
    return (
        f"{info.name:<24} {info.purpose.value:<13} {info.algorithm.value:<8} {info.mode}  "
        f"{info.check_value:<11} {given_out}".rstrip()
    )
