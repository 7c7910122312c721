"""E-banking, mobile banking, a card on the internet, a shop: bills paid straight at the core.

An operation is journalled before it is asked for, and what came of it before anybody is told. It
is asked for under one key until it is answered; when nobody answers in time it is in doubt, and is
cancelled until the core has acknowledged that. A payment that is pending is followed to its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater

from simulator.counter.cash import exactly
from simulator.digital.asking import CoreClient
from simulator.digital.settings import DigitalSettings
from simulator.terminal.journal import Event, Journal
from simulator.terminal.result import Article, OperationResult
from switch.runtime import Runtime
from switch.settings.masking import mask_pan

PAY = "pay_bill"
"""The operation of every payment in the journal, by code too."""

POLL_S = 1.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0

FINAL = frozenset({"done", "cash_in", "declined", "not_sent", "reversal_acknowledged"})

PENDING_WORDS = "pending: the creditor has yet to accept"


@dataclass(frozen=True)
class Payer:
    """Who pays: a card by its number, an account by its RIB, or cash when there is neither."""

    pan: str = ""
    expiry: str = ""
    account: str = ""

    def body(self, means: str) -> dict[str, Any]:
        """Its part of a payment."""
        if means == "card":
            return {"means": means, "pan": self.pan, "expiry": self.expiry}
        return {"means": means, **({"account": self.account} if means == "account" else {})}


class DigitalChannel:
    """One client of the core. Operations may overlap, as customers do."""

    def __init__(
        self,
        runtime: Runtime,
        terminal_id: str,
        settings: DigitalSettings,
        folder: Path,
        core: CoreClient,
    ) -> None:
        self.terminal_id = terminal_id
        self.settings = settings
        self._runtime = runtime
        self._core = core
        self._folder = folder
        self._journal = Journal(folder / f"{terminal_id}.jsonl", terminal_id, runtime.wall_clock)
        self._executor: Any = None
        self._number = 0
        self._busy = 0
        self._following: dict[str, Deferred[None]] = {}
        self._owed: dict[str, Deferred[None]] = {}
        self._waiting: list[Deferred[None]] = []

    # -- its life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Read the journal and take up what it left open. Raises JournalError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._executor = self._runtime.executor("journal")
        open_: dict[str, Event] = {}
        pending: dict[str, Event] = {}

        def replay(event: Event) -> None:
            rrn = event.get("rrn", "")
            if event["event"] == "request":
                self._number += 1
                open_[rrn] = event
            elif event["event"] == "pending":
                pending[rrn] = event
            elif event["event"] in FINAL:
                open_.pop(rrn, None)
                pending.pop(rrn, None)

        self._journal.open(replay)
        for rrn, event in open_.items():
            facts = {name: event[name] for name in event if name not in ("at", "event")}
            facts.pop("terminal")
            if rrn in pending:
                self._follow(facts)
            else:
                self._cancel(facts)

    async def when_ready(self) -> None:
        """It needs no sign-on."""

    def when_quiet(self) -> Deferred[None]:
        """Fires when nothing is under way, pending or to be cancelled."""
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        self._tell_quiet()
        return waiting

    @property
    def reversals_owed(self) -> int:
        """Operations to be cancelled."""
        return len(self._owed)

    async def stop(self) -> None:
        """Let go of everything; what is open is taken up at the next start."""
        for under_way in (*self._owed.values(), *self._following.values()):
            under_way.cancel()
        await self._core.close()
        await self._executor.stop()

    # -- what customers do ------------------------------------------------------------------------

    async def enquire_bill(self, creditor: str, kind: str, form: dict[str, str]) -> OperationResult:
        """What is owed. It moves nothing, and is not journalled."""
        body = {"creditor": creditor, "kind": kind, "form": form}
        result = await self._enquire("enquire_bill", "/v1/debts", body)
        return replace(result, creditor=creditor, kind=kind)

    async def pay_bill(
        self, payer: Payer, enquiry: OperationResult, articles: Iterable[str] | None
    ) -> OperationResult:
        """What an enquiry found, or some of its articles."""
        wanted = None if articles is None else set(articles)
        chosen = [each for each in enquiry.articles if wanted is None or each.id in wanted]
        body = {
            "reference": enquiry.reference,
            "creditor": enquiry.creditor,
            "kind": enquiry.kind,
            "articles": [{"id": each.id, "price_minor": each.amount_minor} for each in chosen],
            "parameters": enquiry.parameters,
        }
        total_minor = sum(each.amount_minor for each in chosen)
        result = await self._pay("/v1/confirmations", payer, total_minor, body)
        return replace(
            result,
            creditor=enquiry.creditor,
            kind=enquiry.kind,
            reference=enquiry.reference,
        )

    async def open_code(self, references: Sequence[str]) -> OperationResult:
        """One payment code for the debts behind several references: the result's `reference`."""
        body = {"references": list(references)}
        return await self._enquire("open_code", "/v1/payment-codes", body)

    async def pay_code(self, payer: Payer, code: str) -> OperationResult:
        """Everything behind a payment code."""
        owed = await self._enquire("pay_code", "/v1/payment-codes/debts", {"payment_code": code})
        if owed.outcome != "approved":
            return owed
        body = {"payment_code": code}
        result = await self._pay("/v1/payment-codes/confirmations", payer, owed.amount_minor, body)
        return replace(result, operation="pay_code", reference=code)

    # -- asking -----------------------------------------------------------------------------------

    async def _enquire(self, operation: str, path: str, body: dict[str, Any]) -> OperationResult:
        drawn = self._runtime.entropy.token_bytes(8).hex()
        body = {**body, "channel": self.settings.channel}
        result = OperationResult(operation, self.terminal_id, "in_doubt")
        began_s = self._runtime.reactor.seconds()
        self._busy += 1
        try:
            key = f"{self.terminal_id}/{operation}/{drawn}"
            asked = await self._core.ask(path, key, body, self.settings.timeout)
        finally:
            self._busy -= 1
            self._tell_quiet()
        result = replace(result, elapsed_s=self._runtime.reactor.seconds() - began_s)
        answer = asked.answer
        if answer is None:
            # It posts nothing: whether it was done makes no difference to anybody.
            return replace(result, outcome="declined", words=asked.words)
        if answer["outcome"] != "approved":
            return replace(result, outcome="declined", words=str(answer.get("reason", "")))
        return replace(
            result,
            outcome="approved",
            amount_minor=int(answer["total_minor"]),
            reference=str(answer.get("payment_code") or answer.get("reference") or ""),
            articles=tuple(
                Article(each["id"], each["price_minor"]) for each in answer.get("articles", ())
            ),
            parameters=dict(answer.get("parameters", {})),
        )

    async def _pay(
        self, path: str, payer: Payer, total_minor: int, body: dict[str, Any]
    ) -> OperationResult:
        self._number += 1
        stan, rrn = f"{self._number % 1_000_000:06}", f"{self._number:012}"
        card = mask_pan(payer.pan) if self.settings.means == "card" else ""
        facts = {
            "operation": PAY,
            "stan": stan,
            "rrn": rrn,
            "amount_minor": total_minor,
            "card": card,
        }
        result = OperationResult(
            PAY,
            self.terminal_id,
            "declined",
            amount_minor=total_minor,
            stan=stan,
            rrn=rrn,
            card=card,
        )
        body = {
            **body,
            **payer.body(self.settings.means),
            "terminal_id": self.terminal_id,
            "stan": stan,
            "rrn": rrn,
            "total_minor": total_minor,
            "currency": result.currency,
            "channel": self.settings.channel,
        }
        began_s = self._runtime.reactor.seconds()
        self._busy += 1
        try:
            result = await self._paid(path, facts, body, result)
        finally:
            self._busy -= 1
            self._tell_quiet()
        return replace(result, elapsed_s=self._runtime.reactor.seconds() - began_s)

    async def _paid(
        self, path: str, facts: dict[str, Any], body: dict[str, Any], result: OperationResult
    ) -> OperationResult:
        try:
            await self._write("request", facts)
        except OSError:
            return replace(result, words="the journal cannot be written")
        key = self._key(facts["rrn"])
        asked = await self._core.ask(path, key, body, self.settings.timeout)
        answer = asked.answer
        if answer is not None and answer["outcome"] == "pending":
            await self._write("pending", facts)
            status = await self._waited(key)
            if status == "":
                self._follow(facts)
                return replace(result, outcome="in_doubt", words=PENDING_WORDS)
            asked = await self._core.ask(path, key, body, self.settings.timeout)
            answer = asked.answer
        if answer is None and not asked.left:
            await self._write("not_sent", facts, reason=asked.words)
            return replace(result, words=asked.words)
        if answer is None:
            await self._write("no_answer", facts, reason=asked.words)
            await self._write("reversal_owed", facts)
            self._cancel(facts)
            return replace(result, outcome="in_doubt", words=asked.words)
        if answer["outcome"] != "approved":
            reason = str(answer.get("reason", ""))
            await self._write("declined", facts, reason=reason)
            return replace(result, words=reason)
        await self._stands(facts)
        return replace(
            result,
            outcome="approved",
            approval_code=str(answer.get("approval_code", "")),
            settlement_reference=str(answer.get("settlement_reference", "")),
            receipt=tuple(answer.get("receipt", ())),
        )

    async def _stands(self, facts: dict[str, Any]) -> None:
        """A payment is approved: its cash is kept, if it was paid with cash."""
        if self.settings.means != "cash":
            await self._write("done", facts)
            return
        pieces = {str(piece): count for piece, count in exactly(facts["amount_minor"]).items()}
        await self._write("cash_in", facts, pieces=pieces)

    # -- what is not over yet ---------------------------------------------------------------------

    async def _waited(self, key: str) -> str:
        """What became of a pending operation while the customer waited; empty when nothing did."""
        reactor = self._runtime.reactor
        until_s = reactor.seconds() + self.settings.patience
        while reactor.seconds() < until_s:
            status = await self._core.status(key, POLL_S)
            if status not in ("", "pending"):
                return status
            await deferLater(reactor, POLL_S)
        return ""

    def _follow(self, facts: dict[str, Any]) -> None:
        self._begin(self._following, facts, self._followed(facts))

    async def _followed(self, facts: dict[str, Any]) -> None:
        while (status := await self._core.status(self._key(facts["rrn"]), POLL_S)) in (
            "",
            "pending",
        ):
            await deferLater(self._runtime.reactor, POLL_S)
        if status == "approved":
            await self._stands(facts)
        else:
            await self._write("declined", facts, reason=status)

    def _cancel(self, facts: dict[str, Any]) -> None:
        self._begin(self._owed, facts, self._cancelled(facts))

    async def _cancelled(self, facts: dict[str, Any]) -> None:
        key, pause_s = self._key(facts["rrn"]), FIRST_PAUSE_S
        body = {"cancels": key, "reason": "68", "terminal_id": self.terminal_id}
        while True:
            asked = await self._core.ask(
                "/v1/cancellations", f"cancel/{key}", body, self.settings.timeout
            )
            if asked.answer is not None and asked.answer["outcome"] == "approved":
                break
            await deferLater(self._runtime.reactor, pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        await self._write("reversal_acknowledged", facts)

    def _begin(self, where: dict[str, Deferred[None]], facts: dict[str, Any], work: Any) -> None:
        rrn = facts["rrn"]
        where[rrn] = doing = Deferred.fromCoroutine(work)

        def over(result: Any) -> None:
            where.pop(rrn, None)
            if getattr(result, "check", None) and not result.check(CancelledError):
                self._runtime.log.error(
                    "what was not over could not be seen to",
                    terminal=self.terminal_id,
                    rrn=rrn,
                    reason=result.type.__name__,
                )
            self._tell_quiet()

        doing.addBoth(over)

    def _tell_quiet(self) -> None:
        if not (self._busy or self._owed or self._following):
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                if not each.called:
                    each.callback(None)

    async def _write(self, event: str, facts: dict[str, Any], **more: Any) -> None:
        line = self._journal.line(event, **facts, **more)
        await self._executor.run(lambda: self._journal.write([line]))

    def _key(self, rrn: str) -> str:
        return f"{self.terminal_id}/{rrn}"
