"""The life of a transaction in the switch: journal, route, ask, journal, answer.

Nothing irreversible leaves before the journal has it: a request before it is forwarded, an
answer before it is sent. Whatever was forwarded and not answered is reversed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from switch.engine.advices import Advices
from switch.engine.counts import NO_COUNTS, EngineCounts
from switch.engine.destination import Destination
from switch.engine.duplicates import keyed
from switch.engine.entries import Received
from switch.engine.journal import Journal
from switch.engine.messages import IN, OUT, Keeper
from switch.engine.messages import Row as Said
from switch.engine.pins import PIN, Pins, check_pin
from switch.engine.request import (
    RefusalError,
    Request,
    read_advice,
    read_request,
    read_reversal,
    reference,
)
from switch.engine.routing import Asked, Router, minute_of
from switch.engine.saf import StoreAndForward
from switch.engine.settlement import Settlement
from switch.engine.standin import StandIn
from switch.engine.states import OWING, Input, State
from switch.engine.two_legs import Confirming, SecondLeg, first_leg
from switch.engine.vouching import Vouching
from switch.link import (
    CloseLineError,
    NoAnswerError,
    NotSentError,
    SameKeyError,
    UnencodableError,
    answer_to,
)
from switch.runtime import Runtime, local_time, ordered_identifier
from switch.settings.keys import PinSettings
from switch.settings.links import DUPLICATES
from switch.settings.network import SwitchFile
from switch.settings.standin import Away
from switch.store import StoreUnavailableError
from switch.wire import Message, Value
from switch.wire.mti import is_repeat, message_class

APPROVED_OTHERWISE = frozenset({"08", "10", "11", "16"})
"""Codes under which money moved in a way that is not offered here: it is taken back."""

ANSWERED = ("4", "5", "6", "9", "10", "15", "38", "39", "44", "48", "50", "51", "54", "55", "62")
"""Elements of a destination's answer that go back to whoever asked."""

TAKEN_BACK = frozenset(
    {State.REVERSING, State.REVERSED, State.PARTLY_REVERSED, State.EXCEPTION, State.SETTLED}
)
"""What was approved may stand no more, or not whole."""

AWAY = frozenset({"91", "96"})
"""Codes of a destination that cannot work now: they do not show that it is well again."""

UNKNOWN_TERMINAL = "58"

JOURNAL_RETRY_S = 1.0


class Milestone(Protocol):
    """Told of each step of each transaction: for tests of crashes, and for people."""

    def __call__(self, step: str, request: Request) -> None:
        """`step` is journaled, forwarded, answered, answer journaled or completed.

        A request of two legs goes from answered to authorised, second forwarded and second
        answered, then on.
        """
        ...


@dataclass(frozen=True)
class Source:
    """Where a request comes from: one of the switch's listeners."""

    kind: str
    """`terminals` or `network`."""
    name: str
    groups: tuple[str, ...] = ()
    """Groups of terminals that may be there; none: all of them."""
    duplicates: tuple[str, ...] = DUPLICATES
    """Elements on which two requests that are one agree."""
    pin: PinSettings | None = None
    """How PINs come from a network; of terminals their groups say it."""
    unknown_terminal: str = UNKNOWN_TERMINAL
    """The code for a terminal that is unknown there; or `ignore`, or `close`."""


class StrangerError(RefusalError):
    """A terminal that is unknown, or may not be on its line."""


@dataclass(frozen=True)
class _Away:
    """A destination that does not decide: how, what happened, and what is answered by itself."""

    how: Away
    happened: Input
    reason: str
    elements: Mapping[str, Value] = field(default_factory=lambda: {"39": "91"})
    since: State = State.FORWARDED
    heard: Message | None = None


class Transactions:
    """Handles every financial message of every line."""

    def __init__(
        self,
        runtime: Runtime,
        settings: SwitchFile,
        journal: Journal,
        destinations: Mapping[str, Destination],
        store_and_forward: Mapping[str, StoreAndForward],
        *,
        pins: Pins | None = None,
        keepers: Mapping[str, Keeper] | None = None,
        settlement: Settlement | None = None,
        milestone: Milestone | None = None,
        counts: EngineCounts = NO_COUNTS,
    ) -> None:
        self._runtime = runtime
        self._log = runtime.log
        self._settings = settings
        self._journal = journal
        self._destinations = destinations
        self._saf = store_and_forward
        self._router = Router(settings.switch.routes)
        self._keepers = dict(keepers or {})
        for name in destinations.keys() - self._keepers.keys():
            self._keepers[name] = Keeper(name)
        self._askers: dict[int, str] = {}
        self._advices = Advices(
            runtime.entropy, runtime.log, journal, self._router, store_and_forward
        )
        self._other_currencies = settings.switch.other_currencies
        self._groups = settings.switch.groups
        self._group_of = settings.switch.group_of()
        self._pins = pins
        self._settlement = settlement
        self._vouching = Vouching(settings.switch, settings.institution)
        self._milestone = milestone
        self._counts = counts
        self._stand_in = StandIn(
            settings.switch.stand_in, settings.currency, journal, runtime.log, counts
        )
        self._under_way: dict[int, list[Deferred[Mapping[str, Value]]]] = {}
        self._settling: dict[Deferred[None], None] = {}
        self._stopped = False
        self._second = SecondLeg(runtime.reactor, settings.switch.answer_within)
        self._confirming = {
            name: each for name, each in destinations.items() if isinstance(each, Confirming)
        }
        astray = {route.to for route in settings.switch.routes} - destinations.keys()
        if astray:
            raise ValueError(f"routes lead to {', '.join(sorted(astray))}, which is no destination")
        unable = {route.then for route in settings.switch.routes if route.then}
        if unable := unable - self._confirming.keys():
            raise ValueError(f"{', '.join(sorted(unable))} cannot confirm what others authorise")

    async def handle(self, message: Message, source: Source) -> Message | None:
        """Answer one message of a signed-on line."""
        mti = message.mti
        kind, function = mti[1:2], mti[2:3]
        try:
            if source.kind == "terminals" and (stranger := self._stranger(message, source)):
                self._counts.terminal_unknown(source.name)
                refusal = StrangerError(source.unknown_terminal, stranger)
                if refusal.code not in ("ignore", "close"):
                    raise refusal
                self._say_refused(message, refusal)
                if refusal.code == "close":
                    raise CloseLineError("terminal", stranger)
                return None
            if source.kind == "network" and kind != "8":
                self._vouching.check(message, source.name)
            if kind == "4":
                answer = await self._reverse(message, source)
            elif kind in ("1", "2") and function == "2":
                came = self._said(IN, source.name, message)
                given = self._said(OUT, source.name, answer_to(message, "00"))
                asked = self._advised(message, source)
                accepted = await self._advices.take(asked, (came, given))
                if accepted is None:
                    return None
                answer = accepted
            elif kind in ("1", "2") and function == "0":
                answer = await self._request(message, source)
            elif kind in ("5", "8") and self._settlement is not None:
                answer = await self._end_of_day(message, source, self._settlement)
            else:
                raise RefusalError("12", f"{message.mti} is not supported")
        except RefusalError as refusal:
            self._say_refused(message, refusal)
            answer = answer_to(message, refusal.code)
        except StoreUnavailableError as error:
            # The outage was told once; a line for each request would fill what disk there is.
            self._log.debug("journal unavailable", stan=message.text("11"), reason=str(error))
            answer = answer_to(message, "96")
        self._counts.answered(message.mti, answer.text("39"))
        if kind in ("1", "2"):
            answer.setdefault("15", self._de15(source))
        return answer

    def _advised(self, message: Message, source: Source) -> Asked:
        institution, currency = self._settings.institution, self._settings.currency
        advice = read_advice(message, institution=institution, currency=currency)
        advice = keyed(advice, source.duplicates, self._runtime.wall_clock.now())
        group = self._group_of.get(_terminal(message), "") if source.kind == "terminals" else ""
        minute = minute_of(self._runtime.wall_clock.now()) if self._router.timed else 0
        return Asked(advice, group, source.name, minute, currency)

    async def _end_of_day(
        self, message: Message, source: Source, settlement: Settlement
    ) -> Message:
        """A cut-over (0800), or the totals of a business date (0500, 0520), from the other side."""
        if message_class(message.mti) == "8":
            return await settlement.received_cut_over(message, source.name)
        if source.kind != "network" or message.mti[2] not in "02":
            raise RefusalError("12", f"{message.mti} is not supported here")
        return await settlement.received_totals(message, source.name)

    def _de15(self, source: Source) -> str:
        """The business date that holds for what this source asks."""
        if self._settlement is None:
            return local_time(self._runtime.wall_clock.now())[1]
        return self._settlement.de15(source.name)

    def _stranger(self, message: Message, source: Source) -> str:
        """Why a terminal is not known, or may not be on the line it is on; empty when it may."""
        group = self._group_of.get(_terminal(message))
        if group is None:
            return f"unknown terminal {message.text('41') or '(no DE41)'}"
        if source.groups and group not in source.groups:
            return f"terminals of the group {group} do not connect to {source.name}"
        return ""

    def not_given(self, message: Message, answer: Message) -> None:
        """An answer could not be said on its line: what it approved is taken back.

        Whoever asked was answered 96, and gives nothing.
        """
        if answer.text("39") != "00" or message.mti[1:3] not in ("10", "20"):
            return
        of = reference(
            (message.text("32") or self._settings.institution),
            message.text("41"),
            message.text("11"),
            message.text("7"),
        )
        self._settle(lambda: self._journal.take_back_of(of, "its answer could not be said"))

    def stray(self, link: str, answer: Message, why: str) -> None:
        """An answer came late, or to nobody: keep it with the transaction that it is of.

        A few of a transaction are kept; nobody waits for it.
        """
        kind = message_class(answer.mti)
        try:
            if kind == "4":
                of = read_reversal(answer, institution=self._settings.institution).reference
            elif kind in ("1", "2"):
                acquirer = answer.text("32") or self._settings.institution
                of = reference(acquirer, answer.text("41"), answer.text("11"), answer.text("7"))
            else:
                return
        except RefusalError:
            return  # it names no original
        noted = self._journal.note_stray(of, self._said(IN, link, answer, why))
        noted.addErrback(lambda failure: failure.trap(StoreUnavailableError) and None)

    @property
    def under_way(self) -> list[int]:
        """The transactions whose requests are being handled."""
        return list(self._under_way)

    def stop(self) -> None:
        """Settle no more; what is not settled is reversed at the next start."""
        self._stopped = True
        for settling in list(self._settling):
            settling.cancel()

    # -- requests ---------------------------------------------------------------------------------

    async def _request(self, message: Message, source: Source) -> Message:
        group = self._group_of[_terminal(message)] if source.kind == "terminals" else ""
        currency = self._settings.currency
        request = read_request(
            message,
            self._groups[group] if group else None,
            institution=self._settings.institution,
            currency=currency,
            others=self._other_currencies,
        )
        request = keyed(request, source.duplicates, self._runtime.wall_clock.now())
        origin = self._groups[group].pin if group else source.pin
        check_pin(request, origin, self._groups[group] if group else None)
        minute = minute_of(self._runtime.wall_clock.now()) if self._router.timed else 0
        asked = Asked(request, group, source.name, minute, currency)
        route, destination, second, refused = "", "", "", ""
        try:
            taken_by = self._router.route(asked)
            route, destination = taken_by.name, taken_by.to
            second = taken_by.then or ""
            if request.moves_money and self._saf[destination].full:
                raise RefusalError("91", f"store-and-forward for {destination} is full")
        except RefusalError as refusal:
            self._say_refused(message, refusal)
            refused = refusal.code
        said = [self._said(IN, source.name, message)]
        leaving = not refused and self._destinations[destination].up
        if refused:
            said.append(self._said(OUT, source.name, answer_to(message, refused)))
        elif leaving:
            leaves = first_leg(request.forwarded) if second else request.forwarded
            as_it_came = said[0] if leaves is message else None
            said.append(self._said(OUT, destination, leaves, like=as_it_came))
        received = await self._journal.receive(
            request,
            ordered_identifier(self._runtime.entropy, self._runtime.reactor.seconds()),
            route=route,
            destination=destination,
            second=second,
            refused=refused,
            leaving=leaving,
            said=said,
            repeated=said[:1],
        )
        if not received.new:
            answer = await self._again(message, received)
            self._note(received.transaction_id, self._said(OUT, source.name, answer))
            return answer
        if received.response_code:
            if received.response_code != refused:
                self._say_refused(
                    message, RefusalError(received.response_code, "its reversal came first")
                )
            return answer_to(message, received.response_code)
        self._reached("journaled", request)
        self._askers[received.transaction_id] = source.name
        under_way = self._under_way[received.transaction_id] = []
        elements: Mapping[str, Value] = {"39": "96"}
        try:
            elements = await self._ask(request, received, source, origin)
        except Exception:
            # It may have left: whoever asked is answered 96, and what may stand is taken back.
            self._settle_later(received, "it failed inside the switch")
            raise
        finally:
            del self._under_way[received.transaction_id]
            del self._askers[received.transaction_id]
            for waiting in under_way:
                waiting.callback(elements)
        self._reached("completed", request)
        if received.given is not None and received.given[0] is elements:
            return received.given[1]
        return _answer(message, elements)

    async def _again(self, message: Message, received: Received) -> Message:
        """The request is in the journal already: a repeat gets its answer, anything else 94."""
        if not is_repeat(message.mti):
            raise RefusalError("94", "a request with the same key was received before")
        if received.state in OWING:
            self._wake(received)
        under_way = self._under_way.get(received.transaction_id)
        if under_way is not None:
            waiting: Deferred[Mapping[str, Value]] = Deferred()
            under_way.append(waiting)
            return _answer(message, await waiting)
        self._log.info(
            "repeat answered from the journal",
            stan=message.text("11"),
            terminal=message.text("41"),
            state=received.state.value,
        )
        stored = received.answer or {"39": "91"}
        if received.state in TAKEN_BACK and stored.get("39") == "00":
            # What was approved has been taken back since: to say 00 again would be untrue.
            return answer_to(message, "12")
        return _answer(message, stored)

    async def _ask(
        self,
        request: Request,
        received: Received,
        source: Source,
        origin: PinSettings | None,
    ) -> Mapping[str, Value]:
        """Ask the destination and journal what came of it; the elements of the answer."""
        destination = self._destinations[received.destination]
        since_s = self._runtime.reactor.seconds()
        asked = request.forwarded
        if received.state is State.RECEIVED and not await self._leaves(received, destination):
            down = f"{destination.name} is down"
            self._say_failed(request, destination, "request not sent", down)
            away = _Away("down", Input.NOT_SENT, down, since=State.RECEIVED)
            return await self._without(request, received, source, away)
        try:
            if PIN in asked:
                asked = await self._with_pin(asked, request, origin, destination.name)
            if received.second:
                asked = first_leg(asked)
            answering = destination.ask(asked, destination.timeout_s, received.operation_key)
            self._reached("forwarded", request)
            answer = await answering
        except RefusalError as refusal:
            self._say_refused(request.message, refusal)
            said = {"39": refusal.code}
            return await self._close(request, received, Input.NOT_SENT, said, refusal.reason)
        except (SameKeyError, UnencodableError) as error:
            self._say_failed(request, destination, "request not sent", str(error))
            return await self._close(request, received, Input.NOT_SENT, {"39": "91"}, str(error))
        except NotSentError as error:
            self._say_failed(request, destination, "request not sent", str(error))
            away = _Away("down", Input.NOT_SENT, str(error))
            return await self._without(request, received, source, away)
        except NoAnswerError as error:
            self._say_failed(request, destination, "request unanswered", str(error))
            away = _Away("silent", Input.NO_ANSWER, str(error))
            return await self._without(request, received, source, away)
        self._reached("answered", request)
        code = answer.text("39")
        if not code or code in APPROVED_OTHERWISE:
            reason = f"answered with {code or 'no code'}, which decides nothing here"
            self._say_failed(request, destination, "answer not understood", reason)
            happened, said91 = Input.NO_ANSWER, {"39": "91"}
            return await self._close(request, received, happened, said91, reason, heard=answer)
        if code not in AWAY:
            self._saf[received.destination].alive()
        elements = {name: answer[name] for name in ANSWERED if name in answer}
        elements.setdefault("15", self._de15(source))
        if code == "91":
            told = f"{destination.name} answered 91"
            away = _Away("inoperative", Input.ANSWERED_DECLINED, told, elements, heard=answer)
            return await self._without(request, received, source, away)
        if code == "00" and received.second:
            self._note(received.transaction_id, self._said(IN, destination.name, answer))
            return await self._ask_second(request, received, elements, since_s)
        happened = Input.ANSWERED_APPROVED if code == "00" else Input.ANSWERED_DECLINED
        given = await self._close(request, received, happened, elements, heard=answer)
        self._reached("answer journaled", request)
        return given

    async def _without(
        self, request: Request, received: Received, source: Source, away: _Away
    ) -> Mapping[str, Value]:
        """Its destination does not decide: it is decided here where that is agreed, else 91."""
        heard = [] if away.heard is None else [self._said(IN, received.destination, away.heard)]
        try:
            decision = await self._stand_in.decide(
                request,
                received,
                away.how,
                away.reason,
                now=self._runtime.wall_clock.now(),
                since=away.since,
                business_date=self._de15(source),
                said=lambda elements: [*heard, self._answered(request, received, elements)],
            )
        except StoreUnavailableError as error:
            return self._unjournaled(request, received, error)
        if decision is None or decision.state is away.since:
            elements, reason = away.elements, away.reason
            if decision is not None:
                elements, reason = decision.elements, decision.reason
            given = await self._close(
                request,
                received,
                away.happened,
                elements,
                reason,
                since=away.since,
                heard=away.heard,
            )
            if away.heard is not None:
                self._reached("answer journaled", request)
            return given
        if not decision.approved:
            return self._overtaken(request, received)
        self._wake(received)
        self._reached("answer journaled", request)
        return decision.elements

    async def _leaves(self, received: Received, destination: Destination) -> bool:
        """Whether a destination that was down when the request came can be asked after all."""
        if not destination.up:
            return False
        return await self._journal.forward(received.transaction_id) is State.FORWARDED

    async def _ask_second(
        self, request: Request, received: Received, first: Mapping[str, Value], since_s: float
    ) -> Mapping[str, Value]:
        """The first leg is approved: journal it, have the second confirmed, journal the end."""
        try:
            state = await self._journal.authorise(received.transaction_id)
        except StoreUnavailableError as error:
            return self._unjournaled(request, received, error)
        if state is not State.AUTHORISED:
            return self._overtaken(request, received)
        self._reached("authorised", request)
        destination = self._confirming[received.second]
        outcome = await self._second.ask(
            request,
            destination,
            received.operation_key,
            authorised_by=received.destination,
            first=first,
            since_s=since_s,
            reached=self._reached,
        )
        if outcome.happened is not Input.ANSWERED_APPROVED:
            self._say_failed(request, destination, "second leg failed", outcome.reason)
        given = await self._close(
            request,
            received,
            outcome.happened,
            outcome.elements,
            outcome.reason,
            since=State.AUTHORISED,
        )
        self._reached("answer journaled", request)
        return given

    async def _with_pin(
        self, forwarded: Message, request: Request, origin: PinSettings | None, destination: str
    ) -> Message:
        if self._pins is None or origin is None:
            raise RefusalError("96", "a PIN, and no security module")
        return await self._pins.translated(forwarded, request.pan, origin, destination)

    async def _close(
        self,
        request: Request,
        received: Received,
        happened: Input,
        elements: Mapping[str, Value],
        reason: str = "",
        *,
        since: State = State.FORWARDED,
        heard: Message | None = None,
    ) -> Mapping[str, Value]:
        said = [] if heard is None else [self._said(IN, received.destination, heard)]
        said.append(self._answered(request, received, elements))
        try:
            state = await self._journal.close(
                received.transaction_id, happened, elements, reason, since=since, said=said
            )
        except StoreUnavailableError as error:
            return self._unjournaled(request, received, error)
        if state in OWING:
            if happened in (Input.NO_ANSWER, Input.SECOND_REFUSED):
                self._wake(received)
            else:
                return self._overtaken(request, received)
        return elements

    def _answered(
        self, request: Request, received: Received, elements: Mapping[str, Value]
    ) -> Said:
        asker = self._askers[received.transaction_id]
        answer = _answer(request.message, elements)
        received.given = elements, answer
        return self._said(OUT, asker, answer)

    def _unjournaled(
        self, request: Request, received: Received, error: StoreUnavailableError
    ) -> Mapping[str, Value]:
        self._log.error("journal unavailable", stan=request.message.text("11"), reason=str(error))
        self._settle_later(received, "the journal was unavailable when the answer came")
        return {"39": "91"}

    def _overtaken(self, request: Request, received: Received) -> Mapping[str, Value]:
        self._wake(received)
        self._log.warning(
            "answer came after the reversal",
            stan=request.message.text("11"),
            terminal=request.terminal,
        )
        return {"39": "68"}

    def _wake(self, received: Received) -> None:
        """Something is owed to its destination, or to both of them."""
        self._saf[received.destination].wake()
        if received.second:
            self._saf[received.second].wake()

    def _settle_later(self, received: Received, reason: str) -> None:
        """What came of it could not be journaled and is not given: reverse it once that can be."""
        number = received.transaction_id
        self._settle(lambda: self._journal.take_back(number, reason), after_s=JOURNAL_RETRY_S)

    def _settle(
        self, take_back: Callable[[], Deferred[Received | None]], after_s: float = 0.0
    ) -> None:
        """Take back as soon as the journal can be written."""
        if self._stopped:
            return

        async def settle() -> None:
            pause_s = after_s
            while True:
                if pause_s:
                    await deferLater(self._runtime.reactor, pause_s)
                pause_s = JOURNAL_RETRY_S
                try:
                    taken = await take_back()
                except StoreUnavailableError:
                    continue
                if taken is not None and taken.state in OWING:
                    self._wake(taken)
                return

        settling = Deferred.fromCoroutine(settle())
        self._settling[settling] = None

        def settled(result: object) -> None:
            self._settling.pop(settling, None)
            if isinstance(result, Failure) and result.check(CancelledError) is None:
                self._log.error("settling failed inside", error=str(result.type))

        settling.addBoth(settled)

    # -- reversals --------------------------------------------------------------------------------

    async def _reverse(self, message: Message, source: Source) -> Message:
        reversal = read_reversal(message, institution=self._settings.institution)
        answer = answer_to(message, "00")
        said = (self._said(IN, source.name, message), self._said(OUT, source.name, answer))
        original = await self._journal.reverse(reversal, said)
        facts = {
            "stan": reversal.stan,
            "terminal": message.text("41"),
        }
        amount = message.text("4")
        if original is not None and amount.isdigit() and int(amount) != original.amount_minor:
            # What was authorised is reversed, whatever the terminal says it was.
            self._log.warning("reversal with another amount (DE4) than its original", **facts)
        if original is None:
            self._log.warning("reversal before its original: remembered", **facts)
        elif not original.new:
            self._log.info("nothing to reverse", state=original.state.value, **facts)
        else:
            self._log.info("reversal accepted", state=original.state.value, **facts)
            await self._deliver(original)
        return answer

    async def _deliver(self, original: Received) -> None:
        """Have the reversal taken now if that can be; it is owed in any case."""
        if original.state is not State.REVERSING:
            return
        if original.second:
            self._saf[original.second].wake()
        saf = self._saf[original.destination]
        destination = self._destinations[original.destination]
        if not destination.up:
            saf.wake()
            return
        delivered = saf.delivered(original.transaction_id, destination.timeout_s)
        saf.kick()
        await delivered

    # -- what is kept of messages ---------------------------------------------------------------

    def _said(
        self,
        direction: str,
        peer: str,
        message: Message,
        note: str = "",
        *,
        like: Said | None = None,
    ) -> Said:
        """The row of a message; `like` is that of the same message on another link."""
        keeper = self._keepers.get(peer)
        if keeper is None:
            keeper = self._keepers[peer] = Keeper(peer)
        return keeper.row(self._now(), direction, message, note, like=like)

    def _note(self, transaction_id: int, *said: Said) -> None:
        """Keep more messages; nobody waits for it."""
        noted = self._journal.note(transaction_id, said)
        noted.addErrback(lambda failure: failure.trap(StoreUnavailableError) and None)

    def _now(self) -> str:
        return self._runtime.wall_clock.stamp()

    # -- what people are told -------------------------------------------------------------------

    def _say_refused(self, message: Message, refusal: RefusalError) -> None:
        say = self._log.error if isinstance(refusal, StrangerError) else self._log.warning
        say(
            "request refused",
            mti=message.mti,
            stan=message.text("11"),
            terminal=message.text("41"),
            response_code=refusal.code,
            reason=refusal.reason,
        )

    def _say_failed(
        self, request: Request, destination: Destination, event: str, reason: str
    ) -> None:
        self._log.warning(
            event,
            operation=request.operation,
            stan=request.message.text("11"),
            terminal=request.terminal,
            destination=destination.name,
            reason=reason,
        )

    def _reached(self, step: str, request: Request) -> None:
        if self._milestone is not None:
            self._milestone(step, request)


def _terminal(message: Message) -> str:
    """DE41 as the settings write it: the wire pads it to 8 characters."""
    return message.text("41").rstrip()


def _answer(message: Message, elements: Mapping[str, Value]) -> Message:
    answer = answer_to(message, str(elements.get("39", "96")))
    answer.update(elements)
    return answer
