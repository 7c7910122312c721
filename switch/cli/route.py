"""`guichet route`: which rule of a network takes a message, and why no earlier one did."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from switch.cli.console import EXPECTATION_FAILED, PASSED, USAGE, Failed
from switch.cli.messages import BadInputError, json_documents, json_text
from switch.settings import SettingsError, suggest, write_money
from switch.wire import Message

if TYPE_CHECKING:
    from switch.engine.routing import Asked, Verdict
    from switch.settings.network import SwitchFile


@click.group("route")
def route() -> None:
    """The routes of a network."""


@dataclass(frozen=True)
class _Explained:
    """What is known of a message: the verdicts of the rules, or why it never came to them."""

    asked: Asked | None
    verdicts: list[Verdict]
    refused: str
    """Its response code when nothing takes it, else empty."""
    reason: str


@route.command("explain")
@click.option("--config", default="local", show_default=True, metavar="NAME|FILE")
@click.option("--listener", metavar="L", help="Where it comes in  [default: the first one]")
@click.option(
    "--at",
    type=click.DateTime(["%H:%M", "%Y-%m-%dT%H:%M"]),
    help="The time in Morocco, for rules about the time of day  [default: now]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.argument("message")
def explain(
    config: str, listener: str | None, at: datetime | None, as_json: bool, message: str
) -> int:
    """Say which rule takes MESSAGE and why, and why each earlier one does not.

    MESSAGE is JSON such as '{"t": "0200", "2": "9504010000000019", "3": "010000", ...}', a file of
    it, or `-`. Nothing is sent. The exit code is 1 when the switch would refuse it.
    """
    from switch.service.checks import load_switch_file

    try:
        file = load_switch_file(config)
        (document,) = json_documents(json_text(message))
    except (SettingsError, BadInputError) as error:
        raise Failed(str(error), USAGE) from None
    except ValueError:
        raise Failed("one message at a time", USAGE) from None
    chosen, kind = _listener(file, listener)
    minute = _minute_now() if at is None else at.hour * 60 + at.minute
    explained = _explain(Message(document), file, chosen, kind, minute)
    if as_json:
        click.echo(json.dumps(_document(explained, chosen)))
    else:
        for line in _lines(explained, chosen):
            click.echo(line)
    return EXPECTATION_FAILED if explained.refused else PASSED


def _listener(file: SwitchFile, wanted: str | None) -> tuple[str, str]:
    """The listener's name and kind; a link that sends requests counts as one."""
    known = {name: str(each.kind) for name, each in file.switch.listeners.items()}
    for name, link in file.switch.links.items():
        if link.requests != "none":
            known[name] = str(link.requests)
    if wanted is None:
        wanted = next(iter(known))
    if wanted not in known:
        meant = suggest(wanted, known)
        hint = f", did you mean '{meant}'?" if meant else ""
        raise Failed(f"no listener '{wanted}' (there are {', '.join(known)}){hint}", USAGE)
    return wanted, known[wanted]


def _explain(
    message: Message, file: SwitchFile, listener: str, kind: str, minute: int
) -> _Explained:
    from switch.engine.request import RefusalError, read_request
    from switch.engine.routing import Asked, Router

    section = file.switch
    asked = None
    try:
        group = ""
        if kind == "terminals":
            terminal = message.text("41").rstrip()
            group = section.group_of().get(terminal, "")
            if not group:
                raise RefusalError("58", f"unknown terminal {terminal or '(no DE41)'}")
        request = read_request(
            message,
            section.groups[group] if group else None,
            institution=file.institution,
            currency=file.currency,
            others=section.other_currencies,
        )
        asked = Asked(request, group, listener, minute, file.currency)
        router = Router(section.routes)
        verdicts = router.explain(asked)
        router.route(asked)
    except RefusalError as refusal:
        known = [] if asked is None else Router(section.routes).explain(asked)
        return _Explained(asked, known, refusal.code, refusal.reason)
    return _Explained(asked, verdicts, "", "")


def _lines(explained: _Explained, listener: str) -> list[str]:
    lines = []
    if explained.asked is not None:
        lines += [_what(explained.asked, listener), ""]
    width = max((len(each.route.name) for each in explained.verdicts), default=0)
    for number, verdict in enumerate(explained.verdicts, 1):
        said = f"no: {verdict.why}" if verdict.why else f"takes it: {_met(verdict)}"
        lines.append(f"{number:3}  {verdict.route.name:{width}}  {said}")
    if explained.verdicts:
        lines.append("")
    if explained.refused:
        lines.append(f"refused with {explained.refused}: {explained.reason}")
    else:
        taken = explained.verdicts[-1].route
        then = f", then confirmed at {taken.then}" if taken.then else ""
        lines.append(f"goes to {taken.to}{then} by the rule '{taken.name}'")
    return lines


def _what(asked: Asked, listener: str) -> str:
    request = asked.request
    who = f"{request.terminal.rstrip()} ({asked.group})" if asked.group else request.terminal
    parts = [
        f"{request.message.mti} {request.operation}",
        f"{write_money(request.amount_minor)} of currency {request.currency}",
        f"card {request.card}" if request.card else "no card",
        f"terminal {who.rstrip()}",
        f"by {listener}",
        f"at {asked.minute // 60:02}:{asked.minute % 60:02}",
    ]
    if asked.creditor:
        parts.insert(3, f"creditor {asked.creditor}")
    return ", ".join(parts)


def _met(verdict: Verdict) -> str:
    """The conditions that a rule writes, all of which hold."""
    taken = verdict.route
    met = [
        f"{name} {', '.join(getattr(taken, name))}"
        for name in ("processing", "cards", "codes", "currencies", "groups", "listeners")
        if getattr(taken, name)
    ]
    met += [f"card {taken.card}"] if taken.card != "any" else []
    if taken.amount is not None:
        least = f"from {write_money(taken.amount.low)}" if taken.amount.at_least else ""
        most = "" if taken.amount.at_most is None else f"to {write_money(taken.amount.high)}"
        met.append(f"amount {' '.join(filter(None, (least, most)))}")
    met += [
        f"{name} {', '.join(getattr(taken, name))}"
        for name in ("creditors", "between")
        if getattr(taken, name)
    ]
    return "; ".join(met) or "it has no condition"


def _document(explained: _Explained, listener: str) -> dict[str, Any]:
    taken = None if explained.refused else explained.verdicts[-1].route
    return {
        "listener": listener,
        "rules": [
            {"name": each.route.name, "takes": each.takes, "why": each.why or _met(each)}
            for each in explained.verdicts
        ],
        "to": None if taken is None else taken.to,
        "then": None if taken is None else taken.then,
        "response_code": explained.refused or None,
        "reason": explained.reason or None,
    }


def _minute_now() -> int:
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    from switch.engine.routing import minute_of
    from switch.runtime import ReactorWallClock

    return minute_of(ReactorWallClock(reactor).now())
