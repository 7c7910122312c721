"""What the issuer reads in a message: an operation to do, or an original to reverse."""

from __future__ import annotations

from dataclasses import dataclass, field

from switch.wire import Message, mask_pan
from switch.wire.codes import TRANSACTIONS
from switch.wire.mti import message_class, original_mti

CURRENCY = "504"

OPERATIONS = {
    ("0200", "01"): "withdrawal",
    ("0200", "00"): "purchase",
    ("0200", "20"): "refund",
    ("0100", "00"): "pre_authorisation",
    ("0200", "50"): "bill_payment",
    ("0100", "31"): "balance",
    ("0100", "92"): "pin_change",
}
"""By message type and the first two digits of DE3."""

ADVICES = {"0220": "0200", "0120": "0100"}
"""The request that each type of advice stands for."""
WITHOUT_AMOUNT = frozenset({"balance", "pin_change"})

REVERSALS = frozenset({"0400", "0420"})
NEEDED = ("2", "3", "7", "11", "12", "13", "41")


class RefusedError(Exception):
    """A message that is refused as it stands, with this code."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True)
class Operation:
    """A request, checked."""

    name: str
    pan: str = field(repr=False)
    expiry: str
    amount_minor: int
    acquirer: str
    terminal: str
    stan: str
    rrn: str
    transmitted: str
    local: str
    """DE13 and DE12."""
    processing: str
    told: bool = False
    """Whether this is an advice: it is done already, and posted whatever the account holds."""
    settled_on: str = ""
    """The business date (DE15) that an advice says it is of."""
    currency: str = CURRENCY
    """Of `amount_minor` (DE49)."""
    approval: str = ""
    """DE38 of what an advice completes."""
    billed: tuple[int, str] | None = None
    """DE6 and DE51: what the networks in between made of it in the card's currency."""
    entry: str = ""
    """DE22."""

    @property
    def masked_pan(self) -> str:
        return mask_pan(self.pan)

    @property
    def origin(self) -> str:
        """Who sent it, and under which number."""
        return origin(self.acquirer, self.terminal, self.stan)

    @property
    def duplicate_key(self) -> str:
        """Without DE7: many senders restamp it in a repeat."""
        return f"{self.origin}/{self.local}/{self.processing}/{self.amount_minor}"


@dataclass(frozen=True)
class Original:
    """What a reversal says of the request it reverses, and what of it stands."""

    origin: str
    transmitted: str
    local: str
    """DE13 and DE12 when the reversal has both, else empty."""
    retained_minor: int
    terminal: str
    stan: str
    rrn: str


def origin(acquirer: str, terminal: str, stan: str) -> str:
    """Acquirer, terminal and STAN as one text; leading zeros of the acquirer do not matter.

    >>> origin("00000504001", "GAB00001", "000001")
    '504001/GAB00001/000001'
    """
    return f"{acquirer.lstrip('0')}/{terminal.strip()}/{stan}"


def is_reversal(message: Message) -> bool:
    """Whether this is a 0400, a 0420 or a repeat of one."""
    return original_mti(message.mti) in REVERSALS


def read_operation(message: Message) -> Operation:
    """Raises RefusedError: 30 for what is missing, 12 and 57 for what is not offered, 13 for an
    amount of zero.
    """
    processing = message.text(3)
    _need(message, NEEDED)
    mti = original_mti(message.mti)
    name = OPERATIONS.get((ADVICES.get(mti, mti), processing[:2]))
    if name is None:
        offered_elsewhere = processing[:2] in TRANSACTIONS and message_class(message.mti) in "12"
        code = "57" if offered_elsewhere else "12"
        raise RefusedError(code, f"{message.mti} with DE3 {processing} is not offered")
    amount_minor = int(message.text(4) or 0)
    if name not in WITHOUT_AMOUNT and amount_minor == 0:
        raise RefusedError("13", "an amount of zero")
    return Operation(
        name=name,
        pan=message.text(2),
        expiry=message.text(14),
        amount_minor=amount_minor,
        acquirer=message.text(32),
        terminal=message.text(41),
        stan=message.text(11),
        rrn=message.text(37),
        transmitted=message.text(7),
        local=message.text(13) + message.text(12),
        processing=processing,
        told=mti in ADVICES,
        settled_on=message.text(15) if mti in ADVICES else "",
        currency=message.text(49) or CURRENCY,
        approval=message.text(38) if mti in ADVICES else "",
        billed=_billed(message),
        entry=message.text(22),
    )


def _billed(message: Message) -> tuple[int, str] | None:
    amount, currency = message.text(6), message.text(51)
    if not (amount and currency):
        return None
    if not (amount.isascii() and amount.isdigit()):
        raise RefusedError("30", "DE6 is no amount")
    return int(amount), currency


def read_original(message: Message) -> Original:
    """Raises RefusedError 30 for what is missing or cannot be."""
    _need(message, ("7", "11", "41", "90"))
    data = message.text(90)
    retained = message.text(95)[:12] or "0"
    if message_class(data[:4]) not in ("1", "2"):
        raise RefusedError("30", f"DE90 names an original of type {data[:4]}")
    if not (retained.isascii() and retained.isdigit()):
        raise RefusedError("30", "DE95 does not begin with an amount")
    acquirer = data[20:31] if data[20:31].strip("0") else message.text(32)
    local = message.text(13) + message.text(12)
    return Original(
        origin=origin(acquirer, message.text(41), data[4:10]),
        transmitted=data[10:20],
        local=local if len(local) == 10 else "",
        retained_minor=int(retained),
        terminal=message.text(41),
        stan=data[4:10],
        rrn=message.text(37),
    )


def _need(message: Message, elements: tuple[str, ...]) -> None:
    missing = [f"DE{element}" for element in elements if not message.text(element)]
    if missing:
        raise RefusedError("30", f"{message.mti} without {', '.join(missing)}")
