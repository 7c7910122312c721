"""The oracle on trial: known bugs, planted one at a time, each found by an invariant that is named.

A defect is a patch of the switch, the core, the issuer host or a terminal. The scenario around it
is one that passes without it, whatever the seed.
"""

from dataclasses import replace

import pytest
from sqlalchemy import update

from simulator.gab import gab as gab_module
from simulator.hosts import issuing
from simulator.hosts import ledger as issuer_ledger
from simulator.hosts.tables import accounts
from simulator.payment_core import decisions, movements, operations
from simulator.scenario.api import run, scenario_of
from simulator.scenario.results import Verdict
from simulator.terminal.debts import Debts
from simulator.terminal.pending import PendingRecord
from simulator.terminal.terminal import Terminal
from switch.engine import owing
from switch.engine.journal import Journal
from switch.engine.states import TRANSITIONS, Input, State

DID = "what a terminal did stands in one ledger, equal"
STANDS = "what stands in a ledger, a terminal did"
CASH = "cash that moves is the amount approved"
ZERO = "every ledger sums to zero"
FLOOR = "no customer is below the floor"
ONCE = "one request has one live posting"
BACK = "what is given back is what its posting says"
SETTLED = "a creditor's settlement equals its live payments"
TOTALS = "the totals of the switch and of the ledgers agree"
DOUBT = "nothing is left in doubt"

CAST = {"gab": "GAB00001", "amina": "amina", "visitor": "9504020000000018"}
BILL = {"creditor": "1001", "kind": "01", "form": {"contract": "00123456"}}


def withdraw(card, amount):
    return {"withdraw": {"at": "gab", "card": card, "amount": amount}}


def pay(card):
    return {"pay_bill": {"at": "gab", "card": card, **BILL}}


def enquire(card):
    return {"enquire_bill": {"at": "gab", "card": card, **BILL}}


def fault(on, inject, **more):
    return {"faults": [{"on": on, "inject": inject, **more}]}


STEPS = {
    "well": [withdraw("visitor", "200.00"), withdraw("amina", "100.00")],
    "issuer's answer lost": [
        fault("issuer", "rules", rules=["answer-lost-once"]),
        withdraw("visitor", "200.00"),
    ],
    "both answers lost": [
        fault("gab", "black_hole"),
        fault("issuer", "rules", rules=["answer-lost-once"]),
        withdraw("visitor", "200.00"),
        {"heal": "gab"},
    ],
    "switch's answer lost": [
        fault("gab", "black_hole"),
        withdraw("amina", "200.00"),
        {"heal": "gab"},
    ],
    "bill, switch's answer lost": [
        enquire("amina"),
        fault("gab", "black_hole"),
        pay("amina"),
        {"heal": "gab"},
    ],
    "bill of another bank, core down": [
        enquire("visitor"),
        fault("core", "down"),
        pay("visitor"),
        {"think": "8s"},
        {"heal": "core"},
    ],
    "partly dispensed": [
        fault("gab", "partly_dispensed", notes=2),
        withdraw("amina", "500.00"),
        {"heal": "gab"},
    ],
    "more than there is": [withdraw("visitor", "6000.00")],
}


def day(name):
    steps = STEPS[name]
    return scenario_of({"scenario": name, "cast": CAST, "steps": steps, "time_limit": "90s"})


# -- the defects ----------------------------------------------------------------------------------


def issuer_posts_twice(patch):
    once = issuer_ledger.move

    def move(connection, kind, trace, *rest, **more):
        number = once(connection, kind, trace, *rest, **more)
        if kind == "withdrawal":
            once(connection, kind, trace, *rest, **more)
        return number

    patch.setattr(issuer_ledger, "move", move)


def core_posts_twice(patch):
    once = movements.post

    def twice(turn, kind, trace, moves):
        once(turn, kind, replace(trace, operation_key=f"{trace.operation_key}-again"), moves)
        return once(turn, kind, trace, moves)

    patch.setattr(movements, "post", twice)


def issuer_drops_reversals(patch):
    patch.setattr(issuing, "reverse", lambda connection, original, now: None)


def core_drops_cancellations(patch):
    patch.setattr(operations, "_undo", lambda *args: 0)


def switch_takes_silence_for_a_refusal(patch):
    patch.setitem(TRANSITIONS, (State.FORWARDED, Input.NO_ANSWER), State.DECLINED)


def second_leg_refused_is_not_reversed(patch):
    patch.setitem(TRANSITIONS, (State.AUTHORISED, Input.SECOND_REFUSED), State.DECLINED)
    patch.setitem(TRANSITIONS, (State.AUTHORISED, Input.NO_ANSWER), State.DECLINED)


def switch_queues_no_reversal(patch):
    patch.setattr(owing, "owe", lambda *args, **more: None)


def switch_acknowledges_and_does_nothing(patch):
    patch.setattr(Journal, "_reverse", lambda self, connection, found, reason, **more: found)


def part_is_reversed_in_full(patch):
    decided = PendingRecord.reversing
    patch.setattr(
        PendingRecord,
        "reversing",
        lambda self, stan, reason, retained_minor=0: decided(self, stan, reason),
    )


def reversal_credits_twice(patch):
    once = issuer_ledger.give_back

    def twice(connection, posting_id, trace, retained_minor):
        returned_minor = once(connection, posting_id, trace, retained_minor)
        customer, settlement = (
            connection.execute(accounts.select().where(accounts.c.kind == kind)).first().id
            for kind in ("customer", "settlement")
        )
        issuer_ledger.move(connection, "reversal", trace, returned_minor, settlement, customer)
        return returned_minor

    patch.setattr(issuer_ledger, "give_back", twice)


def issuer_debits_more(patch):
    once = issuer_ledger.move

    def move(connection, kind, trace, amount_minor, *rest, **more):
        more_minor = amount_minor + (100 if kind == "withdrawal" else 0)
        return once(connection, kind, trace, more_minor, *rest, **more)

    patch.setattr(issuer_ledger, "move", move)


def issuer_forgets_the_floor(patch):
    once = issuer_ledger.move

    def move(*args, **more):
        return once(*args, **{**more, "held_minor": -(10**9)})

    patch.setattr(issuer_ledger, "move", move)


def balance_without_an_entry(patch):
    once = issuer_ledger.move

    def move(connection, kind, *rest, **more):
        number = once(connection, kind, *rest, **more)
        if kind == "withdrawal":
            one_more = {"balance_minor": accounts.c.balance_minor + 1}
            connection.execute(update(accounts).where(accounts.c.id == 1).values(one_more))
        return number

    patch.setattr(issuer_ledger, "move", move)


def gab_gives_a_note_too_many(patch):
    chosen = gab_module.choose_notes

    def choose(amount_minor, cassettes):
        notes = chosen(amount_minor, cassettes)
        return {name: count + 1 for name, count in notes.items()}

    patch.setattr(gab_module, "choose_notes", choose)


def gab_pays_without_an_answer(patch):
    async def approve(self, exchange, line, words, elapsed_s):
        return replace(exchange, outcome="approved", response_code="00")

    patch.setattr(Terminal, "_doubt", approve)


def terminal_drops_its_reversal(patch):
    async def nothing(self, *args, **more):
        return None

    patch.setattr(Debts, "reverse", nothing)


def payment_is_not_released(patch):
    patch.setattr(decisions, "release", lambda turn, operation_key: None)


DEFECTS = [
    (issuer_posts_twice, "well", ONCE),
    (core_posts_twice, "well", ONCE),
    (issuer_debits_more, "well", DID),
    (balance_without_an_entry, "well", ZERO),
    (gab_gives_a_note_too_many, "well", CASH),
    (issuer_drops_reversals, "issuer's answer lost", STANDS),
    (switch_takes_silence_for_a_refusal, "issuer's answer lost", TOTALS),
    (reversal_credits_twice, "issuer's answer lost", BACK),
    (switch_queues_no_reversal, "issuer's answer lost", DOUBT),
    (core_drops_cancellations, "switch's answer lost", STANDS),
    (switch_acknowledges_and_does_nothing, "switch's answer lost", STANDS),
    (terminal_drops_its_reversal, "switch's answer lost", STANDS),
    (part_is_reversed_in_full, "partly dispensed", DID),
    (payment_is_not_released, "bill, switch's answer lost", SETTLED),
    (second_leg_refused_is_not_reversed, "bill of another bank, core down", STANDS),
    (issuer_forgets_the_floor, "more than there is", FLOOR),
    (gab_pays_without_an_answer, "both answers lost", DID),
]


@pytest.mark.parametrize(
    ("defect", "when", "invariant"), DEFECTS, ids=lambda each: getattr(each, "__name__", None)
)
def test_a_planted_defect_is_found(defect, when, invariant, monkeypatch):
    defect(monkeypatch)
    result = run(day(when))
    assert result.verdict is Verdict.INVARIANT, result.problem
    assert invariant in [each.invariant for each in result.broken]


def test_fifteen_defects_and_more_are_planted_and_most_invariants_find_one():
    assert len({defect for defect, _, _ in DEFECTS}) >= 15
    assert len({invariant for _, _, invariant in DEFECTS}) >= 8


def judged(name, seed):
    result = run(day(name), seed=seed)
    return [str(each) for each in result.broken] + [result.problem] * bool(result.problem)


def test_the_correct_system_breaks_nothing_over_twenty_seeds():
    names = sorted(STEPS)
    wrong = {seed: judged(names[seed % len(names)], seed) for seed in range(20)}
    assert {seed: found for seed, found in wrong.items() if found} == {}


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", sorted(STEPS))
def test_the_correct_system_breaks_nothing_over_a_thousand_seeds(name):
    wrong = {seed: judged(name, seed) for seed in range(125)}
    assert {seed: found for seed, found in wrong.items() if found} == {}
