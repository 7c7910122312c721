"""What a link is told at the end of a business date: that it is over, then the day's totals.

One conversation at a time: first the cut-over (0800 with DE70 201) where it is ours to say, then
each reconciliation owed, oldest first. A 0500 that goes unanswered is repeated as a 0520, then
0521, at the pace of store-and-forward, until it is answered; what it says was fixed when it first
left. The totals wait until nothing of the day can still come: for what is under way, and for the
reversals owed to the same destination.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from switch.engine.business_day import BusinessDays, in_de15
from switch.engine.destination import Destination
from switch.engine.settlement_book import (
    IN_BALANCE,
    OUT_OF_BALANCE,
    REFUSED,
    Due,
    SettlementBook,
)
from switch.link import NoAnswerError, NotSentError
from switch.runtime import Runtime, transmission_time
from switch.settings.network import RetrySettings
from switch.store import StoreUnavailableError
from switch.wire import Message
from switch.wire.totals import Totals, read_totals

CUT_OVER = "201"
"""DE70 of the 0800 that ends a business date."""

TRY_AGAIN = frozenset({"09", "68", "90", "91", "96"})
"""Answers that mean "not now"."""

REVERSALS_WAIT_S = 600.0
"""How long totals wait for reversals owed: then they leave without, and the report tells."""


@dataclass(frozen=True)
class Terms:
    """What was agreed with the other side of a link."""

    name: str
    timeout_s: float
    says_cut_over: bool
    """Whether the end of a business date is ours to say."""
    institution: str
    currency: str


class Settling:
    """Tells one link. `wake` it when there may be something to tell."""

    def __init__(
        self,
        runtime: Runtime,
        book: SettlementBook,
        days: BusinessDays,
        destination: Destination,
        terms: Terms,
        retry: RetrySettings,
        *,
        new_stan: Callable[[], str],
        cut_over: Callable[[str, date, str], Deferred[None]],
    ) -> None:
        self._runtime = runtime
        self._log = runtime.log.bind(destination=terms.name)
        self._book = book
        self._days = days
        self._destination = destination
        self._terms = terms
        self._retry = retry
        self._new_stan = new_stan
        self._cut_over = cut_over
        self._pause_s = retry.first
        self._life: Deferred[None] | None = None
        self._waking: Deferred[None] | None = None
        self._timer: Any = None
        self._woken = False
        self._stopped = False

    def start(self) -> None:
        """Begin; whatever was owed at the last stop is told first."""
        self._life = Deferred.fromCoroutine(self._live())
        self._life.addErrback(self._broken)

    def wake(self) -> None:
        """Something may be owed, or the link is back."""
        self._woken = True
        self._pause_s = self._retry.first
        self._fire()

    def stop(self) -> None:
        """Tell no more; what is owed stays in the journal."""
        self._stopped = True
        self._cancel_timer()
        if self._life is not None:
            self._life.cancel()

    async def _live(self) -> None:
        while not self._stopped:
            self._woken = False
            try:
                pause_s = await self._step()
            except StoreUnavailableError as error:
                self._log.error("journal unavailable", reason=str(error))
                pause_s = self._backoff()
            if pause_s == 0.0 or self._woken:
                continue
            await self._sleep(pause_s)

    async def _step(self) -> float | None:
        """Tell one thing. 0: go on; a pause in seconds; None: there is nothing to tell."""
        terms, days = self._terms, self._days
        told = days.known(terms.name)
        if terms.says_cut_over and (told is None or told < days.ours):
            return await self._say_cut_over(told or days.ours, first=told is None)
        due = await self._book.due(terms.name)
        if due is None:
            return None
        if not self._destination.up:
            return self._backoff()
        if due.ours is None and (wait_s := await self._not_yet(due)):
            return wait_s
        return await self._reconcile(due)

    # -- cut-over -------------------------------------------------------------------------------

    async def _say_cut_over(self, told: date, *, first: bool) -> float:
        new = self._days.ours
        if first:
            # It was never told of any: it begins with ours, and nothing ended.
            await self._cut_over(self._terms.name, new, "start")
            return 0.0
        if not self._destination.up:
            return self._backoff()
        request = self._message("0800", self._new_stan())
        request |= {"15": in_de15(new), "70": CUT_OVER}
        code = await self._answered(request, f"cut-over from {told} to {new}")
        if code is None:
            return self._backoff()
        if code.text("39") != "00":
            self._log.error(
                "cut-over refused", business_date=str(new), response_code=code.text("39")
            )
            return self._backoff()
        await self._cut_over(self._terms.name, new, "told")
        self._pause_s = self._retry.first
        return 0.0

    # -- reconciliation -------------------------------------------------------------------------

    async def _not_yet(self, due: Due) -> float:
        """How long to wait for the day to be whole; 0 when it is."""
        owed = await self._book.reversals_owed(self._terms.name)
        since_s = (self._runtime.wall_clock.now() - due.created_at).total_seconds()
        if since_s < self._terms.timeout_s:
            return self._terms.timeout_s - since_s
        if owed and since_s < REVERSALS_WAIT_S:
            return self._retry.longest
        return 0.0

    async def _reconcile(self, due: Due) -> float:
        terms = self._terms
        ours = due.ours
        if ours is None:
            ours = await self._book.totals(terms.name, due.business_date, of_acquirer=False)
        stan = due.stan or self._new_stan()
        await self._book.attempt(due, stan, ours)
        mti = ("0500", "0520")[due.attempts] if due.attempts < 2 else "0521"
        request = self._message(mti, stan)
        request |= {"15": in_de15(due.business_date), "50": terms.currency, **ours.elements()}
        answer = await self._answered(request, f"reconciliation of {due.business_date}")
        if answer is None or answer.text("39") in TRY_AGAIN:
            return self._backoff()
        await self._settle(due, ours, answer)
        self._pause_s = self._retry.first
        return 0.0

    async def _settle(self, due: Due, ours: Totals, answer: Message) -> None:
        code, verdict = answer.text("39"), answer.text("66")
        theirs, differences = None, []
        try:
            theirs = read_totals(answer)
        except ValueError as error:
            differences.append(str(error))
        if theirs is not None:
            differences += told_apart(ours, theirs)
        if verdict == "2" and not differences:
            differences.append("the other side is out of balance, and does not say by what")
        if not verdict:
            status = REFUSED
            differences.insert(0, f"answered {code or 'without a code'}, without DE66")
        else:
            status = OUT_OF_BALANCE if differences else IN_BALANCE
        await self._book.settle(due.id, status, theirs, differences)
        report = self._log.info if status == IN_BALANCE else self._log.error
        report(
            "reconciliation answered",
            business_date=due.business_date.isoformat(),
            status=status,
            differences=differences,
        )

    def _message(self, mti: str, stan: str) -> Message:
        now = self._runtime.wall_clock.now()
        elements = {"t": mti, "7": transmission_time(now), "11": stan}
        return Message({**elements, "32": self._terms.institution})

    async def _answered(self, request: Message, what: str) -> Message | None:
        """The answer, None when there was none."""
        try:
            return await self._destination.ask(request, self._terms.timeout_s, "")
        except (NotSentError, NoAnswerError) as error:
            self._log.warning(f"{what} not answered", mti=request.mti, reason=str(error))
            return None

    # -- waiting --------------------------------------------------------------------------------

    def _backoff(self) -> float:
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, self._retry.longest)
        return pause_s

    async def _sleep(self, pause_s: float | None) -> None:
        """Until the pause is over (None: for ever), or something wakes us."""
        self._waking = Deferred()
        if pause_s is not None:
            self._timer = self._runtime.reactor.callLater(pause_s, self._fire)
        try:
            await self._waking
        finally:
            self._waking = None
            self._cancel_timer()

    def _fire(self) -> None:
        waking, self._waking = self._waking, None
        if waking is not None:
            waking.callback(None)

    def _cancel_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _broken(self, failure: Failure) -> None:
        if failure.check(CancelledError) is None:
            self._log.error("settling failed inside", error=str(failure.type))


def told_apart(ours: Totals, theirs: Totals) -> list[str]:
    """What differs between two sides' totals, in words; empty when they are equal."""
    words: list[str] = []
    for element, (here, there) in ours.differences(theirs).items():
        what = NAMES[element]
        if int(element) >= 86:
            here_text, there_text = _money(here), _money(there)
        else:
            here_text, there_text = str(here), str(there)
        words.append(f"{what} (DE{element}): ours {here_text}, theirs {there_text}")
    if words:
        net = f"ours {_money(ours.net_minor)}, theirs {_money(theirs.net_minor)}"
        same = ours.net_minor == theirs.net_minor
        words.append(f"net (DE97): equal, {_money(ours.net_minor)}" if same else f"net: {net}")
    return words


NAMES: Mapping[str, str] = {
    "74": "credits",
    "75": "reversals of credits",
    "76": "debits",
    "77": "reversals of debits",
    "78": "transfers",
    "79": "reversals of transfers",
    "80": "enquiries",
    "81": "authorisations",
    "86": "amount of credits",
    "87": "amount of reversals of credits",
    "88": "amount of debits",
    "89": "amount of reversals of debits",
}


def _money(amount_minor: int) -> str:
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{abs(amount_minor) // 100}.{abs(amount_minor) % 100:02}"
