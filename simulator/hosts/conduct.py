"""Which rule takes a message, kept in the host's books: set, counted, and written down there.

Everything here runs inside the store's transaction, so that what a rule decides, its count and the
record of it are committed with what the message moves. A rule that is set while the host runs is
heard by the next message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from simulator.hosts.reading import is_reversal
from simulator.hosts.rules import HostRule, MessageKind
from simulator.hosts.tables import rule_actions, rules
from switch.wire import Message, mask_pan
from switch.wire.mti import message_class

FOR_ONE_LIFE = ("file", "scenario")
"""Sources of rules that a restart of the host removes."""

RULES_MAX = 1_000

ACTIONS_KEPT_MAX = 100_000
"""Records of rules that acted; the oldest make room for new ones."""


@dataclass(frozen=True)
class StandingRule:
    """A rule of the host, and how often it acted."""

    place: int
    source: str
    rule: HostRule
    seen: int
    acted: int


class TooManyRulesError(Exception):
    """The host has as many rules as it keeps."""


def set_rules(
    connection: Connection, source: str, wanted: Sequence[HostRule], at: str, *, last: bool = False
) -> None:
    """Put rules in front of those there are (behind them when `last`), in their order.

    One that has the source and the name of another replaces it. Raises TooManyRulesError.
    """
    drop_rules(connection, source, [rule.name for rule in wanted])
    lowest, highest, count = connection.execute(
        select(func.min(rules.c.place), func.max(rules.c.place), func.count())
    ).one()
    if count + len(wanted) > RULES_MAX:
        raise TooManyRulesError(f"a host keeps at most {RULES_MAX} rules")
    first = (highest or 0) + 1 if last else (lowest or 0) - len(wanted)
    for place, rule in enumerate(wanted, first):
        connection.execute(
            insert(rules).values(
                place=place,
                source=source,
                name=rule.name,
                rule=rule.model_dump_json(exclude_defaults=True),
                seen=0,
                acted=0,
                set_at=at,
            )
        )


def drop_rules(
    connection: Connection, source: str | None = None, names: Iterable[str] | None = None
) -> int:
    """Remove the rules of this source and these names; how many there were. None: all."""
    statement = delete(rules)
    if source is not None:
        statement = statement.where(rules.c.source == source)
    if names is not None:
        statement = statement.where(rules.c.name.in_(list(names)))
    return int(connection.execute(statement).rowcount)


def begin_life(connection: Connection, wanted: Sequence[HostRule], at: str) -> None:
    """A host starts: what was for its last life goes, what its file says comes last."""
    for source in FOR_ONE_LIFE:
        drop_rules(connection, source)
    set_rules(connection, "file", wanted, at, last=True)


def standing(connection: Connection) -> list[StandingRule]:
    """The rules there are, in the order in which they are asked."""
    rows = connection.execute(select(rules).order_by(rules.c.place))
    return [
        StandingRule(place, row.source, _read(row.rule), row.seen, row.acted)
        for place, row in enumerate(rows, 1)
    ]


def actions(connection: Connection, limit: int) -> list[Row[Any]]:
    """What rules did, newest first."""
    return list(
        connection.execute(select(rule_actions).order_by(rule_actions.c.id.desc()).limit(limit))
    )


def choose(connection: Connection, message: Message, luck: float, at: str) -> HostRule | None:
    """The rule that takes a message, counted and written down.

    `luck` is drawn for this message, from 0 up to 1: what is left of it after a rule's chance
    was missed is as evenly spread for the next.
    """
    rows = connection.execute(
        select(rules.c.id, rules.c.rule, rules.c.seen, rules.c.acted).order_by(rules.c.place)
    ).all()
    for row in rows:
        rule = _read(row.rule)
        if not fits(rule, message) or (rule.times is not None and row.acted >= rule.times):
            continue
        seen, acts = row.seen + 1, False
        turn = seen - rule.after
        if turn > 0 and turn % rule.every == 0:
            acts = luck < rule.chance
            if not acts:
                luck = (luck - rule.chance) / (1 - rule.chance)
        acted = row.acted + acts
        connection.execute(update(rules).where(rules.c.id == row.id).values(seen=seen, acted=acted))
        if acts:
            _write_down(connection, rule, message, at)
            return rule
    return None


def fits(rule: HostRule, message: Message) -> bool:
    """Whether the conditions hold that a message alone can meet."""
    amount = message.text("4")
    minor = int(amount) if amount.isascii() and amount.isdigit() else 0
    return (
        kind_of(message) in rule.messages
        and (not rule.cards or message.text("2").startswith(rule.cards))
        and (not rule.codes or message.text("3").startswith(rule.codes))
        and (not rule.terminals or message.text("41").startswith(rule.terminals))
        and (rule.amount is None or rule.amount.low <= minor <= rule.amount.high)
    )


def kind_of(message: Message) -> MessageKind:
    """What a rule calls a message."""
    kind = message_class(message.mti)
    if kind == "8":
        return "cut_over"
    if kind == "5":
        return "totals"
    if is_reversal(message):
        return "reversal"
    return "advice" if message.mti[2:3] == "2" else "request"


@lru_cache(maxsize=RULES_MAX)
def _read(text: str) -> HostRule:
    return HostRule.model_validate_json(text)


def _write_down(connection: Connection, rule: HostRule, message: Message, at: str) -> None:
    pan = message.text("2")
    entered = connection.execute(
        insert(rule_actions).values(
            at=at,
            rule=rule.name,
            effect=rule.words,
            mti=message.mti,
            processing=message.text("3"),
            terminal_id=message.text("41").strip(),
            stan=message.text("11"),
            rrn=message.text("37"),
            masked_pan=mask_pan(pan) if pan else "",
            amount=message.text("4"),
        )
    )
    number = int((entered.inserted_primary_key or (0,))[0])
    if number % 1_000 == 0:
        connection.execute(
            delete(rule_actions).where(rule_actions.c.id <= number - ACTIONS_KEPT_MAX)
        )
