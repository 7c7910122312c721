"""Host commands: requests and answers as lines of text, for a module on another machine.

The command set is our own (docs/security-module.md). A frame is a 2-byte big-endian length and
ASCII text::

    request   1 ID COMMAND name=value|name=value        1 00000042 generate-mac key=mac.issuer|...
    answer    1 ID ok result=value                      1 00000042 ok result=A1C72E74EA3FA9B6
              1 ID ok                                   nothing to give back
              1 ID error code=...|text=...              1 00000042 error code=unknown-key|text=...

`1` is the version of the command set, ID eight digits that the answer repeats. Values are
percent-encoded where they hold anything but letters, digits and `-_.~:`. Bytes are upper-case
hexadecimal, a flag is yes or no, a field that is absent has its default. Fields, their order and
their types are those of the classes in `switch.keys.requests`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, fields
from enum import Enum
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_type_hints
from urllib.parse import quote, unquote

from switch.keys.errors import InvalidInputError, SecurityModuleError, error_of
from switch.keys.primitives.pin_block import PinFormat
from switch.keys.requests import REQUESTS, Request
from switch.keys.usage import Algorithm, Purpose
from switch.keys.values import (
    ChipCryptogram,
    EncryptedPin,
    KeyInfo,
    Reference,
    hexadecimal,
    pin_format,
    reference_of_text,
    whole,
)

T = TypeVar("T")
VERSION = "1"
TEXT_MAX = 32_767
"""Bytes of a frame: twice the longest message under a MAC, and a page of keys, with room."""

ERROR_TEXT_MAX = 300
_SAFE = ":"
_HEAD = re.compile(r"1 ([0-9]{8}) ([a-z-]{1,32})(?: (.*))?", re.DOTALL)
_FIELD = re.compile(r"([a-z_]{1,32})=([A-Za-z0-9_.~:%-]*)")

Writer = Callable[[Any], str]
Reader = Callable[[str], Any]


class NotACommandError(InvalidInputError):
    """Bytes that are no frame of the command set: the line cannot be trusted any more."""


def _enum_reader(kind: type[Enum]) -> Reader:
    def read(text: str) -> Enum:
        try:
            return kind(text)
        except ValueError:
            names = ", ".join(one.value for one in kind)
            raise InvalidInputError(f"one of {names} is expected") from None

    return read


def _flag(text: str) -> bool:
    if text not in ("yes", "no"):
        raise InvalidInputError("a flag is yes or no")
    return text == "yes"


def _key_list(text: str) -> tuple[KeyInfo, ...]:
    return tuple(KeyInfo.of_text(one) for one in text.split("~") if one)


def _text_of(value: Any) -> str:
    text: str = value.text()
    return text


_FORMS: dict[Any, tuple[Writer, Reader]] = {
    str: (str, str),
    int: (str, whole),
    bool: (lambda flag: "yes" if flag else "no", _flag),
    bytes: (lambda data: data.hex().upper(), hexadecimal),
    PinFormat: (lambda one: one.value, pin_format),
    Purpose: (lambda one: one.value, _enum_reader(Purpose)),
    Algorithm: (lambda one: one.value, _enum_reader(Algorithm)),
    KeyInfo: (_text_of, KeyInfo.of_text),
    EncryptedPin: (_text_of, EncryptedPin.of_text),
    ChipCryptogram: (_text_of, ChipCryptogram.of_text),
    Reference: (_text_of, reference_of_text),
    tuple[KeyInfo, ...]: (lambda keys: "~".join(map(_text_of, keys)), _key_list),
}


def _form(hint: Any) -> tuple[Writer, Reader]:
    """How a type is written and read; `X | None` as X, since None is a field left out."""
    if hint not in _FORMS:
        inner = [one for one in get_args(hint) if one is not NoneType]
        return _FORMS[inner[0]]
    return _FORMS[hint]


class _Layout:
    """The fields of one request class, and its answer."""

    def __init__(self, kind: type[Request[Any]]) -> None:
        hints = get_type_hints(kind)
        described: Any = kind
        self.kind = kind
        self.forms = {one.name: _form(hints[one.name]) for one in fields(described)}
        self.required = {one.name for one in fields(described) if one.default is MISSING}
        # Request[bytes] among the bases says what the answer is
        (self.answer,) = get_args(vars(kind)["__orig_bases__"][0])


_LAYOUTS = {kind.command: _Layout(kind) for kind in REQUESTS}


def write_request(number: int, request: Request[Any]) -> bytes:
    """The text of a request. Raises InvalidInputError when it is too long for a frame."""
    layout = _LAYOUTS[request.command]
    values = ((name, getattr(request, name)) for name in layout.forms)
    text = "|".join(
        f"{name}={_quoted(layout.forms[name][0](value))}"
        for name, value in values
        if value is not None
    )
    return _framed(f"{VERSION} {number:08} {request.command} {text}")


def read_request(body: bytes) -> tuple[int, Request[Any] | SecurityModuleError]:
    """The number of a request, and the request or what is wrong with it.

    Raises NotACommandError when not even the number can be read.
    """
    number, command, rest = _head(body)
    try:
        layout = _LAYOUTS.get(command)
        if layout is None:
            raise InvalidInputError("there is no such command")
        given = _fields(rest)
        if unknown := sorted(set(given) - set(layout.forms)):
            raise InvalidInputError(f"{command} has no field {unknown[0]}")
        if missing := sorted(layout.required - set(given)):
            raise InvalidInputError(f"{command} needs the field {missing[0]}")
        values = {name: layout.forms[name][1](text) for name, text in given.items()}
        return number, layout.kind(**values)
    except SecurityModuleError as error:
        return number, error


def write_answer(number: int, request: Request[T], result: T) -> bytes:
    """The text that answers a request."""
    if result is None:
        return _framed(f"{VERSION} {number:08} ok")
    text = _quoted(_form(_LAYOUTS[request.command].answer)[0](result))
    return _framed(f"{VERSION} {number:08} ok result={text}")


def write_error(number: int, error: SecurityModuleError) -> bytes:
    """The text that refuses a request."""
    text = _quoted(str(error)[:ERROR_TEXT_MAX])
    return _framed(f"{VERSION} {number:08} error code={error.code}|text={text}")


def read_answer_number(body: bytes) -> int:
    """Which request a text answers; raises NotACommandError."""
    return _head(body)[0]


def read_answer(request: Request[T], body: bytes) -> T:
    """The result; raises the error that the other side met, or NotACommandError."""
    _, outcome, rest = _head(body)
    given = _fields(rest)
    if outcome == "error":
        raise error_of(given.get("code", ""), given.get("text", "")[:ERROR_TEXT_MAX])
    answer = _LAYOUTS[request.command].answer
    optional = answer is NoneType or NoneType in get_args(answer)
    if outcome != "ok" or set(given) - {"result"} or ("result" not in given and not optional):
        raise NotACommandError(f"this does not answer {request.command}")
    result: Any = _form(answer)[1](given["result"]) if "result" in given else None
    return cast(T, result)


def _head(body: bytes) -> tuple[int, str, str]:
    try:
        found = _HEAD.fullmatch(body.decode("ascii"))
    except UnicodeDecodeError:
        found = None
    if found is None:
        raise NotACommandError("this is no host command of version 1")
    return int(found[1]), found[2], found[3] or ""


def _fields(text: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for one in text.split("|") if text else ():
        found = _FIELD.fullmatch(one)
        if found is None or found[1] in given:
            raise InvalidInputError("fields are name=value, each once, percent-encoded")
        try:
            given[found[1]] = unquote(found[2], errors="strict")
        except UnicodeDecodeError:
            raise InvalidInputError("values are percent-encoded UTF-8") from None
    return given


def _quoted(text: str) -> str:
    # what is no character at all becomes one that no value of ours has
    return quote(text, _SAFE, errors="replace")


def _framed(text: str) -> bytes:
    body = text.encode("ascii")
    if len(body) > TEXT_MAX:
        raise InvalidInputError(f"a host command has at most {TEXT_MAX} characters")
    return body
