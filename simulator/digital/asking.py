"""Asking the core over HTTP: the same request under the same key until it is answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from twisted.internet.task import deferLater

from switch.link.http import HttpClient
from switch.link.http_gate import bearer
from switch.link.matching import NoAnswerError, NotSentError
from switch.runtime import Runtime

ATTEMPT_S = 3.0
"""How long one attempt may take; the next asks the same, and the core does it once."""

PAUSE_S = 0.5

CONNECTIONS_MAX = 4

REFUSED = (400, 401, 413, 422)
"""Statuses of a request that was not looked at: asking again would change nothing."""


@dataclass(frozen=True)
class Asked:
    """What came of asking: the answer, or whether something left at all."""

    answer: dict[str, Any] | None
    left: bool
    """Whether the core may have done it."""
    words: str = ""


class CoreClient:
    """The core, as a channel sees it."""

    def __init__(self, runtime: Runtime, host: str, port: int, token: str | None) -> None:
        self._runtime = runtime
        self._headers = {} if token is None else {"authorization": bearer(token)}
        self._client = HttpClient(runtime, host=host, port=port, connections_max=CONNECTIONS_MAX)

    async def ask(self, path: str, key: str, body: dict[str, Any], timeout_s: float) -> Asked:
        """Ask for an operation until it is answered or the time is over."""
        data = json.dumps(body).encode()
        headers = {**self._headers, "idempotency_key": key}
        return await self._until("POST", path, data, headers, timeout_s)

    async def status(self, key: str, timeout_s: float) -> str:
        """What became of an operation; empty when nobody answers."""
        path = f"/v1/operations/{quote(key, safe='/')}"
        asked = await self._until("GET", path, b"", self._headers, timeout_s)
        return "" if asked.answer is None else str(asked.answer.get("status", ""))

    async def close(self) -> None:
        """Drop the connections."""
        await self._client.close()

    async def _until(
        self, method: str, path: str, data: bytes, headers: dict[str, str], timeout_s: float
    ) -> Asked:
        reactor = self._runtime.reactor
        until_s = reactor.seconds() + timeout_s
        left, words = False, ""
        while (left_s := until_s - reactor.seconds()) > 0:
            try:
                answer = await self._client.request(
                    method, path, data, min(left_s, ATTEMPT_S), **headers
                )
            except NotSentError as error:
                words = str(error)
            except NoAnswerError as error:
                left, words = True, str(error)
            else:
                left = left or answer.status not in (*REFUSED, 429)
                words = f"the core answered HTTP {answer.status}"
                if answer.status == 200:
                    return _read(answer.body)
                if answer.status in REFUSED:
                    return Asked(None, left, words)
            await deferLater(reactor, PAUSE_S)
        return Asked(None, left, words)


def _read(body: bytes) -> Asked:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return Asked(None, True, "the core's answer cannot be read")
    return Asked(answer, True)
