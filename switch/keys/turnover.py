"""Keys in the course of being replaced: which ones a receiver accepts besides the current one.

A key `zpk.issuer` is replaced in three steps, all inside the security module: its successor comes
as `zpk.issuer.next`, takes the name, and what had the name is kept as `zpk.issuer.previous`. What
is made is always made under the current key; what comes may, for a while, be under the others.
"""

from __future__ import annotations

from typing import Any

NEXT = ".next"
PREVIOUS = ".previous"


class Turnover:
    """The keys of one party that are being replaced, by name. Times are the reactor's."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._coming: dict[str, None] = {}
        self._until_s: dict[str, float] = {}

    def accepted(self, name: str) -> tuple[str, ...]:
        """The names of the keys to try on what comes, the current one first."""
        if not self._coming and not self._until_s:
            return (name,)
        names = [name]
        if name in self._coming:
            names.append(name + NEXT)
        until_s = self._until_s.get(name)
        if until_s is not None:
            if self._reactor.seconds() < until_s:
                names.append(name + PREVIOUS)
            else:
                del self._until_s[name]
        return tuple(names)

    def offered(self, name: str) -> None:
        """Its successor was sent to the other side, which may use it from now on."""
        self._coming[name] = None

    def withdrawn(self, name: str) -> None:
        """The other side did not take the successor."""
        self._coming.pop(name, None)

    def replaced(self, name: str, grace_s: float) -> None:
        """The successor has the name; the key before it is accepted for `grace_s` seconds."""
        self._coming.pop(name, None)
        self._until_s[name] = self._reactor.seconds() + grace_s
