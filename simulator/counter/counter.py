"""A counter in a bank agency: a vault, tellers with their tills, and what they do for customers.

await counter.tellers.sign_on("T02")
await counter.tellers.open_till({20_000: 10, 2_000: 50})
result = await counter.pay_bill_in_cash(enquiry, tendered={20_000: 2})
await counter.tellers.close_batch({20_000: 12, 2_000: 40})
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from twisted.internet.defer import Deferred

from simulator.counter.books import Books
from simulator.counter.cancelling import Cancelling
from simulator.counter.cash import Pieces
from simulator.counter.serving import Serving
from simulator.counter.settings import CounterSettings
from simulator.counter.tellers import Tellers
from simulator.counter.till import Till
from simulator.counter.visit import ToPay, Visit, Visited
from simulator.counter.workplace import Workplace
from simulator.terminal import bills
from simulator.terminal.identity import COUNTER, Identity
from simulator.terminal.journal import Event
from simulator.terminal.result import Article, OperationResult
from simulator.terminal.terminal import Terminal
from switch.link import Tap
from switch.link.sealing import KeysExchange, Seal
from switch.runtime import Runtime
from switch.wire import Codec, Framing

if TYPE_CHECKING:
    from switch.keys.vault import Vault
    from switch.link.security import Security

T = TypeVar("T")


class Counter:
    """One counter. Its folder holds its journal and what it owes; a restart goes on from there.

    Operations wait for each other: a teller does one thing at a time.
    """

    def __init__(
        self,
        runtime: Runtime,
        settings: CounterSettings,
        *,
        terminal_id: str,
        acceptor: str,
        institution: str,
        host: str,
        port: int,
        codec: Codec,
        framing: Framing,
        folder: Path,
        tap: Tap | None = None,
        security: Security | None = None,
        seal: Seal | None = None,
        exchange: KeysExchange | None = None,
        vault: Vault | None = None,
    ) -> None:
        self.terminal_id = terminal_id
        self.books = Books()
        self._settings = settings
        self._terminal = Terminal(
            runtime,
            Identity.of(terminal_id, acceptor, institution),
            COUNTER,
            host=host,
            port=port,
            codec=codec,
            framing=framing,
            folder=folder,
            timeout_s=settings.timeout,
            tap=tap,
            security=security,
            seal=seal,
            on_debt=self.books.replay,
            exchange=exchange,
            vault=vault,
        )
        place = Workplace(settings, self._terminal, self.books, runtime.wall_clock)
        self._tellers = Tellers(place)
        self._serving = Serving(place)
        self._cancelling = Cancelling(place, self._serving)
        self._visit = Visit(place, self._serving)

    # -- what it is like --------------------------------------------------------------------------

    @property
    def till(self) -> Till:
        """The open till of the teller who is signed on; an empty one when there is none."""
        return self.books.till or Till()

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self._terminal.journal.path

    @property
    def up(self) -> bool:
        """Whether the line is signed on."""
        return self._terminal.up

    @property
    def reversals_owed(self) -> int:
        """Payments whose reversal is not acknowledged yet."""
        return self._terminal.reversals_owed

    # -- its life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Go on from the journal, or fill the vault and the first till, and dial the switch.

        Raises JournalError for a damaged journal, OSError for an unusable folder.
        """
        self._terminal.start(self.books.replay, self._opening)

    async def stop(self) -> None:
        """Hang up; resumes once everything is written."""
        await self._terminal.stop()

    async def when_ready(self) -> None:
        """Resumes once signed on, with the reversals owed sent once."""
        await self._terminal.when_ready()

    def when_quiet(self) -> Deferred[None]:
        """Fires when no operation is under way and no reversal is owed."""
        return self._terminal.when_quiet()

    # -- tellers ----------------------------------------------------------------------------------

    async def sign_on(self, teller: str) -> OperationResult:
        """The teller who serves from now on; the receipt explains what was in doubt."""
        return await self._run(lambda: self._tellers.sign_on(teller))

    async def sign_off(self) -> OperationResult:
        """Nobody serves until somebody signs on."""
        return await self._run(self._tellers.sign_off)

    async def open_till(self, pieces: Pieces) -> OperationResult:
        """Begin a batch of the teller who is signed on, with this cash out of the vault."""
        return await self._run(lambda: self._tellers.open_till(pieces))

    async def move_cash(self, pieces: Pieces, *, to_till: bool) -> OperationResult:
        """From the vault to the till, or back."""
        return await self._run(lambda: self._tellers.move_cash(pieces, to_till=to_till))

    async def close_batch(
        self, counted: Pieces | None = None, forced_by: str = ""
    ) -> OperationResult:
        """End the batch with a count; one that differs needs a supervisor, and is posted."""
        return await self._run(lambda: self._tellers.close_batch(counted, forced_by))

    # -- customers --------------------------------------------------------------------------------

    async def enquire_bill(
        self, creditor: str, kind: str, form: Mapping[str, str]
    ) -> OperationResult:
        """What is owed to a creditor; the result is what `pay_bill_in_cash` is given."""
        ask = bills.enquiry(None, creditor, kind, form)
        return await self._run(lambda: self._serving.enquire(ask, "enquire_bill", creditor, kind))

    async def pay_bill_in_cash(
        self,
        enquiry: OperationResult,
        articles: Iterable[Article | str] | None = None,
        tendered: Pieces | None = None,
    ) -> OperationResult:
        """Pay what an enquiry found, or the `articles` chosen of it.

        `tendered` counts the pieces given, by denomination in minor units; without it the exact
        amount is given. Too little, or change that the till has not, is refused before any
        message. In doubt, the money is kept apart until the reversal is acknowledged.
        """
        return await self._run(lambda: self._serving.pay_bill(enquiry, articles, tendered, ""))

    async def pay_bill_from_account(
        self,
        account: str,
        enquiry: OperationResult,
        articles: Iterable[Article | str] | None = None,
    ) -> OperationResult:
        """The same from an account (RIB), whose holder has shown who he is."""
        return await self._run(lambda: self._serving.pay_bill(enquiry, articles, None, account))

    async def pay_code(
        self, code: str, tendered: Pieces | None = None, account: str = ""
    ) -> OperationResult:
        """Everything that a payment code stands for, in cash or from an account."""
        return await self._run(lambda: self._serving.pay_code(code, tendered, account))

    async def visit(
        self, wanted: Sequence[ToPay], tendered: Pieces | None = None, account: str = ""
    ) -> Visited:
        """Several creditors, one customer, one receipt each."""
        return await self._run(lambda: self._visit.pay(wanted, tendered, account))

    async def cash_in(
        self, account: str, amount_minor: int, tendered: Pieces | None = None
    ) -> OperationResult:
        """Cash on an account (RIB)."""
        return await self._run(lambda: self._serving.cash_in(account, amount_minor, tendered))

    async def cash_out(self, account: str, amount_minor: int) -> OperationResult:
        """Cash of an account (RIB), whose holder has shown who he is."""
        return await self._run(lambda: self._serving.cash_out(account, amount_minor))

    async def send_cash(
        self, phone: str, amount_minor: int, tendered: Pieces | None = None
    ) -> OperationResult:
        """Cash to a phone, to be collected elsewhere; the result's reference is the sender's."""
        return await self._run(lambda: self._serving.send_cash(phone, amount_minor, tendered))

    async def collect(self, phone: str, code: str, amount_minor: int) -> OperationResult:
        """What a phone was sent, to who has the code."""
        return await self._run(lambda: self._serving.collect(phone, code, amount_minor))

    async def cancel(self, rrn: str = "", tendered: Pieces | None = None) -> OperationResult:
        """Undo what was done here today under this RRN, else the last that was done."""
        return await self._run(lambda: self._cancelling.cancel(rrn, tendered))

    # -- inside -----------------------------------------------------------------------------------

    async def _run(self, operation: Callable[[], Awaitable[T]]) -> T:
        return await self._terminal.run(operation)

    def _opening(self) -> list[Event]:
        """At a fresh start: what is in the vault, and in the first teller's till."""
        if self.books.vault_opened:
            return []
        line = self._terminal.journal.line
        lines = [line("vault_opened", pieces=dict(self._settings.vault))]
        if self._settings.till is not None:
            first = next(iter(self._settings.tellers))
            lines.append(line("teller_on", teller=first))
            till = {"teller": first, "batch": 1, "pieces": dict(self._settings.till)}
            lines.append(line("till_opened", **till, source="opening"))
        for each in lines:
            self.books.replay(each)
        return lines
