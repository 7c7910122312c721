"""A terminal's line to its switch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from simulator.terminal.identity import Identity
from switch.link import Dialer, SessionProfile, State, Tap
from switch.link.sealing import KeysExchange, Seal
from switch.runtime import Runtime
from switch.wire import Codec, Framing, Message

if TYPE_CHECKING:
    from switch.link.security import Security

ECHO_EVERY_S = 60.0


class TerminalLine:
    """Signs on with the terminal's identification, echoes when idle, reconnects when lost."""

    def __init__(
        self,
        runtime: Runtime,
        identity: Identity,
        *,
        host: str,
        port: int,
        codec: Codec,
        framing: Framing,
        new_stan: Callable[[], str],
        on_signed_on: Callable[[], None],
        tap: Tap | None,
        security: Security | None = None,
        seal: Seal | None = None,
        exchange: KeysExchange | None = None,
    ) -> None:
        self._on_signed_on = on_signed_on
        self._dialer = Dialer(
            runtime,
            SessionProfile(
                name=identity.terminal.strip(),
                signs_on=True,
                echo_every_s=ECHO_EVERY_S,
                sign_on_elements=(("41", identity.terminal),),
            ),
            codec,
            framing,
            host=host,
            port=port,
            new_stan=new_stan,
            on_change=self._changed,
            tap=tap,
            security=security,
            seal=seal,
            exchange=exchange,
        )

    @property
    def up(self) -> bool:
        """Whether a request could leave now."""
        return self._dialer.up

    def start(self) -> None:
        self._dialer.start()

    async def stop(self) -> None:
        await self._dialer.stop()

    def when_up(self) -> Deferred[None]:
        """Fires once signed on."""
        return self._dialer.when_up()

    def ask(self, request: Message, deadline_s: float) -> Deferred[Message]:
        """The answer to `request`; fails with NotSentError or NoAnswerError."""
        return self._dialer.ask(request, deadline_s)

    def _changed(self, state: State) -> None:
        if state is State.SIGNED_ON:
            self._on_signed_on()
