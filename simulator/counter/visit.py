"""A customer who pays several creditors in one visit: one purse, one receipt each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from simulator.counter.cash import Pieces
from simulator.counter.serving import Serving
from simulator.counter.till import added, taken_out
from simulator.counter.workplace import NotServedError, Workplace
from simulator.terminal import bills
from simulator.terminal.result import Article, OperationResult, Outcome


@dataclass(frozen=True)
class BillToPay:
    """What a creditor's form finds, or the `articles` chosen of it."""

    creditor: str
    kind: str
    form: Mapping[str, str]
    articles: tuple[Article | str, ...] | None = None


@dataclass(frozen=True)
class CodeToPay:
    """Everything behind a payment code."""

    code: str


ToPay = BillToPay | CodeToPay


@dataclass(frozen=True)
class Visited:
    """What came of each, in their order, and what is left of the cash that was brought."""

    results: tuple[OperationResult, ...]
    left: Mapping[int, int] = field(default_factory=dict)

    @property
    def whole(self) -> OperationResult:
        """All in one: approved when all are, in doubt when one is; every receipt."""
        outcomes = {each.outcome for each in self.results}
        outcome: Outcome = "approved"
        if outcomes != {"approved"}:
            outcome = "in_doubt" if "in_doubt" in outcomes else "declined"
        approved = [each for each in self.results if each.outcome == "approved"]
        return OperationResult(
            "pay_bills",
            self.results[0].terminal,
            outcome,
            words="; ".join(each.words for each in self.results if each.outcome != "approved"),
            amount_minor=sum(each.amount_minor for each in approved),
            lines=tuple(f"{each.operation}: {each.outcome}" for each in self.results),
            receipt=tuple(line for each in self.results for line in each.receipt),
        )


class Visit:
    """Pays one after the other; what one brings in change, the next is paid with."""

    def __init__(self, place: Workplace, serving: Serving) -> None:
        self._place = place
        self._serving = serving

    async def pay(self, wanted: Sequence[ToPay], tendered: Pieces | None, account: str) -> Visited:
        """Pay all of it in cash, or from an account.

        Without `tendered` each is paid with the exact amount. In doubt, all the cash of that
        payment is kept apart, so that what comes behind it is refused.
        """
        purse = None if tendered is None else dict(tendered)
        results = []
        for each in wanted:
            result, purse = await self._one(each, purse, account)
            results.append(result)
        return Visited(tuple(results), purse or {})

    async def _one(
        self, wanted: ToPay, purse: dict[int, int] | None, account: str
    ) -> tuple[OperationResult, dict[int, int] | None]:
        before = self._pieces()
        if isinstance(wanted, CodeToPay):
            result = await self._serving.pay_code(wanted.code, purse, account)
        else:
            ask = bills.enquiry(None, wanted.creditor, wanted.kind, wanted.form)
            owed = await self._serving.enquire(ask, "pay_bill", wanted.creditor, wanted.kind)
            if owed.outcome != "approved":
                return owed, purse
            result = await self._serving.pay_bill(owed, wanted.articles, purse, account)
        if purse is None or account or result.outcome == "declined":
            return result, purse
        if result.outcome == "in_doubt":
            return result, {}
        # What the till took of the purse, less what it gave of its own, is the rest of it.
        return result, taken_out(added(purse, before), self._pieces())

    def _pieces(self) -> dict[int, int]:
        try:
            return dict(self._place.till().pieces)
        except NotServedError:
            return {}
