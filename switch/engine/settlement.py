"""Business dates of a switch: when they end, who is told, and what others tell us of theirs.

Our date ends by schedule, in Morocco's time, or when an operator says so; one that should have
ended while the switch was down ends at its next start, once. A link follows ours (`cut_over:
none` or `ours`), or says itself when its date ends (`theirs`); so does a network that sends us
requests. What a date's totals were is asked of us (0500, 0520) or told by us (`settling`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from switch.engine.business_day import (
    BusinessDays,
    date_due,
    from_de15,
    in_de15,
    next_beginning,
)
from switch.engine.destination import Destination
from switch.engine.request import RefusalError
from switch.engine.settlement_book import OURS, Order, SettlementBook
from switch.engine.settling import Settling, Terms, told_apart
from switch.link import answer_to
from switch.runtime import Runtime
from switch.settings.network import SwitchFile
from switch.store import StoreUnavailableError
from switch.wire import Message
from switch.wire.totals import read_totals

ORDERS_EVERY_S = 2.0
"""How often the journal is looked at for orders of an operator."""

AHEAD_MAX = timedelta(days=7)
"""How far from ours a date may be that somebody tells us: more is a mistake, and refused."""


class Settlement:
    """Keeps the business dates of one switch."""

    def __init__(
        self,
        runtime: Runtime,
        settings: SwitchFile,
        book: SettlementBook,
        destinations: Mapping[str, Destination],
        *,
        new_stan: Callable[[], str],
        exchange_keys: Callable[[str], int | None] = lambda link: None,
    ) -> None:
        self._runtime = runtime
        self._log = runtime.log
        self._settings = settings
        self._book = book
        self._begins = settings.switch.business_day.minute
        self._exchange_keys = exchange_keys
        self._timers: dict[str, Any] = {}
        self._stopped = False
        self.days = BusinessDays(date_due(runtime.wall_clock.now(), self._begins))
        self._told = {
            name: self._settling(name, each, new_stan)
            for name, each in destinations.items()
            if self._reconciles(name) or self._who_says(name) == "ours"
        }

    async def start(self) -> None:
        """Read the dates, catch up with the clock, and go on with what is owed."""
        dates = await self._book.dates()
        for party, day in dates.items():
            self.days.moved(party, day)
        if OURS not in dates:
            due = date_due(self._runtime.wall_clock.now(), self._begins)
            await self._book.cut_over(OURS, due, "start", ended=due)
            self.days.moved(OURS, due)
        await self._on_schedule()
        for settling in self._told.values():
            settling.start()
        self._after(ORDERS_EVERY_S, "orders", self._look_for_orders)

    def stop(self) -> None:
        """Let no more dates end; what is owed stays in the journal."""
        self._stopped = True
        for timer in self._timers.values():
            if timer.active():
                timer.cancel()
        for settling in self._told.values():
            settling.stop()

    def wake(self, destination: str) -> None:
        """A destination is back: what it is to be told is tried at once."""
        if destination in self._told:
            self._told[destination].wake()

    def de15(self, party: str) -> str:
        """DE15 of an answer that we give, by the listener on which it was asked."""
        return in_de15(self.days.of(party))

    # -- cut-over -------------------------------------------------------------------------------

    async def cut_over(self, how: str, day: date | None = None) -> date:
        """End our date now: `day` begins, or the one that follows; gives the date that holds."""
        ended = self.days.ours
        new = ended + timedelta(days=1) if day is None else day
        follow = [name for name in self._told if self._who_says(name) == "none"]
        if not await self._book.cut_over(OURS, new, how, reconcile=follow, ended=ended):
            return self.days.ours
        self.days.moved(OURS, new)
        self._log.info(
            "business date began", business_date=new.isoformat(), ended=ended.isoformat(), how=how
        )
        for settling in self._told.values():
            settling.wake()
        return new

    async def received_cut_over(self, message: Message, party: str) -> Message:
        """The other side says that its date ends. Raises RefusalError."""
        if self._who_says(party) != "theirs":
            raise RefusalError("12", f"cut-over is not {party}'s to say")
        ended = self.days.of(party)
        new = ended + timedelta(days=1)
        if "15" in message:
            said = from_de15(message.text("15"), new)
            if said is None or abs(said - self.days.ours) > AHEAD_MAX:
                raise RefusalError("30", f"DE15 {message.text('15')} is far from our date")
            new = said
        if self.days.known(party) == new:
            # A repeat, or the peer could not know that it was heard.
            return answer_to(message, "00")
        await self._end(party, new, f"told by {party}")
        return answer_to(message, "00")

    async def _end(self, party: str, new: date, how: str) -> None:
        ended = self.days.of(party)
        # A link that begins with ours has had no date that could have ended.
        reconcile = [party] if ended < new and self._reconciles(party) else []
        if await self._book.cut_over(party, new, how, reconcile=reconcile, ended=ended):
            self.days.moved(party, new)
            self._log.info(
                "business date of a link began",
                link=party,
                business_date=new.isoformat(),
                ended=ended.isoformat(),
                how=how,
            )
            self.wake(party)

    async def _on_schedule(self) -> None:
        """Our date by the clock, once however many were missed; then wait for the next."""
        now = self._runtime.wall_clock.now()
        due = date_due(now, self._begins)
        pause_s = (next_beginning(now, self._begins) - now).total_seconds()
        if due > self.days.ours:
            try:
                await self.cut_over("schedule", due)
            except StoreUnavailableError as error:
                self._log.error("journal unavailable", reason=str(error))
                pause_s = self._settings.switch.store_and_forward.first
        self._after(pause_s, "schedule", self._on_schedule)

    # -- reconciliation -------------------------------------------------------------------------

    async def received_totals(self, message: Message, party: str) -> Message:
        """Compare a day's totals (0500 or 0520) with ours, and answer DE66 and ours.

        Raises RefusalError 30 for totals that cannot be read.
        """
        acquirer = message.text("32").lstrip("0")
        day = from_de15(message.text("15"), self.days.of(party))
        if day is None or not acquirer:
            raise RefusalError("30", f"{message.mti} without DE15 or DE32")
        try:
            theirs = read_totals(message)
        except ValueError as error:
            raise RefusalError("30", str(error)) from None
        if theirs is None:
            raise RefusalError("30", f"{message.mti} without totals")
        ours = await self._book.totals(acquirer, day, of_acquirer=True)
        differences = told_apart(ours, theirs)
        await self._book.received(acquirer, day, message.text("11"), ours, theirs, differences)
        report = self._log.error if differences else self._log.info
        report(
            "reconciliation received",
            acquirer=acquirer,
            business_date=day.isoformat(),
            differences=differences,
        )
        answer = answer_to(message, "95" if differences else "00", de66="2" if differences else "1")
        answer.update(ours.elements())
        answer["15"] = in_de15(day)
        answer["50"] = message.get("50", self._settings.currency)
        return answer

    # -- orders ---------------------------------------------------------------------------------

    async def _look_for_orders(self) -> None:
        try:
            for order in await self._book.orders():
                await self._book.done(order, await self._carry_out(order))
        except StoreUnavailableError as error:
            self._log.error("journal unavailable", reason=str(error))
        self._after(ORDERS_EVERY_S, "orders", self._look_for_orders)

    async def _carry_out(self, order: Order) -> str:
        """What came of an order, in words."""
        self._log.info("order of an operator", order=order.kind, party=order.party)
        day = date.fromisoformat(order.business_date) if order.business_date else None
        if order.kind == "cut-over":
            before = self.days.ours
            if day is not None and abs(day - before) > AHEAD_MAX:
                return f"refused: {day} is more than {AHEAD_MAX.days} days from {before}"
            after = await self.cut_over("command", day)
            return f"{after} has begun" if after > before else f"refused: {before} holds already"
        if order.kind == "exchange-keys":
            return self._exchanged(order.party)
        if order.party not in self._told or not self._reconciles(order.party):
            return f"refused: {order.party} is no link with `reconciles: true`"
        day = day or self.days.of(order.party) - timedelta(days=1)
        await self._book.owe(order.party, day)
        self.wake(order.party)
        return f"reconciliation of {day} with {order.party} is owed"

    def _exchanged(self, link: str) -> str:
        peers = self._exchange_keys(link)
        if peers is None:
            return f"refused: {link} is no link or listener with `exchange`"
        if not peers:
            return f"refused: nobody on {link} is sent keys: none signed on, or keys made there"
        return f"new keys are on their way to {peers} of {link}: the log says what comes of them"

    # -- the links ------------------------------------------------------------------------------

    def _settling(
        self, name: str, destination: Destination, new_stan: Callable[[], str]
    ) -> Settling:
        section = self._settings.switch
        terms = Terms(
            name=name,
            timeout_s=max(section.links[link].timeout for link in self._links_of(name)),
            says_cut_over=self._who_says(name) == "ours",
            institution=self._settings.institution,
            currency=self._settings.currency,
        )

        def told(party: str, day: date, how: str) -> Deferred[None]:
            return Deferred.fromCoroutine(self._end(party, day, how))

        return Settling(
            self._runtime,
            self._book,
            self.days,
            destination,
            terms,
            section.store_and_forward,
            new_stan=new_stan,
            cut_over=told,
        )

    def _links_of(self, name: str) -> tuple[str, ...]:
        """The links behind a destination, itself when it is one."""
        section = self._settings.switch
        if name in section.links:
            return (name,)
        return section.destinations[name].links if name in section.destinations else ()

    def _reconciles(self, name: str) -> bool:
        links = self._links_of(name)
        return any(self._settings.switch.links[link].reconciles for link in links)

    def _who_says(self, name: str) -> str:
        """`ours`, `theirs` or `none`: of a listener that networks dial it is theirs."""
        section = self._settings.switch
        listener = section.listeners.get(name)
        if listener is not None:
            return "theirs" if listener.kind == "network" else "none"
        return next((section.links[link].cut_over for link in self._links_of(name)), "none")

    def _after(self, pause_s: float, what: str, act: Callable[[], Any]) -> None:
        if self._stopped:
            return

        def failed(failure: Failure) -> None:
            self._log.error(f"{what} failed inside", error=str(failure.type))

        def fire() -> None:
            Deferred.fromCoroutine(act()).addErrback(failed)

        self._timers[what] = self._runtime.reactor.callLater(pause_s, fire)
