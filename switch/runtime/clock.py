"""Time as payment messages tell it: an injected wall clock, and the data elements made from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from twisted.internet.interfaces import IReactorTime

CASABLANCA = ZoneInfo("Africa/Casablanca")
SECONDS_KEPT = 8
"""Instants whose local time is remembered: thousands of messages are of the same second."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class WallClock(Protocol):
    """What tells the date. Nothing else in the product does."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        ...

    def stamp(self) -> str:
        """The instant as journals write it: ISO 8601, in UTC, to the millisecond."""
        ...


class ReactorWallClock:
    """A wall clock that follows a reactor's seconds.

    A real reactor's seconds count from 1970, so `start` is left alone; in virtual time `start`
    is the date at which the world's seconds are zero.
    """

    def __init__(self, reactor: IReactorTime, start: datetime = EPOCH) -> None:
        self._reactor = reactor
        self._start = start
        self._stamped = -1
        self._stamp = ""

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._reactor.seconds())

    def stamp(self) -> str:
        # Asked for several times a message, and messages come many in a millisecond.
        seconds = self._reactor.seconds()
        millisecond = round(seconds * 1_000_000) // 1000
        if millisecond != self._stamped:
            instant = self._start + timedelta(milliseconds=millisecond)
            self._stamp = instant.isoformat(timespec="milliseconds")
            self._stamped = millisecond
        return self._stamp


def transmission_time(instant: datetime) -> str:
    """DE7, `MMDDhhmmss`, in UTC.

    >>> transmission_time(datetime(2026, 11, 24, 10, 36, 1, tzinfo=UTC))
    '1124103601'
    """
    return instant.astimezone(UTC).strftime("%m%d%H%M%S")


def local_time(instant: datetime, zone: ZoneInfo = CASABLANCA) -> tuple[str, str]:
    """DE12 `hhmmss` and DE13 `MMDD`, in the acceptor's local time.

    >>> local_time(datetime(2026, 11, 24, 23, 36, 1, tzinfo=UTC))
    ('003601', '1125')
    """
    return _local_time(instant.replace(microsecond=0), zone)


@lru_cache(SECONDS_KEPT)
def _local_time(second: datetime, zone: ZoneInfo) -> tuple[str, str]:
    there = second.astimezone(zone)
    return there.strftime("%H%M%S"), there.strftime("%m%d")
