"""The messages that are always there to be sent by name, and what is made anew for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from simulator.terminal.numbers import StanCounter, retrieval_reference
from switch.runtime import local_time, transmission_time

_NETWORK = {"7": "${gen.transmission}", "11": "${gen.stan}"}
_FINANCIAL = {
    "7": "${gen.transmission}",
    "11": "${gen.stan}",
    "12": "${gen.time}",
    "13": "${gen.date}",
    "18": "6011",
    "22": "051",
    "25": "02",
    "32": "${gen.institution}",
    "37": "${gen.rrn}",
    "41": "${gen.terminal}",
    "42": "${gen.acceptor}",
    "49": "${gen.currency}",
}
_INTERNET = {**_FINANCIAL, "18": "5999", "22": "812", "25": "59"}
_ENQUIRY = {"t": "0100", "4": "000000000000", **_FINANCIAL}

ALWAYS: Mapping[str, Mapping[str, Any]] = {
    "sign_on": {"t": "0800", **_NETWORK, "70": "001"},
    "sign_off": {"t": "0800", **_NETWORK, "70": "002"},
    "echo": {"t": "0800", **_NETWORK, "70": "301"},
    "cut_over": {"t": "0800", **_NETWORK, "70": "201"},
    "withdrawal": {"t": "0200", "3": "010000", **_FINANCIAL},
    "purchase": {"t": "0200", "3": "000000", **_FINANCIAL},
    "refund": {"t": "0200", "3": "200000", **_FINANCIAL},
    "internet_purchase": {"t": "0200", "3": "000000", **_INTERNET},
    "pre_authorisation": {"t": "0100", "3": "000000", **_INTERNET},
    "completion": {"t": "0220", "3": "000000", **_INTERNET},
    "deposit": {"t": "0200", "3": "210000", **_FINANCIAL},
    "transfer": {"t": "0200", "3": "400000", **_FINANCIAL},
    "balance": {**_ENQUIRY, "3": "310000"},
    "mini_statement": {**_ENQUIRY, "3": "380000"},
    "bill_enquiry": {**_ENQUIRY, "3": "300000"},
    "bill_payment": {"t": "0200", "3": "500000", **_FINANCIAL},
    "reversal": {"t": "0400", **_FINANCIAL},
    "advice": {"t": "0220", **_FINANCIAL},
}
"""In terms of ISO 8583:1987. What is not in them (card, amount, DE90) a scenario says."""

GENERATED = (
    *("gen.stan", "gen.rrn", "gen.transmission", "gen.time", "gen.date"),
    *("gen.institution", "gen.currency", "gen.terminal", "gen.acceptor"),
)
"""What a message may ask for by `${...}`; the numbers and times are made anew for each message."""


def template_names(own: Iterable[str]) -> list[str]:
    """The names of a scenario's own templates, and of those that are always there."""
    return sorted({*own, *ALWAYS})


class Generator:
    """Makes what messages of one role ask for. `facts` are what is the same in all of them."""

    def __init__(self, now: Callable[[], datetime], facts: Mapping[str, str]) -> None:
        self._now = now
        self._facts = facts
        self._stans = StanCounter()

    def next_stan(self) -> str:
        """A STAN of this role's."""
        return self._stans.next()

    def lookup(self) -> Callable[[str], str | None]:
        """What `gen.` names are worth in one message: drawn when asked for, then the same."""
        made: dict[str, str] = dict(self._facts)

        def value(name: str) -> str | None:
            if name not in made and name in GENERATED:
                made.update(self._made())
            return made.get(name)

        return value

    def _made(self) -> dict[str, str]:
        instant = self._now()
        stan = self.next_stan()
        time, date = local_time(instant)
        return {
            "gen.stan": stan,
            "gen.rrn": retrieval_reference(instant, stan),
            "gen.transmission": transmission_time(instant),
            "gen.time": time,
            "gen.date": date,
        }
