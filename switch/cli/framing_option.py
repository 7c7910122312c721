"""`--framing` of the commands that take one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from switch.wire import FRAMING_NAMES, Framing, make_framing
from switch.wire.framing import LIMIT_MAX_BYTES, read_options

if TYPE_CHECKING:
    _FramingParam = click.ParamType[Framing]
else:
    _FramingParam = click.ParamType


class FramingType(_FramingParam):
    """A framing by name, with a header or a TPDU behind it: `NAME,header=ISO026000070`.

    Its limit is that of the longest message there is: a peer's limit is the peer's to say.
    """

    name = "framing"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Framing:
        if not isinstance(value, str):
            assert hasattr(value, "frame")
            made: Framing = value
            return made
        try:
            return make_framing(read_options(value), limit_bytes=LIMIT_MAX_BYTES)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "NAME[,header=...][,tpdu=...]"


FRAMING = FramingType()
FRAMING_HELP = f"One of {', '.join(FRAMING_NAMES)}; header and tpdu behind a comma."
