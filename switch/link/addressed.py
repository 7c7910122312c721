"""Requests that came behind a TPDU or a header: their answers go back to where they came from."""

from __future__ import annotations

from switch.wire import Message
from switch.wire.framing import Body


class Addressed(Message):
    """A request that remembers what stood in front of it."""

    __slots__ = ("came",)

    came: Body


def addressed(message: Message, body: bytes) -> Message:
    """The message of a body, with the head that the body came behind, if it had one."""
    if not isinstance(body, Body):
        return message
    remembering = Addressed(message)
    # The head alone: the bytes of the message may hold a card, and are of no use to an answer.
    remembering.came = Body.behind(body.head, b"")
    return remembering


def came_behind(request: Message) -> Body | None:
    """What `Framing.frame` takes as `reply_to` for an answer to this request."""
    return request.came if isinstance(request, Addressed) else None
