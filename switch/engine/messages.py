"""The messages of a transaction, kept with it as evidence: masked, without any secret.

Each message that came or left is a row: when, which way, with whom, and its elements as JSON. A
card number is masked; of a track, a PIN block, chip data or a key only the fact that it was there
is told; a MAC is left out. The marks of the dialect say which elements these are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, select

from switch.engine.pins import NEW_PIN
from switch.engine.plain_json import FORMS_MAX, write_plain
from switch.engine.tables import SWITCH_MESSAGES
from switch.wire import Dialect, Message, Value, mask_pan, mask_value
from switch.wire.masking import NOT_SHOWN, bare_mark, mask_element

IN, OUT = "in", "out"

SHORTEST_PAN = 13
"""Digits: an element that is shorter holds no card number."""

LEFT_OUT = frozenset({"64", "128"})

Row = tuple[str, str, str, str, str, str, str]
"""at, direction, peer, dialect, mti, elements, note."""

MAY_BE_A_PAN = re.compile(r"[0-9]{13}").search

_encode = json.JSONEncoder(separators=(",", ":")).encode


class _Look(NamedTuple):
    """What must be looked at of messages with the same elements."""

    pans: tuple[str, ...]
    marked: tuple[str, ...]
    """Masked wherever they are, whatever their text."""
    long: tuple[str, ...]
    """Text in which a card number may stray."""


class Keeper:
    """Makes the rows of messages that pass on one link, or to one destination."""

    def __init__(self, peer: str, dialect: Dialect | None = None) -> None:
        self._peer = peer
        self._dialect = dialect
        self._name = "" if dialect is None else dialect.name
        fields = {} if dialect is None else dialect.fields
        # Most elements are too short to hold a card number: only the others are looked at.
        self._plain = {
            key
            for key, known in fields.items()
            if known.longest < SHORTEST_PAN
            and not (known.sensitive or known.structure or known.kind == "b")
        } | {"t"}
        self._plain -= {"2", "34", "35", "36", "45", "52", "55"}
        self._looks: dict[tuple[str, ...], _Look] = {}

    def row(
        self,
        now: str,
        direction: str,
        message: Mapping[str, Value],
        note: str = "",
        *,
        like: Row | None = None,
    ) -> Row:
        """One message as it is kept; `now` is ISO 8601.

        `like` is its row on another link, whose text is taken when that speaks the same dialect.
        """
        mti = str(message.get("t", ""))
        told = None if like is None or like[3] != self._name else like[5]
        text = self.text(message) if told is None else told
        return now, direction, self._peer, self._name, mti, text, note

    def text(self, message: Mapping[str, Value]) -> str:
        """The elements as JSON, masked."""
        names = tuple(message)
        look = self._looks.get(names)
        if look is None:
            look = self._look(names)
        masked = dict(message)
        for key in look.pans:
            pan = masked[key]
            masked[key] = mask_pan(pan) if isinstance(pan, str) else self._mask(key, pan)
        for key in look.marked:
            masked[key] = self._mask(key, masked[key])
        written = write_plain(masked)
        if written is not None:
            for key in look.long:
                if MAY_BE_A_PAN(str(masked[key])) is not None:
                    break
            else:
                return written
        return _encode(self.masked(message))

    def masked(self, message: Mapping[str, Value]) -> dict[str, Value]:
        """The elements, masked."""
        masked = dict(message)
        for key in message.keys() - self._plain:
            if key in LEFT_OUT:
                del masked[key]
            else:
                masked[key] = self._mask(key, masked[key])
        return masked

    def _look(self, names: tuple[str, ...]) -> _Look:
        if len(self._looks) == FORMS_MAX:
            self._looks.clear()
        marks = {key: bare_mark(key, self._dialect) for key in names if key not in self._plain}
        marks |= dict.fromkeys(marks.keys() & LEFT_OUT)
        look = self._looks[names] = _Look(
            pans=tuple(key for key in names if marks.get(key) == "pan"),
            marked=tuple(key for key in names if marks.get(key, "") is None),
            long=tuple(key for key, mark in marks.items() if mark == ""),
        )
        return look

    def _mask(self, key: str, value: Value) -> Value:
        element, tag = NEW_PIN
        if key == element and isinstance(value, dict) and tag in value:
            # Whatever the dialect says of it, and to the core there is none.
            value = {**value, tag: NOT_SHOWN["pin"]}
        if self._dialect is None:
            return mask_element(key, value)
        return mask_value(key, value, self._dialect)


@dataclass(frozen=True)
class KeptMessage:
    """One message of a transaction, as an operator reads it."""

    at: str
    direction: str
    """`in` or `out`, seen from the switch."""
    peer: str
    """The listener, link or destination."""
    dialect: str
    """The name of its dialect; empty for the payment core, which speaks HTTP."""
    message: Message
    note: str


def messages_of(connection: Connection, transaction_id: int) -> list[KeptMessage]:
    """The messages of a transaction, oldest first."""
    rows = connection.execute(
        select(SWITCH_MESSAGES)
        .where(SWITCH_MESSAGES.c.transaction_id == transaction_id)
        .order_by(SWITCH_MESSAGES.c.id)
    )
    return [
        KeptMessage(
            row.at,
            row.direction,
            row.peer,
            row.dialect,
            Message(json.loads(row.elements)),
            row.note,
        )
        for row in rows
    ]
