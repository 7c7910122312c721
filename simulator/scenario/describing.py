"""A step in words, as reports show it."""

from __future__ import annotations

from typing import Any

from simulator.counter.cash import words as count_pieces
from simulator.scenario.at_terminals import AtTerminal
from simulator.scenario.bill_steps import Bill, PayBill, PayCode
from simulator.scenario.cast import Cast
from simulator.scenario.counter_steps import PayBills
from simulator.scenario.expectations import show_notes
from simulator.scenario.faults import Fault
from simulator.scenario.flow_steps import Loop, Retry
from simulator.scenario.gab_steps import Transfer
from simulator.scenario.matchers import wanted
from simulator.scenario.message_steps import MessageExpectation, Reply, Send
from simulator.scenario.plan import PlannedStep, own_data
from simulator.scenario.steps import Eventually, Step
from switch.settings import mask, write_duration, write_money


def describe(step: Step, cast: Cast) -> str:
    """What the step does, on one line, card numbers masked.

    Such as `withdraw 200.00 at GAB00001, amina`.
    """
    word = step.word
    done: Any = getattr(step, word)
    if isinstance(done, AtTerminal):
        return mask(_operation(word, done, cast))
    if isinstance(done, Eventually):
        return f"eventually, within {write_duration(done.within)}: {mask(_books(done))}"
    if word == "faults":
        return "fault: " + ", ".join(_fault(fault, cast) for fault in done)
    if word == "think":
        return f"think {write_duration(done)}"
    if word == "heal":
        return f"heal {_whom(done, cast)}"
    return mask(_other(word, done))


def _other(word: str, done: Any) -> str:
    """A step about messages, or one that holds others."""
    if isinstance(done, Loop):
        how = f"{done.times} times" if done.times else f"over {', '.join(done.over or ())}"
        return f"loop {how}"
    if isinstance(done, Retry):
        return f"retry {done.times} times, every {write_duration(done.every)}"
    if word == "parallel":
        return f"parallel: {', '.join(done)}"
    if word == "include":
        return f"include {done if isinstance(done, str) else done.file}"
    if isinstance(done, MessageExpectation):
        if done.closed:
            return f"{done.on} finds its line closed"
        what = done.mti or "a message"
        return f"{done.on} receives {'nothing' if done.nothing else what}"
    named: str | None = "bytes" if done.bare_bytes else getattr(done, "template", None)
    verb = "replies" if isinstance(done, Reply) else "sends"
    return f"{done.as_} {verb} {_message(done, named)}"


def _message(done: Send | Reply, what: str | None) -> str:
    values: dict[str, Any] = done.message if isinstance(done, Send) else done.de
    wrong = f", wrong on purpose: {', '.join(done.wrong)}" if done.wrong else ""
    if isinstance(done, Reply):
        return f"{values.get('39', '00')}{wrong}" if what is None else what
    said = what or f"{values.get('t', '')}".strip()
    return f"{said}{wrong}"


def describe_planned(planned: PlannedStep) -> str:
    """A step of which the run does not know everything yet, as its file says it, on one line."""
    data = own_data(planned.data)
    word = planned.step.word
    inside = data.get(word, "") if isinstance(data, dict) else ""
    return mask(f"{word.replace('_', ' ')} {_flow(inside)}".rstrip())


def _flow(data: Any) -> str:
    """Plain data as YAML writes it on one line."""
    if isinstance(data, dict):
        return "{" + ", ".join(f"{key}: {_flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_flow, data)) + "]"
    return "" if data is None else str(data)


def _operation(word: str, done: AtTerminal, cast: Cast) -> str:
    parts = [word.replace("_", " ")]
    amount_minor = getattr(done, "amount", None)
    if amount_minor is not None:
        parts.append(write_money(amount_minor))
    if notes := getattr(done, "notes", None):
        parts.append(show_notes(notes))
    if isinstance(done, Bill):
        parts += [f"{done.creditor}/{done.kind}", *cast.shown_values(done)]
    if isinstance(done, PayBill) and done.articles:
        parts.append(f"({', '.join(done.articles)})")
    if pieces := getattr(done, "pieces", None) or getattr(done, "counted", None):
        parts.append(f"({count_pieces(pieces)})")
    if teller := getattr(done, "teller", None):
        parts.append(teller)
    parts.append(f"at {cast.terminal(done.at)}")
    text = " ".join(parts)
    if card := getattr(done, "card", None):
        text += f", {cast.card(card).holder}"
    elif (account := getattr(done, "account", None)) is not None:
        text += f", account of {account}"
    elif isinstance(done, PayBill | PayCode | PayBills):
        text += ", in cash"
    if isinstance(done, Transfer):
        text += f" to {done.to}"
    if phone := getattr(done, "phone", ""):
        text += f", phone {phone}"
    return text


def _fault(fault: Fault, cast: Cast) -> str:
    text = f"{_whom(fault.on, cast)} {fault.inject.replace('_', ' ')}"
    if fault.rules:
        named = (each if isinstance(each, str) else each.name for each in fault.rules)
        text += f" ({', '.join(named)})"
    if fault.delay is not None:
        text += f" by {write_duration(fault.delay)}"
    if fault.at:
        text += f" in {write_duration(fault.at)}"
    return text if fault.for_ is None else f"{text} for {write_duration(fault.for_)}"


def _whom(name: str, cast: Cast) -> str:
    return name if name in ("core", "issuer", "switch") else cast.terminal(name)


def _books(expected: Eventually) -> str:
    parts = [
        f"{what} {name} {wanted(money, write_money)}"
        for what, named in (
            ("account of", expected.accounts),
            ("dispensed by", expected.dispensed),
            ("taken in by", expected.taken_in),
        )
        for name, money in named.items()
    ]
    for name, reversals in expected.reversals.items():
        counts = [
            f"{word} {wanted(getattr(reversals, word))}"
            for word in ("owed", "attempts", "acknowledged")
            if getattr(reversals, word) is not None
        ]
        parts.append(f"reversals of {name} {', '.join(counts)}")
    parts += [f"rule {name} acted {wanted(each.acted)}" for name, each in expected.rules.items()]
    return "; ".join(parts) or "nothing"
