"""What must hold between keys and the rest of a `switch` section, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from switch.settings import Located, Problem, SettingsError, Where
from switch.settings.keys import TERMINAL, KeysSettings, PinSettings
from switch.settings.network import SwitchSettings as Section
from switch.wire import load_dialect

TERMINALS = "terminals"


def key_problems(
    located: Located[Any], section: Section, keys: KeysSettings | None
) -> Iterator[Problem]:
    """Keys that are named and held nowhere, names of a terminal where there is none, groups."""
    for place, settings in key_users(section):
        if keys is None:
            yield located.problem(place, "the file has no `keys`, where this one would be held")
        if isinstance(settings, PinSettings) and settings.dukpt and place[1] != "groups":
            told = "only PIN pads use DUKPT: PINs go to hosts under a zone key"
            yield located.problem((*place, "dukpt"), told)
        if place[1] not in ("groups", "listeners") and TERMINAL in str(settings):
            yield located.problem(place, f"{TERMINAL} stands for a terminal, and none is here")
    yield from _groups(located, section)
    yield from _together(located, section)
    yield from _elements(located, section)


def key_users(section: Section) -> Iterator[tuple[Where, Any]]:
    """Each part of a section that names keys, and where it stands."""
    for kind, wires in (("listeners", section.listeners), ("links", section.links)):
        for name, wire in wires.items():
            for part in ("mac", "pin", "exchange"):
                settings = getattr(wire, part)
                if settings is not None:
                    yield ("switch", kind, name, part), settings
    for name, group in section.groups.items():
        if group.pin is not None:
            yield ("switch", "groups", name, "pin"), group.pin
    if section.core is not None and section.core.pin is not None:
        yield ("switch", "core", "pin"), section.core.pin


def _groups(located: Located[Any], section: Section) -> Iterator[Problem]:
    for name, listener in section.listeners.items():
        place = ("switch", "listeners", name)
        if listener.groups and listener.kind != TERMINALS:
            told = "only a listener of kind `terminals` knows groups"
            yield located.problem((*place, "groups"), told, on_key=True)
        for position, group in enumerate(listener.groups):
            if group not in section.groups:
                yield located.problem(
                    (*place, "groups", position),
                    "there is no group of this name",
                    near=group,
                    candidates=section.groups,
                )
        if listener.pin is not None and listener.kind == TERMINALS:
            told = "the PINs of terminals come as their groups say"
            yield located.problem((*place, "pin"), told, on_key=True)


def _together(located: Located[Any], section: Section) -> Iterator[Problem]:
    """A PIN is translated before it is known which of several links takes the request."""
    for name, place in section.destinations.items():
        links = [each for each in place.links if each in section.links]
        for position, link in enumerate(links):
            if section.links[link].pin != section.links[links[0]].pin:
                told = f"its `pin` is not that of {links[0]}: PINs go to one host under one key"
                yield located.problem(("switch", "destinations", name, "links", position), told)


def _elements(located: Located[Any], section: Section) -> Iterator[Problem]:
    """A MAC needs its element in the dialect."""
    for kind, wires in (("listeners", section.listeners), ("links", section.links)):
        for name, wire in wires.items():
            if wire.mac is None:
                continue
            beside = located.path.parent / wire.dialect
            try:
                fields = load_dialect(str(beside) if beside.is_file() else wire.dialect).fields
            except SettingsError:
                continue  # that the dialect cannot be read is told already
            for element in ("64", "128"):
                known = fields.get(element)
                if known is None or known.kind != "b" or known.longest != 8 or known.prefix:
                    told = f"the dialect has no element {element} of 8 bytes for a MAC"
                    yield located.problem(("switch", kind, name, "mac"), told, on_key=True)
