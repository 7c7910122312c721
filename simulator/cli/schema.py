"""`guichet schema`: what our YAML files may hold, and our results, as JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path

import click

from simulator.cli.kinds import SCHEMAS
from switch.cli.console import PASSED, Failed
from switch.settings import config_folder


@click.command()
@click.argument("kind", type=click.Choice(list(SCHEMAS)), required=False)
@click.option(
    "--write", is_flag=True, help="Into config/schema of this checkout; without a kind, all."
)
def schema(kind: str | None, write: bool) -> int:
    """Print the JSON Schema of a kind of file; `results` are those of `guichet run --json`.

    An editor finds it by the first line of a file, such as
    `# yaml-language-server: $schema=../config/schema/scenario.json`.
    """
    if kind is None and not write:
        raise click.UsageError(f"Which? One of {', '.join(SCHEMAS)} (all of them with --write).")
    if not write:
        click.echo(document(str(kind)), nl=False)
        return PASSED
    folder = config_folder() / "schema"
    try:
        for name in SCHEMAS if kind is None else [kind]:
            written = path_of(name, folder)
            written.write_text(document(name), encoding="utf-8")
            click.echo(f"wrote {written}")
    except OSError as error:
        raise Failed(f"{folder} cannot be written: {error.strerror}") from None
    return PASSED


def document(kind: str) -> str:
    """The text of a schema file."""
    return json.dumps(SCHEMAS[kind](), indent=2, ensure_ascii=False) + "\n"


def path_of(kind: str, folder: Path) -> Path:
    """Where a schema is kept."""
    return folder / f"{kind}.json"
