"""The fast half of a codec: messages that are right, by functions generated from the dialect.

It answers None for whatever it does not take: a message that is wrong, or of a form that was
not seen often enough. The caller then goes the long way, which also finds the words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from operator import itemgetter
from typing import Any
from weakref import WeakValueDictionary

from switch.wire.dialect import Dialect
from switch.wire.generated.cache import ADMIT_AFTER, Cache
from switch.wire.generated.decoding import write_decoder
from switch.wire.generated.encoding import write_encoder
from switch.wire.generated.head import Head
from switch.wire.generated.shape import Shape, prefixes_in, shapes_of
from switch.wire.generated.source import Source
from switch.wire.message import Message, Value

Decoder = Callable[[bytes, str, bool], Message | None]
Encoder = Callable[[Iterable[Value]], bytes | None]
Picker = Callable[[Mapping[str, Value]], Iterable[Value]]

# What generated code raises when a message is wrong: a length that no table knows, text that is
# not well-formed, a value that is not text.
_TROUBLE = (LookupError, TypeError, ValueError)

# Codecs of one dialect share what was generated for it. As many dialects as are kept compiled.
_SHARED_MAX = 64

# The largest usual message, a reconciliation, has some thirty elements. A stranger may announce
# all of them, which would take four times the memory and the time to compile.
ELEMENTS_MAX = 48

# All elements of a dialect in a row take less: longer is not a message, and is not remembered.
_ORDER_MAX = 512


class FastCodec:
    """Decodes and encodes the usual messages of a dialect, as the reference would.

    Functions are specialised: to decode, by the elements that the bitmaps announce; to encode,
    by the elements given. They are found by the head (MTI and bitmaps) and by the order of the
    keys, and live as long as a head or an order that leads to them.
    """

    def __init__(self, dialect: Dialect, *, admit_after: int = ADMIT_AFTER) -> None:
        self.dialect = dialect
        self._head = Head(dialect)
        self._first, self._second = self._head.sizes[0], self._head.sizes[1 % len(self._head.sizes)]
        self.heads = Cache(self._admit_head, admit_after=admit_after)
        self.orders = Cache(self._admit_order, admit_after=admit_after)
        self._decoder_of = self.heads.young.get
        self._encoder_of = self.orders.young.get
        self._by_announced: WeakValueDictionary[tuple[int, tuple[str, ...]], Decoder]
        self._by_announced = WeakValueDictionary()
        self._by_elements: WeakValueDictionary[tuple[str, ...], Encoder] = WeakValueDictionary()

    @cached_property
    def _shapes(self) -> dict[str, Shape]:
        # Not before a function is written: a command that decodes one message never needs them.
        return shapes_of(self.dialect)

    def decode(self, body: bytes, flat: bool = False) -> Message | None:
        """The message in `body`, or None: wrong, or not seen often enough. Raises nothing."""
        try:
            # A head of one size never begins with one of another: only real heads have entries.
            entry = (
                self._decoder_of(body[: self._first])
                or self._decoder_of(body[: self._second])
                or self._other(body)
            )
            if entry is None:
                return None
            decoder, mti = entry
            return decoder(body, mti, flat)
        except _TROUBLE:
            return None

    def encode(self, message: Mapping[str, Value]) -> bytes | None:
        """The bytes of a message, or None: wrong, or not seen often enough. Raises nothing."""
        try:
            # Keys hold no space. One that does leads to a function for more values than there
            # are, which refuses them.
            order = " ".join(message)
            entry = self._encoder_of(order) or self._earned(order)
            if entry is None:
                return None
            encoder, pick = entry
            return encoder(message.values() if pick is None else pick(message))
        except _TROUBLE:
            return None

    def source_of_decoder(self, body: bytes) -> Source:
        """The code that decodes messages with the elements of this one. Raises ValueError."""
        head = self._head.of(body)
        read = self._head.read(head)
        if read is None:
            raise ValueError("this dialect has no such bitmap")
        return self._write_decoder(read[1], len(head), body)

    def source_of_encoder(self, message: Mapping[str, Value]) -> Source:
        """The code that encodes messages with the elements of this one. Raises ValueError."""
        keys = self._canonical(tuple(message))
        if keys is None:
            raise ValueError("this dialect has no such elements")
        return self._write_encoder(keys)

    def _other(self, body: bytes) -> tuple[Decoder, str] | None:
        head = self._head.of(body)
        return self.heads.young.get(head) or self.heads.missed(head, body)

    def _earned(self, order: str) -> tuple[Encoder, Picker | None] | None:
        return self.orders.missed(order, None) if len(order) <= _ORDER_MAX else None

    def _admit_head(self, head: bytes, body: bytes) -> tuple[Decoder, str] | None:
        read = self._head.read(head)
        if read is None or len(read[1]) > ELEMENTS_MAX:
            return None
        mti, keys = read
        which = (len(head), keys)
        decoder = self._by_announced.get(which)
        if decoder is None:
            decoder = self._write_decoder(keys, len(head), body).compile()
            self._by_announced[which] = decoder
        return decoder, mti

    def _admit_order(self, order: str, _sample: None) -> tuple[Encoder, Picker | None] | None:
        given = tuple(order.split(" "))
        keys = self._canonical(given)
        if keys is None or len(keys) > ELEMENTS_MAX:
            return None
        encoder = self._by_elements.get(keys)
        if encoder is None:
            encoder = self._write_encoder(keys).compile()
            self._by_elements[keys] = encoder
        picker: Any = None if given == ("t", *keys) else itemgetter("t", *keys)
        return encoder, picker

    def _canonical(self, given: tuple[str, ...]) -> tuple[str, ...] | None:
        """The elements in the order of their numbers; None unless all are known, with an MTI."""
        elements = set(given) - {"t"}
        if "t" not in given or not elements or not self._shapes.keys() >= elements:
            return None
        return tuple(sorted(elements, key=int))

    def _write_decoder(self, keys: tuple[str, ...], head_size: int, body: bytes) -> Source:
        shapes = [self._shapes[key] for key in keys]
        name = f"{self.dialect.name}/decode-{self._head.bitmap_of(keys)}"
        likely = prefixes_in(body, shapes, head_size)
        return write_decoder(name, shapes, head_size, likely)

    def _write_encoder(self, keys: tuple[str, ...]) -> Source:
        shapes = [self._shapes[key] for key in keys]
        name = f"{self.dialect.name}/encode-{self._head.bitmap_of(keys)}"
        return write_encoder(name, self._head, shapes)


_shared: dict[int, FastCodec] = {}


def fast_codec(dialect: Dialect) -> FastCodec:
    """The one fast codec of a compiled dialect."""
    # By identity: a dialect is too large to hash, and its codec keeps it alive.
    fast = _shared.get(id(dialect))
    if fast is None:
        if len(_shared) >= _SHARED_MAX:
            _shared.clear()
        fast = _shared[id(dialect)] = FastCodec(dialect)
    return fast
