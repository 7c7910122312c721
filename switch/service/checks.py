"""What must hold between the parts of the `switch` section, each complaint with its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from switch.service.http_access import access_found, access_problems, token_found
from switch.service.key_checks import key_problems
from switch.service.link_checks import link_problems, tls_found, tls_problems
from switch.service.route_checks import CORE, route_problems
from switch.service.stand_in_checks import stand_in_found, stand_in_problems
from switch.settings import Located, Problem, SettingsError, Where, find_config, load_located
from switch.settings.keys import KeysSettings
from switch.settings.network import LinkSettings, ListenerSettings, SwitchFile
from switch.settings.network import SwitchSettings as Section
from switch.store import database_at
from switch.wire import FRAMING_NAMES, dialect_names, load_dialect, make_framing
from switch.wire.tolerance import TOLERANCES


def load_switch_file(name_or_path: str) -> SwitchFile:
    """The switch's part of a network file, or of a shipped network of that name.

    Raises SettingsError with everything wrong in it.
    """
    path = find_config(name_or_path, "")
    located = load_located(path, SwitchFile)
    found = list(switch_problems(located, located.value.switch))
    if found:
        raise SettingsError(in_order(found))
    section = with_dialects_found(located.value.switch, path.parent)
    keys = with_keys_found(located.value.keys, path.parent)
    return located.value.model_copy(update={"switch": section, "keys": keys})


def switch_problems(located: Located[Any], section: Section) -> Iterator[Problem]:
    """Everything that does not fit together in the `switch` section of a file."""
    for name, wire in section.listeners.items():
        yield from wire_problems(located, wire, ("switch", "listeners", name))
    for name, link in section.links.items():
        place = ("switch", "links", name)
        yield from wire_problems(located, link, place)
        if name == CORE:
            message = "routes would mistake this link for the payment core: name it otherwise"
            yield located.problem(place, message, on_key=True)
    yield from link_problems(located, section)
    yield from key_problems(located, section, located.value.keys)
    yield from database_problems(located, section.database, ("switch", "database"))
    yield from access_problems(
        located,
        section.metrics_access,
        ("switch", "metrics_access"),
        section.metrics_interface,
        ("switch", "metrics_interface"),
    )
    if section.core is not None:
        core, where = section.core, ("switch", "core", "tls")
        yield from tls_problems(located, core.tls, where, located.path.parent, core.host)
    yield from _terminals(located, section)
    yield from route_problems(located, section, located.value.currency)
    yield from stand_in_problems(located, section)


def wire_problems(
    located: Located[Any], wire: ListenerSettings | LinkSettings | Any, place: Where
) -> Iterator[Problem]:
    """A dialect that does not exist or does not hold together, a framing that does not exist."""
    if wire.framing.name not in FRAMING_NAMES:
        yield located.problem(
            (*place, "framing", "name"),
            f"unknown framing (known: {', '.join(FRAMING_NAMES)})",
            near=wire.framing.name,
            candidates=FRAMING_NAMES,
        )
    else:
        try:
            make_framing(wire.framing, limit_bytes=wire.frame_limit_bytes)
        except ValueError as error:
            yield located.problem((*place, "framing"), str(error))
    for at, name in enumerate(wire.tolerate):
        if name not in TOLERANCES:
            yield located.problem(
                (*place, "tolerate", at),
                f"unknown tolerance (known: {', '.join(TOLERANCES)})",
                near=name,
                candidates=TOLERANCES,
            )
    given = dialect_path(wire.dialect, located.path.parent)
    try:
        load_dialect(given)
    except SettingsError as error:
        names = dialect_names()
        if all(problem.line == 0 for problem in error.problems):
            yield located.problem(
                (*place, "dialect"),
                f"unknown dialect (known: {', '.join(names)})",
                near=wire.dialect,
                candidates=names,
            )
        else:
            yield from error.problems


def database_problems(located: Located[Any], url: str | None, place: Where) -> Iterator[Problem]:
    """A database of no kind that is known. The URL is not shown: it may hold a password."""
    if url is not None:
        try:
            database_at(url)
        except ValueError as error:
            yield located.problem(place, str(error))


def dialect_path(dialect: str, folder: Path) -> str:
    """A dialect given as a file is looked for beside the network file first."""
    beside = folder / dialect
    return str(beside) if beside.suffix == ".yaml" and beside.is_file() else dialect


def with_dialects_found(section: Section, folder: Path) -> Section:
    """The section with its files named from anywhere: dialects, TLS, tokens, refused cards."""

    def found(wires: dict[str, Any]) -> dict[str, Any]:
        return {
            name: wire.model_copy(
                update={
                    "dialect": dialect_path(wire.dialect, folder),
                    "tls": tls_found(wire.tls, folder),
                }
            )
            for name, wire in wires.items()
        }

    changed: dict[str, Any] = {
        "listeners": found(section.listeners),
        "links": found(section.links),
        "stand_in": {name: stand_in_found(rule, folder) for name, rule in section.stand_in.items()},
        "metrics_access": access_found(section.metrics_access, folder),
    }
    if (core := section.core) is not None:
        files = {"tls": tls_found(core.tls, folder), "token": token_found(core.token, folder)}
        changed["core"] = core.model_copy(update=files)
    return section.model_copy(update=changed)


def with_keys_found(keys: KeysSettings | None, folder: Path) -> KeysSettings | None:
    """Where the keys are, their file named from anywhere: it is given beside the network file."""
    if keys is None or keys.file is None:
        return keys
    return keys.model_copy(update={"file": str(folder / keys.file)})


def in_order(problems: list[Problem]) -> list[Problem]:
    """Each once, file by file as they came, in the order of the lines."""
    files = {problem.file: None for problem in problems}
    rank = {file: place for place, file in enumerate(files)}
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda each: (rank[each.file], each.line, each.column))


def shift_ports(section: Section, offset: int) -> Section:
    """The section with every port of this machine moved by `offset`.

    Links and the core move too where they are dialled on the loopback address. Port 0 stays.
    Raises ValueError when a port would not be one.
    """

    def moved(part: BaseModel, name: str = "port") -> dict[str, int]:
        return {name: moved_port(getattr(part, name), offset)}

    listeners = {
        name: each.model_copy(update=moved(each)) for name, each in section.listeners.items()
    }
    links = {
        name: link.model_copy(update=moved(link)) if is_loopback(link.host) else link
        for name, link in section.links.items()
    }
    changed: dict[str, Any] = {"listeners": listeners, "links": links}
    if section.core is not None and is_loopback(section.core.host):
        changed["core"] = section.core.model_copy(update=moved(section.core))
    if section.metrics_port is not None:
        changed |= moved(section, "metrics_port")
    return section.model_copy(update=changed)


def moved_port(port: int, offset: int) -> int:
    """A port moved by `offset`; 0, which lets the system choose, stays. Raises ValueError."""
    if port == 0:
        return 0
    if not 1 <= port + offset <= 65535:
        raise ValueError(f"port {port} would become {port + offset}")
    return port + offset


def base_port(section: Section) -> int:
    """The port that `--port-base` replaces: the lowest one on which the switch listens."""
    ports = [each.port for each in section.listeners.values()]
    ports += [link.port for link in section.links.values() if link.role == "listen"]
    return min((port for port in ports if port), default=0)


def is_loopback(host: str) -> bool:
    """Whether a host of a network file is this machine."""
    return host in ("localhost", "::1") or host.startswith("127.")


def _terminals(located: Located[Any], section: Section) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, entry in enumerate(section.terminals):
        place = ("switch", "terminals", index)
        if entry.group not in section.groups:
            yield located.problem(
                (*place, "group"),
                "there is no group of this name",
                near=entry.group,
                candidates=section.groups,
            )
        twice = next((each for each in entry.ids() if each in seen), None)
        if twice is not None:
            yield located.problem((*place, "id"), f"terminal {twice} is there already")
        seen |= dict.fromkeys(entry.ids(), index)
    kinds = {listener.kind for listener in section.listeners.values()}
    if section.terminals and "terminals" not in kinds:
        message = "no listener is of kind `terminals`, so none of these can connect"
        yield located.problem(("switch", "terminals"), message, on_key=True)
