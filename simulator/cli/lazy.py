"""A group of commands that are imported when they run: `--help` is quick."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple, cast

import click


class Entry(NamedTuple):
    """Where a command is found, and its line in the help."""

    module: str
    name: str
    help: str


class LazyGroup(click.Group):
    """Commands by name, none of them imported before it is asked for."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry] | None = None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self._entries = dict(entries or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self._entries.get(cmd_name)
        if entry is None:
            return None
        return cast(click.Command, getattr(import_module(entry.module), entry.name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self._entries:
            near = difflib.get_close_matches(args[0], self._entries, n=1)
            meant = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self._entries.items()])
