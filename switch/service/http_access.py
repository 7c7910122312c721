"""Tokens and TLS of HTTP services, from where a network file says they are."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from switch.link.http_gate import HttpGate
from switch.runtime import Runtime
from switch.runtime.files import locked, replace_file
from switch.service.link_checks import tls_found, tls_problems
from switch.service.opening import KeysError
from switch.settings import Located, Problem, Where
from switch.settings.access import AccessSettings, TokenSettings
from switch.settings.links import Tls

if TYPE_CHECKING:
    from switch.link.security import Security

TOKENS = "tokens"
"""The folder of tokens that were made, in the data folder."""

TOKEN_BYTES = 32
_TOKEN = re.compile("[A-Za-z0-9._~+/=-]{20,512}")
"""What RFC 6750 allows in a token, and long enough not to be guessed."""


def gate_of(
    runtime: Runtime, service: str, access: AccessSettings, folder: Path, rate_max: int
) -> HttpGate:
    """The door of an HTTP service. Raises KeysError for a token that cannot be had."""
    token = open_token(runtime, access.token, folder)
    return HttpGate(runtime.reactor, runtime.log, service, token, access.rate_max or rate_max)


def open_token(
    runtime: Runtime,
    settings: TokenSettings | None,
    folder: Path,
    environ: Mapping[str, str] = os.environ,
) -> str | None:
    """The token that settings name; None when they name none. `folder` is the data folder.

    Raises KeysError, which never quotes it.
    """
    if settings is None:
        return None
    if settings.env is not None:
        if settings.env not in environ:
            raise KeysError(f"{settings.env} is not set: it is to hold a token")
        return _checked(environ[settings.env], settings.env)
    path = Path(settings.file) if settings.file is not None else _made(runtime, settings, folder)
    try:
        return _checked(path.read_text(encoding="utf-8").partition("\n")[0], str(path))
    except OSError as error:
        raise KeysError(f"the token in {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeysError(f"{path} holds no token") from None


def open_tls(runtime: Runtime, tls: Tls | None, folder: Path, host: str | None) -> Security | None:
    """TLS of an HTTP service, or of our connections to one at `host`; raises FolderError."""
    if tls is None:
        return None
    # Here, so that services without TLS do not load OpenSSL.
    from switch.service.links import security_of
    from switch.service.made_certs import made_for_client, made_for_server

    if tls.made is not None:
        made = made_for_server if host is None else made_for_client
        tls = made(tls, folder, runtime.wall_clock)
    return security_of(tls, host)


def access_problems(
    located: Located[Any], access: AccessSettings, place: Where, interface: str, at: Where
) -> Iterator[Problem]:
    """An HTTP service that others can reach and anyone may use; TLS files of no use."""
    yield from tls_problems(located, access.tls, (*place, "tls"), located.path.parent, None)
    if not stays_here(interface) and not access.known_callers:
        yield located.problem(
            at,
            f"{interface or 'every address'} is beyond this machine: give `{place[-1]}` a `token`, "
            "or `tls` with the `ca` of callers' certificates",
        )


def access_found(access: AccessSettings, folder: Path) -> AccessSettings:
    """With its files named from anywhere: they are given beside the network file."""
    return access.model_copy(
        update={"tls": tls_found(access.tls, folder), "token": token_found(access.token, folder)}
    )


def token_found(token: TokenSettings | None, folder: Path) -> TokenSettings | None:
    """A token whose file is named from anywhere."""
    if token is None or token.file is None:
        return token
    return token.model_copy(update={"file": str(folder / token.file)})


def stays_here(interface: str) -> bool:
    """Whether what listens on this address can be reached from this machine alone.

    >>> stays_here("127.0.0.1"), stays_here("0.0.0.0"), stays_here("::1"), stays_here("")
    (True, False, True, False)
    """
    try:
        return ipaddress.ip_address(interface).is_loopback
    except ValueError:
        return interface == "localhost"


def _made(runtime: Runtime, settings: TokenSettings, folder: Path) -> Path:
    assert settings.made is not None, "one of the three is given"
    path = folder / TOKENS / settings.made
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(path.with_name(f"{path.name}.lock")):
            if not path.exists():
                replace_file(path, runtime.entropy.token_bytes(TOKEN_BYTES).hex().encode() + b"\n")
    except OSError as error:
        raise KeysError(f"the token in {path} cannot be made: {error.strerror}") from None
    return path


def _checked(token: str, where: str) -> str:
    if not _TOKEN.fullmatch(token.strip()):
        raise KeysError(
            f"{where} holds no token: 20 characters or more, of letters, digits and . _ ~ + / = -"
        )
    return token.strip()
