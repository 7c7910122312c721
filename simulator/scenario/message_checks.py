"""Message steps held against the cast: who has a line, and which messages there are."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.scenario.cast import Cast, UnknownNameError
from simulator.scenario.message_steps import MessageExpectation
from simulator.scenario.message_templates import template_names
from simulator.scenario.scenario_file import HostRole
from simulator.scenario.steps import Step
from simulator.scenario.templates import Late
from switch.settings import Misfit, Where


def message_misfits(where: Where, step: Step, cast: Cast) -> Iterator[Misfit]:
    """What a step's messages say of the cast that is not so."""
    if step.send is not None:
        yield from _speaker((*where, "send", "as"), step.send.as_, cast)
        name = step.send.template
        known = template_names(cast.templates)
        if name is not None and not isinstance(name, Late) and name not in known:
            place = (*where, "send", "template")
            yield Misfit("no message is called so", *place, near=name, candidates=known)
    if step.reply is not None:
        yield from _speaker((*where, "reply", "as"), step.reply.as_, cast)
    if isinstance(step.expect, MessageExpectation):
        yield from _speaker((*where, "expect", "on"), step.expect.on, cast)
        if step.expect.closed and isinstance(cast.speakers.get(step.expect.on), HostRole):
            message = "the switch may dial again: only a role that dials can expect this"
            yield Misfit(message, *where, "expect", "closed", on_key=True)


def _speaker(where: Where, name: str, cast: Cast) -> Iterator[Misfit]:
    if isinstance(name, Late):
        return
    try:
        cast.speaker(name)
    except UnknownNameError as error:
        yield Misfit(f"{error} '{name}'", *where, near=name, candidates=error.candidates)
