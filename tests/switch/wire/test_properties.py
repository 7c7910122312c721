"""What holds for every message and for any bytes, in each shipped dialect."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from switch.wire import Codec, Field, WireError, dialect_names, load_dialect
from switch.wire.describe import describe, one_line
from switch.wire.dialect import Tlv

CODECS = {name: Codec(load_dialect(name)) for name in dialect_names()}
# Drawn, not parametrized: pytest-twisted wraps the function of `given` once for each parameter.
names = st.sampled_from(sorted(CODECS))

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
ALPHABETS = {
    "n": string.digits,
    "a": string.ascii_letters + " ",
    "an": string.ascii_letters + string.digits + " ",
    "ans": PRINTABLE,
    "b": "0123456789ABCDEF",
}

days = st.dates().map(lambda day: day.strftime("%m%d"))
times = st.times().map(lambda time: time.strftime("%H%M%S"))
pans = st.text(string.digits, min_size=12, max_size=19)
BY_FORMAT: dict[str | None, st.SearchStrategy[str]] = {
    "MMDD": days,
    "hhmmss": times,
    "MMDDhhmmss": st.tuples(days, times).map("".join),
    "YYMMDDhhmmss": st.tuples(st.dates().map(lambda day: day.strftime("%y%m%d")), times).map(
        "".join
    ),
    "YYMM": st.dates().map(lambda day: day.strftime("%y%m")),
    "YYMMDD": st.dates().map(lambda day: day.strftime("%y%m%d")),
    "track2": st.tuples(pans, st.text(string.digits, min_size=4, max_size=17)).map("=".join),
    "currency": st.text(string.digits, min_size=3, max_size=3),
    "not blank": st.text(PRINTABLE, min_size=8, max_size=8).filter(str.strip),
}


def values(field: Field) -> st.SearchStrategy[Any]:
    """Every value that an element may have (long ones are kept short, for speed)."""
    if isinstance(field.structure, Tlv):
        tags = st.integers(0, 99).map("{:02}".format)
        return st.dictionaries(tags, st.text(PRINTABLE, max_size=20), min_size=1, max_size=4)
    if field.format is not None:
        return BY_FORMAT[field.format].filter(lambda text: field.pattern.fullmatch(text))
    low, high = field.shortest, min(field.longest, max(field.shortest, 40))
    if field.kind == "x+n":
        digits = st.text(string.digits, min_size=low - 1, max_size=low - 1)
        return st.tuples(st.sampled_from("CD"), digits).map("".join)
    if field.kind == "z":
        return st.text(string.digits + "=", min_size=low, max_size=high)
    if field.kind == "b":
        return st.binary(min_size=low, max_size=high).map(lambda raw: raw.hex().upper())
    return st.text(ALPHABETS[field.kind], min_size=low, max_size=high)


@st.composite
def messages(draw: st.DrawFn, codec: Codec) -> dict[str, Any]:
    fields = codec.dialect.fields
    elements = [fields[key] for key in draw(st.lists(st.sampled_from(list(fields)), unique=True))]
    message = {"t": draw(st.text(string.digits, min_size=4, max_size=4))}
    return message | {element.key: draw(values(element)) for element in elements[:12]}


@given(names, st.data())
def test_any_valid_message_survives(name: str, data: st.DataObject) -> None:
    codec = CODECS[name]
    message = data.draw(messages(codec))
    body = codec.encode(message)
    assert codec.decode(body) == message
    assert codec.encode(codec.decode(body, flat=True)) == body
    assert describe(message, codec.dialect)
    assert one_line(message)


@given(names, st.data())
def test_a_mutated_message_is_a_message_or_a_wire_error(name: str, data: st.DataObject) -> None:
    codec = CODECS[name]
    body = bytearray(codec.encode(data.draw(messages(codec))))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        body = body or bytearray(b"0")
    judge(codec, bytes(body))


@given(names, st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_wire_error(name: str, body: bytes) -> None:
    judge(CODECS[name], body)


@given(
    st.dictionaries(
        st.sampled_from(["t", "p", "2", "4", "48", "65", "x", "１"]) | st.text(max_size=3),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
            max_leaves=4,
        ),
    )
)
def test_anything_to_encode_is_bytes_or_a_wire_error(message: Any) -> None:
    codec = CODECS["gab87"]
    try:
        body = codec.encode(message)
    except WireError as error:
        text = error.describe()
    else:
        text = repr(codec.decode(body))
    assert text.replace("\n", "").isprintable()


def judge(codec: Codec, body: bytes) -> None:
    """Decode, and hold the error to its promises."""
    try:
        message = codec.decode(body)
    except WireError as error:
        complaints = [error.complaint, *error.others]
        text = error.describe()
    else:
        assert codec.decode(codec.encode(message)) == message
        return
    assert all(complaint.position is not None for complaint in complaints)
    assert [complaint.position for complaint in complaints] == sorted(
        complaint.position or 0 for complaint in complaints
    )
    assert text.replace("\n", "").isprintable()
    assert text.isascii()
