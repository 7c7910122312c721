"""Steps at a client of the core's own service."""

from __future__ import annotations

from simulator.digital.channel import DigitalChannel, Payer
from simulator.scenario.bill_steps import OpenCode, PayBill, PayCode
from simulator.scenario.cast import Cast
from simulator.terminal.result import OperationResult


def payer_of(step: PayBill | PayCode, cast: Cast) -> Payer:
    """Who pays: the card or the account that the step names, or cash."""
    if step.card is not None:
        card = cast.card(step.card).card
        return Payer(pan=card.pan, expiry=card.expiry)
    return Payer(account=cast.rib(step.account)) if step.account is not None else Payer()


async def open_code(at: DigitalChannel, step: OpenCode) -> OperationResult:
    """Enquire about each bill, then ask for the code of all."""
    references = []
    for bill in step.bills:
        found = await at.enquire_bill(bill.creditor, bill.kind, dict(bill.form))
        if found.outcome != "approved":
            return found
        references.append(found.reference)
    return await at.open_code(references)
