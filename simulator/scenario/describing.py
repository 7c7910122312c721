"""A step in words, as reports show it."""

from __future__ import annotations

from typing import Any

from simulator.scenario.cast import Cast
from simulator.scenario.expectations import show_notes
from simulator.scenario.faults import Fault
from simulator.scenario.matchers import wanted
from simulator.scenario.steps import AtTerminal, Bill, Eventually, PayBill, Step, Transfer
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
    return f"{word} {_whom(done, cast)}"


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
    parts.append(f"at {cast.terminal(done.at)}")
    text = " ".join(parts)
    if card := getattr(done, "card", None):
        text += f", {cast.card(card).holder}"
    elif isinstance(done, PayBill):
        text += ", in cash"
    if isinstance(done, Transfer):
        text += f" to {done.to}"
    return text


def _fault(fault: Fault, cast: Cast) -> str:
    text = f"{_whom(fault.on, cast)} {fault.inject.replace('_', ' ')}"
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
    return "; ".join(parts) or "nothing"
