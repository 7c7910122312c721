"""`guichet dialect`: what dialects there are, what one says, whether a file is one."""

from __future__ import annotations

import json
from typing import Any

import click

from switch.settings import SettingsError
from switch.wire import Dialect, Field, dialect_names, load_dialect
from switch.wire.dialect import Positional, Tlv

USAGE = 2


@click.group()
def dialect() -> None:
    """Dialects: how messages are laid out, as data."""


@dialect.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_dialects(as_json: bool) -> None:
    """The shipped dialects."""
    known = [_load(name) for name in dialect_names()]
    if as_json:
        click.echo(json.dumps([{"name": one.name, "title": one.title} for one in known]))
        return
    for one in known:
        click.echo(f"{one.name:<16} {one.title}")


@dialect.command()
@click.argument("name", metavar="NAME|FILE")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def show(name: str, as_json: bool) -> None:
    """One dialect as a table: element, kind, length, encoding, checks, sub-fields."""
    shown = _load(name)
    if as_json:
        elements = [_element_json(one) for one in shown.fields.values()]
        click.echo(json.dumps({"name": shown.name, "title": shown.title, "fields": elements}))
        return
    click.echo(f"{shown.name}: {shown.title}")
    if shown.ancestry:
        click.echo(f"extends {', which extends '.join(shown.ancestry)}")
    click.echo(f"MTI {shown.numeric}, bitmaps {shown.bitmap}, lengths {shown.length}")
    click.echo()
    click.echo(f"{'DE':>3}  {'name':<46} {'kind':<4} {'length':<11} {'bytes':<5} notes")
    for one in shown.fields.values():
        row = f"{one.key:>3}  {one.name:<46} {one.kind:<4} {one.length_words:<11} {one.encoding:<5}"
        click.echo(f"{row} {_notes(one)}".rstrip())
        for line in _sub_fields(one):
            click.echo(f"       {line}")


@dialect.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
def lint(paths: tuple[str, ...]) -> None:
    """Check dialect files; every problem of every file is said."""
    failed = False
    for path in paths:
        try:
            checked = load_dialect(path)
        except SettingsError as error:
            click.echo(str(error), err=True)
            failed = True
        else:
            click.echo(f"{path}: {len(checked.fields)} elements, no problem")
    raise SystemExit(USAGE if failed else 0)


def _load(name: str) -> Dialect:
    try:
        return load_dialect(name)
    except SettingsError as error:
        click.echo(str(error), err=True)
        raise SystemExit(USAGE) from None


def _notes(one: Field) -> str:
    marks = [one.format or "", f"cardholder data ({one.sensitive})" if one.sensitive else ""]
    return ", ".join(mark for mark in marks if mark)


def _sub_fields(one: Field) -> list[str]:
    if isinstance(one.structure, Positional):
        times = f", up to {one.structure.entries} times" if one.structure.entries > 1 else ""
        parts = ", ".join(f"{part.name} {part.length}" for part in one.structure.parts)
        return [f"{parts}{times}"]
    if isinstance(one.structure, Tlv):
        shape = one.structure
        head = f"tag of {shape.tag_digits} digits, length of {shape.length_digits}, value"
        return [head, *(f"{tag}  {name}" for tag, name in shape.names.items())]
    return []


def _element_json(one: Field) -> dict[str, Any]:
    return {
        "number": one.number,
        "name": one.name,
        "kind": one.kind,
        "length": one.length_words,
        "encoding": one.encoding,
        "format": one.format,
        "sensitive": one.sensitive,
    }
