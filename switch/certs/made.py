"""Certificates that a network makes for itself at its first start, so that it needs no setting up.

They lie in the folder `certs` of its data folder, under a test authority of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from switch.certs.files import locked
from switch.certs.folder import CertsFolder
from switch.certs.making import Usage
from switch.runtime import WallClock

RENEWED_BEFORE = timedelta(days=30)
"""What is over sooner is renewed at a start."""


def made_server(
    folder: Path, wall_clock: WallClock, name: str, hosts: Sequence[str]
) -> CertsFolder:
    """The folder, holding a certificate with which `name` listens on `hosts`; raises CertsError."""
    unique = dict.fromkeys(["localhost", "127.0.0.1", *hosts])
    return _made(folder, wall_clock, name, "server", list(unique))


def made_client(folder: Path, wall_clock: WallClock, name: str) -> CertsFolder:
    """The folder, holding a certificate with which `name` dials; raises CertsError."""
    return _made(folder, wall_clock, name, "client", [name])


def _made(
    folder: Path, wall_clock: WallClock, name: str, usage: Usage, names: list[str]
) -> CertsFolder:
    certs = CertsFolder(folder, wall_clock)
    with locked(folder, ".made.lock"):  # another part of the network may be starting beside us
        if not certs.exists():
            certs.create(f"Guichet test authority of {folder.parent.name}"[:64])
        now = wall_clock.now()
        if certs.list_until() - now < RENEWED_BEFORE:
            certs.rewrite_list()
        held = next((one for one in certs.listed() if one.name == name and one.current), None)
        if held is None or not set(names) <= set(held.names):
            certs.issue(name, usage, names, replace=True)
        elif held.state != "revoked" and held.valid_until - now < RENEWED_BEFORE:
            certs.renew(name)
    return certs
