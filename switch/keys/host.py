"""A security module on another machine, asked over TCP by host commands.

One connection carries many requests; answers come back by number, in any order. When the
connection is lost it is made again, with pauses that grow; meanwhile requests fail at once, since
a payment that waits is a payment that times out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from twisted.application.internet import ClientService
from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from switch.keys.commands import (
    NotACommandError,
    read_answer,
    read_answer_number,
    write_request,
)
from switch.keys.errors import ModuleUnavailableError, SecurityModuleError
from switch.keys.frames import FramedLine
from switch.keys.module import SecurityModule
from switch.keys.requests import Request
from switch.runtime import Runtime

T = TypeVar("T")

TIMEOUT_S = 2.0
"""How long an answer may take: a fraction of what a terminal waits."""

IN_FLIGHT_MAX = 1_000
CONNECT_TIMEOUT_S = 5.0
RETRY_FIRST_S = 0.2
RETRY_MAX_S = 10.0
RETRY_JITTER = 0.25
_NUMBERS = 100_000_000


@dataclass
class _Waiting:
    request: Request[Any]
    answered: Deferred[Any]
    timer: Any


class HostCommandModule(SecurityModule):
    """The module behind `host:port`. `host` is an IPv4 address.

    Fails with ModuleUnavailableError when there is no connection, when the answer does not come
    in time, and when `in_flight_max` requests wait already.
    """

    def __init__(
        self,
        runtime: Runtime,
        host: str,
        port: int,
        *,
        timeout_s: float = TIMEOUT_S,
        in_flight_max: int = IN_FLIGHT_MAX,
    ) -> None:
        self.late_answers = 0
        """Answers that came after their time, or to nothing that was asked."""
        self._runtime = runtime
        self._where = f"{host}:{port}"
        self._timeout_s = timeout_s
        self._in_flight_max = in_flight_max
        self._random = runtime.random("security-module/reconnect")
        self._line: _ModuleLine | None = None
        self._waiting: dict[int, _Waiting] = {}
        self._number = 0
        self._waiting_up: list[Deferred[None]] = []
        endpoint = TCP4ClientEndpoint(runtime.reactor, host, port, timeout=CONNECT_TIMEOUT_S)
        self._service = ClientService(
            endpoint,
            _OneLine(runtime.reactor, self),
            retryPolicy=self._pause_s,
            clock=runtime.reactor,
        )

    @property
    def up(self) -> bool:
        """Whether a request could be sent now."""
        return self._line is not None

    def start(self) -> None:
        """Begin to connect."""
        self._service.startService()

    async def stop(self) -> None:
        """Hang up; what waits for an answer fails."""
        stopped = self._service.stopService()
        if stopped is not None:
            await stopped

    def when_up(self) -> Deferred[None]:
        """Fires when there is a connection (at once when there is)."""
        waiting: Deferred[None] = Deferred()
        if self.up:
            waiting.callback(None)
        else:
            self._waiting_up.append(waiting)
        return waiting

    def perform(self, request: Request[T]) -> Deferred[T]:
        line = self._line
        if line is None:
            return fail(ModuleUnavailableError(f"no connection to the module at {self._where}"))
        if len(self._waiting) >= self._in_flight_max:
            return fail(ModuleUnavailableError(f"{self._in_flight_max} requests wait already"))
        self._number = (self._number + 1) % _NUMBERS
        number = self._number
        try:
            text = write_request(number, request)
        except SecurityModuleError as error:
            return fail(error)
        answered: Deferred[T] = Deferred()
        timer = self._runtime.reactor.callLater(self._timeout_s, self._late, number)
        self._waiting[number] = _Waiting(request, answered, timer)
        line.send_frame(text)
        return answered

    # -- what the line tells ------------------------------------------------------------------

    def line_up(self, line: _ModuleLine) -> None:
        """A connection is made."""
        self._line = line
        self._runtime.log.info("security module connected", peer=self._where)
        waiting, self._waiting_up = self._waiting_up, []
        for each in waiting:
            each.callback(None)

    def line_lost(self, reason: str) -> None:
        """The connection is gone, and with it the answers."""
        self._line = None
        self._runtime.log.warning("security module lost", peer=self._where, reason=reason)
        waiting, self._waiting = self._waiting, {}
        for one in waiting.values():
            one.timer.cancel()
            one.answered.errback(ModuleUnavailableError(f"the module at {self._where} is lost"))

    def answer_received(self, body: bytes) -> None:
        """An answer came. Raises NotACommandError when it is none."""
        waiting = self._waiting.pop(read_answer_number(body), None)
        if waiting is None:
            self.late_answers += 1
            return
        waiting.timer.cancel()
        try:
            result = read_answer(waiting.request, body)
        except NotACommandError as error:
            waiting.answered.errback(ModuleUnavailableError(str(error)))
            raise
        except SecurityModuleError as error:
            waiting.answered.errback(error)
        else:
            waiting.answered.callback(result)

    def _late(self, number: int) -> None:
        waiting = self._waiting.pop(number)
        waiting.answered.errback(
            ModuleUnavailableError(
                f"the module at {self._where} did not answer {waiting.request.command} "
                f"within {self._timeout_s:g} s"
            )
        )

    def _pause_s(self, failures: int) -> float:
        spread = 1 + RETRY_JITTER * (2 * self._random.random() - 1)
        # the exponent is bounded: failures go on counting for as long as the module is away
        return min(RETRY_MAX_S, RETRY_FIRST_S * float(1 << min(failures, 16))) * spread


class _OneLine(Factory):
    noisy = False

    def __init__(self, reactor: Any, module: HostCommandModule) -> None:
        self._reactor = reactor
        self._module = module

    def buildProtocol(self, addr: IAddress | None) -> _ModuleLine:
        return _ModuleLine(self._reactor, self._module)


class _ModuleLine(FramedLine):
    """The connection. Whatever is no answer ends it."""

    def __init__(self, reactor: Any, module: HostCommandModule) -> None:
        super().__init__(reactor)
        self._module = module

    def connectionMade(self) -> None:
        super().connectionMade()
        self._module.line_up(self)

    def frame_received(self, body: bytes) -> None:
        try:
            self._module.answer_received(body)
        except NotACommandError as error:
            self.refuse(str(error))

    def line_lost(self) -> None:
        self._module.line_lost(self.lost_because)
