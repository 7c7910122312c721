"""One message left on a role's line, or awaited on it: what scenarios and certifications share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulator.scenario.expectations import Mismatch, show_text
from simulator.scenario.matchers import holds, wanted
from simulator.scenario.message_steps import Composed, Expected, WrongBytes
from simulator.scenario.speaking import NotSpokenError, Speaker
from switch.wire import Codec, Message, WireError, one_line
from switch.wire.forging import ForgeError, forge, forged
from switch.wire.paths import PathError, get, spread


def leave(speaker: Speaker, step: Composed, values: Mapping[str, Any]) -> Message:
    """Send `values` with what the step makes wrong in them; the message. Raises NotSpokenError."""
    if step.unframed is not None:
        speaker.send_unframed(bytes.fromhex(step.unframed))
        return Message({"t": "(bytes)"})
    if step.raw is not None:
        body = bytes.fromhex(step.raw)
        try:
            message = speaker.codec.decode(body)
        except WireError:
            message = Message({"t": f"({len(body)} bytes)"})
        speaker.send(body, message)
        return message
    kept = Message((key, value) for key, value in values.items() if key not in step.without)
    try:
        kept = spread(kept, speaker.codec.dialect)
    except PathError as error:
        raise NotSpokenError(str(error)) from None
    bad = {
        key: bytes.fromhex(each.hex) if isinstance(each, WrongBytes) else each
        for key, each in step.wrong.items()
    }
    try:
        body = forge(speaker.codec.dialect, kept, bad) if bad else speaker.codec.encode(kept)
    except WireError as error:
        raise NotSpokenError(f"the message cannot be written: {error}") from None
    except ForgeError as error:
        raise NotSpokenError(str(error)) from None
    message = forged(kept, bad)
    speaker.send(body, message)
    return message


async def awaited(
    speaker: Speaker, step: Expected, reactor: Any
) -> tuple[Message | None, list[Mismatch]]:
    """Wait for what is expected: the message that came, and what is not as expected."""
    until_s = reactor.seconds() + step.within
    if step.closed:
        return None, await _closes(speaker, step, reactor, until_s)
    while True:
        message = speaker.take(lambda each: step.mti is None or each.mti == step.mti)
        if message is not None:
            if step.nothing:
                return message, [Mismatch("message", "none", one_line(message))]
            return message, list(held(step, message, speaker.codec))
        if problem := speaker.unreadable():
            return None, [Mismatch("message", step.mti or "a message", f"bytes: {problem}")]
        left_s = until_s - reactor.seconds()
        if left_s <= 0 or not await speaker.something_new(left_s):
            return None, [] if step.nothing else [_missing(step, speaker)]
        if not speaker.up and not step.nothing and not speaker.held:
            found = f"the line is gone: {speaker.lost_because}"
            return None, [Mismatch("message", step.mti or "a message", found)]


async def _closes(speaker: Speaker, step: Expected, reactor: Any, until_s: float) -> list[Mismatch]:
    while speaker.up:
        left_s = until_s - reactor.seconds()
        if left_s <= 0 or not await speaker.something_new(left_s):
            return [Mismatch("line", f"closed within {step.within:g} s", "open")]
    return []


def _missing(step: Expected, speaker: Speaker) -> Mismatch:
    came = "; ".join(one_line(message) for message in speaker.held[:5])
    found = f"nothing within {step.within:g} s" + (f", but {came}" if came else "")
    return Mismatch("message", step.mti or "a message", found)


def held(step: Expected, message: Message, codec: Codec) -> Iterable[Mismatch]:
    """What a message has otherwise than expected, by path."""
    for path, expected in step.de.items():
        try:
            found = get(message, path, codec.dialect)
        except PathError as error:
            yield Mismatch(f"DE{path}", wanted(expected, show_text), str(error))
            continue
        text = None if found is None else found if isinstance(found, str) else str(found)
        if not holds(expected, text):
            yield Mismatch(f"DE{path}", wanted(expected, show_text), show_text(text))
