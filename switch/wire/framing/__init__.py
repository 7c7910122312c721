"""Where a message ends on a line: bytes in, complete bodies out. No I/O.

A framing is data: a name and a few parameters. `make_framing` gives its two halves, `frame` to
send and a receiver per line. docs/framing.md shows each of them.
"""

from switch.wire.framing.errors import FramingError
from switch.wire.framing.framing import (
    LIMIT_BYTES,
    LIMIT_MAX_BYTES,
    FrameReceiver,
    Framing,
    KeepAlive,
)
from switch.wire.framing.head import Body
from switch.wire.framing.looks import looks_like
from switch.wire.framing.making import (
    FRAMING_NAMES,
    FramingOptions,
    Options,
    make_framing,
    read_options,
)
from switch.wire.framing.single import one_body

__all__ = [
    "FRAMING_NAMES",
    "LIMIT_BYTES",
    "LIMIT_MAX_BYTES",
    "Body",
    "FrameReceiver",
    "Framing",
    "FramingError",
    "FramingOptions",
    "KeepAlive",
    "Options",
    "looks_like",
    "make_framing",
    "one_body",
    "read_options",
]
