"""The payment core as a destination: ISO 8583 on one side, its HTTP service on the other.

A request carries the transaction's key, so that the core does it at most once; a reversal
cancels by that key, and the core remembers a cancellation that comes first.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from switch.bridge.answers import answer_from
from switch.bridge.calls import Call, UnfitError, call_for
from switch.bridge.reasons import response_code
from switch.link import NoAnswerError, NotSentError, answer_to
from switch.link.http import HttpAnswer, HttpClient
from switch.runtime import Runtime
from switch.settings.network import CoreSettings
from switch.wire import Message

HEALTH_EVERY_S = 0.5


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
    ) -> None:
        self.timeout_s = settings.timeout
        self._runtime = runtime
        self._log = runtime.log.bind(destination=self.name)
        self._channel_of = channel_of
        self._currency = currency
        self._closed = False
        self._client = HttpClient(
            runtime,
            host=settings.host,
            port=settings.port,
            connections_max=settings.connections_max,
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
                answer = await self._client.request("GET", "/health", b"", self.timeout_s)
                if answer.status == 200:
                    return
            except (NotSentError, NoAnswerError) as error:
                self._log.info("the core does not answer yet", reason=str(error))
            await deferLater(self._runtime.reactor, HEALTH_EVERY_S)

    async def close(self) -> None:
        """Drop the connections."""
        self._closed = True
        await self._client.close()

    async def _ask(self, request: Message, deadline_s: float, operation_key: str) -> Message:
        try:
            call = call_for(
                request,
                operation_key,
                channel=self._channel_of(request.text("41").rstrip()),
                currency=self._currency,
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
        key = f"cancel/{operation_key}" if call.path == "/v1/cancellations" else operation_key
        answer = await self._client.request(
            "POST", call.path, json.dumps(call.body).encode(), deadline_s, idempotency_key=key
        )
        return self._read(request, call, answer)

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


def _detail(answer: HttpAnswer) -> str:
    """Field and message of a 422, which hold no values."""
    try:
        error = json.loads(answer.body)["error"]
        return f"{error['field']}: {error['message']}"[:200]
    except (ValueError, KeyError, TypeError):
        return "no detail"
