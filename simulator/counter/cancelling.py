"""Cancelling, within the day, what was done at this counter.

The operation is reversed as one in doubt is, and cash changes hands once that is acknowledged.
Money that was sent is not taken away from who may be collecting it at this moment: its sender
collects it, and is refused when somebody else has.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from simulator.counter.books import Deed
from simulator.counter.cash import CashError, Pieces, change, check_tendered, exactly, total_minor
from simulator.counter.serving import Serving
from simulator.counter.workplace import NotServedError, Workplace
from simulator.terminal.pending import CANCELLED
from simulator.terminal.result import OperationResult
from switch.runtime import CASABLANCA


class Cancelling:
    """Cancels deeds of the day, by their RRN, or the last one."""

    def __init__(self, place: Workplace, serving: Serving) -> None:
        self._place = place
        self._books = place.books
        self._serving = serving

    async def cancel(self, rrn: str = "", tendered: Pieces | None = None) -> OperationResult:
        """Undo what was done under this RRN, else the last that was done here.

        `tendered` are the pieces brought back of cash that was paid out; the exact amount unless
        given. In doubt, nothing changes hands until the reversal is acknowledged.
        """
        try:
            deed = self._deed(rrn)
        except NotServedError as error:
            return self._place.refused("cancel", str(error))
        if deed.operation == "send_cash":
            taken_back = await self._serving.take_back(deed.reference, deed.amount_minor)
            return replace(taken_back, operation="cancel")
        try:
            taken, given = self._hands(deed, tendered)
        except (CashError, NotServedError) as error:
            return self._place.refused("cancel", str(error), deed.amount_minor)
        return await self._reverse(deed, taken, given)

    async def _reverse(self, deed: Deed, taken: Pieces, given: Pieces) -> OperationResult:
        place = self._place
        assert deed.record is not None
        undo = {
            **place.whose(),
            "returned_minor": deed.amount_minor,
            "taken": dict(taken),
            "given": dict(given),
        }
        result = OperationResult(
            "cancel",
            place.terminal.name,
            "approved",
            amount_minor=deed.amount_minor,
            stan=deed.record.stan,
            rrn=deed.rrn,
        )
        try:
            await place.terminal.cancel(replace(deed.record, undo=undo), CANCELLED)
        except OSError as error:
            return place.refused("cancel", f"the journal cannot be written ({error})")
        if deed.rrn in self._books.deeds:
            return place.printed(replace(result, outcome="in_doubt"))
        await place.write("explained", rrn=deed.rrn, became="cancelled")
        out = place.pieces("returned", given)
        return place.printed(result, out, place.pieces("received", taken))

    def _deed(self, rrn: str) -> Deed:
        """What is to be cancelled. Raises NotServedError."""
        self._place.till()
        deeds = self._books.deeds
        deed = deeds.get(rrn or next(reversed(deeds), ""))
        if deed is None:
            raise NotServedError(f"nothing that stands was done here under {rrn or 'any number'}")
        if deed.cancelling:
            raise NotServedError("it is being cancelled already")
        done_on = datetime.fromisoformat(deed.at).astimezone(CASABLANCA).date()
        if done_on != self._place.now().astimezone(CASABLANCA).date():
            raise NotServedError(f"it was done on {done_on:%d/%m/%Y}: only within the day")
        if deed.operation == "collect":
            raise NotServedError("money that was collected is not taken back")
        return deed

    def _hands(self, deed: Deed, tendered: Pieces | None) -> tuple[Pieces, Pieces]:
        """The pieces that the customer brings back, and those given to him. Raises CashError."""
        till, amount_minor = self._place.till(), deed.amount_minor
        if deed.cash == "in":
            return {}, change(amount_minor, till.pieces)
        if deed.cash == "out":
            taken = exactly(amount_minor) if tendered is None else dict(tendered)
            check_tendered(taken, amount_minor)
            back = change(total_minor(taken) - amount_minor, till.with_added(taken))
            return taken, back
        return {}, {}
