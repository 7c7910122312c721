"""The MAC of messages: made on what leaves a link, checked on what comes.

It travels in DE64, or in DE128 when the message has elements beyond 64, and is always the last
element. Over a whole message it covers every byte before it, bitmaps included, in which its own
bit is set; over listed elements, their values as they travel, without lengths.
"""

from __future__ import annotations

from dataclasses import dataclass

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from switch.keys import ModuleUnavailableError, SecurityModule, SecurityModuleError
from switch.keys.turnover import Turnover
from switch.link.matching import UnencodableError
from switch.link.sealing import SealError
from switch.wire import Codec, Message, WireError
from switch.wire.composites import close_element
from switch.wire.mti import message_class

MAC_SIZE = 8
"""Bytes of DE64 and DE128."""

ZEROS = "00" * MAC_SIZE
PRIMARY, SECONDARY = "64", "128"
TERMINAL = "{terminal}"


@dataclass(frozen=True)
class MacProfile:
    """What the two sides have agreed on. The usage of the key says which algorithm it is."""

    key: str
    """Its name, in which `{terminal}` is the message's DE41."""
    padding: int = 1
    size: int = MAC_SIZE
    elements: tuple[str, ...] = ()
    management: bool = False
    refuse_with: str | None = None
    closes: bool = False


class MacSeal:
    """MACs by a security module."""

    def __init__(
        self, profile: MacProfile, codec: Codec, module: SecurityModule, turnover: Turnover
    ) -> None:
        self.refuse_with = profile.refuse_with
        self.closes = profile.closes
        self._profile = profile
        self._codec = codec
        self._module = module
        self._turnover = turnover
        self._fields = codec.dialect.fields
        self._charset = codec.dialect.fields[PRIMARY].codec
        probe = Message({"t": "0800", "11": "000000"})
        bare = len(codec.encode(probe))
        self._width = len(codec.encode(Message({**probe, PRIMARY: ZEROS}))) - bare
        self._in_digits = self._width == 2 * MAC_SIZE

    def covers(self, mti: str) -> bool:
        return self._profile.management or message_class(mti) != "8"

    def close(self, message: Message) -> Deferred[bytes]:
        place = place_of(message)
        try:
            body = self._codec.encode(Message({**message, place: ZEROS}))
        except WireError as error:
            return fail(UnencodableError(f"the message cannot be encoded: {error}"))
        head, profile = body[: -self._width], self._profile
        data = head if not profile.elements else self._listed(message)

        def closed(mac: bytes) -> bytes:
            filled = mac.ljust(MAC_SIZE, b"\x00")
            if self._in_digits:
                filled = filled.hex().upper().encode(self._charset)
            return head + filled

        made = self._module.generate_mac(
            self._key(message), data, padding=profile.padding, size=profile.size
        )
        return made.addCallbacks(closed, _unsealed)

    def check(self, message: Message, body: bytes) -> Deferred[str]:
        found = [element for element in (PRIMARY, SECONDARY) if element in message]
        if not found:
            return succeed("missing")
        if found != [place_of(message)]:
            return succeed("misplaced")
        data = body[: -self._width] if not self._profile.elements else self._listed(message)
        mac = bytes.fromhex(message.text(found[0]))[: self._profile.size]
        return Deferred.fromCoroutine(self._verify(self._key(message), data, mac))

    async def _verify(self, key: str, data: bytes, mac: bytes) -> str:
        for name in self._turnover.accepted(key):
            try:
                if await self._module.verify_mac(name, data, mac, padding=self._profile.padding):
                    return ""
            except ModuleUnavailableError:
                return "module"
            except SecurityModuleError:
                # The key before this one may never have been: only the current one must be there.
                if name == key:
                    return "key"
        return "wrong"

    def _key(self, message: Message) -> str:
        return self._profile.key.replace(TERMINAL, message.text("41").strip())

    def _listed(self, message: Message) -> bytes:
        return b"".join(
            self._value(message, "t" if element == "0" else element)
            for element in self._profile.elements
        )

    def _value(self, message: Message, element: str) -> bytes:
        value = message.get(element)
        if value is None:
            return b""
        known = self._fields.get(element)
        if not isinstance(value, str):
            assert known is not None, "a composite element is one of the dialect"
            value = close_element(known, value)
        if known is not None and known.kind == "b":
            return bytes.fromhex(value)
        return value.encode(self._charset if known is None else known.codec)


def place_of(message: Message) -> str:
    """The element that a message's MAC travels in: DE128 where there are elements beyond 64.

    >>> place_of(Message({"t": "0200", "11": "000001", "64": "00"}))
    '64'
    >>> place_of(Message({"t": "0800", "70": "301"}))
    '128'
    """
    for key in message:
        if (len(key) == 2 and key > PRIMARY) or (len(key) == 3 and key != SECONDARY):
            return SECONDARY
    return PRIMARY


def _unsealed(failure: Failure) -> Deferred[bytes]:
    return fail(SealError(f"its MAC cannot be made: {failure.getErrorMessage()}"))
