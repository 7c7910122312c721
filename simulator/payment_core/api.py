"""The routes served: requests in, one turn at the database, replies out."""

from __future__ import annotations

import json
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from simulator.payment_core.catalogue import Catalogue
from simulator.payment_core.models import ChipData, Decision, PinBlock, Request
from simulator.payment_core.openapi import render
from simulator.payment_core.operations import declined, perform
from simulator.payment_core.pins import pin_value
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.requests import (
    KEY_HEADER,
    BadRequestError,
    Reply,
    error_reply,
    key_reused,
    prepare,
    read_key,
    read_request,
    reply,
)
from simulator.payment_core.routes import ROUTES, Route
from simulator.payment_core.signing import INSTANT_HEADER, SIGNATURE_HEADER, genuine
from simulator.payment_core.turn import Turn
from switch.keys.vault import Vault
from switch.runtime import Runtime
from switch.store import Store, StoreUnavailableError
from switch.wire.chip_data import ChipDataError, chip_tags, chip_text

if TYPE_CHECKING:
    from klein import Klein

    from switch.keys.checking import PinChecker, PinOutcome
    from switch.keys.chips import ChipChecker, ChipOutcome


@dataclass(frozen=True)
class Exchange:
    """A request that is done and committed, and the reply that is about to leave."""

    route: str
    key: str | None
    status: int
    answer: str


CODES = {"lost_card": "41", "stolen_card": "43"}
"""What a card is told of a refusal: a response code; of any other, 05 (do not honour)."""

BeforeAnswer = Callable[[Exchange], Awaitable[None]]


class Api:
    """Serves the routes over a store."""

    def __init__(
        self,
        runtime: Runtime,
        store: Store,
        catalogue: Catalogue,
        vault: Vault,
        before_answer: Callable[[], BeforeAnswer | None],
        pins: PinChecker | None = None,
        on_change: Callable[[], None] = lambda: None,
        chips: ChipChecker | None = None,
    ) -> None:
        self._runtime = runtime
        self._on_change = on_change
        self._store = store
        self._catalogue = catalogue
        self._vault = vault
        self._before_answer = before_answer
        self._pins = pins
        self._chips = chips
        self._description = render()

    def resource(self) -> IResource:
        """The root resource of the site."""
        # Importing Klein installs a reactor, so it waits until one is chosen.
        from klein import Klein

        app = Klein()
        # A key may hold two slashes in a row.
        app.url_map.merge_slashes = False
        for route in ROUTES:
            self._add(app, route)
        app.route("/openapi.json", methods=["GET"])(self._describe)
        app.handle_errors(HTTPException)(self._no_route)
        resource: IResource = app.resource()
        return resource

    def _add(self, app: Klein, route: Route) -> None:
        def serve(request: Any, **parameters: str) -> Deferred[bytes]:
            return Deferred.fromCoroutine(self._serve(route, request, parameters))

        app.route(route.rule, methods=[route.method], endpoint=route.name)(serve)

    async def _serve(self, route: Route, request: Any, parameters: dict[str, str]) -> bytes:
        key: str | None = None
        try:
            body, key = self._read(route, request)
            pin = await self._look_at_pin(body)
            chip = await self._look_at_chip(body)
            now, entropy = self._runtime.wall_clock.now(), self._runtime.entropy
            outcome = await self._store.commit(
                lambda connection: take_turn(
                    Turn(connection, now, self._catalogue, self._vault, entropy, pin, chip),
                    route,
                    key,
                    body,
                    parameters,
                )
            )
            outcome = await self._answer_chip(chip, outcome)
        except BadRequestError as bad:
            outcome = bad.reply
        except StoreUnavailableError as error:
            self._runtime.log.error("the database cannot be used", reason=type(error).__name__)
            outcome = error_reply(503, "unavailable")
        except CancelledError:
            # The caller hung up: Klein gives the request up. What was begun is committed.
            raise
        except Exception as error:  # noqa: BLE001 - the caller is told, and the log where it was
            self._runtime.log.error("a request failed", route=route.name, at=where(error))
            outcome = error_reply(500, "internal")
        if route.shape in ("operation", "signed"):
            self._on_change()
        hook = self._before_answer()
        if hook is not None:
            await hook(Exchange(route.name, key, outcome.status, outcome.text))
        return prepare(request, outcome)

    def _read(self, route: Route, request: Any) -> tuple[Request | None, str | None]:
        if route.request is None:
            return None, None
        key = None
        if route.shape == "operation":
            values = request.requestHeaders.getRawHeaders(KEY_HEADER.lower().encode(), [])
            key = read_key([value.decode("latin-1") for value in values])
        data = request.content.read()
        body = read_request(route.request, data)
        if route.shape == "signed" and isinstance(body, Decision):
            self._check_signature(request, body.creditor, data)
        return body, key

    def _check_signature(self, request: Any, creditor: str, data: bytes) -> None:
        """Raises BadRequestError unless this creditor signed the body just now."""
        signature, signed_at = (
            (request.requestHeaders.getRawHeaders(name.lower().encode()) or [b""])[0].decode(
                "latin-1"
            )
            for name in (SIGNATURE_HEADER, INSTANT_HEADER)
        )
        secret = self._catalogue.secret_of(creditor)
        now = self._runtime.wall_clock.now()
        if secret is None or not genuine(secret, signed_at, signature, data, now):
            raise BadRequestError(error_reply(401, "bad_signature"))

    async def _look_at_pin(self, body: Request | None) -> PinOutcome | None:
        """What the security module says of the PIN of a request; None when it has none."""
        block: PinBlock | None = getattr(body, "pin", None)
        if block is None:
            return None
        from switch.keys.checking import PinOutcome

        pan: str = getattr(body, "pan", None) or ""
        if self._pins is None or block.format != self._pins.format.value:
            return PinOutcome("unverifiable")
        value = await self._store.commit(lambda connection: pin_value(connection, self._vault, pan))
        new: PinBlock | None = getattr(body, "new_pin", None)
        return await self._pins.check(block.block, pan, value, new.block if new else "")

    async def _look_at_chip(self, body: Request | None) -> ChipOutcome | None:
        """What the security module says of the chip data of a request; None without any."""
        chip: ChipData | None = getattr(body, "chip", None)
        if chip is None:
            return None
        from switch.keys.chips import ChipOutcome

        if self._chips is None:
            return ChipOutcome("unverifiable")
        try:
            data = chip_tags(chip.data)
        except ChipDataError:
            return ChipOutcome("unreadable")
        pan: str = getattr(body, "pan", None) or ""
        amount_minor: int = getattr(body, "amount_minor", getattr(body, "total_minor", 0))
        return await self._chips.check(pan, chip.sequence, amount_minor, data)

    async def _answer_chip(self, chip: ChipOutcome | None, outcome: Reply) -> Reply:
        """The reply with what the card is told. A repeat has it anew, from the same cryptogram."""
        if self._chips is None or chip is None:
            return outcome
        answer = json.loads(outcome.text)
        code = CODES.get(
            answer.get("reason"), "00" if answer.get("outcome") == "approved" else "05"
        )
        if data := await self._chips.answer(chip, code):
            answer["chip"] = chip_text(data)
            return replace(outcome, text=json.dumps(answer))
        return outcome

    def _describe(self, request: Any) -> bytes:
        return prepare(request, Reply(200, self._description))

    def _no_route(self, request: Any, failure: Failure) -> bytes:
        error = failure.value
        if isinstance(error, MethodNotAllowed):
            allowed = sorted(set(error.valid_methods or ()))
            request.setHeader(b"allow", ", ".join(allowed).encode())
            return prepare(request, error_reply(405, "method_not_allowed"))
        if isinstance(error, NotFound):
            return prepare(request, error_reply(404, "not_found"))
        return prepare(request, error_reply(400, "malformed_request"))


def take_turn(
    turn: Turn, route: Route, key: str | None, body: Request | None, parameters: dict[str, str]
) -> Reply:
    """Serve a request inside its transaction. It returns refusals, so as to spoil no commit."""
    if key is not None and body is not None:
        performed = perform(turn, key, route.name, body, route.action)
        if performed.answer is None:
            return key_reused()
        return Reply(200, performed.answer, performed.replayed)
    try:
        if body is not None:
            return reply(route.action(turn, body))
        return reply(route.action(turn, **parameters))
    except RefusedError as refusal:
        if body is not None:
            return reply(declined(refusal))
        return error_reply(404, refusal.reason)


def where(error: Exception) -> str:
    """An error's type and place, without its text: a database's errors quote what they were given.

    >>> try:
    ...     raise ValueError("9504010000000019")
    ... except ValueError as error:
    ...     where(error).split(" ")[0]
    'ValueError'
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {place}"
