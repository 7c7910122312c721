"""What every framing can do, and what a line's half of it can."""

from __future__ import annotations

from typing import Literal, Protocol

KeepAlive = Literal["ignore", "answer", "close"]

# Longest body accepted unless a link says otherwise: a full 0200 with chip data is under 1,200.
LIMIT_BYTES = 4096

# No message of ISO 8583 is longer, however wide the length in front of it.
LIMIT_MAX_BYTES = 0xFFFF


class FrameReceiver(Protocol):
    """What takes a line's bytes as they come and gives complete bodies."""

    keep_alives: int

    @property
    def pending(self) -> int:
        """Bytes held of a frame that is not complete, its header included."""
        ...

    def receive(self, data: bytes) -> list[bytes]:
        """The bodies that `data` completes. A frame without a body is a keep-alive: no body.

        Raises FramingError as soon as a length, or what follows it, cannot be right (and upon a
        keep-alive, where these close the line), and again at every later call. A body that
        came behind a TPDU or a header is a `Body`, which `Framing.frame` takes as `reply_to`.
        """
        ...

    def owed(self) -> bytes:
        """What to send back for keep-alives that came since the last call; usually nothing."""
        ...

    def unfinished(self) -> tuple[str, str]:
        """What is expected and what is found, when nothing follows the bytes held."""
        ...


class Framing(Protocol):
    """A way of marking where messages end."""

    @property
    def name(self) -> str: ...

    @property
    def limit_bytes(self) -> int:
        """The longest body, without what stands in front of it."""
        ...

    @property
    def keep_alive(self) -> bytes:
        """The bytes of a keep-alive."""
        ...

    def frame(self, body: bytes, reply_to: bytes | None = None) -> bytes:
        """The bytes to send for one body; for an answer, `reply_to` is the body it answers.

        Raises FramingError when the body is too long or empty.
        """
        ...

    def receiver(self) -> FrameReceiver:
        """A receiver for one line."""
        ...
