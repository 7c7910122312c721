"""Who may use an HTTP service, and how often: looked at before anything of a request is done."""

from __future__ import annotations

import hmac
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from switch.runtime import Log

CLIENTS_MAX = 1024
"""Clients whose requests are counted; the one that was silent longest is forgotten first."""

TOLD_EVERY_S = 60.0
"""One line of the log in this time about each client that is refused; the others are counted."""

SCHEME = "bearer "


@dataclass(frozen=True)
class Refusal:
    """Why a request is not looked at: status, a word for the caller, and headers."""

    status: int
    word: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass
class _Client:
    ready_s: float
    """When all that it has used up is there again."""
    told_s: float = -math.inf
    untold: int = 0


@dataclass
class HttpGate:
    """The door of one service: a token that callers must show, and how many requests each may make.

    `rate_max` is in requests a second of one address; as many may come at once. A request refused
    here has changed nothing: it can be sent again.
    """

    reactor: Any
    log: Log
    service: str
    token: str | None = field(default=None, repr=False)
    rate_max: int = 1_000
    _clients: OrderedDict[str, _Client] = field(default_factory=OrderedDict, repr=False)

    def refusal(self, client: str, authorization: bytes | None) -> Refusal | None:
        """Why this request of `client` (an address) is refused, by its `Authorization` header."""
        counted = self._client(client)
        now_s = self.reactor.seconds()
        wait_s = max(counted.ready_s, now_s) + 1 / self.rate_max - now_s - 1
        # A float's last digits are no reason to refuse.
        if wait_s > 1e-9:
            self._tell(client, counted, "more requests than one client may make")
            after = (b"retry-after", b"%d" % math.ceil(wait_s))
            return Refusal(429, "too_many_requests", (after,))
        counted.ready_s = max(counted.ready_s, now_s) + 1 / self.rate_max
        if self.token is None or _same(self.token, authorization):
            return None
        told = "no token came" if authorization is None else "a wrong token came"
        self._tell(client, counted, told)
        return Refusal(401, "unauthorized", ((b"www-authenticate", b"Bearer"),))

    def _client(self, address: str) -> _Client:
        client = self._clients.pop(address, None) or _Client(self.reactor.seconds())
        self._clients[address] = client
        if len(self._clients) > CLIENTS_MAX:
            self._clients.popitem(last=False)
        return client

    def _tell(self, address: str, client: _Client, reason: str) -> None:
        now_s = self.reactor.seconds()
        if now_s - client.told_s < TOLD_EVERY_S:
            client.untold += 1
            return
        more = {"not_told": client.untold} if client.untold else {}
        self.log.warning(
            "HTTP request refused", service=self.service, client=address, reason=reason, **more
        )
        client.told_s, client.untold = now_s, 0


def bearer(token: str) -> str:
    """The `Authorization` header that shows a token (RFC 6750)."""
    return f"Bearer {token}"


def _same(token: str, authorization: bytes | None) -> bool:
    """Whether the header shows the token; how long it takes tells nothing about the token."""
    given = (authorization or b"").decode("latin-1")
    if given[: len(SCHEME)].lower() != SCHEME:
        given = ""
    shown = given[len(SCHEME) :].strip().encode("latin-1")
    return hmac.compare_digest(shown, token.encode("ascii"))
