"""Telling creditors of payments over HTTP: signed, in order, again and again until they answer.

A creditor answers 200 with `{"result": "ok", "receipt": "..."}`, or `already_processed` with the
receipt of the first time, which counts the same; 202 with `pending` when it calls back itself with
what it decides; or 200 with `refused`. Anything else, such as 401 with `bad_signature`, or
silence, and it is told again.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred

from simulator.payment_core.callbacks import PAYMENT, Callback, delivered, failed, heads
from simulator.payment_core.catalogue import Catalogue
from simulator.payment_core.decisions import ACCEPTED, REFUSED, decide
from simulator.payment_core.models import Decision
from simulator.payment_core.refusals import RefusedError
from simulator.payment_core.settings import CallbackSettings
from simulator.payment_core.signing import sign
from simulator.payment_core.turn import Turn, instant_text
from switch.keys.vault import Vault
from switch.link.http import HttpAnswer, HttpClient
from switch.link.matching import NoAnswerError, NotSentError
from switch.runtime import Runtime
from switch.store import Store, StoreUnavailableError

RECEIPT_MAX = 40

LOOK_AGAIN_S = 5.0
"""How soon the outbox is read again when the database could not be used."""


class Deliverer:
    """Empties the outbox of one core. `wake` it whenever something may be in it."""

    def __init__(
        self,
        runtime: Runtime,
        store: Store,
        catalogue: Catalogue,
        vault: Vault,
        creditors_at: tuple[str, int] | None = None,
    ) -> None:
        """`creditors_at` is where creditors are found, if not at their own hosts and ports."""
        self._runtime = runtime
        self._log = runtime.log
        self._store = store
        self._catalogue = catalogue
        self._vault = vault
        self._creditors_at = creditors_at
        self._wanted = any(each.callback is not None for each in catalogue.creditors())
        self._clients: dict[str, HttpClient] = {}
        self._telling: dict[str, Deferred[None]] = {}
        self._looking: Deferred[None] | None = None
        self._again = False
        self._timer: Any = None
        self._closed = False

    def wake(self) -> None:
        """Look into the outbox now."""
        if self._closed or not self._wanted:
            return
        if self._looking is not None:
            self._again = True
            return
        self._looking = Deferred.fromCoroutine(self._look())
        self._looking.addErrback(self._broke)

    async def stop(self) -> None:
        """Begin nothing more and close the connections; what is under way is told again later."""
        self._closed = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        for client in self._clients.values():
            await client.close()
        for telling in list(self._telling.values()):
            await telling
        if self._looking is not None:
            await self._looking

    async def _look(self) -> None:
        try:
            while True:
                self._again = False
                self._begin(await self._store.commit(heads))
                if not self._again or self._closed:
                    return
        except StoreUnavailableError:
            self._at(LOOK_AGAIN_S)
        finally:
            self._looking = None

    def _begin(self, next_of_each: list[Callback]) -> None:
        now = self._runtime.wall_clock.now()
        pauses_s = []
        for callback in next_of_each:
            if self._closed or callback.creditor in self._telling:
                continue
            settings = self._settings(callback.creditor)
            if settings is None:
                continue
            if callback.due_at > now:
                pauses_s.append((callback.due_at - now).total_seconds())
                continue
            telling = Deferred.fromCoroutine(self._tell(callback, settings))
            self._telling[callback.creditor] = telling
            telling.addErrback(self._broke)
            telling.addBoth(self._told, callback.creditor)
        if pauses_s:
            self._at(min(pauses_s))

    def _at(self, pause_s: float) -> None:
        if self._closed:
            return
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = self._runtime.reactor.callLater(pause_s, self.wake)

    def _told(self, result: object, creditor: str) -> None:
        self._telling.pop(creditor, None)
        self.wake()

    def _broke(self, failure: Any) -> None:
        if not failure.check(StoreUnavailableError):
            self._log.error("telling a creditor failed", reason=failure.type.__name__)
        self._at(LOOK_AGAIN_S)

    async def _tell(self, callback: Callback, settings: CallbackSettings) -> None:
        body = callback.body.encode()
        signed_at = instant_text(self._runtime.wall_clock.now())
        try:
            answer = await self._client(callback.creditor, settings).request(
                "POST",
                urlsplit(settings.url).path,
                body,
                settings.timeout,
                signature=sign(settings.secret, signed_at, body),
                signed_at=signed_at,
            )
            result, receipt = _read(answer)
            problem = "" if result else f"it answered HTTP {answer.status}"
        except (NotSentError, NoAnswerError) as error:
            result, receipt, problem = "", None, str(error)
        now = self._runtime.wall_clock.now()
        over = await self._store.commit(
            lambda connection: _note(
                Turn(connection, now, self._catalogue, self._vault),
                callback,
                settings,
                result,
                receipt,
            )
        )
        if over or not result:
            say = self._log.error if over else self._log.warning
            say(
                "a creditor is told no more of a payment" if over else "a creditor was not told",
                creditor=callback.creditor,
                settlement=callback.settlement_reference,
                attempts=callback.attempts + 1,
                reason=problem,
            )

    def _client(self, creditor: str, settings: CallbackSettings) -> HttpClient:
        if creditor not in self._clients:
            url = urlsplit(settings.url)
            host, port = self._creditors_at or (url.hostname or "", url.port or 80)
            self._clients[creditor] = HttpClient(
                self._runtime, host=host, port=port, connections_max=1
            )
        return self._clients[creditor]

    def _settings(self, creditor: str) -> CallbackSettings | None:
        """None for one whose callbacks were taken out of the settings since."""
        return next(
            (each.callback for each in self._catalogue.creditors() if each.id == creditor), None
        )


def _note(
    turn: Turn, callback: Callback, settings: CallbackSettings, result: str, receipt: str | None
) -> bool:
    """Write down what a creditor answered, and what it decides; whether it is given up."""
    if not result:
        return failed(turn, callback, settings)
    delivered(turn, callback, receipt)
    if settings.decides and callback.event == PAYMENT and result != "pending":
        decision = REFUSED if result == "refused" else ACCEPTED
        try:
            decide(
                turn,
                Decision.model_validate(
                    {
                        "creditor": callback.creditor,
                        "settlement_reference": callback.settlement_reference,
                        "decision": decision,
                        "receipt": receipt,
                    }
                ),
            )
        except RefusedError:
            # It was cancelled, or decided by the creditor's own call, while this travelled.
            return False
    return False


def _read(answer: HttpAnswer) -> tuple[str, str | None]:
    """The result of an answer and its receipt; no result when it is none of those described."""
    try:
        told = json.loads(answer.body)
        result, receipt = str(told["result"]), told.get("receipt")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", None
    expected = {200: ("ok", "already_processed", "refused"), 202: ("pending",)}
    if result not in expected.get(answer.status, ()):
        return "", None
    fits = isinstance(receipt, str) and 0 < len(receipt) <= RECEIPT_MAX and receipt.isascii()
    return result, receipt if fits and receipt.isprintable() else None
