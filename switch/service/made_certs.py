"""Certificates that a network makes for its lines at its first start, put in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from switch.certs import CertsError, CertsFolder, made_client, made_server
from switch.runtime import WallClock
from switch.service.folder import FolderError
from switch.settings.links import Tls
from switch.settings.network import SwitchSettings

CERTS = "certs"
"""The folder of the test authority, in the data folder."""

EVERYWHERE = ("", "0.0.0.0", "::")


def with_made_certificates(
    section: SwitchSettings, data: Path, wall_clock: WallClock
) -> SwitchSettings:
    """The section with files where it asks for certificates to be made.

    Makes what is not there, renews what is soon over. Raises FolderError.
    """

    def listening(part: Any) -> dict[str, Any]:
        at = part.interface or "127.0.0.1"
        hosts = () if at in EVERYWHERE else (at,)
        return {"tls": in_files(part.tls, made_server(certs, wall_clock, part.tls.made, hosts))}

    def dialling(part: Any) -> dict[str, Any]:
        return {"tls": in_files(part.tls, made_client(certs, wall_clock, part.tls.made))}

    certs = data / CERTS
    changed: dict[str, Any] = {"listeners": {}, "links": {}}
    try:
        for name, listener in section.listeners.items():
            if listener.tls is not None and listener.tls.made is not None:
                listener = listener.model_copy(update=listening(listener))
            changed["listeners"][name] = listener
        for name, link in section.links.items():
            if link.tls is not None and link.tls.made is not None:
                as_said = dialling if link.role == "dial" else listening
                link = link.model_copy(update=as_said(link))
            changed["links"][name] = link
    except CertsError as error:
        raise FolderError(f"certificates cannot be made: {error}") from None
    return section.model_copy(update=changed)


def made_for_terminal(terminal: str, data: Path, wall_clock: WallClock) -> Tls:
    """TLS of a terminal's line to a listener whose certificates are made. Raises FolderError."""
    try:
        made = made_client(data / CERTS, wall_clock, terminal)
    except CertsError as error:
        raise FolderError(f"certificates cannot be made: {error}") from None
    return in_files(Tls(made=terminal), made)


def made_for_server(tls: Tls, data: Path, wall_clock: WallClock) -> Tls:
    """TLS of a service of ours whose certificate is made. Raises FolderError."""
    assert tls.made is not None
    try:
        return in_files(tls, made_server(data / CERTS, wall_clock, tls.made, ()))
    except CertsError as error:
        raise FolderError(f"certificates cannot be made: {error}") from None


def made_for_client(tls: Tls, data: Path, wall_clock: WallClock) -> Tls:
    """TLS of our connections to a service, with a certificate that is made. Raises FolderError."""
    assert tls.made is not None
    try:
        return in_files(tls, made_client(data / CERTS, wall_clock, tls.made))
    except CertsError as error:
        raise FolderError(f"certificates cannot be made: {error}") from None


def in_files(tls: Tls, made: CertsFolder) -> Tls:
    """The same TLS, read from the files of an authority's folder."""
    assert tls.made is not None, "only then is anything made"
    certificate, key = made.files(tls.made)
    return tls.model_copy(
        update={
            "made": None,
            "certificate": str(certificate),
            "key": str(key),
            "ca": str(made.authority),
            "crl": str(made.revocations),
        }
    )
