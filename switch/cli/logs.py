"""The log of a command: one line an event on standard error, card numbers masked."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from twisted.logger import ILogObserver, LogEvent, globalLogBeginner
from zope.interface import implementer

from switch.runtime import Log, WallClock
from switch.wire import mask_text

Event = MutableMapping[str, Any]

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127)}


def start_logging(
    wall_clock: WallClock, *, level: str, as_json: bool, stream: TextIO | None = None
) -> Log:
    """Configure the process's log, Twisted's included; the logger to hand down."""
    to = sys.stderr if stream is None else stream
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _stamper(wall_clock),
            _clean,
            structlog.processors.JSONRenderer() if as_json else _renderer(to),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, Steady(to))),
        cache_logger_on_first_use=False,
    )
    log = cast(Log, structlog.get_logger())
    globalLogBeginner.beginLoggingTo(
        [TwistedFailures(log)], discardBuffer=True, redirectStandardIO=False
    )
    return log


class Steady:
    """A text stream whose failures are nobody's business: a reader of the log that is gone, or a
    disk that is full, must not stop what is logged about.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, if that can be."""
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush, if that can be."""
        with suppress(OSError, ValueError):
            self._stream.flush()


@implementer(ILogObserver)
class TwistedFailures:
    """Tells of failures that Twisted caught and nobody else did: by type and place alone.

    The text of an exception that nobody expected may hold cardholder data.
    """

    def __init__(self, log: Log) -> None:
        self._log = log

    def __call__(self, event: LogEvent) -> None:
        failure = event.get("log_failure")
        if failure is None:
            return
        frames = failure.frames
        place = f"{frames[-1][1]}:{frames[-1][2]}" if frames else "unknown"
        kind = failure.type.__name__ if failure.type is not None else "unknown"
        self._log.error("failed inside", error=kind, at=place)


def colours_wanted(stream: TextIO) -> bool:
    """On a terminal, unless NO_COLOR says otherwise (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def clean(value: object) -> object:
    """A value of a log line: card numbers masked, nothing that a terminal would obey."""
    if isinstance(value, str):
        return mask_text(value).translate(_CONTROL)
    if isinstance(value, dict):
        return {str(clean(key)): clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(inner) for inner in value]
    if value is None or isinstance(value, bool | float):
        return value
    # A number may be a card's.
    masked = mask_text(str(value))
    return value if isinstance(value, int) and masked == str(value) else masked


def _clean(_logger: object, _method: str, event: Event) -> Event:
    return {name: clean(value) for name, value in event.items()}


def _stamper(wall_clock: WallClock) -> Callable[[object, str, Event], Event]:
    def stamp(_logger: object, _method: str, event: Event) -> Event:
        now = wall_clock.now()
        return {"timestamp": now.isoformat(timespec="milliseconds"), **event}

    return stamp


def _renderer(stream: TextIO) -> Any:
    return structlog.dev.ConsoleRenderer(
        colors=colours_wanted(stream), pad_event_to=0, pad_level=True, sort_keys=False
    )
