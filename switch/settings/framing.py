"""A framing in a network file: a name, or a name with parameters.

    framing: 2-byte-binary
    framing: {name: 4-digit-ascii, header: ISO026000070, keep_alive: answer}

Which names there are, and what fits together, is the wire's to say: `switch.wire.make_framing`
takes what is read here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from switch.settings.model import Model
from switch.settings.reader import misread
from switch.settings.types import Text, Whole


class FramingSettings(Model):
    """How messages are told apart on a line."""

    name: Text = "2-byte-binary"
    header: Text | None = None
    """Bytes in front of every message: text, or `0x` and hexadecimal digits."""
    tpdu: Annotated[Text, Field(pattern="^60[0-9A-Fa-f]{8}$")] | None = None
    """The five bytes in front of our own messages: 60, destination, source."""
    keep_alive: Literal["ignore", "answer", "close"] = "ignore"
    """What to do with a frame that holds no message. At most one side of a line may answer."""
    limit_bytes: Annotated[Whole, Field(ge=1, le=65535)] | None = None
    """The longest message taken, in place of the link's `frame_limit_bytes`."""

    def __str__(self) -> str:
        """As people are told it: the name, and what is not usual about it."""
        told = [self.name]
        told += [f"header {self.header}"] if self.header else []
        told += [f"TPDU {self.tpdu}"] if self.tpdu else []
        return ", ".join(told)


def _named(given: Any) -> Any:
    if isinstance(given, str):
        return {"name": given}
    if isinstance(given, dict | FramingSettings):
        return given
    raise misread("the name of a framing, or a mapping with its name")


FramingChoice = Annotated[
    FramingSettings, BeforeValidator(_named, json_schema_input_type=Text | FramingSettings)
]
"""A framing by its name alone, or with parameters."""
