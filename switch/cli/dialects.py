"""`guichet dialect`: what there is, what one says, how two differ, what is wrong with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from switch.cli.dialect_pages import difference_lines
from switch.cli.dialect_pages import show as show_page
from switch.settings import SettingsError
from switch.wire import Dialect, dialect_names, load_dialect
from switch.wire.dialect_diff import differences
from switch.wire.dialect_lint import lint_dialect
from switch.wire.dialect_table import lines

PASSED, FOUND, USAGE = 0, 1, 2
PACKAGER_MAX_BYTES = 1 << 20


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
@click.option("--markdown", "as_markdown", is_flag=True, help="Tables in Markdown.")
def show(name: str, as_json: bool, as_markdown: bool) -> None:
    """One dialect as a table: element, kind, length, bytes, sub-fields, rules."""
    shown = _load(name)
    if as_json:
        click.echo(json.dumps(_document(shown)))
    else:
        show_page(shown, as_markdown=as_markdown)


@dialect.command()
@click.argument("paths", metavar="NAME|FILE...", nargs=-1, required=True)
def lint(paths: tuple[str, ...]) -> None:
    """Check dialects, and say what in them cannot be meant.

    A file that is not valid gives exit code 2; one that is, but says what contradicts something
    else, is never reached or leaves cardholder data in clear, gives 1.
    """
    code = PASSED
    for path in paths:
        try:
            checked = load_dialect(path)
            problems = lint_dialect(path)
        except SettingsError as error:
            click.echo(str(error), err=True)
            code = USAGE
            continue
        for problem in problems:
            click.echo(problem.render(), err=True)
        if problems:
            code = max(code, FOUND)
        else:
            click.echo(f"{path}: {len(checked.fields)} elements, no problem")
    raise SystemExit(code)


@dialect.command()
@click.argument("left", metavar="NAME|FILE")
@click.argument("right", metavar="NAME|FILE")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--names/--no-names", default=True, help="Whether other names are a difference.")
def diff(left: str, right: str, as_json: bool, names: bool) -> None:
    """How two dialects differ, element by element. The exit code is 1 when they do."""
    one, other = _load(left), _load(right)
    found = [each for each in differences(one, other) if names or each.what != "name"]
    if as_json:
        click.echo(json.dumps([each._asdict() for each in found]))
    elif found:
        click.echo("\n".join(difference_lines(found, one.name, other.name)))
    else:
        click.echo(f"{one.name} and {other.name} do not differ")
    raise SystemExit(FOUND if found else PASSED)


@dialect.command("import")
@click.argument("source", metavar="FILE.xml", type=click.File("rb"))
@click.option("--title", help="What the dialect is  [default: the file's name]")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where to write it; a file that exists is not touched  [default: standard output]",
)
def import_dialect(source: Any, title: str | None, output: Path | None) -> None:
    """Make a dialect of a jPOS packager file (GenericPackager, XML).

    The dialect is printed; what could not be carried over is said on standard error.
    """
    from switch.wire.jpos import XmlError, import_packager

    name = Path(source.name).name
    try:
        data = source.read(PACKAGER_MAX_BYTES + 1)
        made = import_packager(data, title or f"Imported from {name}")
    except XmlError as error:
        click.echo(f"{name}: {error}", err=True)
        raise SystemExit(USAGE) from None
    text = f"# Imported from {name}: check it against the bank's own specification.\n{made.yaml}"
    if output is None:
        click.echo(text, nl=False)
    else:
        _write_new(output, text)
        load = _load(str(output))
        click.echo(f"{output}: {len(load.fields)} elements", err=True)
    if made.left:
        click.echo("not carried over:", err=True)
        for line in made.left:
            click.echo(f"  {line}", err=True)


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        click.echo(f"{path}: {error.strerror}", err=True)
        raise SystemExit(USAGE) from None


def _load(name: str) -> Dialect:
    try:
        return load_dialect(name)
    except SettingsError as error:
        click.echo(str(error), err=True)
        raise SystemExit(USAGE) from None


def _document(shown: Dialect) -> dict[str, Any]:
    inside: dict[str, list[dict[str, Any]]] = {}
    for line in lines(shown):
        if line.depth:
            row = {"path": line.path, "name": line.name, "kind": line.kind, "length": line.length}
            inside.setdefault(line.path.partition(".")[0], []).append(row)
    return {
        "name": shown.name,
        "title": shown.title,
        "fields": [
            {
                "number": one.number,
                "name": one.name,
                "kind": one.kind,
                "length": one.length_words,
                "encoding": one.encoding,
                "format": one.format,
                "sensitive": one.sensitive,
                "inside": inside.get(one.key, []),
            }
            for one in shown.fields.values()
        ],
    }
