"""Keys of a link replaced while it runs: new ones sent, or taken, in network management messages.

    maker                                       taker
      makes KEY.next, exports it under the zone master key
      0800, DE70 161, key block, check value  ---->   imports KEY.next, compares the check value
                                                      KEY becomes KEY.previous, KEY.next KEY
                                  <----  0810, DE39 00
      the same here

Whoever makes keys may be used to the new one only once it is answered; until then what comes is
tried under it too. The key before stays accepted for the grace period. A key that is not taken is
forgotten by both, and the one before it stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred

from switch.keys import KeyInfo, Purpose, SecurityModule, SecurityModuleError
from switch.keys.turnover import NEXT, PREVIOUS, Turnover
from switch.link.answers import answer_to
from switch.link.counts import LinkCounts
from switch.link.matching import NoAnswerError, NotSentError
from switch.link.session import Session
from switch.runtime import Log, Runtime, transmission_time
from switch.wire import Message, Value

TERMINAL = "{terminal}"
BLOCK, CHECK_VALUE = "21", "22"
"""Tags of an element that is a sequence of them; elsewhere it is `check value/block`."""

FORMAT, MALFUNCTION = "30", "96"


Keys = tuple[tuple[str, str], ...]
"""Names of keys, each after the first letter of its usage: M for MACs, P for PINs."""


@dataclass(frozen=True)
class ExchangeProfile:
    """What the two sides have agreed on."""

    name: str
    under: str
    """The zone master key, in whose name `{terminal}` is the terminal."""
    keys_of: Callable[[str], Keys]
    """The keys of a peer, by its terminal (DE41) where peers are terminals: none for a stranger."""
    makes: bool = False
    """Whether we make new keys and send them; otherwise the other side does."""
    to_terminals: bool = False
    """Whether a PIN key goes to a PIN pad, which may do nothing else with it than encrypt."""
    element: str = "48"
    tagged: bool = True
    function: str = "161"
    after_sign_on: bool = True
    every_s: float | None = None
    grace_s: float = 60.0
    timeout_s: float = 10.0
    refuse_with: str = MALFUNCTION


class KeyExchange:
    """The exchange of one link, for all of its sessions."""

    def __init__(
        self,
        runtime: Runtime,
        profile: ExchangeProfile,
        module: SecurityModule,
        turnover: Turnover,
        counts: LinkCounts,
    ) -> None:
        self.function = profile.function
        self._runtime = runtime
        self._profile = profile
        self._module = module
        self._turnover = turnover
        self._counts = counts
        self._log: Log = runtime.log.bind(link=profile.name)
        self._begun: dict[str, None] = {}
        self._places: dict[tuple[Session, str], None] = {}
        self._under_way: dict[tuple[Session, str], None] = {}
        self._timers: dict[tuple[Session, str], Any] = {}

    # -- the taker ------------------------------------------------------------------------------

    def received(self, request: Message) -> Deferred[Message]:
        """Take the key of a request; its answer."""
        return Deferred.fromCoroutine(self._take(request))

    async def _take(self, request: Message) -> Message:
        profile, terminal = self._profile, request.text("41").strip()
        if profile.makes:
            self._refused(terminal, "keys are made on this side")
            return answer_to(request, profile.refuse_with)
        block, check_value = self._read(request)
        name = self._name_for(block, terminal)
        if not (name and check_value):
            self._refused(terminal, "no key block of a key of this link with its check value")
            return answer_to(request, FORMAT)
        under = self._named(profile.under, terminal)
        try:
            info = await self._module.import_key(
                name + NEXT, block, under, check_value=check_value, replace=True
            )
            # A key that comes again was taken before, and its answer lost.
            if info.check_value == (await self._module.describe_key(name)).check_value:
                await self._module.delete_key(name + NEXT)
            else:
                await self._replace(name, info)
        except SecurityModuleError as error:
            self._refused(terminal, str(error), key=name)
            return answer_to(request, profile.refuse_with)
        return answer_to(request, "00")

    # -- the maker ------------------------------------------------------------------------------

    def signed_on(self, session: Session, terminal: str) -> None:
        """A session is signed on, by a terminal where its peers are terminals."""
        profile = self._profile
        self._begin(terminal)
        self._places = {place: None for place in self._places if place[0].line.open}
        self._places[session, terminal] = None
        if profile.makes and profile.after_sign_on and profile.keys_of(terminal):
            self.send(session, terminal)

    def send_now(self) -> int:
        """Replace the keys of every peer that is signed on; how many these are.

        The log says what comes of each. On the side that makes no keys there are none.
        """
        if not self._profile.makes:
            return 0
        places = [
            place
            for place in self._places
            if place[0].line.open and self._profile.keys_of(place[1])
        ]
        for place in places:
            self.send(*place)
        return len(places)

    def send(self, session: Session, terminal: str = "") -> Deferred[bool]:
        """Replace the keys of a session's peer; fires with whether all were taken."""
        place = (session, terminal)
        if place in self._under_way:
            busy: Deferred[bool] = Deferred()
            busy.callback(False)
            return busy
        self._under_way[place] = None

        def sent(outcome: Any) -> bool:
            self._under_way.pop(place, None)
            if self._profile.every_s is not None and session.line.open:
                self._again_later(place, self._profile.every_s)
            if isinstance(outcome, bool):
                return outcome
            self._log.error("key exchange failed inside", error=outcome.type.__name__)
            return False

        return Deferred.fromCoroutine(self._send_all(session, terminal)).addBoth(sent)

    def stop(self) -> None:
        """Send no more."""
        timers, self._timers = self._timers, {}
        for timer in timers.values():
            if timer.active():
                timer.cancel()

    async def _send_all(self, session: Session, terminal: str) -> bool:
        for _, key in self._profile.keys_of(terminal):
            if not await self._send(session, terminal, key):
                return False
        return True

    async def _send(self, session: Session, terminal: str, name: str) -> bool:
        profile = self._profile
        try:
            info, block = await self._successor(name, self._named(profile.under, terminal))
        except SecurityModuleError as error:
            self._refused(terminal, str(error), key=name)
            return False
        self._turnover.offered(name)
        try:
            request = self._message(session.new_stan(), block, info, terminal)
            answer = await session.ask(request, profile.timeout_s)
        except (NotSentError, NoAnswerError) as error:
            # It may have been taken: what comes is tried under it, and it is sent again.
            self._log.warning("key not acknowledged", key=name, reason=str(error))
            return False
        code = answer.text("39")
        try:
            if code == "00":
                await self._replace(name, info)
                return True
            self._turnover.withdrawn(name)
            await self._module.delete_key(name + NEXT)
        except SecurityModuleError as error:
            self._refused(terminal, str(error), key=name)
            return False
        self._refused(terminal, f"the other side answered {code}", key=name)
        return False

    async def _successor(self, name: str, under: str) -> tuple[KeyInfo, str]:
        """The next key, the one that was sent before and not answered, and its block."""
        current = await self._module.describe_key(name)
        if name + NEXT in [one.name for one in await self._module.list_keys(name)]:
            info = await self._module.describe_key(name + NEXT)
        else:
            info = await self._module.generate_key(
                name + NEXT, current.purpose, current.algorithm, exportable=True
            )
        narrowed = self._profile.to_terminals and info.purpose is Purpose.PIN
        block = await self._module.export_key(name + NEXT, under, "E" if narrowed else None)
        return info, block

    def _message(self, stan: str, block: str, info: KeyInfo, terminal: str) -> Message:
        profile = self._profile
        value: Value = {BLOCK: block, CHECK_VALUE: info.check_value}
        if not profile.tagged:
            value = f"{info.check_value}/{block}"
        now = self._runtime.wall_clock.now()
        message = Message({"t": "0800", "7": transmission_time(now), "11": stan})
        if terminal:
            message["41"] = terminal.ljust(8)
        return Message({**message, profile.element: value, "70": profile.function})

    def _again_later(self, place: tuple[Session, str], every_s: float) -> None:
        def again() -> None:
            self._timers.pop(place, None)
            if place[0].line.open:
                self.send(*place)

        timer = self._timers.pop(place, None)
        if timer is not None and timer.active():
            timer.cancel()
        self._timers[place] = self._runtime.reactor.callLater(every_s, again)

    def _begin(self, terminal: str) -> None:
        """At the first sign-on: the last exchange may have ended in the middle at either side."""
        if terminal in self._begun:
            return
        self._begun[terminal] = None
        for _, key in self._profile.keys_of(terminal):
            self._turnover.replaced(key, self._profile.grace_s)
            if self._profile.makes:
                self._turnover.offered(key)

    # -- both -----------------------------------------------------------------------------------

    async def _replace(self, name: str, info: KeyInfo) -> None:
        await self._module.replace_key(name, name + NEXT, name + PREVIOUS)
        self._turnover.replaced(name, self._profile.grace_s)
        self._log.info("key replaced", key=name, check_value=info.check_value)

    def _read(self, request: Message) -> tuple[str, str]:
        """The key block and its check value; nothing for what is not there."""
        element = self._profile.element
        if self._profile.tagged:
            return request.part(element, BLOCK), request.part(element, CHECK_VALUE)
        check_value, _, block = request.text(element).partition("/")
        return block, check_value

    def _name_for(self, block: str, terminal: str) -> str:
        """Which key of the link a block replaces, by the usage in its header."""
        kind = block[5:6]
        keys = self._profile.keys_of(terminal)
        return next((key for usage, key in keys if usage == kind), "")

    def _named(self, name: str, terminal: str) -> str:
        return name.replace(TERMINAL, terminal)

    def _refused(self, terminal: str, reason: str, key: str = "") -> None:
        self._counts.key_refused(self._profile.name)
        self._log.error("key exchange refused", terminal=terminal, key=key, reason=reason)
