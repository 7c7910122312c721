"""PINs on their way: out of the zone they come from, into the zone of their destination.

A PIN block is in the message in memory and nowhere else: the journal, what a reversal copies and
the logs never hold it. The clear PIN exists inside the security module only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from switch.engine.request import RefusalError, Request
from switch.settings.keys import TERMINAL, PinSettings
from switch.settings.network import GroupSettings
from switch.wire import Message

if TYPE_CHECKING:
    from switch.keys import EncryptedPin, SecurityModule
    from switch.keys.turnover import Turnover

PIN, SECURITY = "52", "53"
NEW_PIN = ("48", "24")
"""Where a change of PIN has the block of the new one, under the same key and format."""

WITHOUT_PIN = frozenset({"bill_enquiry"})
"""What a card is shown for without its PIN."""

UNABLE = "96"


class Pins:
    """Translates the PIN of each request, by a security module.

    `to` says how PINs go to each destination; one that is not in it takes none.
    """

    def __init__(
        self, module: SecurityModule, turnover: Turnover, to: Mapping[str, PinSettings]
    ) -> None:
        from switch.keys import (
            EncryptedPin,
            ForbiddenError,
            InvalidInputError,
            InvalidPinBlockError,
            PinFormat,
            SecurityModuleError,
        )

        self._module = module
        self._turnover = turnover
        self._to = to
        self._pin = EncryptedPin
        self._format = {one.value: one for one in PinFormat}
        self._unopened = InvalidPinBlockError
        self._refused = (InvalidPinBlockError, ForbiddenError, InvalidInputError)
        self._failed = SecurityModuleError

    async def translated(
        self, message: Message, pan: str, origin: PinSettings, destination: str
    ) -> Message:
        """`message` with its PIN, or PINs, as `destination` takes them.

        Raises RefusalError: the code of `origin` for a block that does not open or that a rule
        forbids to translate, 96 when the module or a key is not there.
        """
        target = self._to.get(destination)
        if target is None or target.key is None:
            raise RefusalError(UNABLE, f"no key is agreed for PINs to {destination}")
        message = message.copy()
        serial = _taken(message, origin.serial)
        terminal = message.text("41").strip()
        message[PIN] = await self._block(
            message.text(PIN), pan, origin, target, terminal=terminal, serial=serial
        )
        message.pop(SECURITY, None)
        new = message.part(*NEW_PIN)
        if new:
            block = await self._block(new, pan, origin, target, terminal=terminal, serial=serial)
            data = message[NEW_PIN[0]]
            assert isinstance(data, dict), "it has a part"
            message[NEW_PIN[0]] = {**data, NEW_PIN[1]: block}
        return message

    async def _block(
        self,
        block: str,
        pan: str,
        origin: PinSettings,
        target: PinSettings,
        *,
        terminal: str,
        serial: str,
    ) -> str:
        assert target.key is not None, "hosts take PINs under a zone key"
        name = (origin.key or origin.dukpt or "").replace(TERMINAL, terminal)
        unopened: Exception | None = None
        for key in self._turnover.accepted(name):
            try:
                given = self._given(block, origin, key, serial)
                moved = await self._module.translate_pin(
                    given, pan, target.key, self._format[target.format]
                )
                return moved.hex().upper()
            except self._unopened as error:
                unopened = unopened or error
            except self._refused as error:
                raise RefusalError(origin.refuse_with, f"PIN: {error}") from None
            except self._failed as error:
                if unopened is None:
                    raise RefusalError(UNABLE, f"PIN: {error}") from None
        raise RefusalError(origin.refuse_with, f"PIN: {unopened}")

    def _given(self, block: str, origin: PinSettings, key: str, serial: str) -> EncryptedPin:
        try:
            ksn = bytes.fromhex(serial) if origin.dukpt is not None else None
            return self._pin(self._format[origin.format], key, bytes.fromhex(block), ksn)
        except ValueError:
            told = "the PIN block or the serial number is not hexadecimal"
            raise RefusalError(origin.refuse_with, told) from None


def check_pin(request: Request, origin: PinSettings | None, group: GroupSettings | None) -> None:
    """Whether a PIN is there exactly where one must be; raises RefusalError 30.

    A terminal whose group has PINs gives one with every card; where none are agreed on, one that
    comes could not be looked at, and nobody shall believe that it was.
    """
    given = bool(request.message.text(PIN))
    if given and origin is None:
        raise RefusalError("30", "a PIN (DE52), and no key for PINs is agreed on this line")
    if given and not request.pan:
        raise RefusalError("30", "a PIN (DE52) without a card")
    wanted = request.operation not in WITHOUT_PIN
    if group is not None and group.pin is not None and request.pan and wanted and not given:
        raise RefusalError("30", f"a {request.operation} by card without a PIN (DE52)")
    if request.operation == "pin_change" and not (given and request.message.part(*NEW_PIN)):
        raise RefusalError("30", "a change of PIN without the new PIN (DE48.24)")


def _taken(message: Message, path: str | None) -> str:
    """The text at a path such as 48.23, taken out of the message: it concerns its origin only."""
    if path is None:
        return ""
    element, _, tag = path.partition(".")
    value = message.get(element)
    if not tag:
        message.pop(element, None)
        return value if isinstance(value, str) else ""
    if not isinstance(value, dict):
        return ""
    left = dict(value)
    found = left.pop(tag, "")
    if left:
        message[element] = left
    else:
        del message[element]
    return found if isinstance(found, str) else ""
