"""What a message asks of the switch, read from its elements and checked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from switch.settings.links import DUPLICATES
from switch.settings.masking import mask_pan
from switch.settings.network import GroupSettings
from switch.wire import Message
from switch.wire.mti import is_repeat, message_class, original_mti

OPERATIONS = {
    ("2", "01"): "withdrawal",
    ("2", "00"): "purchase",
    ("2", "20"): "refund",
    ("1", "00"): "pre_authorisation",
    ("2", "21"): "deposit",
    ("1", "30"): "bill_enquiry",
    ("1", "31"): "balance",
    ("1", "38"): "mini_statement",
    ("2", "40"): "transfer",
    ("2", "50"): "bill_payment",
    ("2", "90"): "remittance",
    ("2", "91"): "collection",
    ("1", "92"): "pin_change",
    ("2", "02"): "till_short",
    ("2", "22"): "till_over",
}
"""By message class and the first two digits of DE3."""

MOVES_MONEY = frozenset(
    {
        *("refund", "pre_authorisation"),
        *("withdrawal", "purchase", "deposit", "transfer", "bill_payment"),
        *("remittance", "collection", "till_short", "till_over"),
    }
)
ENQUIRIES = frozenset({"bill_enquiry", "balance", "mini_statement"})
WITHOUT_CARD = frozenset({"bill_enquiry", "bill_payment", "collection"})
OF_A_TELLER = frozenset({"withdrawal", "deposit", "remittance", "till_short", "till_over"})
"""What may be asked without a card where a teller serves: the account is named by its number."""

NEEDED = ("3", "7", "11", "12", "13", "41")
NEEDED_OF_A_NETWORK = ("32", "37", "42")
NEEDED_WITH_MONEY = ("4", "49")
NEEDED_OF_A_TERMINAL = ("18", "22", "25")


class RefusalError(Exception):
    """A request that goes no further: its response code, and the reason for the log."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(eq=False)
class Request:
    """A financial request or an enquiry, as the engine handles it."""

    message: Message
    operation: str
    pan: str = field(repr=False)
    amount_minor: int
    currency: str
    acquirer: str
    terminal: str
    duplicate_key: str = ""
    """Two requests that agree on it are one: switch/engine/duplicates.py."""
    other_key: str = ""
    """In an hour that comes twice, the key of the same time in the other one."""
    restamped: bool = False
    """Whether DE7 is in its key, so that a repeat with a new DE7 has another."""

    moves_money: bool = field(init=False)
    forwarded: Message = field(init=False, repr=False)
    """What its destination is sent: never as a repeat, always with its acquirer (DE32).

    It may be the message itself: whoever wants another takes a copy.
    """
    reference: str = field(init=False)
    """What a reversal would name this transmission by."""

    def __post_init__(self) -> None:
        message = self.message
        if not self.duplicate_key:
            self.duplicate_key = key_of(self)
        if self.is_advice and message_class(message.mti) == "2":
            self.moves_money = self.operation not in ENQUIRIES
        else:
            self.moves_money = self.operation in MOVES_MONEY
        self.forwarded = message
        if "32" not in message or is_repeat(message.mti):
            self.forwarded = message.copy()
            self.forwarded["t"] = original_mti(message.mti)
            self.forwarded.setdefault("32", self.acquirer)
        self.reference = reference(
            self.acquirer, self.terminal, message.text("11"), message.text("7")
        )

    @property
    def is_advice(self) -> bool:
        """Whether it tells of what is done already, and cannot be declined."""
        return self.message.mti[2:3] == "2"

    @property
    def expiry(self) -> str:
        """YYMM of the card (DE14, or the track); empty where it is not said."""
        text = self.message.text
        return text("14") or text("35").replace("D", "=").partition("=")[2][:4]

    @property
    def card(self) -> str:
        """The card for people: masked, empty without one."""
        return mask_pan(self.pan) if self.pan else ""


def key_of(request: Request, elements: Sequence[str] = DUPLICATES) -> str:
    """The key of its repeats and duplicates, without regard to the hour that comes twice.

    An advice may have the trace number of the request that it completes.
    """
    text = request.message.text
    if tuple(elements) == DUPLICATES:
        when, amount = text("13") + text("12"), str(request.amount_minor)
        parts = [request.acquirer, request.terminal, text("11"), when, text("3"), amount]
    else:
        known = {"32": request.acquirer, "4": str(request.amount_minor)}
        parts = [known.get(element, text(element)) for element in elements]
    return "/".join([*parts, "advice"] if request.is_advice else parts)


def reference(acquirer: str, terminal: str, stan: str, transmission_time: str) -> str:
    """One transmission of one terminal: DE32, 41, 11 and 7.

    >>> reference("00000504001", "LAB00001", "000001", "1124103601")
    '504001/LAB00001/000001/1124103601'
    """
    return f"{acquirer.lstrip('0')}/{terminal}/{stan}/{transmission_time}"


def read_request(
    message: Message,
    group: GroupSettings | None,
    *,
    institution: str,
    currency: str,
    others: Collection[str] = (),
) -> Request:
    """Read and check a 0100 or 0200; `group` is the terminal's, None behind another network.

    `currency` is the network's own, meant where DE49 is absent; `others` are offered too.

    Raises RefusalError: 30 for what is missing, 12 for what is not offered, 13 for an amount
    that cannot be, 58 for what this terminal may not do.
    """
    lenient = group is not None and group.lenient
    processing = message.text("3")
    operation = OPERATIONS.get((message_class(message.mti), processing[:2]))
    _need(message, NEEDED)
    if not lenient:
        _need(message, NEEDED_OF_A_NETWORK)
    if operation is None:
        raise RefusalError("12", f"{message.mti} with DE3 {processing} is not offered")
    if operation in MOVES_MONEY:
        _need(message, NEEDED_WITH_MONEY[:1] if lenient else NEEDED_WITH_MONEY)
    if group is not None and not lenient:
        _need(message, NEEDED_OF_A_TERMINAL)
    for mac in ("64", "128"):
        if mac in message:
            raise RefusalError("30", f"DE{mac} is present, and no MAC key is agreed on this line")
    amount_minor = int(message.text("4") or "0")
    if operation in MOVES_MONEY and amount_minor == 0:
        raise RefusalError("13", "an amount of zero")
    asked_currency = message.text("49") or currency
    if asked_currency != currency and asked_currency not in others:
        offered = ", ".join((currency, *others))
        raise RefusalError("12", f"currency {asked_currency}, where only {offered} is offered")
    pan = message.text("2") or _pan_of_track(message.text("35"))
    if not pan:
        _check_without_card(operation, group)
    return Request(
        message=message,
        operation=operation,
        pan=pan,
        amount_minor=amount_minor,
        currency=asked_currency,
        acquirer=(message.text("32") or institution).lstrip("0"),
        terminal=message.text("41"),
    )


def _check_without_card(operation: str, group: GroupSettings | None) -> None:
    teller = group is not None and group.teller
    if operation not in WITHOUT_CARD and not (teller and operation in OF_A_TELLER):
        raise RefusalError("30", f"a {operation} without a card (DE2)")
    if operation == "bill_payment" and not (group is not None and group.cash_bills):
        raise RefusalError("58", "this terminal takes no cash for bills")


def read_advice(message: Message, *, institution: str, currency: str) -> Request:
    """Read a 0120 or 0220, of which no more is asked than that it can be told from others.

    Raises RefusalError 30 for what is missing.
    """
    _need(message, ("3", "7", "11", "41"))
    kind, processing = message_class(message.mti), message.text("3")
    amount = message.text("4")
    # What was authorised only (0120) is told with the processing code of what was to be done.
    financial = OPERATIONS.get(("2", processing[:2]), "other")
    return Request(
        message=message,
        operation=OPERATIONS.get((kind, processing[:2]), financial),
        pan=message.text("2") or _pan_of_track(message.text("35")),
        amount_minor=int(amount) if amount.isdigit() else 0,
        currency=message.text("49") or currency,
        acquirer=(message.text("32") or institution).lstrip("0"),
        terminal=message.text("41"),
    )


@dataclass(frozen=True)
class Reversal:
    """What a 0400 or 0420 asks for: its original, and what of it stands."""

    reference: str
    """The transmission it reverses, as `Request.reference` gives it."""
    retained_minor: int
    """Zero for a full reversal; what was really dispensed for a partial one (DE95)."""
    stan: str
    reason_code: str


def read_reversal(message: Message, *, institution: str) -> Reversal:
    """Read and check a 0400, 0420 or a repeat of one. Raises RefusalError 30."""
    _need(message, ("7", "41", "90"))
    original = message.text("90")
    mti, stan, transmission, acquirer = (
        original[:4],
        original[4:10],
        original[10:20],
        original[20:31],
    )
    if message_class(mti) not in ("1", "2"):
        raise RefusalError("30", f"DE90 names an original of type {mti}")
    own_acquirer = message.text("32") or institution
    retained = message.text("95")[:12]
    if retained and not retained.isdigit():
        raise RefusalError("30", "DE95 does not begin with an amount")
    return Reversal(
        reference=reference(
            acquirer if acquirer.strip("0 ") else own_acquirer,
            message.text("41"),
            stan,
            transmission,
        ),
        retained_minor=int(retained or "0"),
        stan=stan,
        reason_code=message.text("39"),
    )


def _need(message: Message, elements: tuple[str, ...]) -> None:
    if not all(map(message.get, elements)):
        missing = [f"DE{element}" for element in elements if not message.get(element)]
        raise RefusalError("30", f"{message.mti} without {', '.join(missing)}")


def _pan_of_track(track: str) -> str:
    return track.replace("D", "=").partition("=")[0]
