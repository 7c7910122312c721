"""Creditors as the core calls them back: each verifies, journals, and answers with a receipt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.task import deferLater
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from simulator.payment_core.requests import BadRequestError, Reply, prepare, read_json
from simulator.payment_core.settings import CallbackSettings, CreditorSettings
from simulator.payment_core.signing import INSTANT_HEADER, SIGNATURE_HEADER, genuine, sign
from simulator.payment_core.turn import instant_text
from simulator.terminal.journal import Event, Journal
from switch.link.http import HttpClient
from switch.link.http_gate import HttpGate
from switch.link.http_site import Connections
from switch.link.matching import NoAnswerError, NotSentError
from switch.runtime import Runtime

Ways = Literal["accept", "refuse", "later", "fail"]
"""Accept or refuse at once; answer `pending` and decide when told to; or answer HTTP 503."""

DRAIN_S = 2.0
DECISION_TIMEOUT_S = 5.0
DECISION_PAUSE_S = 1.0
DECISION_TRIES = 60


@dataclass(frozen=True)
class Told:
    """A callback that was taken, and the receipt given for it."""

    event: str
    settlement_reference: str
    total_minor: int
    result: str
    receipt: str


class Creditors:
    """All creditors of one core on one port. `ways` says how each behaves, accepting unless said.

    The journal of each, `<id>.jsonl`, is what it was told: a repeat is answered
    `already_processed` with the receipt of the first time, after a restart too.
    """

    def __init__(
        self, runtime: Runtime, creditors: tuple[CreditorSettings, ...], folder: Path, *, port: int
    ) -> None:
        self.port = port
        self.ways: dict[str, Ways] = {}
        self.told: dict[str, list[Told]] = {}
        self.core_at: tuple[str, int] | None = None
        """Where the core is, for decisions that come later."""
        self._runtime = runtime
        self._folder = folder
        self._callbacks: dict[str, CallbackSettings] = {
            each.id: each.callback for each in creditors if each.callback is not None
        }
        self._journals: dict[str, Journal] = {}
        self._executor: Any = None
        self._listening: Any = None
        self._connections: Connections | None = None

    async def start(self) -> None:
        """Read the journals and listen. Raises JournalError, CannotListenError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._executor = self._runtime.executor("creditors")
        for creditor in self._callbacks:
            journal = Journal(
                self._folder / f"{creditor}.jsonl", creditor, self._runtime.wall_clock
            )
            told = self.told[creditor] = []
            journal.open(lambda event, told=told: told.append(_told(event)))  # type: ignore[misc]
            self._journals[creditor] = journal
        gate = HttpGate(self._runtime.reactor, self._runtime.log, "creditors")
        connections = Connections(self._runtime.reactor, _Desk(self), gate)
        self._connections = connections
        endpoint = TCP4ServerEndpoint(self._runtime.reactor, self.port, interface="127.0.0.1")
        self._listening = await endpoint.listen(connections.listening)
        self.port = self._listening.getHost().port

    async def stop(self) -> None:
        """Stop listening and close every connection."""
        if self._connections is None:
            return
        await self._listening.stopListening()
        await self._connections.close(DRAIN_S)
        await self._executor.stop()
        self._connections = None

    async def take(self, signature: str, signed_at: str, data: bytes) -> Reply:
        """What is answered to a callback."""
        try:
            body = read_json(data)
            creditor, event = str(body["creditor"]), str(body["event"])
            settlement, total_minor = str(body["settlement_reference"]), int(body["total_minor"])
        except BadRequestError as bad:
            return bad.reply
        except (KeyError, TypeError, ValueError):
            return _reply(400, result="invalid")
        settings = self._callbacks.get(creditor)
        now = self._runtime.wall_clock.now()
        if settings is None or not genuine(settings.secret, signed_at, signature, data, now):
            return _reply(401, result="bad_signature")
        for told in self.told[creditor]:
            if (told.event, told.settlement_reference) == (event, settlement):
                return _answer(told, again=True)
        way = self.ways.get(creditor, "accept")
        if way == "fail":
            return _reply(503, result="unavailable")
        result = "ok"
        if event == "payment":
            result = {"accept": "ok", "refuse": "refused", "later": "pending"}[way]
        receipt = f"R{creditor}{len(self.told[creditor]) + 1:08}"
        told = Told(event, settlement, total_minor, result, receipt)
        line = self._journals[creditor].line(
            event,
            settlement_reference=settlement,
            total_minor=total_minor,
            result=result,
            receipt=receipt,
        )
        # Taken before it is written, so that what comes meanwhile is seen to be a repeat.
        self.told[creditor].append(told)
        await self._executor.run(lambda: self._journals[creditor].write([line]))
        return _answer(told, again=False)

    async def decide(self, creditor: str, settlement: str, decision: str) -> str:
        """Call the core back with what is decided, until it answers; its outcome.

        Raises NotSentError or NoAnswerError when it does not in a minute.
        """
        assert self.core_at is not None, "the core's place is needed"
        told = next(t for t in self.told[creditor] if t.settlement_reference == settlement)
        body = json.dumps(
            {
                "creditor": creditor,
                "settlement_reference": settlement,
                "decision": decision,
                "receipt": told.receipt,
            }
        ).encode()
        host, port = self.core_at
        client = HttpClient(self._runtime, host=host, port=port, connections_max=1)
        try:
            for tries_left in reversed(range(DECISION_TRIES)):
                signed_at = instant_text(self._runtime.wall_clock.now())
                try:
                    answer = await client.request(
                        "POST",
                        "/v1/decisions",
                        body,
                        DECISION_TIMEOUT_S,
                        signature=sign(self._callbacks[creditor].secret, signed_at, body),
                        signed_at=signed_at,
                    )
                except (NotSentError, NoAnswerError):
                    if not tries_left:
                        raise
                else:
                    if answer.status == 200:
                        return str(json.loads(answer.body)["outcome"])
                await deferLater(self._runtime.reactor, DECISION_PAUSE_S)
            raise NoAnswerError("the core could not take the decision")
        finally:
            await client.close()


class _Desk(Resource):
    isLeaf = True

    def __init__(self, creditors: Creditors) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._creditors = creditors

    def render_POST(self, request: Any) -> int:
        """Answer a callback, whatever its path: the body says who is meant."""
        signature, signed_at = (
            request.getHeader(name.lower()) or "" for name in (SIGNATURE_HEADER, INSTANT_HEADER)
        )
        hung_up: list[object] = []
        request.notifyFinish().addErrback(hung_up.append)

        async def answer() -> None:
            reply = await self._creditors.take(signature, signed_at, request.content.read())
            if not hung_up:
                request.write(prepare(request, reply))
                request.finish()

        Deferred.fromCoroutine(answer())
        return NOT_DONE_YET


def _told(event: Event) -> Told:
    return Told(
        event["event"],
        event["settlement_reference"],
        event["total_minor"],
        event["result"],
        event["receipt"],
    )


def _answer(told: Told, *, again: bool) -> Reply:
    if told.result == "pending":
        return _reply(202, result="pending", receipt=told.receipt)
    result = "already_processed" if again and told.result == "ok" else told.result
    return _reply(200, result=result, receipt=told.receipt)


def _reply(status: int, **body: str) -> Reply:
    return Reply(status, json.dumps(body))
