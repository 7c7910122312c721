"""Generated code is the reference, faster: the same values, the same bytes, the same refusals."""

from __future__ import annotations

import json
import string
import traceback
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from switch.wire import Codec, EncodeError, Field, Message, WireError, dialect_names, load_dialect
from switch.wire.codec import ReferenceCodec
from switch.wire.content import FORMATS
from switch.wire.dialect import BerTlv, Positional, Structure, Tlv
from switch.wire.generated import FastCodec, fast_codec
from switch.wire.generated.cache import ADMIT_AFTER, COUNTED_MAX

DATA = Path(__file__).with_name("data")
# The shipped dialects, and some that say everything a dialect can.
DIALECTS = {name: load_dialect(name) for name in dialect_names()} | {
    path.stem: load_dialect(str(path)) for path in sorted((DATA / "generated").glob("*.yaml"))
}
PAIRS = {
    name: (ReferenceCodec(dialect), FastCodec(dialect, admit_after=1))
    for name, dialect in DIALECTS.items()
}
# Drawn, not parametrized: pytest-twisted wraps the function of `given` once for each parameter.
names = st.sampled_from(sorted(PAIRS))

WITHDRAWAL = {
    "t": "0200",
    "2": "9504010000000019",
    "3": "010000",
    "4": "000000020000",
    "7": "1124103601",
    "11": "000001",
    "12": "113601",
    "13": "1124",
    "35": "9504010000000019=3012201",
    "37": "632811000001",
    "41": "GAB00001",
    "49": "504",
}
PAYMENT = {"t": "0200", "11": "000001", "48": {"01": "1001", "02": "01"}}
PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
DIGITS = st.sampled_from(string.digits)

tracks = st.tuples(
    st.text(DIGITS, min_size=12, max_size=19), st.text(DIGITS, min_size=4, max_size=17)
).map("=".join)


def values(field: Field) -> st.SearchStrategy[Any]:
    """Values that an element may have: what its own expression allows."""
    if field.structure is not None and field.expanded:
        return inside(field.structure)
    if field.format == "track2":
        return tracks
    if field.format == "not blank":
        size = field.longest
        return st.text(PRINTABLE, min_size=size, max_size=size).filter(str.strip)
    if field.format is not None and FORMATS[field.format][1]:
        return st.from_regex(FORMATS[field.format][0], fullmatch=True)
    return st.from_regex(field.pattern, fullmatch=True)


def inside(shape: Structure) -> st.SearchStrategy[Any]:
    """What messages hold of an element that has this structure."""
    if isinstance(shape, Positional):
        parts = {part.name: st.from_regex(part.pattern, fullmatch=True) for part in shape.parts}
        entry = st.fixed_dictionaries(parts)
        return st.lists(entry, min_size=1, max_size=shape.entries) if shape.entries > 1 else entry
    if isinstance(shape, BerTlv):
        raw = st.binary(max_size=6).map(lambda value: value.hex().upper())
        tags = st.sampled_from(["82", "91", "95", "9F10", "9F26", "5F2A", "DF8101"])
        return st.dictionaries(tags, raw, min_size=1, max_size=4)
    if isinstance(shape, Tlv):
        tags = st.text(DIGITS, min_size=shape.tag_digits, max_size=shape.tag_digits)
        return st.dictionaries(tags, st.text(PRINTABLE, max_size=20), min_size=1, max_size=4)
    return st.nothing()


@st.composite
def messages(draw: st.DrawFn, codec: ReferenceCodec) -> dict[str, Any]:
    """Messages that can be encoded, their elements in any order."""
    fields = codec.dialect.fields
    keys = draw(st.lists(st.sampled_from(list(fields)), unique=True, min_size=1, max_size=8))
    message = {key: draw(values(fields[key])) for key in keys}
    before = draw(st.booleans())
    mti = {"t": draw(st.text(DIGITS, min_size=4, max_size=4))}
    message = mti | message if before else message | mti
    assume(encoded(codec, message) is not None)
    return message


def decoded(codec: ReferenceCodec, body: bytes, *, flat: bool) -> list[tuple[str, Any]] | None:
    """What the reference reads, in its order; None when it refuses."""
    try:
        return list(codec.decode(body, flat=flat).items())
    except WireError:
        return None


def encoded(codec: ReferenceCodec, message: Any) -> bytes | None:
    try:
        return codec.encode(message)
    except EncodeError:
        return None


def agree(name: str, body: bytes) -> None:
    reference, fast = PAIRS[name]
    for flat in (False, True):
        message = fast.decode(body, flat)
        got = None if message is None else list(message.items())
        assert got == decoded(reference, body, flat=flat)


@given(names, st.data())
def test_what_is_right_is_encoded_to_the_same_bytes(name: str, data: st.DataObject) -> None:
    reference, fast = PAIRS[name]
    message = data.draw(messages(reference))
    assert fast.encode(message) == reference.encode(message)


@given(names, st.data())
def test_what_is_right_is_decoded_to_the_same_values(name: str, data: st.DataObject) -> None:
    reference, fast = PAIRS[name]
    body = reference.encode(data.draw(messages(reference)))
    assert fast.decode(body) is not None
    agree(name, body)


@given(names, st.data())
def test_other_lengths_than_those_of_the_first_message_are_read_too(
    name: str, data: st.DataObject
) -> None:
    reference, _ = PAIRS[name]
    first = data.draw(messages(reference))
    fresh = FastCodec(reference.dialect, admit_after=1)
    fresh.decode(reference.encode(first))
    fields = reference.dialect.fields
    second = {key: data.draw(values(fields[key])) for key in first if key != "t"}
    assume(encoded(reference, {**second, "t": first["t"]}) is not None)
    body = reference.encode({**second, "t": first["t"]})
    assert fresh.decode(body) == reference.decode(body)


@given(names, st.data())
def test_damaged_bytes_are_refused_by_both_or_read_alike(name: str, data: st.DataObject) -> None:
    reference, _ = PAIRS[name]
    body = bytearray(reference.encode(data.draw(messages(reference))))
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    agree(name, bytes(body))


@given(names, st.data())
def test_a_changed_value_is_refused_by_both_or_written_alike(
    name: str, data: st.DataObject
) -> None:
    reference, fast = PAIRS[name]
    message = data.draw(messages(reference))
    key = data.draw(st.sampled_from(sorted(message)))
    value = message[key]
    if isinstance(value, str):
        at = data.draw(st.integers(0, len(value)))
        value = (
            value[:at] + data.draw(st.text(max_size=2)) + value[at + data.draw(st.integers(0, 2)) :]
        )
    odd = st.none() | st.integers() | st.lists(st.text(max_size=3)) | st.binary(max_size=3)
    message[key] = data.draw(st.just(value) | odd)
    assert fast.encode(message) == encoded(reference, message)


@given(st.data())
def test_changed_sub_fields_are_refused_by_both_or_written_alike(data: st.DataObject) -> None:
    reference, fast = PAIRS["gab87"]
    tag = st.sampled_from(["01", "1", "001", "xx", ""]) | st.integers(0, 9)
    value = st.text(max_size=3) | st.none() | st.just("x" * 1000)
    inner = data.draw(st.dictionaries(tag, value, max_size=3) | st.text("0123x", max_size=12))
    message = {"t": "0200", "11": "000001", "48": inner}
    assert fast.encode(message) == encoded(reference, message)


@given(names, st.binary(max_size=80), st.data())
def test_any_bytes_behind_a_head_are_judged_alike(
    name: str, rest: bytes, data: st.DataObject
) -> None:
    reference, _ = PAIRS[name]
    body = reference.encode(data.draw(messages(reference)))
    agree(name, body[: data.draw(st.integers(0, len(body)))] + rest)


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_published_bad_messages_are_judged_alike(name: str) -> None:
    rows = (DATA / "malformed.jsonl").read_text().splitlines()
    for row in rows:
        agree(name, bytes.fromhex(json.loads(row)["body"]))


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_every_element_is_read_and_written_alone(name: str) -> None:
    reference, fast = PAIRS[name]
    for key, field in reference.dialect.fields.items():
        message = {"t": "0200", key: flat_value(field)}
        body = reference.encode(message)
        assert (key, fast.encode(message)) == (key, body)
        agree(name, body)
        assert fast.decode(body, flat=True) == message


@pytest.mark.parametrize("name", ["iso87-ascii", "iso93-binary"])
def test_forty_elements_are_read_and_written_in_their_order(name: str) -> None:
    reference, fast = PAIRS[name]
    known = list(reference.dialect.fields.items())[:40]
    message = {"t": "0200", **{key: flat_value(field) for key, field in known}}
    body = reference.encode(message)
    assert fast.encode(message) == body
    found = fast.decode(body, flat=True)
    assert found is not None
    assert list(found.items()) == list(message.items())


@pytest.mark.parametrize("name", ["iso87-ascii", "iso87-binary"])
def test_half_a_byte_is_refused_also_where_another_half_follows(name: str) -> None:
    _, fast = PAIRS[name]
    halves = {"t": "0200", "11": "000001", "55": "9F2", "64": "0" * 15}
    assert fast.encode(halves) is None


def flat_value(field: Field) -> str:
    """The flat text of a value, as long as it may be where that is easy."""
    if field.format == "track2":
        return WITHDRAWAL["35"]
    if isinstance(field.structure, Tlv) and field.expanded:
        return "01003abc"
    if isinstance(field.structure, BerTlv) and field.expanded:
        return "9F2608C2C12B098F3DA6E3"
    usual = {"MMDDhhmmss": "0101000000", "MMDD": "0101", "YYMM": "0001", "YYMMDD": "000101"}
    usual |= {"YYMMDDhhmmss": "000101000000"}
    by_kind = {"x+n": "C" + "0" * (field.longest - 1), "b": "00" * field.longest}
    size = field.longest - field.longest % 2 if field.counts_bytes else field.longest
    return usual.get(field.format or "", by_kind.get(field.kind, "0" * size))


def test_a_composite_element_is_an_object_or_flat_text() -> None:
    reference, fast = PAIRS["gab87"]
    body = reference.encode(PAYMENT)
    assert fast.decode(body) == PAYMENT
    assert fast.decode(body, flat=True) == {**PAYMENT, "48": "010041001" + "0200201"}
    assert fast.encode(PAYMENT) == fast.encode({**PAYMENT, "48": "0100410010200201"}) == body


def test_an_order_of_keys_shares_the_function_of_another() -> None:
    fast = FastCodec(load_dialect("iso87-ascii"), admit_after=1)
    backwards = dict(reversed(WITHDRAWAL.items()))
    assert fast.encode(WITHDRAWAL) == fast.encode(backwards) is not None
    ((function, _), (other, _)) = fast.orders.young.values()
    assert function is other


def test_message_types_share_the_function_of_their_elements() -> None:
    reference, fast = (
        PAIRS["iso87-ascii"][0],
        FastCodec(load_dialect("iso87-ascii"), admit_after=1),
    )
    for mti in ("0200", "0201"):
        assert fast.decode(reference.encode({**WITHDRAWAL, "t": mti})) == {**WITHDRAWAL, "t": mti}
    ((function, _), (other, _)) = fast.heads.young.values()
    assert function is other


def test_a_text_that_formats_as_something_else_is_written_as_the_text_it_is() -> None:
    class Loud(str):
        def __format__(self, spec: str) -> str:
            return "999999"

    reference, fast = PAIRS["iso87-ascii"]
    message = {**WITHDRAWAL, "11": Loud("000001")}
    assert fast.encode(message) == reference.encode(WITHDRAWAL)


def test_a_key_that_holds_a_space_is_no_two_keys() -> None:
    _, fast = PAIRS["iso87-ascii"]
    assert fast.encode({"t": "0200", "3": "010000", "11": "000001"}) is not None
    assert fast.encode({"t": "0200", "3 11": "010000"}) is None


def test_a_body_that_is_not_bytes_is_left_to_the_reference() -> None:
    reference, fast = PAIRS["iso87-ascii"]
    assert fast.decode(bytearray(reference.encode(WITHDRAWAL))) is None  # type: ignore[arg-type]


def test_the_source_reads_like_the_message() -> None:
    reference, fast = PAIRS["iso87-ascii"]
    source = fast.source_of_decoder(reference.encode(WITHDRAWAL))
    assert "([0-9]{12}+)  # 4 Amount, transaction" in source.text
    assert "def decode(body, mti, flat):" in source.text
    assert "def encode(values):" in fast.source_of_encoder(WITHDRAWAL).text


def test_a_traceback_names_the_dialect_and_shows_the_line() -> None:
    _, fast = PAIRS["iso87-ascii"]
    encode = fast.source_of_encoder(WITHDRAWAL).compile()
    with pytest.raises(ValueError, match="not enough values") as caught:
        encode(["0200"])
    shown = "".join(traceback.format_exception(caught.value))
    assert 'File "iso87-ascii/encode-7238000028808000"' in shown
    assert "t, v2, v3, v4," in shown


def test_a_hostile_name_of_an_element_is_no_code(tmp_path: Path) -> None:
    file = tmp_path / "bank.yaml"
    name = r'x""", re.VERBOSE).match\nraise SystemExit #'
    file.write_text(
        f"title: A bank\nextends: iso87-ascii\nfields:\n  3: {{name: {json.dumps(name)}}}\n"
    )
    reference = ReferenceCodec(load_dialect(str(file)))
    fast = FastCodec(reference.dialect, admit_after=1)
    assert fast.decode(reference.encode(WITHDRAWAL)) == WITHDRAWAL
    assert fast.encode(WITHDRAWAL) == reference.encode(WITHDRAWAL)


def test_the_codec_changes_over_without_a_change_of_answers(tmp_path: Path) -> None:
    file = tmp_path / "bank.yaml"
    file.write_text("title: A bank\nextends: iso87-ascii\n")
    codec = Codec(load_dialect(str(file)))
    fast = fast_codec(codec.dialect)
    bodies, answers = set(), []
    for _ in range(ADMIT_AFTER + 1):
        bodies.add(codec.encode(WITHDRAWAL))
        answers.append(codec.decode(*bodies))
    assert answers == [WITHDRAWAL] * (ADMIT_AFTER + 1)
    assert {type(answer) for answer in answers} == {Message}
    assert (len(fast.heads), len(fast.orders)) == (1, 1)


def test_the_words_of_an_error_are_those_of_the_reference() -> None:
    dialect = load_dialect("iso87-ascii")
    body = ReferenceCodec(dialect).encode(WITHDRAWAL).replace(b"0000000200", b"00000X0200")
    said = set()
    for _ in range(ADMIT_AFTER + 1):
        with pytest.raises(WireError) as caught:
            Codec(dialect).decode(body)
        said.add(caught.value.describe())
    with pytest.raises(WireError) as reference:
        ReferenceCodec(dialect).decode(body)
    assert said == {reference.value.describe()}


def test_strangers_leave_nothing_behind() -> None:
    fast = FastCodec(load_dialect("iso87-binary"))
    for number in range(2 * COUNTED_MAX):
        fast.decode(b"\x02\x00" + number.to_bytes(8, "big"))
        fast.encode({"t": "0200", str(number): ""})
    assert (len(fast.heads), len(fast.orders)) == (0, 0)


def test_an_order_too_long_for_a_message_is_not_counted() -> None:
    fast = FastCodec(load_dialect("iso87-ascii"), admit_after=1)
    assert fast.encode({"t": "0200", "x" * 1000: ""}) is None
    assert not fast.orders.counted
