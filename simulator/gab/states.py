"""A GAB's session as a table: in this state, when that happens, go there.

    idle --card in--> card_in --read--> pin_entry --PIN--> menu
      menu --cash, transfer--> amount --given--> confirm --yes--> waiting
      menu --deposit--> counting --counted--> confirm
      menu --bill--> bill_form --filled in--> waiting --bill found--> confirm
      menu --PIN change--> new_pin --given twice--> confirm
      menu --enquiry--> waiting
      waiting --approved cash--> stacking
                 card first:  card_first --card taken--> presented
                 cash first:  presented
               presented --> taken | retracted --> receipt
      waiting --approved, declined, in doubt--> receipt --> menu, or ending
      waiting --wrong PIN--> pin_again --PIN--> waiting
      waiting --pick up--> card_captured
      ending --card inside--> card_offered --> card_returned | card_captured --> idle

Whatever the customer gives up, or leaves for too long, goes to `ending`. `docs/gab.md` has the
diagram.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class State(Enum):
    """Where a GAB is."""

    IDLE = "idle"
    CARD_IN = "card_in"
    PIN_ENTRY = "pin_entry"
    PIN_AGAIN = "pin_again"
    MENU = "menu"
    AMOUNT = "amount"
    COUNTING = "counting"
    BILL_FORM = "bill_form"
    NEW_PIN = "new_pin"
    CONFIRM = "confirm"
    WAITING = "waiting"
    STACKING = "stacking"
    CARD_FIRST = "card_first"
    PRESENTED = "presented"
    TAKEN = "taken"
    RETRACTED = "retracted"
    RECEIPT = "receipt"
    ENDING = "ending"
    CARD_OFFERED = "card_offered"
    CARD_RETURNED = "card_returned"
    CARD_CAPTURED = "card_captured"
    SUPERVISOR = "supervisor"
    OUT_OF_SERVICE = "out_of_service"


class Input(Enum):
    """What happens to it."""

    CARD_INSERTED = "card inserted"
    NO_CARD_NEEDED = "no card needed"
    CARD_READ = "card read"
    PIN_GIVEN = "PIN given"
    WRONG_PIN = "wrong PIN"
    CASH = "cash chosen"
    TRANSFER = "transfer chosen"
    DEPOSIT = "deposit chosen"
    BILL = "bill chosen"
    KNOWN_BILL = "known bill chosen"
    ENQUIRY = "enquiry chosen"
    PIN_CHANGE = "PIN change chosen"
    NOTHING_MORE = "nothing more"
    GIVEN = "given"
    REFUSED = "refused by the GAB"
    CANCELLED = "cancelled"
    LEFT_ALONE = "left alone"
    CONFIRMED = "confirmed"
    BILL_FOUND = "bill found"
    APPROVED_CASH = "cash approved"
    CONCLUDED = "approved, declined or in doubt"
    PICK_UP = "card to be picked up"
    STACKED = "stacked"
    NOTHING_STACKED = "nothing stacked"
    UNDONE = "undone"
    CASH_TAKEN = "cash taken"
    CASH_LEFT = "cash left"
    SETTLED = "settled"
    PRINTED = "printed"
    OVER = "over"
    CARD_INSIDE = "card inside"
    NO_CARD = "no card"
    CARD_TAKEN = "card taken"
    CARD_LEFT = "card left"
    CARD_JAMMED = "card jammed"
    SUPERVISOR_IN = "supervisor in"
    FIT = "fit for service"
    UNFIT = "unfit for service"


Table = Mapping[tuple[State, Input], State]

_S, _I = State, Input

COMMON: Table = {
    (_S.IDLE, _I.CARD_INSERTED): _S.CARD_IN,
    (_S.IDLE, _I.NO_CARD_NEEDED): _S.MENU,
    (_S.CARD_IN, _I.CARD_READ): _S.PIN_ENTRY,
    (_S.PIN_ENTRY, _I.PIN_GIVEN): _S.MENU,
    (_S.PIN_AGAIN, _I.PIN_GIVEN): _S.WAITING,
    (_S.MENU, _I.CASH): _S.AMOUNT,
    (_S.MENU, _I.TRANSFER): _S.AMOUNT,
    (_S.MENU, _I.DEPOSIT): _S.COUNTING,
    (_S.MENU, _I.BILL): _S.BILL_FORM,
    (_S.MENU, _I.KNOWN_BILL): _S.CONFIRM,
    (_S.MENU, _I.ENQUIRY): _S.WAITING,
    (_S.MENU, _I.PIN_CHANGE): _S.NEW_PIN,
    (_S.MENU, _I.NOTHING_MORE): _S.ENDING,
    (_S.MENU, _I.REFUSED): _S.MENU,
    (_S.AMOUNT, _I.GIVEN): _S.CONFIRM,
    (_S.AMOUNT, _I.REFUSED): _S.AMOUNT,
    (_S.COUNTING, _I.GIVEN): _S.CONFIRM,
    (_S.COUNTING, _I.REFUSED): _S.MENU,
    (_S.BILL_FORM, _I.GIVEN): _S.WAITING,
    (_S.BILL_FORM, _I.REFUSED): _S.BILL_FORM,
    (_S.NEW_PIN, _I.GIVEN): _S.CONFIRM,
    (_S.NEW_PIN, _I.REFUSED): _S.NEW_PIN,
    (_S.CONFIRM, _I.CONFIRMED): _S.WAITING,
    (_S.WAITING, _I.WRONG_PIN): _S.PIN_AGAIN,
    (_S.WAITING, _I.BILL_FOUND): _S.CONFIRM,
    (_S.WAITING, _I.APPROVED_CASH): _S.STACKING,
    (_S.WAITING, _I.CONCLUDED): _S.RECEIPT,
    (_S.WAITING, _I.PICK_UP): _S.CARD_CAPTURED,
    (_S.STACKING, _I.NOTHING_STACKED): _S.RECEIPT,
    (_S.PRESENTED, _I.CASH_TAKEN): _S.TAKEN,
    (_S.PRESENTED, _I.CASH_LEFT): _S.RETRACTED,
    (_S.PRESENTED, _I.UNDONE): _S.RECEIPT,
    (_S.TAKEN, _I.SETTLED): _S.RECEIPT,
    (_S.RETRACTED, _I.SETTLED): _S.RECEIPT,
    (_S.RECEIPT, _I.PRINTED): _S.MENU,
    (_S.RECEIPT, _I.OVER): _S.ENDING,
    (_S.ENDING, _I.CARD_INSIDE): _S.CARD_OFFERED,
    (_S.ENDING, _I.NO_CARD): _S.IDLE,
    (_S.CARD_OFFERED, _I.CARD_TAKEN): _S.CARD_RETURNED,
    (_S.CARD_OFFERED, _I.CARD_LEFT): _S.CARD_CAPTURED,
    (_S.CARD_OFFERED, _I.CARD_JAMMED): _S.CARD_CAPTURED,
    (_S.CARD_RETURNED, _I.OVER): _S.IDLE,
    (_S.CARD_CAPTURED, _I.PRINTED): _S.RECEIPT,
    (_S.CARD_CAPTURED, _I.OVER): _S.IDLE,
    (_S.IDLE, _I.SUPERVISOR_IN): _S.SUPERVISOR,
    (_S.OUT_OF_SERVICE, _I.SUPERVISOR_IN): _S.SUPERVISOR,
    (_S.SUPERVISOR, _I.FIT): _S.IDLE,
    (_S.SUPERVISOR, _I.UNFIT): _S.OUT_OF_SERVICE,
    (_S.IDLE, _I.FIT): _S.IDLE,
    (_S.IDLE, _I.UNFIT): _S.OUT_OF_SERVICE,
    (_S.OUT_OF_SERVICE, _I.FIT): _S.IDLE,
    (_S.OUT_OF_SERVICE, _I.UNFIT): _S.OUT_OF_SERVICE,
    **{
        (state, given_up): _S.ENDING
        for state in (
            *(_S.PIN_ENTRY, _S.PIN_AGAIN, _S.MENU, _S.AMOUNT),
            *(_S.COUNTING, _S.BILL_FORM, _S.NEW_PIN, _S.CONFIRM),
        )
        for given_up in (_I.CANCELLED, _I.LEFT_ALONE)
    },
}

CASH_FIRST: Table = {**COMMON, (_S.STACKING, _I.STACKED): _S.PRESENTED}
"""The notes, then the card."""

CARD_FIRST: Table = {
    **COMMON,
    (_S.STACKING, _I.STACKED): _S.CARD_FIRST,
    (_S.CARD_FIRST, _I.CARD_TAKEN): _S.PRESENTED,
    (_S.CARD_FIRST, _I.CARD_LEFT): _S.CARD_CAPTURED,
    (_S.CARD_FIRST, _I.CARD_JAMMED): _S.CARD_CAPTURED,
}
"""The card, then the notes: a card that is left takes no cash with it."""


class ImpossibleError(Exception):
    """Something that cannot happen in this state: a defect."""


def next_state(table: Table, state: State, happened: Input) -> State:
    """Where a GAB goes; raises ImpossibleError.

    >>> next_state(CARD_FIRST, State.STACKING, Input.STACKED)
    <State.CARD_FIRST: 'card_first'>
    """
    try:
        return table[state, happened]
    except KeyError:
        raise ImpossibleError(f"'{happened.value}' cannot happen in {state.value}") from None
