"""A destination made of several links to one host, which share its requests.

A request goes to one of them. Only where it could not leave is it given to another: once it may
have left, a second copy could move the money twice, and silence is for store-and-forward.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from twisted.internet.defer import Deferred

from switch.engine.destination import Destination
from switch.link import first_that_sends
from switch.wire import Message

Order = Callable[[Sequence[Destination]], Sequence[Destination]]
"""Puts the members that are up into the order in which a request is offered to them."""


class DestinationGroup:
    """Several destinations under one name; `order` says which is offered a request first."""

    def __init__(self, name: str, members: Sequence[Destination], order: Order) -> None:
        if not members:
            raise ValueError(f"{name} is made of no links")
        self.name = name
        self.timeout_s = max(member.timeout_s for member in members)
        self._members = tuple(members)
        self._order = order

    @property
    def up(self) -> bool:
        return any(member.up for member in self._members)

    def ask(self, request: Message, deadline_s: float, operation_key: str) -> Deferred[Message]:
        ready = [member for member in self._members if member.up]
        return first_that_sends(
            [
                partial(member.ask, request, deadline_s, operation_key)
                for member in self._order(ready)
            ],
            f"{self.name}: no link is up of {', '.join(each.name for each in self._members)}",
        )


def in_order(members: Sequence[Destination]) -> Sequence[Destination]:
    """Primary, then secondary: the first that is up, and the primary again once it is back."""
    return members


class RoundRobin:
    """Each in turn."""

    def __init__(self) -> None:
        self._asked = 0

    def __call__(self, members: Sequence[Destination]) -> Sequence[Destination]:
        if not members:
            return members
        first = self._asked % len(members)
        self._asked += 1
        return [*members[first:], *members[:first]]


class Weighted:
    """Each in turn, as often as its weight says and as evenly spread as can be.

    Each request adds its weight to the credit of every member that is up; the one with the most
    takes the request and pays the sum of the weights.
    """

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = dict(weights)
        self._credit = dict.fromkeys(weights, 0)

    def __call__(self, members: Sequence[Destination]) -> Sequence[Destination]:
        if not members:
            return members
        for member in members:
            self._credit[member.name] += self._weights[member.name]
        ordered = sorted(members, key=lambda member: -self._credit[member.name])
        self._credit[ordered[0].name] -= sum(self._weights[member.name] for member in members)
        return ordered


def order_of(policy: str, weights: Mapping[str, int]) -> Order:
    """The order that a network file calls `primary`, `round_robin` or `weighted`."""
    if policy == "round_robin":
        return RoundRobin()
    return Weighted(weights) if policy == "weighted" else in_order
