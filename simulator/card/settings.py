"""What a network file says of the chips of a range of cards."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from switch.settings import Digits, Model
from switch.settings.keys import KeyName

PublishedKey = Annotated[str, Field(pattern="^[0-9A-F]{32}$")]


class ChipSettings(Model):
    """The chips of the cards whose numbers begin with `cards`."""

    cards: Annotated[str, Digits(1, 19)]
    scheme: Literal["visa-10", "visa-18", "mchip-16", "mchip-20"]
    """The cryptogram version: which keys, which data, which answer (docs/chip.md)."""
    key: KeyName
    """The issuer master key for cryptograms."""
    script_key: KeyName | None = None
    """The issuer master key for the MAC of issuer scripts; none: no script is sent."""
    refuse_with: Annotated[str, Field(pattern="^[0-9A-Z]{2}$")] = "63"
    """DE39 of our issuer host for a cryptogram that is wrong, or whose counter came before."""
    published_key: PublishedKey | None = None
    """A published test value of `key`, as a bank gives it for test cards. None: it is made up,
    which a network with `keys: {test: true}` does."""
    published_script_key: PublishedKey | None = None
    """The same of `script_key`."""
    sequence: Annotated[str, Digits(2)] = "01"
    """The card sequence number, tag 5F34 and DE23."""
    aid: Annotated[str, Field(pattern="^([0-9A-F]{2}){5,16}$")] = "F0504A0101"
    """The application identifier, tag 84; F is for what is registered nowhere (ISO/IEC 7816-5)."""
    service_code: Annotated[str, Digits(3)] = "201"
    """Of the stripe: 2 and 6 say that there is a chip, which is then to be used."""
