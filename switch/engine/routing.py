"""Where a request goes: the first rule whose conditions all hold."""

from __future__ import annotations

from collections.abc import Sequence

from switch.engine.request import RefusalError, Request
from switch.settings.network import RouteSettings


class Router:
    """The routes of a network, in order."""

    def __init__(self, routes: Sequence[RouteSettings]) -> None:
        self._routes = tuple(routes)

    def route(self, request: Request) -> RouteSettings:
        """The rule that takes `request`.

        Raises RefusalError: 57 when a rule knows the card but not for this operation, 92 when
        none knows the card.
        """
        known = False
        for route in self._routes:
            if not _card_fits(route, request.pan):
                continue
            if not route.processing or request.operation in route.processing:
                return route
            known = known or bool(route.cards)
        if known:
            raise RefusalError("57", f"no route takes a {request.operation} with this card")
        raise RefusalError("92", "no route for this card" if request.pan else "no route")


def _card_fits(route: RouteSettings, pan: str) -> bool:
    if route.card == "required" and not pan:
        return False
    if route.card == "absent" and pan:
        return False
    return not route.cards or (bool(pan) and pan.startswith(route.cards))
