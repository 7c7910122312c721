"""Framings by name: a name and its parameters are data, in a network file or on a command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, get_args

from switch.wire.framing.counted import CountedFraming
from switch.wire.framing.ended import EndedFraming
from switch.wire.framing.framing import LIMIT_BYTES, LIMIT_MAX_BYTES, Framing, KeepAlive
from switch.wire.framing.head import TPDU_UNADDRESSED, make_head
from switch.wire.framing.lengths import PREFIXES

ENDED = "until-03"
_TPDU = "-tpdu"
_NAMED_WITH_TPDU = ("2-byte-binary", "2-byte-binary-inclusive")

FRAMING_NAMES = (
    "2-byte-binary",
    "2-byte-binary-inclusive",
    *(name + _TPDU for name in _NAMED_WITH_TPDU),
    *(name for name in PREFIXES if name not in _NAMED_WITH_TPDU),
    ENDED,
)


class FramingOptions(Protocol):
    """A framing as data: what `switch.settings.framing.FramingSettings` reads from YAML."""

    @property
    def name(self) -> str: ...
    @property
    def header(self) -> str | None: ...
    @property
    def tpdu(self) -> str | None: ...
    @property
    def keep_alive(self) -> KeepAlive: ...
    @property
    def limit_bytes(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Options:
    """The same, made by hand."""

    name: str
    header: str | None = None
    tpdu: str | None = None
    keep_alive: KeepAlive = "ignore"
    limit_bytes: int | None = None


def make_framing(given: str | FramingOptions, *, limit_bytes: int = LIMIT_BYTES) -> Framing:
    """The framing of that name, or of a name with parameters. Raises ValueError, in words.

    A limit beyond what the length can say is brought down to that; a limit among the parameters
    comes before `limit_bytes`.

    >>> make_framing("2-byte-binary").frame(b"0800").hex()
    '000430383030'
    >>> make_framing(Options("4-digit-ascii", header="ISO")).frame(b"0800")
    b'0007ISO0800'
    """
    options = Options(given) if isinstance(given, str) else given
    if options.name not in FRAMING_NAMES:
        raise ValueError(f"unknown framing {options.name!r}, known: {', '.join(FRAMING_NAMES)}")
    limit = limit_bytes if options.limit_bytes is None else options.limit_bytes
    if not 1 <= limit <= LIMIT_MAX_BYTES:
        raise ValueError(f"a limit of 1 to {LIMIT_MAX_BYTES} bytes is needed, not {limit}")
    rule = options.keep_alive
    if rule not in get_args(KeepAlive):
        raise ValueError(f"keep_alive is {', '.join(get_args(KeepAlive))}, not {rule!r}")
    bare = options.name.removesuffix(_TPDU)
    tpdu = options.tpdu
    if tpdu is None and bare != options.name:
        tpdu = TPDU_UNADDRESSED.hex()
    if tpdu is not None and bare == ENDED:
        raise ValueError(f"{ENDED} has no TPDU, for its bytes may be 03")
    head = make_head(tpdu, options.header)
    if options.name == ENDED:
        return EndedFraming(ENDED, head, rule=rule, limit_bytes=limit)
    return CountedFraming(options.name, PREFIXES[bare], head, rule=rule, limit_bytes=limit)


def read_options(text: str) -> Options:
    """A framing as a command line gives it: `NAME`, or `NAME,header=ISO026000070,tpdu=...`.

    Raises ValueError.
    """
    name, *pairs = text.split(",")
    given: dict[str, str] = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        if not value or key not in ("header", "tpdu") or key in given:
            raise ValueError(f"expected header=... or tpdu=... behind {name}, found {pair!r}")
        given[key] = value
    return Options(name, header=given.get("header"), tpdu=given.get("tpdu"))
