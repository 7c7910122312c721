"""What a scenario says, held against its network: each misfit with its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from simulator.hosts.rules import FOLDER, HostRule
from simulator.scenario.at_terminals import AtTerminal, WithCard
from simulator.scenario.bill_steps import Bill, BillOfBasket, OpenCode, PayBill, PayCode
from simulator.scenario.cast import Cast, UnknownNameError
from simulator.scenario.counter_steps import AtCounter
from simulator.scenario.expectations import BooksExpectation
from simulator.scenario.facts import NetworkFacts
from simulator.scenario.faults import DEVICE_FAULTS, PARTIES, Fault
from simulator.scenario.gab_steps import Transfer
from simulator.scenario.line_faults import LINE_FAULTS
from simulator.scenario.load_checks import load_misfits
from simulator.scenario.load_steps import LoadOfSteps
from simulator.scenario.message_checks import message_misfits
from simulator.scenario.scenario_file import CardInHand, HostRole, LineRole, ScenarioFile
from simulator.scenario.steps import Step
from simulator.scenario.templates import Late
from switch.settings import Misfit, Where, config_names

AT_DIGITAL = frozenset({"enquire_bill", "pay_bill", "pay_code", "open_code"})
"""What can be done at a client of the core's own service."""

AT_BOTH = frozenset({"enquire_bill", "pay_bill", "pay_code", "collect"})
"""What can be done at a GAB and at a counter; all else belongs to the one or the other."""


def misfits(scenario: ScenarioFile, facts: NetworkFacts) -> Iterator[Misfit]:
    """Everything in `scenario` that its network does not know or cannot do."""
    cast = Cast(scenario, facts)
    for role, meant in scenario.cast.items():
        yield from _role(("cast", role), meant, facts)
    for index, fault in enumerate(scenario.faults):
        yield from _fault(("faults", index), fault, cast, facts)
    for index, possible in enumerate(() if scenario.explore is None else scenario.explore.faults):
        yield from _fault(("explore", "faults", index, "fault"), possible.fault, cast, facts)
    for part in ("before", "steps", "after"):
        yield from steps_misfits((part,), getattr(scenario, part), cast, facts)
    for name, load in scenario.load.items():
        yield from _load(("load", name), load, cast, facts)
    if scenario.expect is not None:
        yield from _books(("expect",), scenario.expect, cast, facts)


def _load(where: Where, load: LoadOfSteps, cast: Cast, facts: NetworkFacts) -> Iterator[Misfit]:
    yield from load_misfits(where, load, cast, facts)
    yield from steps_misfits((*where, "steps"), load.steps or (), cast, facts)
    for index, entry in enumerate(load.mix or ()):
        yield from steps_misfits((*where, "mix", index, "steps"), entry.steps, cast, facts)


def steps_misfits(
    where: Where, steps: Iterable[Step], cast: Cast, facts: NetworkFacts
) -> Iterator[Misfit]:
    """Everything in some steps that the network does not know or cannot do."""
    for index, step in enumerate(steps):
        yield from step_misfits((*where, index), step, cast, facts)


def _role(
    where: Where, meant: str | CardInHand | LineRole | HostRole, facts: NetworkFacts
) -> Iterator[Misfit]:
    if isinstance(meant, CardInHand):
        return
    if isinstance(meant, LineRole):
        if meant.dials not in facts.listeners:
            message = "the switch has no listener of this name"
            place = (*where, "dials")
            yield Misfit(message, *place, near=meant.dials, candidates=facts.listeners)
        return
    if isinstance(meant, HostRole):
        if meant.plays not in facts.links:
            message = "the switch dials no link of this name"
            yield Misfit(message, *where, "plays", near=meant.plays, candidates=facts.links)
        return
    cards = facts.cards_named(meant)
    if len(cards) > 1:
        yield Misfit("several cards have this holder: give the number", *where)
    elif not cards and meant not in facts.terminals:
        candidates = (*facts.terminals, *facts.holders)
        message = "no terminal and no card of the network has this name"
        yield Misfit(message, *where, near=meant, candidates=candidates)


def step_misfits(where: Where, step: Step, cast: Cast, facts: NetworkFacts) -> Iterator[Misfit]:
    """Everything in one step, and in the steps inside it."""
    word = step.word
    done: Any = getattr(step, word)
    yield from message_misfits(where, step, cast)
    where = (*where, word)
    if isinstance(done, AtTerminal):
        yield from _operation(where, word, done, cast, facts)
    elif word == "faults":
        for index, fault in enumerate(done):
            yield from _fault((*where, index), fault, cast, facts)
    elif word == "heal":
        yield from _party(where, done, cast, facts)
    elif word == "eventually":
        yield from _books(where, done, cast, facts)
    elif word in ("loop", "retry"):
        yield from steps_misfits((*where, "steps"), done.steps, cast, facts)
    elif word == "parallel":
        for name, branch in done.items():
            yield from steps_misfits((*where, name), branch, cast, facts)


def _operation(
    where: Where, word: str, done: AtTerminal, cast: Cast, facts: NetworkFacts
) -> Iterator[Misfit]:
    yield from _named(cast.terminal, done.at, (*where, "at"))
    meant = _resolves(cast.terminal, done.at)
    if meant in facts.digital:
        yield from _at_digital(where, word, done, cast, facts, facts.digital[meant])
        return
    if word == "open_code":
        yield Misfit("a basket is put together at a digital channel", *where, "at")
        return
    at_counter = meant in facts.counters
    if at_counter and word not in AT_BOTH and not isinstance(done, AtCounter):
        yield Misfit(f"a counter has no '{word}': this needs a GAB", *where, "at")
    if meant in facts.gabs and isinstance(done, AtCounter):
        yield Misfit(f"a GAB has no '{word}': this needs a counter", *where, "at")
    account: Any = getattr(done, "account", None)
    if account is not None:
        yield from _named(cast.rib, account, (*where, "account"))
    card: Any = getattr(done, "card", None)
    if isinstance(done, WithCard) or card is not None:
        yield from _named(cast.card, card, (*where, "card"))
    if isinstance(done, Transfer):
        yield from _named(cast.rib, done.to, (*where, "to"))
    if isinstance(done, PayBill | PayCode):
        yield from _payment(where, done, at_counter)
    if isinstance(done, Bill):
        yield from _bill(where, done, at_counter, facts)


def _at_digital(
    where: Where, word: str, done: AtTerminal, cast: Cast, facts: NetworkFacts, means: str
) -> Iterator[Misfit]:
    """What pays is what the channel takes: an account, a card, or cash."""
    if word not in AT_DIGITAL:
        can = ", ".join(sorted(AT_DIGITAL))
        yield Misfit(f"a digital channel has no '{word}' (it has {can})", *where, "at")
        return
    given = {"card": getattr(done, "card", None), "account": getattr(done, "account", None)}
    for name, value in given.items():
        if value is not None:
            yield from _named(cast.card if name == "card" else cast.rib, value, (*where, name))
    if isinstance(done, PayBill | PayCode):
        if done.tendered is not None:
            yield Misfit("cash is tendered at a counter only", *where, "tendered", on_key=True)
        for name, value in given.items():
            if name == means and value is None:
                yield Misfit(f"here the {name} pays: say which with '{name}'", *where, on_key=True)
            if name != means and value is not None:
                yield Misfit(f"here no {name} pays: it takes {means}", *where, name, on_key=True)
    if isinstance(done, OpenCode):
        for index, bill in enumerate(done.bills):
            yield from _known_form((*where, "bills", index), bill, facts)
    if isinstance(done, Bill):
        yield from _known_form(where, done, facts)


def _payment(where: Where, done: PayBill | PayCode, at_counter: bool) -> Iterator[Misfit]:
    """By card at a GAB; in cash or from an account at a counter."""
    if at_counter and done.card is not None:
        yield Misfit("a counter takes cash, not cards", *where, "card", on_key=True)
    if not at_counter and done.card is None:
        yield Misfit("a GAB takes bills by card: say which with 'card'", *where, on_key=True)
    if not at_counter and done.tendered is not None:
        yield Misfit("cash is tendered at a counter only", *where, "tendered", on_key=True)
    if not at_counter and done.account is not None:
        yield Misfit("at a GAB the card pays, not an account", *where, "account", on_key=True)
    if done.account is not None and done.tendered is not None:
        yield Misfit("an account pays, and cash is tendered too", *where, "tendered", on_key=True)


def _bill(where: Where, done: Bill, at_counter: bool, facts: NetworkFacts) -> Iterator[Misfit]:
    if at_counter and done.card is not None and not isinstance(done, PayBill):
        yield Misfit("a counter takes cash, not cards", *where, "card", on_key=True)
    yield from _known_form(where, done, facts)


def _known_form(where: Where, done: Bill | BillOfBasket, facts: NetworkFacts) -> Iterator[Misfit]:
    if facts.forms is None or isinstance(done.creditor, Late) or isinstance(done.kind, Late):
        return
    creditors = sorted({creditor for creditor, _ in facts.forms})
    if done.creditor not in creditors:
        message = "unknown creditor"
        yield Misfit(message, *where, "creditor", near=done.creditor, candidates=creditors)
        return
    fields = facts.forms.get((done.creditor, done.kind))
    if fields is None:
        kinds = sorted(kind for creditor, kind in facts.forms if creditor == done.creditor)
        message = f"creditor {done.creditor} has no such kind of debt (kinds: {', '.join(kinds)})"
        yield Misfit(message, *where, "kind", near=done.kind, candidates=kinds)
        return
    for name in done.form:
        if name not in fields:
            message = f"the form has no field '{name}'"
            yield Misfit(message, *where, "form", name, on_key=True, near=name, candidates=fields)


def _fault(where: Where, fault: Fault, cast: Cast, facts: NetworkFacts) -> Iterator[Misfit]:
    if fault.inject in DEVICE_FAULTS:
        yield from _named(cast.terminal, fault.on, (*where, "on"))
        if _resolves(cast.terminal, fault.on) in facts.digital:
            yield Misfit("a digital channel has no devices: this needs a GAB", *where, "on")
        if _resolves(cast.terminal, fault.on) in facts.counters:
            yield Misfit("a counter has no such devices: this needs a GAB", *where, "on")
    elif fault.inject in LINE_FAULTS and fault.on not in PARTIES:
        yield from _named(cast.terminal, fault.on, (*where, "on"))
        if _resolves(cast.terminal, fault.on) in facts.digital:
            yield Misfit("a digital channel has no line to the switch", *where, "on")
    else:
        yield from _party((*where, "on"), fault.on, cast, facts)
        yield from _rules(where, fault, facts)


def _rules(where: Where, fault: Fault, facts: NetworkFacts) -> Iterator[Misfit]:
    """Names of files of rules; those beside the scenario are looked for when it runs."""
    names = config_names(FOLDER)
    for index, entry in enumerate(fault.rules):
        if isinstance(entry, HostRule | Late) or "/" in entry or entry.endswith(".yaml"):
            continue
        if entry not in names:
            message = "no file of rules has this name"
            yield Misfit(message, *where, "rules", index, near=entry, candidates=names)


def _party(where: Where, name: str, cast: Cast, facts: NetworkFacts) -> Iterator[Misfit]:
    if isinstance(name, Late):
        return
    if name not in PARTIES:
        yield from _named(cast.terminal, name, where)
    elif name not in facts.parties:
        yield Misfit(f"this network starts no {name}", *where)


def _books(
    where: Where, books: BooksExpectation, cast: Cast, facts: NetworkFacts
) -> Iterator[Misfit]:
    for name in books.accounts:
        place = (*where, "accounts", name)
        yield from _named(cast.card, name, place, on_key=True)
        card = _resolves(cast.card, name)
        if card is not None and not card.ledger:
            yield Misfit("no bank of the network has this card's account", *place, on_key=True)
    for part in ("dispensed", "taken_in"):
        for name in getattr(books, part):
            yield from _named(cast.terminal, name, (*where, part, name), on_key=True)
    for name, expected in books.reversals.items():
        place = (*where, "reversals", name)
        if name == "switch":
            continue
        yield from _named(cast.terminal, name, place, on_key=True)
        if expected.attempts is not None:
            yield Misfit("only the switch's attempts are counted", *place, "attempts", on_key=True)


def _named(
    meaning: Callable[[str], Any], name: str, where: Where, *, on_key: bool = False
) -> Iterator[Misfit]:
    if isinstance(name, Late):
        return
    try:
        meaning(name)
    except UnknownNameError as error:
        message = f"{error} '{name}'" if not name.isdigit() else str(error)
        yield Misfit(message, *where, on_key=on_key, near=name, candidates=error.candidates)


def _resolves(meaning: Callable[[str], Any], name: str) -> Any:
    try:
        return meaning(name)
    except UnknownNameError:
        return None
