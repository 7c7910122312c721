"""What must hold between links and the rest of a `switch` section, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from switch.settings import Located, Problem, Where
from switch.settings.links import FILES, Tls
from switch.settings.network import SwitchSettings as Section


def link_problems(located: Located[Any], section: Section) -> Iterator[Problem]:
    """Destinations of links that are not there, names given twice, ports taken twice, TLS files."""
    yield from _names(located, section)
    yield from _destinations(located, section)
    yield from _ports(located, section)
    yield from _acquirers(located, section)
    folder = located.path.parent
    for name, listener in section.listeners.items():
        place: Where = ("switch", "listeners", name, "tls")
        yield from tls_problems(located, listener.tls, place, folder, None)
    for name, link in section.links.items():
        host = link.host if link.role == "dial" else None
        yield from tls_problems(located, link.tls, ("switch", "links", name, "tls"), folder, host)


def tls_found(tls: Tls | None, folder: Path) -> Tls | None:
    """TLS with its files named from anywhere: they are given beside the network file."""
    if tls is None:
        return None
    given = {part: getattr(tls, part) for part in FILES}
    found = {part: str(folder / name) for part, name in given.items() if name is not None}
    return tls.model_copy(update=found)


def _names(located: Located[Any], section: Section) -> Iterator[Problem]:
    for name in section.listeners:
        if name in section.links:
            told = "a listener has this name: logs and metrics could not tell them apart"
            yield located.problem(("switch", "links", name), told, on_key=True)


def _destinations(located: Located[Any], section: Section) -> Iterator[Problem]:
    for name, destination in section.destinations.items():
        place = ("switch", "destinations", name)
        if name in section.links or name == "core":
            told = "`core` is the payment core" if name == "core" else "a link has this name"
            yield located.problem(place, f"{told}: routes could not tell them apart", on_key=True)
        for position, link in enumerate(destination.links):
            if link not in section.links:
                yield located.problem(
                    (*place, "links", position),
                    "no link has this name",
                    near=link,
                    candidates=section.links,
                )


def _acquirers(located: Located[Any], section: Section) -> Iterator[Problem]:
    """Nobody else vouches for us."""
    ours = located.value.institution.lstrip("0")
    for kind, ways in (("listeners", section.listeners), ("links", section.links)):
        for name, way in ways.items():
            for position, acquirer in enumerate(way.acquirers):
                if acquirer.lstrip("0") == ours:
                    place = ("switch", kind, name, "acquirers", position)
                    yield located.problem(
                        place, "this is our own institution: nobody vouches for it"
                    )


def _ports(located: Located[Any], section: Section) -> Iterator[Problem]:
    taken = {each.port: f"the listener '{name}'" for name, each in section.listeners.items()}
    if section.metrics_port is not None:
        taken.setdefault(section.metrics_port, "the metrics")
    for name, link in section.links.items():
        if link.role != "listen" or not link.port:
            continue
        if link.port in taken:
            told = f"port {link.port} is that of {taken[link.port]} already"
            yield located.problem(("switch", "links", name, "port"), told)
        taken.setdefault(link.port, f"the link '{name}'")


def tls_problems(
    located: Located[Any], tls: Tls | None, place: Where, folder: Path, host: str | None
) -> Iterator[Problem]:
    """Files of TLS, given at `place`, that cannot be used."""
    found = tls_found(tls, folder)
    if found is None or found.made is not None:
        return
    # Here, so that a file without TLS is checked without loading OpenSSL.
    from switch.link.security import SecurityError
    from switch.service.links import security_of

    try:
        security_of(found, host)
    except SecurityError as error:
        yield located.problem((*place, error.part), str(error))
