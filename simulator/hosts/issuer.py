"""An issuer host: another bank's cards behind an ISO 8583 line that the switch dials."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater

from simulator.hosts import conduct, issuing, ledger, pins
from simulator.hosts.deciding import Policy
from simulator.hosts.limits import keep_limits
from simulator.hosts.misbehaving import Answering, falsified
from simulator.hosts.reading import CURRENCY, is_reversal
from simulator.hosts.rules import HostRule
from simulator.hosts.settings import IssuerSeed
from simulator.hosts.settling import CUT_OVER
from simulator.hosts.tables import SCHEMA, accounts, card_pins, cards
from switch.keys.vault import Vault
from switch.link import Listener, Session, SessionProfile, Tap, answer_to
from switch.link.sealing import KeysExchange, Seal
from switch.runtime import Runtime
from switch.store import Database, Store, StoreUnavailableError, new_number
from switch.store.databases import folder_of
from switch.store.sealed_cards import seal_cards, sealed_card
from switch.wire import Codec, Framing, Message, mask_pan
from switch.wire.chip_data import ChipDataError, chip_tags

if TYPE_CHECKING:
    from switch.keys.checking import PinChecker, PinOutcome
    from switch.keys.chips import ChipChecker, ChipOutcome


class IssuerHost:
    """Answers for its cards, from its own books.

    `rules` say what it does otherwise than it should; others can be set while it runs.
    `vault` seals card numbers; without one its keys are beside the database file.
    """

    def __init__(
        self,
        runtime: Runtime,
        seed: IssuerSeed,
        database: Path | Database,
        *,
        port: int,
        interface: str = "127.0.0.1",
        codec: Codec,
        framing: Framing,
        tap: Tap | None = None,
        seal: Seal | None = None,
        exchange: KeysExchange | None = None,
        vault: Vault | None = None,
        pins: PinChecker | None = None,
        rules: Sequence[HostRule] = (),
        chips: ChipChecker | None = None,
    ) -> None:
        self._rules = tuple(rules)
        self._policy = Policy.of(seed)
        self._luck = runtime.random("rules")
        self._runtime = runtime
        self._seed = seed
        self._database = database
        self._vault = vault or Vault.open(
            folder_of(database), "issuer", runtime.entropy, runtime.wall_clock
        )
        self._store: Store | None = None
        self._pins = pins
        self._chips = chips
        self._late: set[Deferred[None]] = set()
        self._listener = Listener(
            runtime,
            SessionProfile(name="issuer", handed_on=(CUT_OVER,)),
            codec,
            framing,
            port=port,
            interface=interface,
            handler=self._handle,
            # It only answers; the number would be of a request of its own.
            new_stan=lambda: "000001",
            tap=tap,
            seal=seal,
            exchange=exchange,
        )

    @property
    def port(self) -> int:
        """The port listened on."""
        return self._listener.port

    async def start(self) -> None:
        """Open the books, or begin them from the seed, and listen.

        Raises StoreFormatError or StoreUnavailableError for a file that cannot be used,
        AddressTakenError for a port.
        """
        store = Store.open(self._database, SCHEMA, self._runtime.executor("books"))
        self._store = store
        now = self._runtime.wall_clock.now()
        try:
            await store.commit(
                lambda connection: begin(
                    connection, self._seed, now.isoformat(), self._vault, self._rules
                )
            )
            self._listener.start()
        except Exception:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close the lines, then the books."""
        await self._listener.stop()
        for late in list(self._late):
            late.cancel()
        store, self._store = self._store, None
        if store is not None:
            await store.close()

    async def set_rules(self, *rules: HostRule) -> None:
        """Put rules in front of the others, until they are dropped or the host stops.

        Raises StoreUnavailableError, and TooManyRulesError.
        """
        at = self._now()
        await self._books().commit(
            lambda connection: conduct.set_rules(connection, "scenario", rules, at)
        )

    async def drop_rules(self, *names: str) -> None:
        """Remove rules that `set_rules` put there. Raises StoreUnavailableError."""
        await self._books().commit(
            lambda connection: conduct.drop_rules(connection, "scenario", names)
        )

    def _books(self) -> Store:
        if self._store is None:
            raise StoreUnavailableError("the host is stopped")
        return self._store

    def _now(self) -> str:
        return self._runtime.wall_clock.now().isoformat(timespec="milliseconds")

    async def _handle(self, request: Message, session: Session) -> Message | None:
        store = self._store
        if store is None:
            return None
        try:
            pin = await self._look_at_pin(store, request)
            chip = await self._look_at_chip(request)
            done = await self._once(store, request, pin, chip)
            if done.rule is not None and done.rule.delay is not None:
                if not await self._pause(done.rule.delay):
                    return None
                done = await self._act(store, request, pin, chip, done.rule)
        except StoreUnavailableError as error:
            self._runtime.log.error("books unavailable", reason=str(error))
            return answer_to(request, "96")
        rule, answer = done.rule, done.answer
        if answer is not None:
            await self._answer_chip(chip, answer)
        if rule is None or answer is None:
            return answer
        if rule.lose_answer or (rule.late is not None and not await self._pause(rule.late)):
            return None
        answer = falsified(answer, rule)
        if rule.again is not None:
            self._answer_again(session, request, answer, rule.again)
        return answer

    def _once(
        self,
        store: Store,
        request: Message,
        pin: PinOutcome | None,
        chip: ChipOutcome | None,
    ) -> Deferred[Answering]:
        """Choose the rule, and act at once unless it says otherwise: one unit of work."""
        now, luck = self._runtime.wall_clock.now(), self._luck.random()

        def work(connection: Connection) -> Answering:
            rule = conduct.choose(connection, request, luck, now.isoformat(timespec="milliseconds"))
            if rule is not None and (rule.silent or rule.delay is not None):
                return Answering(rule)
            return Answering(rule, self._answer(connection, request, now, pin, chip, rule))

        return store.commit(work)

    def _act(
        self,
        store: Store,
        request: Message,
        pin: PinOutcome | None,
        chip: ChipOutcome | None,
        rule: HostRule,
    ) -> Deferred[Answering]:
        now = self._runtime.wall_clock.now()
        return store.commit(
            lambda connection: Answering(
                rule, self._answer(connection, request, now, pin, chip, rule)
            )
        )

    def _answer(
        self,
        connection: Connection,
        request: Message,
        now: datetime,
        pin: PinOutcome | None,
        chip: ChipOutcome | None,
        rule: HostRule | None,
    ) -> Message:
        return issuing.answer(connection, request, now, self._vault, pin, rule, self._policy, chip)

    def _answer_again(
        self, session: Session, request: Message, answer: Message, pause_s: float
    ) -> None:
        async def again() -> None:
            if await self._pause(pause_s):
                session.say(answer.copy(), request)

        failed = self._runtime.log.error
        Deferred.fromCoroutine(again()).addErrback(
            lambda failure: failed("second answer failed", error=str(failure.type))
        )

    async def _look_at_pin(self, store: Store, request: Message) -> PinOutcome | None:
        """What the security module says of the PIN of a request; None when it has none."""
        if "52" not in request:
            return None
        from switch.keys.checking import PinOutcome

        if self._pins is None:
            return PinOutcome("unverifiable")
        pan = request.text("2")
        value = await store.commit(lambda connection: pins.pin_value(connection, self._vault, pan))
        return await self._pins.check(request.text("52"), pan, value, request.part("48", "24"))

    async def _look_at_chip(self, request: Message) -> ChipOutcome | None:
        """What the security module says of chip data; None where there are none, or none is asked.

        A reversal may carry them too: there they decide nothing.
        """
        data = request.get("55")
        if self._chips is None or data is None or is_reversal(request):
            return None
        from switch.keys.chips import ChipOutcome

        try:
            tags = chip_tags(data)
        except ChipDataError:
            return ChipOutcome("unreadable")
        amount_minor = int(request.text("4") or 0)
        return await self._chips.check(request.text("2"), request.text("23"), amount_minor, tags)

    async def _answer_chip(self, chip: ChipOutcome | None, answer: Message) -> None:
        """What the card is told. A repeat has it anew, from the same cryptogram."""
        if self._chips is None or chip is None:
            return
        if data := await self._chips.answer(chip, answer.text("39")):
            answer["55"] = data

    async def _pause(self, delay_s: float) -> bool:
        """Wait; False when the host stopped meanwhile."""
        reactor: Any = self._runtime.reactor
        late: Deferred[None] = deferLater(reactor, delay_s)
        self._late.add(late)
        try:
            await late
        except CancelledError:
            return False
        finally:
            self._late.discard(late)
        return True


def begin(
    connection: Connection,
    seed: IssuerSeed,
    at: str,
    vault: Vault,
    rules: Sequence[HostRule] = (),
) -> None:
    """Fill empty books from the seed; of books that have accounts, seal card numbers in clear.

    What was said of the host's behaviour for its last life is replaced by `rules`.
    """
    conduct.begin_life(connection, rules, at)
    seal_cards(connection, cards, vault)
    if connection.execute(select(accounts.c.id)).first() is not None:
        return
    ledger.account(connection, "opening")
    numbers = {}
    for each in seed.accounts:
        numbers[each.id] = ledger.account(
            connection,
            f"customer:{each.id}",
            holder=each.holder,
            floor_minor=0,
            currency=each.currency,
        )
        if each.balance:
            code = "opening" if each.currency == CURRENCY else f"opening:{each.currency}"
            opening = ledger.account(connection, code, currency=each.currency)
            trace = ledger.Trace(at)
            ledger.move(connection, "opening", trace, each.balance, opening, numbers[each.id])
    for card in seed.cards:
        entered = connection.execute(
            cards.insert().values(
                **sealed_card(vault, card.pan),
                masked_pan=mask_pan(card.pan),
                account_id=numbers[card.account],
                expiry=card.expiry,
                status=card.status,
            )
        )
        limits = card.limits or seed.limits
        if limits is not None:
            keep_limits(connection, int(entered.lastrowid), limits)
        if card.pin_value is not None:
            kept = card_pins.insert().values(
                card_id=new_number(entered), value=card.pin_value, tries=0
            )
            connection.execute(kept)
