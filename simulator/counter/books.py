"""What a counter knows of its cash and of its day, rebuilt from its journal at a start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from simulator.counter.till import Till, added, read_pieces, taken_out
from simulator.terminal.journal import Event
from simulator.terminal.pending import PendingRecord

DEEDS = frozenset({"cash_in", "paid_out", "done"})
"""Lines of what was done and stands, until it is cancelled."""

UNDONE = frozenset({"declined", "not_sent", "reversal_owed"})


@dataclass
class Deed:
    """Something done for a customer that stands."""

    rrn: str
    operation: str
    at: str
    amount_minor: int
    cash: Literal["in", "out", ""]
    record: PendingRecord | None
    """What its cancellation would copy; None of what cannot be cancelled."""
    reference: str = ""
    """Of money sent: its sender's."""
    cancelling: bool = False


@dataclass
class Doubt:
    """A transaction that nobody answered, until a receipt has said what became of it."""

    rrn: str
    stan: str
    operation: str
    amount_minor: int
    over: bool = False
    """Whether its reversal is acknowledged: it did not take place."""
    cancels: bool = False
    """Whether it is the cancellation of something that had stood."""
    held: dict[int, int] = field(default_factory=dict)
    """The pieces given back to the customer once it was over."""


class Books:
    """Told every line of the journal that concerns cash, tellers and doubts."""

    def __init__(self) -> None:
        self.vault: dict[int, int] = {}
        self.vault_opened = False
        self.tills: dict[str, Till] = {}
        """Those with an open batch, by teller."""
        self.teller = ""
        """Who is signed on."""
        self.batches = 0
        """The number of the last batch."""
        self.deeds: dict[str, Deed] = {}
        """By RRN, oldest first."""
        self.doubts: dict[str, Doubt] = {}
        """By RRN, oldest first."""
        self._requests: dict[str, Event] = {}

    @property
    def till(self) -> Till | None:
        """The open till of the teller who is signed on."""
        return self.tills.get(self.teller)

    def forget(self, rrn: str) -> None:
        """Nothing was done of this request."""
        self._requests.pop(rrn, None)

    def replay(self, event: Event) -> None:
        """Take in one line."""
        match event["event"]:
            case "vault_opened":
                self.vault, self.vault_opened = read_pieces(event["pieces"]), True
            case "teller_on":
                self.teller = event["teller"]
            case "teller_off":
                self.teller = ""
            case "till_opened":
                self._open(event)
            case "cash_moved":
                self._move(event)
            case "batch_closed":
                till = self.tills.pop(event["teller"])
                self.vault = added(self.vault, read_pieces(event["counted"]))
                self.batches = max(self.batches, till.batch)
            case "difference":
                self.tills[event["teller"]].settle(read_pieces(event["counted"]))
            case "request" if "copied" in event:
                self._requests[event["rrn"]] = event
            case "explained":
                self.doubts.pop(event["rrn"], None)
            case _:
                self._of_customer(event)

    def _of_customer(self, event: Event) -> None:
        match event["event"]:
            case "cash_in":
                self._till_of(event).exchange(
                    read_pieces(event["pieces"]), read_pieces(event["change"])
                )
            case "paid_out":
                self._till_of(event).exchange({}, read_pieces(event["pieces"]))
            case "cancelled":
                self._cancelled(event)
            case "reversal_owed":
                self._doubt(event)
            case "reversal_acknowledged" if event["rrn"] in self.doubts:
                self.doubts[event["rrn"]].over = True
            case "returned" if event["rrn"] in self.doubts:
                self.doubts[event["rrn"]].held = read_pieces(event["pieces"])
        if event["event"] in UNDONE:
            self.forget(event["rrn"])
        if event["event"] in DEEDS and event["rrn"] in self._requests:
            self._done(event)

    def _till_of(self, event: Event) -> Till:
        return self.tills[event["teller"]]

    def _open(self, event: Event) -> None:
        pieces = read_pieces(event["pieces"])
        if event["source"] == "vault":
            self.vault = taken_out(self.vault, pieces)
        self.batches = max(self.batches, event["batch"])
        self.tills[event["teller"]] = Till(event["batch"], pieces)

    def _move(self, event: Event) -> None:
        pieces, to_till = read_pieces(event["pieces"]), event["to"] == "till"
        self.vault = taken_out(self.vault, pieces) if to_till else added(self.vault, pieces)
        self._till_of(event).move(pieces, to_till=to_till)

    def _done(self, event: Event) -> None:
        request = self._requests.pop(event["rrn"])
        cash: dict[str, Literal["in", "out"]] = {"cash_in": "in", "paid_out": "out"}
        self.deeds[event["rrn"]] = Deed(
            event["rrn"],
            event["operation"],
            request["at"],
            event["amount_minor"],
            cash.get(event["event"], ""),
            PendingRecord.of_line(request),
            event.get("reference", ""),
        )

    def _doubt(self, event: Event) -> None:
        deed = self.deeds.get(event["rrn"])
        if deed is not None:
            deed.cancelling = True
        self.doubts[event["rrn"]] = Doubt(
            event["rrn"],
            event["stan"],
            event["operation"],
            event["amount_minor"],
            cancels=deed is not None,
        )

    def _cancelled(self, event: Event) -> None:
        self.deeds.pop(event["rrn"], None)
        taken, given = read_pieces(event["taken"]), read_pieces(event["given"])
        till = self.tills.get(event["teller"])
        if till is None:
            # The batch is closed: what changes hands is the vault's.
            self.vault = taken_out(added(self.vault, taken), given)
        else:
            till.exchange(taken, given)
