"""`guichet example`: networks that show how a bank connects, to read and to begin from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click

from switch.cli.console import PASSED, USAGE, Failed

_NAMED = re.compile(r"^[^#\n]*\b(?:dialect|seed): ([\w./-]+\.yaml)", re.MULTILINE)
"""Another file that one names: its dialects, what its books begin with."""

_SCHEMA = re.compile(r"(?<=\$schema=)[./]+/schema/")


@click.group("example")
def example() -> None:
    """Networks that show how a bank connects.

    Each runs as it is: `--config examples/NAME`.
    """


@example.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_examples(as_json: bool) -> int:
    """What there is."""
    from switch.service.checks import load_switch_file
    from switch.settings.places import EXAMPLES, config_names

    found = {name: load_switch_file(f"{EXAMPLES}/{name}") for name in config_names(EXAMPLES)}
    told = [{"name": name, "description": file.description} for name, file in found.items()]
    if as_json:
        click.echo(json.dumps(told))
        return PASSED
    for each in told:
        click.echo(f"{each['name']:<12} {each['description']}")
    return PASSED


@example.command()
@click.argument("name")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def copy(name: str, folder: Path) -> int:
    """Copy NAME, and the files that it names, into FOLDER, to make them yours.

    A file that is there already is never replaced.
    """
    from switch.settings import config_folder, find_config
    from switch.settings.places import EXAMPLES

    source = find_config(name if name.startswith(EXAMPLES) else f"{EXAMPLES}/{name}", "")
    schemas = f"{config_folder().resolve()}/schema/"
    texts = {
        folder / path.relative_to(source.parent): _SCHEMA.sub(
            lambda _: schemas, path.read_text(encoding="utf-8")
        )
        for path in (source, *_named_by(source))
    }
    try:
        for target, text in texts.items():
            if target.exists() and target.read_text(encoding="utf-8") != text:
                raise Failed(f"{target} is there already: choose another folder", USAGE)
        for target, text in texts.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            click.echo(target)
    except OSError as error:
        raise Failed(f"{folder} cannot be written to: {error.strerror}", USAGE) from None
    return PASSED


def _named_by(source: Path) -> Iterator[Path]:
    named = _NAMED.findall(source.read_text(encoding="utf-8"))
    for name in dict.fromkeys(named):
        path = source.parent / name
        if path.is_file():
            yield path
