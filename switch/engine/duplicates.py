"""When two requests are one: the key under which a repeat and a duplicate are found.

By default they agree on DE32, 41, 11, 13, 12, 3 and 4; a listener or a link may say otherwise.
DE12 and DE13 are local time, and in Morocco one local hour of the year comes twice, when Ramadan
begins: there, DE7, which is UTC, tells which of the two is meant, and the retrieval reference
(DE37) tells a late repeat of the first from a new request of the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, select

from switch.engine.request import Request, key_of
from switch.engine.tables import TRANSACTIONS
from switch.runtime import CASABLANCA
from switch.settings.links import DUPLICATES
from switch.wire import Message
from switch.wire.mti import is_repeat

SECOND = "/second"
"""What the key of a request has in the second pass of an hour that comes twice."""


def keyed(request: Request, elements: Sequence[str], now: datetime) -> Request:
    """The request with its keys, by the profile of where it came from."""
    usual = elements == DUPLICATES
    key = request.duplicate_key if usual else key_of(request, elements)
    other, restamped = "", "7" in elements
    if comes_twice(request.message, now) and not restamped:
        key, other = key, key + SECOND
        if in_second_pass(request.message, now):
            key, other = other, key
    elif usual:
        return request
    return replace(request, duplicate_key=key, other_key=other, restamped=restamped)


def comes_twice(message: Message, now: datetime) -> bool:
    """Whether its local time is in an hour that comes twice; `now` is aware, and tells the year."""
    day, time = message.text("13"), message.text("12")
    if len(day) != 4 or len(time) != 6 or not (day + time).isdigit():
        return False
    return _ambiguous(_year_of(day, now), day, time[:2])


def in_second_pass(message: Message, now: datetime) -> bool:
    """Of a local time that comes twice: whether DE7 is nearer to the second."""
    day, time, sent = message.text("13"), message.text("12"), message.text("7")
    try:
        local = datetime.strptime(f"{_year_of(day, now)}{day}{time}", "%Y%m%d%H%M%S")
        at = datetime.strptime(f"{_year_of(sent[:4], now)}{sent}", "%Y%m%d%H%M%S")
    except ValueError:
        return False
    first, second = (local.replace(tzinfo=CASABLANCA, fold=fold) for fold in (0, 1))
    told = at.replace(tzinfo=UTC)
    return abs(told - second.astimezone(UTC)) < abs(told - first.astimezone(UTC))


def twin_of(connection: Connection, request: Request) -> Row[Any] | None:
    """The entry that `request` is, though it has another key; None when there is none.

    A repeat may come in the other pass of its hour, or with a DE7 of its own; a duplicate that
    is not marked as a repeat is known by its retrieval reference.
    """
    table = TRANSACTIONS
    own = select(table.c.id).where(table.c.duplicate_key == request.duplicate_key)
    if connection.execute(own).first() is not None:
        return None
    repeat = is_repeat(request.message.mti)
    if request.other_key:
        other = connection.execute(
            select(table).where(table.c.duplicate_key == request.other_key)
        ).first()
        reference = request.message.text("37")
        if other is not None and (repeat or (reference and other.rrn == reference)):
            return other
    if repeat and request.restamped:
        text = request.message.text
        return connection.execute(
            select(table)
            .where(
                table.c.terminal == request.terminal,
                table.c.stan == text("11"),
                table.c.acquirer == request.acquirer,
                table.c.local_time == text("13") + text("12"),
                table.c.processing_code == text("3"),
                table.c.amount_minor == request.amount_minor,
            )
            .order_by(table.c.rrn != text("37"), table.c.id.desc())
            .limit(1)
        ).first()
    return None


def _year_of(day: str, now: datetime) -> int:
    """The year of MMDD: that of now, or its neighbour around the new year."""
    if day[:2] == "12" and now.month == 1:
        return now.year - 1
    return now.year + 1 if day[:2] == "01" and now.month == 12 else now.year


@lru_cache(maxsize=64)
def _ambiguous(year: int, day: str, hour: str) -> bool:
    try:
        local = datetime.strptime(f"{year}{day}{hour}", "%Y%m%d%H").replace(tzinfo=CASABLANCA)
    except ValueError:
        return False
    # In an hour that is skipped the second reading is before the first.
    return local.astimezone(UTC) < local.replace(fold=1).astimezone(UTC)
