"""One frame by itself, as people paste it."""

from __future__ import annotations

from switch.wire.errors import Complaint, WireError
from switch.wire.framing.framing import Framing


def one_body(data: bytes, framing: Framing) -> bytes:
    """The body of exactly one frame. Raises WireError, FramingError where it is no frame at all.

    >>> from switch.wire.framing.making import make_framing
    >>> one_body(b"\\x00\\x040800", make_framing("2-byte-binary"))
    b'0800'
    """
    receiver = framing.receiver()
    bodies = receiver.receive(data)
    if receiver.keep_alives:
        raise WireError(Complaint("frame", 0, "a message", "a zero length: a keep-alive"))
    if not bodies:
        expected, found = receiver.unfinished()
        raise WireError(Complaint("frame", 0, expected, found))
    end = len(framing.frame(bodies[0]))
    if len(data) > end:
        found = f"{len(data) - end} more"
        raise WireError(Complaint("frame", end, "the end of the frame", found))
    return bodies[0]
