"""What may stand around a message: a length, a TPDU, a header, an end; and what is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from switch.wire.errors import WireError
from switch.wire.framing import FRAMING_NAMES, LIMIT_MAX_BYTES, make_framing, one_body
from switch.wire.framing.head import TPDU_BYTES, TPDU_MARK
from switch.wire.framing.lengths import PREFIXES, BadLengthError
from switch.wire.framing.looks import MTI

# The longest of the static headers seen: an MTI is searched for behind no more than that.
HEADER_SEEN_MAX_BYTES = 24

# What has to be supposed, in the unit of a guess's cost. A frame that ends where it should
# makes what stands in it likelier.
_EXACT, _WRONG_LENGTH, _TPDU, _HEADER, _TAIL = 0.5, 1.4, 0.4, 1.5, 1.5
_IN_A_FRAME = 0.5
_INSIDE = 2.0
_KNOWN_HEADER, _CUT_HEADER = 0.4, 1.0
_TEXT_HEADER = re.compile(rb"ISO[0-9]{9}")
_TAILS = {
    b"\r\n": "a line end",
    b"\n": "a line end",
    b"\r": "a line end",
    b"\x03": "a byte 03",
    b"\x00": "a zero byte",
}


class Stripped(NamedTuple):
    """A message without what stands around it; `framing` is how to say that, where it is one."""

    body: bytes
    cost: float
    framing: str | None = None
    odd: tuple[str, ...] = ()


def stripped(data: bytes) -> list[Stripped]:
    """Everything that may be the message in these bytes, the likeliest first."""
    found: dict[bytes, Stripped] = {}
    for unframed in _unframed(data):
        for unheaded in _unheaded(unframed):
            for one in _untailed(unheaded):
                if one.body and (one.body not in found or one.cost < found[one.body].cost):
                    found[one.body] = one
    return sorted(found.values(), key=lambda one: one.cost)


def likely_framing(data: bytes) -> Stripped | None:
    """The likeliest framing in these bytes, where they do not begin with a message type."""
    if MTI.match(data) is not None:
        return None
    found = (one for one in stripped(data) if one.framing and MTI.match(one.body))
    return next(found, None)


def _unframed(data: bytes) -> Iterator[Stripped]:
    yield Stripped(data, 0.0)
    for name in FRAMING_NAMES:
        framing = make_framing(name, limit_bytes=LIMIT_MAX_BYTES)
        try:
            body = one_body(data, framing)
        except WireError:
            continue
        yield Stripped(body, _EXACT, name, (_still(name),))
    for prefix in PREFIXES.values():
        rest = data[prefix.size :]
        try:
            announced = prefix.payload_of(data[: prefix.size])
        except BadLengthError:
            continue
        if MTI.match(rest) is None or announced == len(rest):
            continue
        if 0 < announced < len(rest):
            odd = f"{prefix.words} is still in front, and {len(rest) - announced} bytes follow"
            yield Stripped(rest[:announced], _WRONG_LENGTH, None, (f"{odd} its message",))
        elif announced < 2 * len(rest) + 64:
            odd = f"{prefix.words} may be in front, but says {announced} where {len(rest)} follow"
            yield Stripped(rest, _WRONG_LENGTH, None, (odd,))


def _still(name: str) -> str:
    bare = name.removesuffix("-tpdu")
    if bare not in PREFIXES:
        return "the byte 03 that ends a frame is still there"
    behind = ", and a TPDU behind it" if bare != name else ""
    return f"{PREFIXES[bare].words} is still in front{behind}"


def _unheaded(one: Stripped) -> Iterator[Stripped]:
    yield one
    body = one.body
    for at in range(1, min(HEADER_SEEN_MAX_BYTES, len(body)) + 1):
        if MTI.match(body, at) is None:
            continue
        head = body[:at]
        # A message that begins where it should is not searched for another one inside it.
        unlikely = _INSIDE * (MTI.match(body) is not None)
        if head[0] == TPDU_MARK and at == TPDU_BYTES:
            cost, odd, option = _TPDU, "5 bytes of TPDU stand in front", f"tpdu={head.hex()}"
        elif head[0] == TPDU_MARK and TPDU_BYTES < at <= TPDU_BYTES + 2:
            cost, odd, option = _HEADER - 0.3, f"looks like {at} bytes of TPDU", ""
        elif head.isascii() and head.decode().isprintable():
            known = _TEXT_HEADER.fullmatch(head) is not None
            odd = f"a header of {at} characters stands in front: {_shown(head)}"
            cost, option = _HEADER, f"header={head.decode()}"
            if known:
                cost = _KNOWN_HEADER
            elif head.startswith(b"ISO"):
                cost += _CUT_HEADER
        else:
            odd = f"{at} bytes stand in front of the message type: {_shown(head)}"
            cost, option = _HEADER + 0.02 * at, f"header=0x{head.hex()}"
        framing = None
        if one.framing is not None:
            cost *= _IN_A_FRAME
            framing = f"{one.framing},{option}" if option and "," not in option else None
        yield Stripped(body[at:], one.cost + cost + unlikely, framing, (*one.odd, odd))


def _untailed(one: Stripped) -> Iterator[Stripped]:
    yield one
    for tail, words in _TAILS.items():
        if one.body.endswith(tail):
            odd = f"{words} stands at the end"
            yield Stripped(one.body[: -len(tail)], one.cost + _TAIL, one.framing, (*one.odd, odd))


def _shown(head: bytes) -> str:
    """A header in an error text; a row of digits long enough to be cut from a PAN is not shown."""
    if re.search(rb"[0-9]{10,}", head) is not None:
        return "(digits)"
    return head.decode() if head.isascii() and head.decode().isprintable() else head.hex()
