from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.keys import (
    Algorithm,
    ChipCryptogram,
    EncryptedPin,
    Ibm3624,
    InvalidInputError,
    KeyInfo,
    PinFormat,
    Purpose,
    Pvv,
    UnknownKeyError,
)
from switch.keys.commands import (
    TEXT_MAX,
    NotACommandError,
    read_answer,
    read_answer_number,
    read_request,
    write_answer,
    write_error,
    write_request,
)
from switch.keys.errors import SecurityModuleError
from switch.keys.requests import (
    REQUESTS,
    ChangePin,
    DeleteKey,
    DescribeKey,
    GenerateKey,
    GenerateMac,
    ListKeys,
    RandomBytes,
    Request,
    VerifyMac,
)

names = st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{0,20}", fullmatch=True)
digits = st.text("0123456789", min_size=4, max_size=12)
binary = st.binary(max_size=40)
pins = st.builds(
    EncryptedPin, st.sampled_from(PinFormat), names, binary, st.none() | st.binary(max_size=12)
)
references = st.builds(Pvv, names, st.integers(0, 9)) | st.builds(
    Ibm3624, names, st.just("0123456789012345"), st.integers(0, 15), st.integers(1, 16)
)
chips = st.builds(
    ChipCryptogram, st.sampled_from(["visa-10"]), digits, digits, binary, binary, binary, binary
)
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "str": st.text(max_size=30),
    "str | None": st.none() | st.text(max_size=30),
    "int": st.integers(0, 300),
    "bool": st.booleans(),
    "bytes": binary,
    "PinFormat": st.sampled_from(PinFormat),
    "Purpose": st.sampled_from(Purpose),
    "Algorithm": st.sampled_from(Algorithm),
    "EncryptedPin": pins,
    "Reference": references,
    "ChipCryptogram": chips,
}
infos = st.builds(
    KeyInfo,
    names,
    st.sampled_from(Purpose),
    st.sampled_from(Algorithm),
    st.sampled_from("BCDEGVXN"),
    st.booleans(),
    st.from_regex("[0-9A-F]{6}", fullmatch=True),
)


@st.composite
def requests(draw: Any) -> Request[Any]:
    kind: Any = draw(st.sampled_from(REQUESTS))
    return kind(**{one.name: draw(BY_TYPE[str(one.type)]) for one in fields(kind)})


@given(st.integers(0, 99_999_999), requests())
def test_a_request_is_read_as_it_was_written(number: int, request: Request[Any]) -> None:
    assert read_request(write_request(number, request)) == (number, request)


@given(st.lists(infos, max_size=5))
def test_a_list_of_keys_is_read_as_it_was_written(keys: list[KeyInfo]) -> None:
    asked = ListKeys()
    assert read_answer(asked, write_answer(3, asked, tuple(keys))) == tuple(keys)


@pytest.mark.parametrize(
    ("asked", "result"),
    [
        (RandomBytes(4), b"\x00\xff\x10"),
        (GenerateMac("mac", b""), b""),
        (VerifyMac("mac", b"", b""), False),
        (VerifyMac("mac", b"", b""), True),
        (DeleteKey("mac"), None),
        (DescribeKey("a"), KeyInfo("a", Purpose.PIN, Algorithm.TDES2, "B", True, "08D7B4")),
    ],
)
def test_an_answer_is_read_as_it_was_written(asked: Request[Any], result: Any) -> None:
    text = write_answer(7, asked, result)
    assert read_answer_number(text) == 7
    assert read_answer(asked, text) == result


@pytest.mark.parametrize("result", ["1234", None])
def test_an_answer_that_may_be_nothing_is_read_either_way(result: str | None) -> None:
    pin = EncryptedPin(PinFormat.ISO0, "pin", bytes(8))
    asked = ChangePin(pin, pin, "9504010000000019", Pvv("pvk"), "1234")
    assert read_answer(asked, write_answer(1, asked, result)) == result


def test_a_refusal_comes_out_as_the_error_that_went_in() -> None:
    text = write_error(9, UnknownKeyError("there is no key 'zpk|=%'"))
    with pytest.raises(UnknownKeyError, match=r"there is no key 'zpk\|=%'"):
        read_answer(DeleteKey("x"), text)


def test_a_refusal_of_another_version_is_still_a_refusal() -> None:
    with pytest.raises(SecurityModuleError, match="later"):
        read_answer(DeleteKey("x"), b"1 00000001 error code=new-kind|text=later")


def test_a_command_is_text_that_a_person_can_read() -> None:
    asked = GenerateKey("zpk.issuer", Purpose.PIN, Algorithm.TDES2, exportable=True)
    assert write_request(42, asked) == (
        b"1 00000042 generate-key name=zpk.issuer|purpose=pin|algorithm=tdes-2"
        b"|exportable=yes|replace=no"
    )


def test_fields_left_out_have_their_defaults() -> None:
    assert read_request(b"1 00000001 generate-mac key=mac|data=00FF") == (
        1,
        GenerateMac("mac", b"\x00\xff", 1, 8),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"1 00000001 make-coffee cups=2", "no such command"),
        (b"1 00000001 generate-mac", "needs the field data"),
        (b"1 00000001 generate-mac key=mac", "needs the field data"),
        (b"1 00000001 generate-mac key=mac|data=00|colour=red", "no field colour"),
        (b"1 00000001 generate-mac key=mac|data=0", "hexadecimal"),
        (b"1 00000001 generate-mac key=mac|data=0g", "hexadecimal"),
        (b"1 00000001 generate-mac key=mac|data=00|data=00", "once"),
        (b"1 00000001 generate-mac key=mac|data=00|padding=-1", "whole number"),
        (b"1 00000001 generate-mac key=mac|data", "name=value"),
        (b"1 00000001 generate-mac key=%FF|data=00", "percent-encoded"),
        (b"1 00000001 generate-key name=x|purpose=tea|algorithm=tdes-2", "one of"),
        (b"1 00000001 generate-key name=x|purpose=pin|algorithm=tdes-2|replace=1", "yes or no"),
        (b"1 00000001 verify-pin pin=9:pin:00|pan=1|reference=pvv:k:1|value=1", "format"),
        (b"1 00000001 verify-pin pin=0:pin|pan=1|reference=pvv:k:1|value=1", "serial number"),
        (b"1 00000001 verify-pin pin=0:pin:00|pan=1|reference=guess:k|value=1", "reference"),
        (b"1 00000001 verify-cryptogram key=k|chip=visa-10:1:00", "7 parts"),
    ],
)
def test_a_wrong_field_is_told_and_the_line_goes_on(text: bytes, reason: str) -> None:
    number, wrong = read_request(text)
    assert number == 1
    assert isinstance(wrong, InvalidInputError)
    assert reason in str(wrong)


@pytest.mark.parametrize(
    "text",
    [b"", b"hello", b"2 00000001 list-keys", b"1 1 list-keys", b"1 00000001 LIST", b"\xff\xfe\x00"],
)
def test_what_is_no_command_at_all_is_not_answered(text: bytes) -> None:
    with pytest.raises(NotACommandError):
        read_request(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_refusal(text: bytes) -> None:
    with suppress(NotACommandError):
        read_request(text)


@given(st.text(max_size=80))
def test_any_fields_are_a_request_or_a_refusal(text: str) -> None:
    body = f"1 00000001 translate-pin {text}".encode("ascii", "replace")
    assert read_request(body)[0] == 1


@pytest.mark.parametrize(
    "text",
    [b"1 00000001 ok", b"1 00000001 ok result=1|more=2", b"1 00000001 fine result=00"],
)
def test_what_does_not_answer_the_request_is_noticed(text: bytes) -> None:
    with pytest.raises(NotACommandError):
        read_answer(RandomBytes(1), text)


def test_a_request_that_fits_no_frame_is_refused_before_it_leaves() -> None:
    with pytest.raises(InvalidInputError, match=str(TEXT_MAX)):
        write_request(1, GenerateMac("mac", bytes(TEXT_MAX)))
