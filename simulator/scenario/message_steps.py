"""Message steps: what a role of the cast sends, expects and answers on a line of its own."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from simulator.scenario.matchers import Anything
from simulator.scenario.open_model import OpenModel
from simulator.scenario.templates import is_template
from switch.settings import DurationS, Flag, Misfit, Model, Text

WITHIN_S = 10.0
"""How long an expected message may take unless it is said."""

_ELEMENT = re.compile(r"t|[1-9][0-9]{0,2}(?:[.\[].+)?")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def _hexadecimal(text: str) -> str:
    bare = "".join(text.split())
    if is_template(text):
        return text
    if _HEX.fullmatch(bare) is None:
        raise ValueError("expected hexadecimal digits, two for each byte")
    return bare


def _elements(values: dict[str, Any]) -> dict[str, Any]:
    for key, value in values.items():
        if _ELEMENT.fullmatch(key) is None and not is_template(key):
            raise Misfit("expected `t` or the number of an element", key, on_key=True)
        _content(value, (key,))
    return values


def _content(value: Any, where: tuple[str | int, ...]) -> None:
    if value is None:
        raise Misfit("expected a value (leave an element out with `without`)", *where)
    if isinstance(value, dict):
        for key, inner in value.items():
            _content(inner, (*where, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _content(inner, (*where, index))


Hex = Annotated[Text, AfterValidator(_hexadecimal)]
"""Bytes in hexadecimal; spaces between them are left out."""

Elements = Annotated[
    dict[Text, Any],
    AfterValidator(_elements),
    Field(
        json_schema_extra={
            "type": "object",
            "propertyNames": {"pattern": "^(t|[1-9][0-9]{0,2}([.\\[].+)?|.*\\$\\{.*)$"},
        }
    ),
]
"""Values by `t` or element number, as `guichet encode` takes them."""


class WrongBytes(Model):
    """Bytes in place of an element, its length prefix included."""

    hex: Hex


class Composed(OpenModel):
    """A message, and what is made wrong in it on purpose."""

    without: tuple[Text, ...] = ()
    """Elements left out."""
    wrong: dict[Text, Text | WrongBytes] = Field(default_factory=dict)
    """Elements whose content is sent as it is written, whatever the dialect says of it; `t` is
    the message type and `bitmap` the bitmap. `{hex: ...}` is the bytes themselves."""
    raw: Hex | None = None
    """The bytes of the whole message instead, to be framed."""
    unframed: Hex | None = None
    """The bytes on the line instead, its framing left out."""

    @property
    def bare_bytes(self) -> bool:
        """Whether nothing is composed."""
        return self.raw is not None or self.unframed is not None


class Send(Composed):
    """Send a message."""

    as_: Text = Field(alias="as")
    """A role of the cast that has a line."""
    template: Text | None = None
    """A message of `templates`, or one of those that are always there."""
    message: Elements = Field(default_factory=dict)
    """Its elements, or those that differ from the template's; a key may be a path such as `3.1`
    or `55.9F26`."""

    @model_validator(mode="after")
    def _something(self) -> Send:
        if self.bare_bytes and (self.template or self.message or self.wrong or self.without):
            raise Misfit("bytes are sent as they are: nothing else is said beside them")
        if not self.bare_bytes and self.template is None and not self.message:
            raise Misfit("what is sent? say `template`, `message`, `raw` or `unframed`")
        return self


class Expected(OpenModel):
    """A message that must come on a line, or that nothing must."""

    mti: Text | None = None
    """Its message type; others that come meanwhile are left for later."""
    de: dict[Text, Anything] = Field(default_factory=dict)
    """What its elements hold, by path such as `39`, `54[0].amount` or `55.9F26`."""
    within: Annotated[DurationS, Field(gt=0)] = WITHIN_S
    nothing: Flag = False
    """Nothing must come within the time (of this `mti`, when one is said)."""
    closed: Flag = False
    """The other side must close the line within the time."""

    @model_validator(mode="after")
    def _one_thing(self) -> Expected:
        if self.nothing and self.closed:
            raise Misfit("a line that is closed brings nothing", "closed", on_key=True)
        if (self.nothing or self.closed) and self.de:
            raise Misfit("where nothing comes nothing can be held against it", "de", on_key=True)
        return self


class MessageExpectation(Expected):
    """A message that must come on a role's line, or that nothing must."""

    on: Text
    """A role of the cast that has a line."""


class Reply(Composed):
    """Answer the request that the last `expect` of this role took."""

    as_: Text = Field(alias="as")
    de: Elements = Field(default_factory=dict)
    """What the answer holds beside what it echoes; the response code is 00 unless said."""

    @model_validator(mode="after")
    def _something(self) -> Reply:
        if self.bare_bytes and (self.de or self.wrong or self.without):
            raise Misfit("bytes are sent as they are: nothing else is said beside them")
        return self
