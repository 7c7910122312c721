"""What authenticates the messages of a link, as its sessions see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from twisted.internet.defer import Deferred

from switch.wire import Message

if TYPE_CHECKING:
    from switch.link.session import Session


class SealError(Exception):
    """A message that cannot be given a MAC, or not be encoded: it does not leave."""


class Seal(Protocol):
    """Authenticates the messages of a link."""

    refuse_with: str | None
    """The code for a request that is not authentic; None leaves it unanswered."""
    closes: bool
    """Whether a message that is not authentic ends the line, after that answer."""

    def covers(self, mti: str) -> bool:
        """Whether messages of this type have a MAC."""
        ...

    def close(self, message: Message) -> Deferred[bytes]:
        """The bytes of a message with its MAC; fails with SealError or UnencodableError."""
        ...

    def check(self, message: Message, body: bytes) -> Deferred[str]:
        """Why a message is not authentic, in a word that can be counted; nothing when it is.

        `missing`, `misplaced`, `wrong`, `key` (there is none for it), or `module`, which cannot
        be reached.
        """
        ...


class KeysExchange(Protocol):
    """Replaces the keys of a link while it runs."""

    function: str
    """DE70 of a message with a new key."""

    def received(self, request: Message) -> Deferred[Message]:
        """The answer to a message with a new key, once that is taken or refused."""
        ...

    def signed_on(self, session: Session, terminal: str) -> None:
        """A session is signed on; `terminal` is DE41 of the peer's sign-on, or empty."""
        ...

    def send_now(self) -> int:
        """Replace the keys of every peer that is signed on; how many these are."""
        ...

    def stop(self) -> None:
        """Send no more keys."""
        ...
