"""What bytes of unknown origin say: every dialect and framing tried, and what is odd in words.

A guess costs what had to be supposed: the least supposed comes first. Nothing here shows
cardholder data; the message itself is in clear, as decoding gives it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from switch.wire.codec import ReferenceCodec
from switch.wire.dialect import Dialect
from switch.wire.errors import WireError
from switch.wire.guess_strip import Stripped, stripped
from switch.wire.guess_text import pasted
from switch.wire.guess_variants import Change, Variant, variants
from switch.wire.message import Message
from switch.wire.tolerance import TOLERANCES

# More than that is no message, and trying everything on it would take its time.
GUESS_MAX_BYTES = 16_384

# Nobody reads more; those that fit come first.
GUESSES_MAX = 5

# What each thing costs that has to be supposed. More than _FAR is no guess any more, and once
# something fits, what costs _MARGIN more is not looked for.
_FAR = 7.0
_MARGIN = 1.5
_OTHER_VERSION = 1.0
_OPENED = -0.2
_LEFTOVER = 2.5
_TOLERANCE = 0.8
_WRONG_CONTENT = (2.0, 0.7)
_LOST = 100.0

# Dialects that read the same at a cost so near are named together.
_ALIKE = 0.5

# More than this behind a message is another message.
_LEFTOVER_MAX_BYTES = 16

_TYPED = {
    "ascii": re.compile(rb"[0-2][1-68][0-9][0-5]"),
    "bcd": re.compile(rb"[\x01-\x06\x08\x11-\x16\x18\x21-\x26\x28][\x00-\x59]"),
}
_TYPED["cp500"] = _TYPED["cp037"] = re.compile(rb"[\xf0-\xf2][\xf1-\xf6\xf8][\xf0-\xf9][\xf0-\xf5]")


@dataclass(frozen=True)
class Guess:
    """One way of reading the bytes.

    `message` is what they say then, or `error` why they cannot be read so. `framing` is what
    `--framing` takes, None when there is none or none that says it. `changes` are the keys of a
    dialect file by which the dialect differs from the one of its name, `tolerate` the tolerances
    that it takes. `also` names dialects that read the same.
    """

    dialect: Dialect
    body: bytes
    cost: float
    framing: str | None = None
    odd: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    tolerate: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    message: Message | None = None
    error: WireError | None = field(default=None, repr=False)

    @property
    def fits(self) -> bool:
        """Whether the bytes can be read so, to the last one."""
        return self.message is not None


class Guesser:
    """Tries these dialects, their usual mixtures, and every framing."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._tried = [one for dialect in dialects for one in variants(dialect)]

    def guess(self, text: str) -> list[Guess]:
        """The readings of pasted text, the likeliest first; one that does not fit says why.

        Hexadecimal is expected, but a dump, base64 or the characters themselves are seen as
        well. An empty list means that no bytes could be made of the text, or too many.
        """
        candidates = [
            one._replace(cost=given.cost + one.cost, odd=(*given.odd, *one.odd))
            for given in pasted(text)
            if len(given.data) <= GUESS_MAX_BYTES
            for one in stripped(given.data)
        ]
        found = _tried(candidates, self._tried)
        if not found and candidates:
            # Nothing begins with a message type: say how the likeliest bytes are refused.
            whole = min(candidates, key=lambda one: one.cost)
            found = [_attempt(whole, one, whole.body) for one in self._tried if not one.changes]
        found.sort(key=lambda one: one.cost)
        if found and found[0].cost < _LOST / 2:
            return _merged([one for one in found if one.cost < _LOST / 2])[:GUESSES_MAX]
        return _nearest(found)[:GUESSES_MAX]


def _tried(candidates: list[Stripped], tried: list[Variant]) -> list[Guess]:
    """Every pair that may be right, the cheapest first, until dearer ones cannot matter."""
    pairs = [
        (candidate.cost + one.cost, at, candidate, one)
        for candidate in candidates
        for at, one in enumerate(tried)
        if candidate.cost + one.cost < _FAR
        and _TYPED[one.dialect.numeric].match(candidate.body) is not None
    ]
    found: list[Guess] = []
    enough = _FAR
    for cost, _, candidate, one in sorted(pairs, key=lambda pair: pair[:2]):
        if cost > enough:
            break
        for made in _read(candidate, one):
            found.append(made)
            if made.fits:
                enough = min(enough, made.cost + _MARGIN)
    return found


def _read(candidate: Stripped, one: Variant) -> Iterator[Guess]:
    first = _attempt(candidate, one, candidate.body)
    yield first
    error = first.error
    if error is None:
        return
    if error.sound:
        yield from _leniently(first, one)
    elif _left_over(error, candidate.body):
        end = error.position or 0
        many = len(candidate.body) - end
        shorter = _attempt(candidate, one, candidate.body[:end])
        if shorter.fits:
            odd = (*shorter.odd, f"{many} byte{'s' * (many > 1)} too many at the end")
            yield replace(shorter, cost=shorter.cost + _LEFTOVER, odd=odd)


def _attempt(candidate: Stripped, one: Variant, body: bytes) -> Guess:
    made = Guess(
        dialect=one.dialect,
        body=body,
        cost=candidate.cost + one.cost,
        framing=candidate.framing,
        odd=(*candidate.odd, *one.odd),
        changes=one.changes,
    )
    try:
        message = one.codec.decode(body)
    except WireError as error:
        return replace(made, cost=made.cost + _distance(error), error=error)
    opened = any(not isinstance(value, str) for value in message.values())
    cost = made.cost + _OPENED * opened + _version(message, one)
    return replace(made, cost=cost, message=message)


def _leniently(strict: Guess, one: Variant) -> Iterator[Guess]:
    """The same bytes with everything let pass that a link can be told to tolerate."""
    one.lenient.tolerated.clear()
    try:
        message = one.lenient.decode(strict.body)
    except WireError:
        return
    needed = sorted(one.lenient.tolerated)
    odd = tuple(f"tolerated: {TOLERANCES[name]} ({name})" for name in needed)
    assert strict.error is not None
    cost = strict.cost - _distance(strict.error) + _TOLERANCE * len(needed)
    yield replace(
        strict,
        cost=cost + _version(message, one),
        odd=(*strict.odd, *odd),
        tolerate=tuple(needed),
        message=message,
        error=None,
    )


def _version(message: Message, one: Variant) -> float:
    """What it costs that the dialect has no rule about message types of this version."""
    return _OTHER_VERSION if one.versions and message.mti[:1] not in one.versions else 0.0


def _left_over(error: WireError, body: bytes) -> bool:
    return (
        error.position is not None
        and not error.others
        and 0 < error.position < len(body)
        and error.expected.startswith("the end")
        and len(body) - error.position <= min(_LEFTOVER_MAX_BYTES, error.position // 4)
    )


def _distance(error: WireError) -> float:
    """How far bytes are from what a dialect can read: a little when only contents are wrong."""
    if error.sound:
        once, each = _WRONG_CONTENT
        return once + each * (1 + len(error.others))
    return _LOST - 10 * (error.position or 0) / max(error.length, 1) / (1 + len(error.others))


def _merged(found: list[Guess]) -> list[Guess]:
    """Without those that say what a likelier one says as well."""
    kept: list[Guess] = []
    flat: list[tuple[bytes, Message | str]] = []
    for one in found:
        said = (one.body, _said(one))
        same = next((at for at, other in enumerate(flat) if other == said), None)
        if same is None:
            kept.append(one)
            flat.append(said)
        elif one.odd == kept[same].odd and one.cost <= kept[same].cost + _ALIKE:
            kept[same] = replace(kept[same], also=(*kept[same].also, one.dialect.name))
    return kept


def _said(one: Guess) -> Message | str:
    if one.message is None:
        return str(one.error)
    return ReferenceCodec(one.dialect, tolerate=one.tolerate).decode(one.body, flat=True)


def _nearest(found: list[Guess]) -> list[Guess]:
    """The best attempt of each dialect."""
    best: dict[str, Guess] = {}
    for one in found:
        best.setdefault(one.dialect.name, one)
    return list(best.values())
