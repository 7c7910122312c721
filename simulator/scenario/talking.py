"""Message steps done: the roles that have lines, what they send, what must come to them."""

from __future__ import annotations

from typing import Any

from simulator.network.network import Network
from simulator.network.settings import LoadedNetwork
from simulator.scenario.cast import Cast
from simulator.scenario.exchanging import awaited, leave
from simulator.scenario.expectations import Mismatch
from simulator.scenario.filling import filled_data
from simulator.scenario.message_log import MessageLog
from simulator.scenario.message_steps import MessageExpectation, Reply, Send
from simulator.scenario.message_templates import ALWAYS, Generator
from simulator.scenario.scenario_file import HostRole, LineRole
from simulator.scenario.speaking import NotSpokenError, Speaker
from simulator.scenario.templates import Lookup, TemplateError
from switch.link import answer_to
from switch.runtime import Runtime
from switch.wire import Codec, Dialect, Message, load_dialect, make_framing
from switch.wire.mti import answer_mti

SIGN_ON_LIMIT_S = 10.0


class Talk:
    """The roles of one scenario that speak for themselves."""

    def __init__(
        self,
        loaded: LoadedNetwork,
        cast: Cast,
        runtime: Runtime,
        log: MessageLog,
    ) -> None:
        self._loaded = loaded
        self._cast = cast
        self._log = log
        self._runtime = runtime
        self._reactor: Any = runtime.reactor
        self._speakers = {name: self._speaker(name, role) for name, role in cast.speakers.items()}

    def listen(self) -> dict[str, int]:
        """Take the places of hosts; the port of each link that is played."""
        return {
            role.plays: self._speakers[name].listen("127.0.0.1", 0)
            for name, role in self._cast.speakers.items()
            if isinstance(role, HostRole)
        }

    async def dial(self, network: Network) -> None:
        """Open the lines of those who dial, and sign them on. Raises NotSpokenError."""
        for name, role in self._cast.speakers.items():
            if isinstance(role, LineRole):
                speaker = self._speakers[name]
                await speaker.dial(*network.listener_address(role.dials))
                if role.sign_on:
                    await self._sign_on(speaker)

    async def stop(self) -> None:
        """Close every line and port."""
        for speaker in self._speakers.values():
            await speaker.stop()

    def lookup_for(self, step: Send | Reply | None) -> Lookup:
        """What `gen.` names are worth in the message of a step."""
        if step is None:
            return lambda name: None
        return self._speakers[self._cast.speaker(step.as_)].generator.lookup()

    def dialect_of(self, name: str) -> Dialect:
        """The dialect that a role speaks."""
        return self._speakers[name].codec.dialect

    def last_sent_by(self, name: str) -> Message | None:
        """The last message that a role sent."""
        return self._speakers[name].last_sent

    # -- sending ----------------------------------------------------------------------------------

    def send(self, step: Send, lookup: Lookup) -> Message:
        """Send what the step says; the message. Raises NotSpokenError."""
        speaker = self._speakers[step.as_]
        values: dict[str, Any] = {}
        if step.template is not None:
            template = self._cast.templates.get(step.template, ALWAYS.get(step.template, {}))
            try:
                values = filled_data(dict(template), lookup)
            except TemplateError as error:
                raise NotSpokenError(f"the template {step.template}: {error}") from None
        values.update(step.message)
        return leave(speaker, step, values)

    def reply(self, step: Reply) -> Message:
        """Answer the request that was taken last. Raises NotSpokenError."""
        speaker = self._speakers[step.as_]
        request = speaker.taken
        if request is None:
            raise NotSpokenError(
                f"{step.as_} has no request to answer: an `expect` takes one first"
            )
        values = {**answer_to(request, "00"), "t": answer_mti(request.mti), **step.de}
        return leave(speaker, step, values)

    # -- expecting --------------------------------------------------------------------------------

    async def expect(self, step: MessageExpectation) -> tuple[Message | None, list[Mismatch]]:
        """Wait for what the step expects: the message that came, and what is not as expected."""
        return await awaited(self._speakers[step.on], step, self._reactor)

    # -- inside -----------------------------------------------------------------------------------

    async def _sign_on(self, speaker: Speaker) -> None:
        lookup = speaker.generator.lookup()
        values = filled_data(dict(ALWAYS["sign_on"]), lookup)
        speaker.send(speaker.codec.encode(values), Message(values))
        step = MessageExpectation.model_validate(
            {"on": speaker.name, "mti": "0810", "de": {"39": "00"}, "within": SIGN_ON_LIMIT_S}
        )
        _, found = await self.expect(step)
        if found:
            raise NotSpokenError(f"{speaker.name} could not sign on: {found[0]}")

    def _speaker(self, name: str, role: LineRole | HostRole) -> Speaker:
        runtime = self._runtime
        switch = self._loaded.settings.switch
        wire = (
            switch.listeners[role.dials]
            if isinstance(role, LineRole)
            else (switch.links[role.plays])
        )
        return Speaker(
            name,
            runtime,
            Codec(load_dialect(wire.dialect)),
            make_framing(wire.framing, limit_bytes=wire.frame_limit_bytes),
            Generator(runtime.wall_clock.now, self._facts(role)),
            manages=role.echoes,
            seen=self._seen,
        )

    def _facts(self, role: LineRole | HostRole) -> dict[str, str]:
        settings = self._loaded.settings
        terminal = getattr(role, "terminal", None) or self._spare_terminal()
        facts = {"gen.institution": settings.institution, "gen.currency": settings.currency}
        if terminal:
            facts["gen.terminal"] = terminal
            facts["gen.acceptor"] = self._loaded.acceptor_of(terminal)
        return facts

    def _spare_terminal(self) -> str:
        """A terminal of the switch that nobody plays: the first one."""
        settings = self._loaded.settings
        ours = {*settings.gabs, *settings.counters}
        return next((name for name in settings.switch.group_of() if name not in ours), "")

    def _seen(self, name: str, direction: str, message: Message) -> None:
        # What the switch can read its own tap tells too; what it cannot, only this does.
        if direction == "out" and not message.mti.isdigit():
            self._log.note(name, MessageLog.SWITCH, message)
