"""The payment core as a destination: ISO 8583 on one side, its HTTP service on the other.

A request carries the transaction's key, so that the core does it at most once; a reversal
cancels by that key, and the core remembers a cancellation that comes first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from switch.bridge.answers import answer_from
from switch.bridge.calls import Authorised, Call, UnfitError, call_for
from switch.bridge.reasons import response_code
from switch.link import NoAnswerError, NotSentError, answer_to
from switch.link.http import HttpAnswer, HttpClient
from switch.runtime import Runtime
from switch.settings.network import CoreSettings
from switch.wire import Message
from switch.wire.chip_data import ChipDataError, chip_text

if TYPE_CHECKING:
    from switch.link.security import Security

HEALTH_EVERY_S = 0.5

PAUSE_MAX_S = 60.0
"""A core that asks us to wait longer is not believed."""

PENDING = "pending"
"""The core's word for what it has taken and not decided: no failure, and no answer yet."""


class CoreDestination:
    """Asks the payment core."""

    name = "core"

    def __init__(
        self,
        runtime: Runtime,
        settings: CoreSettings,
        *,
        channel_of: Callable[[str], str],
        currency: str,
        token: str | None = None,
        security: Security | None = None,
    ) -> None:
        self.timeout_s = settings.timeout
        self._runtime = runtime
        self._log = runtime.log.bind(destination=self.name)
        self._channel_of = channel_of
        self._currency = currency
        self._poll_every_s = settings.poll_every
        self._pin = settings.pin
        self._chip = settings.chip
        self._closed = False
        self._client = HttpClient(
            runtime,
            host=settings.host,
            port=settings.port,
            connections_max=settings.connections_max,
            token=token,
            security=security,
        )

    @property
    def up(self) -> bool:
        """Always worth a try: connections are opened when they are needed."""
        return not self._closed

    def ask(self, request: Message, deadline_s: float, operation_key: str) -> Deferred[Message]:
        """Put `request` to the core; see `Destination.ask`."""
        return Deferred.fromCoroutine(self._ask(request, deadline_s, operation_key))

    async def when_up(self) -> None:
        """Resumes once the core answers that it is well."""
        while not self._closed:
            try:
                answer = await self._request("GET", "/health", b"", self.timeout_s)
                if answer.status == 200:
                    return
            except (NotSentError, NoAnswerError) as error:
                self._log.info("the core does not answer yet", reason=str(error))
            await deferLater(self._runtime.reactor, HEALTH_EVERY_S)

    async def close(self) -> None:
        """Drop the connections."""
        self._closed = True
        await self._client.close()

    def confirm(
        self,
        request: Message,
        deadline_s: float,
        operation_key: str,
        *,
        authorised_by: str,
        approval_code: str,
    ) -> Deferred[Message]:
        """Do what another destination authorised; see `Confirming.confirm`."""
        authorised = Authorised(authorised_by, approval_code)
        return Deferred.fromCoroutine(self._ask(request, deadline_s, operation_key, authorised))

    async def _ask(
        self,
        request: Message,
        deadline_s: float,
        operation_key: str,
        authorised: Authorised | None = None,
    ) -> Message:
        try:
            call = call_for(
                request,
                operation_key,
                channel=self._channel_of(request.text("41").rstrip()),
                currency=self._currency,
                authorised=authorised,
            )
        except UnfitError as unfit:
            self._log.warning(
                "request not put to the core",
                stan=request.text("11"),
                terminal=request.text("41"),
                response_code=unfit.code,
                reason=unfit.reason,
            )
            return answer_to(request, unfit.code)
        if call.path != "/v1/cancellations":
            self._add_pins(call, request)
            try:
                self._add_chip(call, request)
            except ChipDataError:
                return answer_to(request, "30")
        key = f"cancel/{operation_key}" if call.path == "/v1/cancellations" else operation_key
        until_s = self._runtime.reactor.seconds() + deadline_s
        answer = await self._post(call, key, deadline_s)
        if answer.status == 200 and self._outcome(answer) == PENDING:
            answer = await self._settled(request, call, key, until_s)
        return self._read(request, call, answer)

    async def _post(self, call: Call, key: str, deadline_s: float) -> HttpAnswer:
        body = json.dumps(call.body).encode()
        return await self._request("POST", call.path, body, deadline_s, idempotency_key=key)

    async def _request(
        self, method: str, path: str, body: bytes, deadline_s: float, **headers: str
    ) -> HttpAnswer:
        """Ask, and ask again after the pause that a core with too many requests wants.

        What the core's door refuses (401, 429) has changed nothing there, and is raised as
        NotSentError; as NoAnswerError when it had left once before on a connection that was lost.
        """
        reactor = self._runtime.reactor
        until_s, left_before = reactor.seconds() + deadline_s, False
        while True:
            left_s = until_s - reactor.seconds()
            answer = await self._client.request(method, path, body, left_s, **headers)
            if answer.status not in REFUSED_AT_THE_DOOR:
                return answer
            left_before = left_before or answer.repeated
            pause_s = _pause_s(answer)
            if answer.status == 429 and reactor.seconds() + pause_s < until_s:
                await deferLater(reactor, pause_s)
                continue
            told = REFUSED_AT_THE_DOOR[answer.status]
            raise NoAnswerError(told) if left_before else NotSentError(told)

    async def _settled(self, request: Message, call: Call, key: str, until_s: float) -> HttpAnswer:
        """Ask what became of it until it is pending no more; then the answer it was given.

        Raises NoAnswerError once `until_s` is over: it may still come about, so it is cancelled.
        """
        reactor = self._runtime.reactor
        self._log.info("pending at the core", path=call.path, stan=request.text("11"))
        while (left_s := until_s - reactor.seconds()) > self._poll_every_s:
            await deferLater(reactor, self._poll_every_s)
            path = f"/v1/operations/{quote(key, safe='/')}"
            left_s -= self._poll_every_s
            try:
                polled = await self._request("GET", path, b"", left_s)
                status = self._outcome(polled, "status")
                if status == "unknown":
                    raise NoAnswerError("the core forgot what it had answered as pending")
                if status == PENDING:
                    continue
                # A repeat is given the answer that was stored since.
                answer = await self._post(call, key, until_s - reactor.seconds())
            except NotSentError as error:
                # The request itself went before: this leaves it in doubt.
                raise NoAnswerError(f"pending, then out of reach: {error}") from None
            if self._outcome(answer) != PENDING:
                return answer
        raise NoAnswerError("the core still had it pending in the end")

    def _outcome(self, answer: HttpAnswer, name: str = "outcome") -> str:
        """A word of an answer; nothing when it cannot be read."""
        try:
            return str(json.loads(answer.body)[name])
        except (ValueError, KeyError, TypeError):
            return ""

    def _add_pins(self, call: Call, request: Message) -> None:
        """The blocks of PINs, in memory only: whatever is logged of a call is not its body."""
        pin = self._pin
        if pin is None or "pan" not in call.body:
            return
        if block := request.text("52"):
            call.body["pin"] = {"format": pin.format, "block": block}
        if call.path == "/v1/pin-changes" and (block := request.part("48", "24")):
            call.body["new_pin"] = {"format": pin.format, "block": block}

    def _add_chip(self, call: Call, request: Message) -> None:
        """What the card's chip says, for the bank of the card."""
        data = request.get("55")
        if self._chip and "pan" in call.body and data:
            call.body["chip"] = {
                "sequence": request.text("23") or "00",
                "data": chip_text(data),
            }

    def _read(self, request: Message, call: Call, answer: HttpAnswer) -> Message:
        if answer.status == 422:
            # The core looked at the request and refused its form: nothing was done.
            self._log.warning(
                "the core refused the form of a request",
                path=call.path,
                stan=request.text("11"),
                reason=_detail(answer),
            )
            return answer_to(request, "30")
        if answer.status != 200:
            raise NoAnswerError(f"the core answered HTTP {answer.status}")
        try:
            document = json.loads(answer.body)
            self._say_unknown_reason(document)
            return answer_from(request, document)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NoAnswerError(
                f"the core's answer cannot be read ({type(error).__name__})"
            ) from None

    def _say_unknown_reason(self, document: dict[str, object]) -> None:
        reason = document.get("reason")
        if reason and response_code(str(reason)) is None:
            self._log.warning("the core gave an unknown reason", reason=str(reason)[:60])


REFUSED_AT_THE_DOOR = {
    401: "the core does not take our token (HTTP 401)",
    429: "the core has too many requests of ours (HTTP 429)",
}
"""Statuses that say that a request was not looked at."""


def _pause_s(answer: HttpAnswer) -> float:
    """How long the core asks us to wait, in `Retry-After` (RFC 9110, 10.2.3)."""
    given = answer.headers.get("retry-after", "")
    asked_s = float(given) if given.isascii() and given.isdigit() else 1.0
    return min(max(asked_s, HEALTH_EVERY_S), PAUSE_MAX_S)


def _detail(answer: HttpAnswer) -> str:
    """Field and message of a 422, which hold no values."""
    try:
        error = json.loads(answer.body)["error"]
        return f"{error['field']}: {error['message']}"[:200]
    except (ValueError, KeyError, TypeError):
        return "no detail"
