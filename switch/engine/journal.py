"""The journal: what the switch knows of every transaction, durable before it acts on it.

Each method is one unit of work handed to the store; its Deferred fires once that is committed.
Every change is made on the condition of the state it comes from, inside the database, so that a
reversal, a late answer and a crash cannot both win.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from twisted.internet.defer import Deferred

from switch.engine import owing, standing
from switch.engine.business_day import BusinessDays, from_de15, local_date
from switch.engine.duplicates import twin_of
from switch.engine.entries import (
    Received,
    adopt,
    as_received,
    find,
    forget_oldest,
    kept_of,
    kept_of_advice,
    name_transmission,
    new_entry,
    purge,
    seal_all,
)
from switch.engine.messages import IN
from switch.engine.messages import Row as Said
from switch.engine.owing import Kind, Owed, Status
from switch.engine.plain_json import as_json
from switch.engine.request import RefusalError, Request, Reversal
from switch.engine.shortcut import Shortcut
from switch.engine.standing import Stood
from switch.engine.states import FINAL, OWING, UNDER_WAY, Input, State, next_state
from switch.engine.tables import (
    CLOSE,
    EARLY_REVERSALS,
    ENTER,
    KEEP,
    NAME,
    PENDING,
    PURGE,
    SAID,
    SAY,
    SWITCH_MESSAGES,
    TRANSACTIONS,
    TRANSMISSIONS,
)
from switch.keys.vault import Vault
from switch.runtime import WallClock
from switch.settings.standin import StandInSettings
from switch.store import Bulk, Store, upsert
from switch.wire import Value
from switch.wire.mti import is_repeat

PROOF, PROOF_BYTES = "proof", 100_000
"""A row that is written and removed in one transaction, to see whether that can be done."""

STRAYS_KEPT = 5
"""Answers that came late, or to nobody, kept with one transaction: a peer may repeat them."""


class Journal:
    """The switch's books of transactions, on a store."""

    def __init__(self, store: Store, wall_clock: WallClock, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._wall_clock = wall_clock
        self._shortcut = Shortcut()
        self.days: BusinessDays | None = None
        """Today's business dates, once somebody keeps them; until then the date in Morocco."""

    def receive(
        self,
        request: Request,
        operation_key: str,
        *,
        route: str,
        destination: str,
        refused: str = "",
        second: str = "",
        leaving: bool = True,
        said: Sequence[Said] = (),
        repeated: Sequence[Said] = (),
    ) -> Deferred[Received]:
        """Enter a request, or find the entry it repeats.

        It is entered as FORWARDED when it is `leaving` for its destination as soon as this is
        durable, else as RECEIVED. `said` are its messages, and `repeated` those that are kept when
        it is a repeat, for then it goes nowhere.

        A request that `refused` (a response code) says no to is entered as declined; so is one
        whose reversal came first, with 12. When that reversal named a repeat that only comes now,
        the entry is reversed.
        """
        now = self._now()
        message = request.message
        pending = self._vault.seal(as_json(kept_of(request)), operation_key)
        transaction_id = self._shortcut.next_id()
        state = State.FORWARDED if leaving else State.RECEIVED
        entry = new_entry(
            request,
            transaction_id,
            operation_key,
            state,
            now,
            route=route,
            destination=destination,
            second=second,
            card_key=self.card_key(request.pan),
        )

        may_be_twin = bool(request.other_key) or (request.restamped and is_repeat(message.mti))

        def work(connection: Connection) -> Received:
            overtaken = connection.execute(
                select(EARLY_REVERSALS.c.reference).where(
                    EARLY_REVERSALS.c.reference == request.reference
                )
            ).first()
            refusal = "12" if overtaken is not None else refused
            # Without a number of ours the database gives one.
            values: dict[str, Any] = {k: v for k, v in entry.items() if v is not None}
            if refusal:
                reason = "its reversal came first" if overtaken else "refused here"
                values.update(_declined(refusal, reason))
            twin = twin_of(connection, request) if may_be_twin else None
            entered_id = None
            if twin is None:
                entered_id = connection.execute(
                    upsert(connection, TRANSACTIONS)
                    .values(values)
                    .on_conflict_do_nothing()
                    .returning(TRANSACTIONS.c.id)
                ).scalar_one_or_none()
            if entered_id is None:
                own = TRANSACTIONS.c.duplicate_key == request.duplicate_key
                found = twin if twin is not None else find(connection, own)
                if found.operation_key == operation_key:
                    # The connection was lost in the commit that entered it.
                    return as_received(found, new=True)
                name_transmission(connection, request.reference, found.id)
                _say(connection, found.id, repeated)
                if overtaken is not None:
                    adopt(connection, request.reference, found.id)
                    found = self._reverse(connection, found, "its reversal came first")
                return as_received(found, new=False)
            name_transmission(connection, request.reference, entered_id)
            _say(connection, entered_id, repeated if overtaken else said)
            if overtaken is not None:
                adopt(connection, request.reference, entered_id)
            if request.moves_money and not refusal:
                connection.execute(
                    insert(PENDING).values(transaction_id=entered_id, request=pending)
                )
            return as_new(entered_id, refusal)

        def as_new(entered_id: int, refusal: str) -> Received:
            return Received(
                entered_id,
                operation_key,
                State.DECLINED if refusal else state,
                new=True,
                destination=destination,
                second=second,
                response_code=refusal,
            )

        known = not self._shortcut.open_to(request) or is_repeat(message.mti) or may_be_twin
        if known or transaction_id is None:
            return self._store.commit(work)
        row = {**entry, **_declined(refused, "refused here")} if refused else entry
        rows: list[tuple[Bulk, tuple[Any, ...]]] = [
            (ENTER, tuple(row.values())),
            (NAME, (request.reference, transaction_id)),
        ]
        if request.moves_money and not refused:
            rows.append((KEEP, (transaction_id, pending)))
        rows += [(SAY, (transaction_id, *each)) for each in said]
        return self._store.commit(work, rows=rows, result=as_new(transaction_id, refused))

    def advise(
        self,
        advice: Request,
        operation_key: str,
        *,
        route: str,
        destination: str,
        why_not: str,
        said: Sequence[Said] = (),
    ) -> Deferred[Received]:
        """Enter an advice, which is accepted whatever it says, and owe it to its destination.

        `why_not` tells why it goes nowhere by itself: then it is put aside for a person. One whose
        reversal came first moves nothing and is owed to nobody.
        """
        now = self._now()
        state = State.EXCEPTION if why_not else State.ADVISING
        transaction_id = self._shortcut.next_id()
        entry = {
            **new_entry(
                advice,
                transaction_id,
                operation_key,
                state,
                now,
                route=route,
                destination=destination,
                second="",
                card_key=self.card_key(advice.pan),
            ),
            "settled_on": self._settled_on(advice.message),
            "response_code": "00",
            "answer": json.dumps({"39": "00"}),
            "reason": why_not,
        }
        kept = self._vault.seal(json.dumps(kept_of_advice(advice)), operation_key)

        def work(connection: Connection) -> Received:
            values: dict[str, Any] = {k: v for k, v in entry.items() if v is not None}
            overtaken = connection.execute(
                select(EARLY_REVERSALS.c.reference).where(
                    EARLY_REVERSALS.c.reference == advice.reference
                )
            ).first()
            if overtaken is not None:
                values |= {"state": State.DECLINED.value, "reason": "its reversal came first"}
            entered_id = connection.execute(
                upsert(connection, TRANSACTIONS)
                .values(values)
                .on_conflict_do_nothing()
                .returning(TRANSACTIONS.c.id)
            ).scalar_one_or_none()
            if entered_id is None:
                found = find(connection, TRANSACTIONS.c.duplicate_key == advice.duplicate_key)
                name_transmission(connection, advice.reference, found.id)
                _say(connection, found.id, said)
                return as_received(found, new=found.operation_key == operation_key)
            name_transmission(connection, advice.reference, entered_id)
            _say(connection, entered_id, said)
            if overtaken is not None:
                adopt(connection, advice.reference, entered_id)
            found = find(connection, TRANSACTIONS.c.id == entered_id)
            if overtaken is None:
                connection.execute(insert(PENDING).values(transaction_id=entered_id, request=kept))
                status = Status.ASIDE if why_not else Status.QUEUED
                owing.owe(
                    connection, found, Kind.ADVICE, destination, now, status=status, note=why_not
                )
            return as_received(found, new=True)

        return self._store.commit(work)

    def card_key(self, pan: str) -> str:
        """A keyed hash of a card number, empty without one."""
        return self._vault.fingerprint(pan) if pan else ""

    def forward(self, transaction_id: int) -> Deferred[State]:
        """What was RECEIVED leaves now; fires with the state that results."""
        return self._advance(transaction_id, State.RECEIVED, Input.FORWARD)

    def authorise(self, transaction_id: int) -> Deferred[State]:
        """Enter that the first of two legs is approved, before the second is asked.

        Fires with the state that results; when that is not AUTHORISED, a reversal came first.
        """
        return self._advance(transaction_id, State.FORWARDED, Input.FIRST_APPROVED)

    def _advance(self, transaction_id: int, since: State, happened: Input) -> Deferred[State]:
        """Move on from one state, and from no other; fires with the state that results."""

        def work(connection: Connection) -> State:
            before = State(find(connection, TRANSACTIONS.c.id == transaction_id).state)
            if before is not since:
                return before
            after = next_state(before, happened)
            self._move(connection, transaction_id, after, happened.value)
            return after

        return self._store.commit(work)

    def close(
        self,
        transaction_id: int,
        happened: Input,
        answer: Mapping[str, Value],
        reason: str = "",
        *,
        since: State = State.FORWARDED,
        said: Sequence[Said] = (),
    ) -> Deferred[State]:
        """Enter what came of asking the destination; fires with the state that results.

        When that is not what `happened` leads to from `since`, something else came first (a
        reversal), and `answer` was not entered; of the messages `said` those that came were.
        """

        settled_on = self._settled_on(answer)

        def work(connection: Connection) -> State:
            found = find(connection, TRANSACTIONS.c.id == transaction_id)
            before = State(found.state)
            if before is not since:
                _say(connection, transaction_id, [each for each in said if each[1] == IN])
                return before
            _say(connection, transaction_id, said)
            after = next_state(before, happened, moves_money=found.moves_money)
            self._move(
                connection,
                transaction_id,
                after,
                reason,
                response_code=str(answer.get("39", "")),
                answer=json.dumps(dict(answer)),
                settled_on=settled_on,
            )
            if after in OWING:
                # A second leg that was refused, or never sent, has nothing to take back.
                first_alone = happened is Input.SECOND_REFUSED
                self._owe_reversal(connection, found, 0, reason, first_alone=first_alone)
            elif after is State.DECLINED:
                purge(connection, transaction_id)
            return after

        after = next_state(since, happened)
        if after in OWING or since is State.AUTHORISED:
            return self._store.commit(work)
        code, text = str(answer.get("39", "")), as_json(answer)
        closed = (transaction_id, after.value, code, text, reason, self._now(), settled_on)
        rows: list[tuple[Bulk, tuple[Any, ...]]] = [(CLOSE, closed)]
        if after is State.DECLINED:
            rows.append((PURGE, (transaction_id,)))
        rows += [(SAY, (transaction_id, *each)) for each in said]
        return self._store.commit(work, rows=rows, result=after)

    def stand_in(
        self,
        received: Received,
        answer: Mapping[str, Value],
        kept: Mapping[str, Value],
        *,
        rule: str,
        limits: StandInSettings,
        since: State,
        reason: str,
        said: Sequence[Said] = (),
    ) -> Deferred[Stood]:
        """Approve a request here with `answer`, and owe its destination the advice `kept`.

        Fires with the state that results, and with the limit that forbids it: nothing is entered
        then, nor when something else came first.
        """
        settled_on, today = self._settled_on(answer), self._settled_on({})
        sealed = self._vault.seal(as_json(dict(kept)), received.operation_key)

        def work(connection: Connection) -> Stood:
            found = find(connection, TRANSACTIONS.c.id == received.transaction_id)
            before = State(found.state)
            if before is not since:
                return Stood(before)
            if over := standing.over(connection, found, rule, limits, today):
                return Stood(before, over)
            _say(connection, found.id, said)
            standing.enter(connection, found, rule, today, sealed)
            after = next_state(before, Input.STAND_IN)
            self._move(
                connection,
                found.id,
                after,
                reason,
                response_code="00",
                answer=as_json(answer),
                settled_on=settled_on,
            )
            owing.owe(connection, found, Kind.ADVICE, found.destination, self._now(), reason=reason)
            return Stood(after)

        return self._store.commit(work)

    def take_back(self, transaction_id: int, reason: str) -> Deferred[Received | None]:
        """What was asked for is not given, whatever came of it: reverse what may stand."""

        def work(connection: Connection) -> Received:
            found = find(connection, TRANSACTIONS.c.id == transaction_id)
            return as_received(self._reverse(connection, found, reason), new=False)

        return self._store.commit(work)

    def take_back_of(self, reference: str, reason: str) -> Deferred[Received | None]:
        """The same for what this transmission is of; None when it is of nothing."""

        def work(connection: Connection) -> Received | None:
            known = connection.execute(
                select(TRANSMISSIONS.c.transaction_id).where(TRANSMISSIONS.c.reference == reference)
            ).scalar_one_or_none()
            if known is None:
                return None
            found = find(connection, TRANSACTIONS.c.id == known)
            return as_received(self._reverse(connection, found, reason), new=False)

        return self._store.commit(work)

    def note(self, transaction_id: int, said: Sequence[Said]) -> Deferred[None]:
        """Keep more messages of a transaction."""
        rows = [(SAY, (transaction_id, *each)) for each in said]
        return self._store.commit(
            lambda connection: _say(connection, transaction_id, said), rows=rows
        )

    def note_stray(self, reference: str, said: Said) -> Deferred[None]:
        """Keep a late answer with the transaction that this transmission is of, if there is one.

        Of each transaction STRAYS_KEPT are kept at most.
        """

        def work(connection: Connection) -> None:
            known = connection.execute(
                select(TRANSMISSIONS.c.transaction_id).where(TRANSMISSIONS.c.reference == reference)
            ).scalar_one_or_none()
            if known is None:
                return
            kept = select(func.count()).where(
                SWITCH_MESSAGES.c.transaction_id == known,
                SWITCH_MESSAGES.c.direction == IN,
                SWITCH_MESSAGES.c.note != "",
            )
            if connection.execute(kept).scalar_one() < STRAYS_KEPT:
                _say(connection, known, (said,))

        return self._store.commit(work)

    def reverse(self, reversal: Reversal, said: Sequence[Said] = ()) -> Deferred[Received | None]:
        """Enter a terminal's reversal; fires with its original, None when there is none yet.

        Fails with RefusalError 13 when more would be retained than was moved.

        An original that stands, or is under way, becomes REVERSING and its reversal is owed;
        any other is left as it is. Without an original the reversal is remembered.
        """
        now = self._now()

        def work(connection: Connection) -> Received | None:
            known = connection.execute(
                select(TRANSMISSIONS.c.transaction_id).where(
                    TRANSMISSIONS.c.reference == reversal.reference
                )
            ).scalar_one_or_none()
            if known is None:
                connection.execute(
                    upsert(connection, EARLY_REVERSALS)
                    .values(reference=reversal.reference, received_at=now)
                    .on_conflict_do_nothing()
                )
                forget_oldest(connection)
                _say(connection, None, said, reversal.reference)
                return None
            _say(connection, known, said)
            found = find(connection, TRANSACTIONS.c.id == known)
            if found.moves_money and reversal.retained_minor > found.amount_minor:
                told = f"DE95 retains {reversal.retained_minor} of {found.amount_minor}"
                raise RefusalError("13", told)
            if found.moves_money and reversal.retained_minor == found.amount_minor:
                return as_received(found, new=False)
            reversed_ = self._reverse(
                connection,
                found,
                "reversed by the terminal",
                retained_minor=reversal.retained_minor,
                owed_because=reversal.reason_code or "terminal",
            )
            return as_received(reversed_, new=reversed_.state != found.state)

        self._shortcut.shut(reversal.reference)

        def reopen(original: Received | None) -> Received | None:
            if original is not None:
                self._shortcut.reopen(reversal.reference)
            return original

        return self._store.commit(work).addCallback(reopen)

    def prove(self) -> Deferred[object]:
        """In an outage: whether the journal can be written again; fails while it cannot."""

        def work(connection: Connection) -> None:
            # More than fits into what is free of the last pages: a full disk must refuse it.
            row = {"reference": PROOF, "received_at": "0" * PROOF_BYTES}
            connection.execute(insert(EARLY_REVERSALS).values(row))
            connection.execute(delete(EARLY_REVERSALS).where(EARLY_REVERSALS.c.reference == PROOF))

        return self._store.prove(work)

    def recover(self) -> Deferred[int]:
        """At a start: whatever was under way at the crash is ended; fires with how many.

        What may have left is reversed, what had not is declined.
        """

        def work(connection: Connection) -> tuple[int, int, list[str]]:
            seal_all(connection, self._vault)
            under_way = _under_way(connection)
            for found in under_way:
                self._abandon(connection, found)
            last_id = connection.execute(select(func.max(TRANSACTIONS.c.id))).scalar_one()
            early = connection.execute(select(EARLY_REVERSALS.c.reference)).scalars()
            return len(under_way), last_id or 0, list(early)

        def opened(found: tuple[int, int, list[str]]) -> int:
            count, last_id, early = found
            self._shortcut.open(last_id, early)
            return count

        return self._store.commit(work).addCallback(opened)

    def abandon(self, under_way: Collection[int], before: datetime) -> Deferred[int]:
        """After an outage: reverse what was entered `before` it and nobody has under way.

        Its commit was lost on the way, and whoever asked was told that there is none. Fires with
        how many there are.
        """
        known, limit = set(under_way), _instant(before)

        def work(connection: Connection) -> int:
            lost = [
                found
                for found in _under_way(connection)
                if found.id not in known and found.received_at <= limit
            ]
            for found in lost:
                self._abandon(connection, found)
            return len(lost)

        return self._store.commit(work)

    def next_owed(self, destination: str) -> Deferred[Owed | None]:
        """The oldest that may be sent to a destination; it counts as attempted once more."""
        return self._store.commit(
            lambda connection: owing.give_out(connection, destination, self._vault)
        )

    def acknowledge(
        self, owed: Owed, response_code: str, said: Sequence[Said] = ()
    ) -> Deferred[None]:
        """The destination has taken it: it is owed no more, and what is final is forgotten."""
        happened = Input.ADVICE_TAKEN
        if owed.kind is Kind.REVERSAL:
            partial = bool(owed.retained_minor)
            happened = Input.REVERSAL_TAKEN_IN_PART if partial else Input.REVERSAL_TAKEN

        def work(connection: Connection) -> None:
            if not owing.taken(connection, owed):
                return  # a person dropped it while it was on its way
            _say(connection, owed.transaction_id, said)
            found = find(connection, TRANSACTIONS.c.id == owed.transaction_id)
            reason = f"{owed.kind.value} acknowledged with {response_code}"
            left = owing.left(connection, owed.transaction_id)
            if left and owed.kind is Kind.REVERSAL:
                # The other leg's is owed still, or waits for a person.
                if Status.ASIDE not in left:
                    return
                after = next_state(State(found.state), Input.REFUSED)
            else:
                after = next_state(State(found.state), happened)
            self._move(connection, owed.transaction_id, after, reason)
            if after in FINAL:
                purge(connection, owed.transaction_id)

        return self._store.commit(work)

    def put_aside(self, owed: Owed, why: str, said: Sequence[Said] = ()) -> Deferred[None]:
        """It was refused, or cannot be sent: it waits for a person, and lets others pass."""

        def work(connection: Connection) -> None:
            if not owing.set_aside(connection, owed, why):
                return
            _say(connection, owed.transaction_id, said)
            found = find(connection, TRANSACTIONS.c.id == owed.transaction_id)
            after = next_state(State(found.state), Input.REFUSED)
            self._move(connection, owed.transaction_id, after, why)

        return self._store.commit(work)

    def depth(self, destination: str) -> Deferred[int]:
        """How much a destination is owed."""
        return self._store.commit(lambda connection: owing.depth(connection, destination))

    def count_owed(self) -> Deferred[dict[tuple[str, str], int]]:
        """How much is owed, by destination and status."""
        return self._store.commit(owing.count)

    def _abandon(self, connection: Connection, found: Row[Any]) -> None:
        after = next_state(State(found.state), Input.CRASHED, moves_money=found.moves_money)
        self._move(
            connection,
            found.id,
            after,
            Input.CRASHED.value,
            response_code="91",
            answer=json.dumps({"39": "91"}),
        )
        if after in OWING:
            self._owe_reversal(connection, found, 0, Input.CRASHED.value)
        else:
            purge(connection, found.id)

    def _reverse(
        self,
        connection: Connection,
        found: Row[Any],
        reason: str,
        *,
        retained_minor: int = 0,
        owed_because: str = "",
    ) -> Row[Any]:
        """Reverse what may stand of a transaction; gives its row as it is then."""
        before = State(found.state)
        after = next_state(before, Input.REVERSAL, moves_money=found.moves_money)
        behind = after is State.EXCEPTION and owing.advice_is_owed(connection, found.id)
        if behind or (after is State.REVERSING and after is not before):
            self._owe_reversal(connection, found, retained_minor, owed_because or reason)
        if after is before:
            return found
        self._move(connection, found.id, after, reason)
        if after is State.DECLINED:
            purge(connection, found.id)
        return find(connection, TRANSACTIONS.c.id == found.id)

    def _owe_reversal(
        self,
        connection: Connection,
        found: Row[Any],
        retained_minor: int,
        reason: str,
        *,
        first_alone: bool = False,
    ) -> None:
        """Owe a reversal to each leg that may stand; with `first_alone`, to the first.

        `found` is the row as it was: until the first leg was approved the second was not asked.
        """
        legs = [found.destination]
        if found.second and not first_alone and State(found.state) is not State.FORWARDED:
            legs.append(found.second)
        for destination in legs:
            owing.owe(
                connection,
                found,
                Kind.REVERSAL,
                destination,
                self._now(),
                retained_minor=retained_minor,
                reason=reason,
            )
        connection.execute(
            update(TRANSACTIONS)
            .where(TRANSACTIONS.c.id == found.id)
            .values(reversed_minor=max(0, found.amount_minor - retained_minor))
        )
        connection.execute(
            update(TRANSACTIONS)
            .where(TRANSACTIONS.c.id == found.id, TRANSACTIONS.c.settled_on == "")
            .values(settled_on=self._settled_on({}))
        )

    def _settled_on(self, answer: Mapping[str, Value]) -> str:
        """The business date that an answer says, or today's."""
        near = local_date(self._wall_clock.now()) if self.days is None else self.days.ours
        return (from_de15(str(answer.get("15", "")), near) or near).isoformat()

    def _move(
        self,
        connection: Connection,
        transaction_id: int,
        after: State,
        reason: str,
        **values: str,
    ) -> None:
        connection.execute(
            update(TRANSACTIONS)
            .where(TRANSACTIONS.c.id == transaction_id)
            .values(state=after.value, reason=reason, changed_at=self._now(), **values)
        )

    def _now(self) -> str:
        return self._wall_clock.stamp()


def _instant(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds")


def _under_way(connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(
        select(TRANSACTIONS)
        .where(TRANSACTIONS.c.state.in_([state.value for state in UNDER_WAY]))
        .order_by(TRANSACTIONS.c.id)
    ).all()


def _say(
    connection: Connection, transaction_id: int | None, said: Sequence[Said], reference: str = ""
) -> None:
    if said:
        rows = [dict(zip(SAID, each, strict=True)) for each in said]
        named = {"transaction_id": transaction_id, "reference": reference}
        connection.execute(insert(SWITCH_MESSAGES), [{**named, **row} for row in rows])


def _declined(code: str, reason: str) -> dict[str, str]:
    return {
        "state": State.DECLINED.value,
        "response_code": code,
        "answer": json.dumps({"39": code}),
        "reason": reason,
    }
