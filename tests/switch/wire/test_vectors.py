"""Messages that others published, and hostile ones: data/, each with its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from switch.wire import Codec, WireError, load_dialect
from switch.wire.codec import ReferenceCodec
from switch.wire.generated import FastCodec
from switch.wire.paths import get

DATA = Path(__file__).parent / "data"
CODECS = {name: Codec(load_dialect(name)) for name in ("gab87", "iso87-ascii", "iso87-binary")}

# Well-formed for a codec: the switch judges them (types of 1987, amounts, MACs nobody agreed on).
WELL_FORMED = {
    "mti-30303030",
    "mti-30393030",
    "mti-30323035",
    "mti-30383130",
    "mti-30343330",
    "mti-32323030",
    "field-4-05",
    "field-32-00",
    "field-64-01",
}


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


def codec_of(row: dict[str, Any]) -> ReferenceCodec:
    """The codec of a row: a shipped dialect or one of data/dialects, and what is tolerated."""
    own = DATA / "dialects" / f"{row['dialect']}.yaml"
    dialect = load_dialect(str(own) if own.exists() else row["dialect"])
    return ReferenceCodec(dialect, tolerate=row.get("tolerate", ()))


PUBLISHED = rows("published.jsonl")
MALFORMED = rows("malformed.jsonl")
VECTORS = rows("vectors.jsonl")
FIELDS = rows("fields.jsonl")


@pytest.mark.parametrize("row", PUBLISHED, ids=[f"{at}" for at in range(len(PUBLISHED))])
def test_a_published_message_is_read_and_written_as_published(row: dict[str, Any]) -> None:
    codec, body = CODECS[row["dialect"]], bytes.fromhex(row["hex"])
    if "refused" in row:
        with pytest.raises(WireError) as caught:
            codec.decode(body)
        complained = [caught.value.complaint, *caught.value.others]
        assert [complaint.field for complaint in complained] == row["refused"], row["reason"]
        assert caught.value.partial == row["message"]
    else:
        assert codec.decode(body) == row["message"]
        assert codec.encode(row["message"]).hex() == row["hex"]


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_a_message_of_others_is_read_and_written_by_some_dialect(row: dict[str, Any]) -> None:
    codec, body = codec_of(row), bytes.fromhex(row["hex"])
    message = codec.decode(body)
    assert message == row["message"]
    assert codec.encode(message).hex() == row.get("sent", row["hex"])
    assert set(codec.tolerated) == set(row.get("tolerate", ()))
    if "tolerate" not in row:
        fast = FastCodec(codec.dialect, admit_after=1)
        assert fast.decode(body) in (None, message)
        assert fast.encode(message) in (None, codec.encode(message))
    for path, value in row.get("paths", {}).items():
        assert (path, get(message, path, codec.dialect)) == (path, value)


@pytest.mark.parametrize("row", FIELDS, ids=[row["id"] for row in FIELDS])
def test_a_single_element_of_others_is_read_and_written(row: dict[str, Any]) -> None:
    codec = codec_of(row)
    body = codec.encode({"t": "0100", row["element"]: row["value"]})
    assert body.hex().endswith(row["hex"])
    assert len(body) == 4 + 16 + len(row["hex"]) // 2
    assert codec.decode(body) == {"t": "0100", row["element"]: row["value"]}


def test_a_length_of_three_digits_in_ebcdic() -> None:
    # moov-io/iso8583 prefix/ebcdic_test.go: a length of 200 is f2f0f0.
    body = codec_of({"dialect": "fields"}).encode({"t": "0100", "21": "x" * 200})
    assert body[20:].hex() == "f2f0f0" + "a7" * 200


@pytest.mark.parametrize(
    ("dialect", "hexadecimal", "field", "position"),
    [
        # moov-io/iso8583 message_test.go: DE120 is one byte short.
        (
            "mixed",
            "3031303080000000000000000000000000000100303137416e6f746865722074657374207465",
            "120",
            38,
        ),
        # A letter in a numeric sub-field, and in one inside another.
        (
            "checked",
            "303130306000000000000000313634323736353535353535353535353535303130513333",
            "3.2",
            33,
        ),
        (
            "checked-deep",
            "30313030600000000000000031363432373635353535353535353535353531343030313131313132333435513030",
            "3.2.2",
            43,
        ),
        ("iso87-ascii", "3031", "t", 2),
    ],
)
def test_an_error_that_others_expect_names_the_sub_field(
    dialect: str, hexadecimal: str, field: str, position: int
) -> None:
    with pytest.raises(WireError) as caught:
        codec_of({"dialect": dialect}).decode(bytes.fromhex(hexadecimal))
    assert (caught.value.field, caught.value.position) == (field, position)


@pytest.mark.parametrize("row", MALFORMED, ids=[row["name"] for row in MALFORMED])
def test_a_malformed_message_is_refused(row: dict[str, Any]) -> None:
    body = bytes.fromhex(row["body"])
    if row["name"] in WELL_FORMED:
        assert CODECS["gab87"].decode(body)
        return
    with pytest.raises(WireError) as caught:
        CODECS["gab87"].decode(body)
    error = caught.value
    assert error.position is not None
    assert 0 <= error.position <= len(body)
    if row["layer"] == "content" and not row["name"].startswith(("field-2-0", "field-11-")):
        assert error.readable


def test_the_field_named_is_the_one_that_was_spoilt() -> None:
    exceptions = {
        # A PIN block cut short takes its missing half from what follows; DE102 then does not fit.
        "field-52-01": "102",
        # Its length runs over the next elements, up to a tag that is none.
        "field-48-02": "48",
    }
    for row in MALFORMED:
        if row["name"].startswith("field-") and row["name"] not in WELL_FORMED:
            with pytest.raises(WireError) as caught:
                CODECS["gab87"].decode(bytes.fromhex(row["body"]))
            spoilt = exceptions.get(row["name"], row["name"].split("-")[1])
            assert caught.value.field.split(".")[0] == spoilt
