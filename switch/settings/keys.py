"""What a network file says of keys: where they are, which one makes the MACs of a link, which one
its PINs are under.

Names of keys may hold `{terminal}`, which stands for the terminal (DE41) that a message names.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from switch.settings.model import Model
from switch.settings.seen import Misfit
from switch.settings.types import Digits, DurationS, Flag, Text, Whole

KeyName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,50}(\{terminal\}[A-Za-z0-9._-]{0,10})?$")
]
"""The name of a key in the security module."""

TERMINAL = "{terminal}"
MAC_ELEMENTS = ("64", "128")


class ModuleSettings(Model):
    """A security module on another machine, asked by host commands."""

    host: Text = "127.0.0.1"
    port: Annotated[Whole, Field(ge=1, le=65535)]


class KeysSettings(Model):
    """Where the keys are: in a file, in a module on another machine, or made up for a test."""

    file: Text | None = None
    """The switch's file of keys, beside the network file; its master key is in the environment."""
    module: ModuleSettings | None = None
    test: Flag = False
    """Keys for this network alone, made at its first start and kept in its data folder."""

    @model_validator(mode="after")
    def _one(self) -> KeysSettings:
        if (self.file is not None) + (self.module is not None) + self.test != 1:
            raise Misfit("give one of `file`, `module` and `test`", on_key=True)
        return self


class MacSettings(Model):
    """How the messages of a link are authenticated, either way."""

    key: KeyName
    algorithm: Literal["1", "3", "cmac"] = "3"
    """Of ISO 9797-1: CBC-MAC, X9.19 (retail), or CMAC."""
    padding: Literal["1", "2"] = "1"
    """Of ISO 9797-1; CMAC has its own."""
    size: Annotated[Whole, Field(ge=4, le=8)] = 8
    """Bytes of the MAC; what is left of the element is zeros."""
    elements: tuple[Annotated[str, Digits(1, 3)], ...] = ()
    """What goes under it, in this order, 0 being the message type; none: the whole message."""
    management: Flag = False
    """Whether network management messages (0800) have one too."""
    refuse_with: Annotated[str, Digits(2, 3)] | None = None
    """The code that answers a request with a wrong MAC or without one; none: it is not answered.
    Either way it is counted, and the log says so."""
    close: Flag = False
    """Whether a message with a wrong MAC or without one ends the line, after that answer."""

    @model_validator(mode="after")
    def _fits(self) -> MacSettings:
        if self.algorithm == "cmac" and self.padding != "1":
            raise Misfit("CMAC pads by itself", "padding")
        for place, element in enumerate(self.elements):
            if element in MAC_ELEMENTS or element in self.elements[:place]:
                told = "is there already" if element not in MAC_ELEMENTS else "is the MAC itself"
                raise Misfit(f"element {element} {told}", "elements", place)
        return self


class PinSettings(Model):
    """Under which key, and in which format, PINs come from there or go there."""

    key: KeyName | None = None
    dukpt: KeyName | None = None
    """The base key of PIN pads that use one key a transaction (DUKPT), instead of `key`."""
    format: Literal["0", "1", "3", "4"] = "0"
    """Of ISO 9564-1; 4 is for AES keys."""
    serial: Annotated[str, Field(pattern=r"^[0-9]{1,3}(\.[0-9A-Za-z]{1,8})?$")] | None = None
    """Where the key serial number of a DUKPT pad travels, such as 48.23, in hexadecimal."""
    refuse_with: Annotated[str, Digits(2)] = "81"
    """The code for a PIN block that does not open, or that no rule lets be translated."""

    @model_validator(mode="after")
    def _one(self) -> PinSettings:
        if (self.key is None) == (self.dukpt is None):
            raise Misfit("give one of `key` and `dukpt`", on_key=True)
        if (self.serial is None) != (self.dukpt is None):
            raise Misfit("`serial` and `dukpt` go together", on_key=True)
        return self


class ExchangeSettings(Model):
    """How the keys of a link are changed while it runs (DE70 161)."""

    under: KeyName
    """The zone master key that both sides hold: the new key travels under it as a key block."""
    role: Literal["ours", "theirs"] = "theirs"
    """Who makes new keys and sends them."""
    element: Annotated[str, Digits(2, 3)] = "48"
    """Where the key block and its check value travel."""
    function: Annotated[str, Digits(3)] = "161"
    """DE70 of the exchange."""
    after_sign_on: Flag = True
    """Whether we send new keys after each sign-on, where we are the one who makes them."""
    every: Annotated[DurationS, Field(gt=0)] | None = None
    """And how often besides."""
    grace: Annotated[DurationS, Field(ge=0)] = 60.0
    """How long the key that was replaced is still accepted."""
    timeout: Annotated[DurationS, Field(gt=0)] = 10.0
    """How long the other side may take to answer."""
    refuse_with: Annotated[str, Digits(2, 3)] = "96"
    """The code that answers a key whose check value is wrong, or that cannot be taken."""


class PinReference(Model):
    """How an issuer verifies PINs, and the key that it does so with."""

    method: Literal["pvv", "ibm3624"]
    key: KeyName
    key_index: Annotated[Whole, Field(ge=0, le=9)] = 1
    """Of PVVs."""
    published_key: Annotated[str, Field(pattern="^[0-9A-F]{32}$")] | None = None
    """A published test value of the key, for a network whose keys are made up: whoever has it can
    find every PIN. None: the key is in the issuer's file of keys."""
