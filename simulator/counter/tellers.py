"""Tellers at a counter: sign-on, tills with their batches, cash from and to the vault, counts."""

from __future__ import annotations

from dataclasses import replace

from simulator.counter.cash import CashError, Pieces, check_pieces, total_minor
from simulator.counter.till import taken_out
from simulator.counter.workplace import NotServedError, Workplace
from simulator.terminal.asking import Ask
from simulator.terminal.result import OperationResult
from switch.settings import suggest, write_money

NOT_WRITTEN = "the journal cannot be written"


class Tellers:
    """Each answers with what came of it: declined, with the reason, when it cannot be done."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._books = place.books

    async def sign_on(self, teller: str) -> OperationResult:
        """The teller who serves from now on; the receipt says what became of what was in doubt."""
        known = self._place.settings.tellers
        if teller not in known:
            meant = suggest(teller, known)
            hint = f", did you mean {meant}?" if meant else ""
            return self._refused("sign_on", f"there is no teller {teller}{hint}")
        if self._books.teller not in ("", teller):
            return self._refused("sign_on", f"{self._books.teller} is signed on")
        if not await self._place.write("teller_on", teller=teller):
            return self._refused("sign_on", NOT_WRITTEN)
        return replace(self._done("sign_on"), receipt=await self._explain(teller))

    async def sign_off(self) -> OperationResult:
        """Nobody serves; the till stays as it is, for its teller to go on with."""
        if not self._books.teller:
            return self._refused("sign_off", "no teller is signed on")
        if not await self._place.write("teller_off", teller=self._books.teller):
            return self._refused("sign_off", NOT_WRITTEN)
        return self._done("sign_off")

    async def open_till(self, pieces: Pieces) -> OperationResult:
        """Begin a batch with this cash out of the vault."""
        books = self._books
        try:
            check_pieces(pieces)
            if not books.teller:
                raise NotServedError("no teller is signed on")
            if self._place.settings.tellers[books.teller].supervisor:
                raise NotServedError(f"{books.teller} is a supervisor, who has no till")
            if books.till is not None:
                raise NotServedError(f"batch {books.till.batch} of {books.teller} is open already")
            taken_out(books.vault, pieces)
        except (CashError, NotServedError) as error:
            return self._refused("open_till", _of_vault(error))
        told = {"teller": books.teller, "batch": books.batches + 1}
        if not await self._place.write("till_opened", **told, pieces=dict(pieces), source="vault"):
            return self._refused("open_till", NOT_WRITTEN)
        return self._done("open_till", total_minor(pieces))

    async def move_cash(self, pieces: Pieces, *, to_till: bool) -> OperationResult:
        """From the vault to the till, or back."""
        try:
            check_pieces(pieces)
            till = self._place.till()
            taken_out(self._books.vault if to_till else till.pieces, pieces)
        except (CashError, NotServedError) as error:
            return self._refused("move_cash", _of_vault(error) if to_till else str(error))
        told = {**self._place.whose(), "to": "till" if to_till else "vault"}
        if not await self._place.write("cash_moved", **told, pieces=dict(pieces)):
            return self._refused("move_cash", NOT_WRITTEN)
        return self._done("move_cash", total_minor(pieces))

    async def close_batch(
        self, counted: Pieces | None = None, forced_by: str = ""
    ) -> OperationResult:
        """End the batch with a count by denomination; what was counted goes into the vault.

        Without `counted` it is what the books say. A count that differs in value closes nothing
        until it is counted again, or until a supervisor forces it: then the difference is posted.
        """
        try:
            till = self._place.till()
            counted = till.pieces if counted is None else dict(counted)
            check_pieces(counted)
            self._check_closable(forced_by)
        except (CashError, NotServedError) as error:
            return self._refused("close_batch", str(error))
        difference_minor = total_minor(counted) - till.total_minor
        report = self._place.printer.batch(
            till, self._books.teller, self._place.now(), counted, forced_by
        )
        if difference_minor and not forced_by:
            words = (
                f"the count differs by {write_money(abs(difference_minor))}: count again, or force"
            )
            refused = self._refused("close_batch", words)
            return replace(refused, difference_minor=difference_minor, receipt=report)
        if difference_minor:
            posted = await self._post(difference_minor, counted)
            if posted.outcome != "approved":
                return replace(posted, operation="close_batch", difference_minor=difference_minor)
        told = {
            **self._place.whose(),
            "counted": counted,
            "forced_by": forced_by,
            "difference_minor": till.difference_minor,
        }
        if not await self._place.write("batch_closed", **told):
            return self._refused("close_batch", NOT_WRITTEN)
        done = self._done("close_batch", total_minor(counted))
        return replace(done, difference_minor=difference_minor, receipt=report)

    # -- inside -----------------------------------------------------------------------------------

    def _check_closable(self, forced_by: str) -> None:
        doubts = [doubt for doubt in self._books.doubts.values() if not doubt.over]
        if doubts:
            raise NotServedError(f"{len(doubts)} transactions are in doubt: wait for them")
        if not forced_by:
            return
        known = self._place.settings.tellers.get(forced_by)
        if known is None or not known.supervisor or forced_by == self._books.teller:
            raise NotServedError(f"{forced_by} is no supervisor, who alone may force")

    async def _post(self, difference_minor: int, counted: Pieces) -> OperationResult:
        """Have the core post what a count found. In doubt, it is reversed and nothing closes."""
        short = difference_minor < 0
        operation, code = ("till_short", "020000") if short else ("till_over", "220000")
        ask = Ask(operation, "0200", code, abs(difference_minor))
        exchange, result = await self._place.ask(ask)
        if result.outcome != "approved":
            return result
        direction = "short" if short else "over"
        told = {"direction": direction, "counted": dict(counted)}
        if not await self._place.conclude(exchange, "difference", **told):
            return replace(result, outcome="in_doubt", words=NOT_WRITTEN)
        await self._place.terminal.settle(exchange)
        return result

    async def _explain(self, teller: str) -> tuple[str, ...]:
        """A recovery receipt for each transaction in doubt that no receipt has explained yet."""
        printed: list[str] = []
        for doubt in list(self._books.doubts.values()):
            became = "owed" if not doubt.over else "cancelled" if doubt.cancels else "over"
            printed += self._place.printer.recovery(
                teller,
                self._place.now(),
                f"{doubt.stan} {doubt.rrn}",
                doubt.operation,
                doubt.amount_minor,
                became,
                doubt.held,
            )
            if doubt.over:
                await self._place.write("explained", rrn=doubt.rrn, became=became)
        return tuple(printed)

    def _refused(self, operation: str, words: str) -> OperationResult:
        return self._place.refused(operation, words)

    def _done(self, operation: str, amount_minor: int = 0) -> OperationResult:
        name = self._place.terminal.name
        return OperationResult(operation, name, "approved", amount_minor=amount_minor)


def _of_vault(error: Exception) -> str:
    return f"the vault: {error}" if isinstance(error, CashError) else str(error)
