"""From the bytes of a request to its model, or to an answer that says what is wrong with it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from simulator.payment_core.answers import Error, Invalid, InvalidDetail
from simulator.payment_core.models import Request

R = TypeVar("R", bound=Request)

KEY_HEADER = "Idempotency-Key"

_KEY = re.compile("[!-~]{1,120}")
_LONG_DIGITS = re.compile("[0-9]{12,}")


@dataclass(frozen=True)
class Reply:
    """An answer on its way out: status, JSON text, and whether it was given before."""

    status: int
    text: str
    replayed: bool = False


class BadRequestError(Exception):
    """A request that cannot be served, and the reply that says so."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"status {reply.status}")
        self.reply = reply


def read_json(data: bytes) -> Any:
    """Strict JSON: UTF-8, no name twice, no NaN, no endless nesting. Raises BadRequestError."""
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=_no_name_twice, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        raise BadRequestError(error_reply(400, "malformed_json")) from None


def read_request(model: type[R], data: bytes) -> R:
    """The request in a body; raises BadRequestError with the first field that is wrong."""
    try:
        return model.model_validate(read_json(data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise invalid(_path(first), _message(first)) from None


def read_key(values: list[str]) -> str:
    """The caller's key from the headers of that name; raises BadRequestError."""
    if len(values) != 1 or not _KEY.fullmatch(values[0]):
        raise invalid(KEY_HEADER, "expected one key of 1 to 120 visible ASCII characters")
    return values[0]


def invalid(field: str, message: str) -> BadRequestError:
    """What is raised for a request that breaks the description."""
    detail = InvalidDetail(reason="invalid", field=field, message=message)
    return BadRequestError(Reply(422, Invalid(error=detail).model_dump_json()))


def key_reused() -> Reply:
    """The reply to a key that came before with another body."""
    detail = InvalidDetail(
        reason="key_reused", field=KEY_HEADER, message="this key came before with another body"
    )
    return Reply(422, Invalid(error=detail).model_dump_json())


def error_reply(status: int, word: str) -> Reply:
    """The reply to what could not be served at all."""
    return Reply(status, Error(error=word).model_dump_json())


def reply(body: BaseModel, status: int = 200) -> Reply:
    """The reply that carries an answer."""
    return Reply(status, body.model_dump_json(exclude_none=True))


def prepare(request: Any, reply: Reply) -> bytes:
    """Set the head of a reply; its body."""
    body = reply.text.encode("utf-8")
    request.setResponseCode(reply.status, HTTPStatus(reply.status).phrase.encode())
    request.setHeader(b"content-type", b"application/json")
    request.setHeader(b"content-length", b"%d" % len(body))
    if reply.replayed:
        request.setHeader(b"idempotent-replay", b"true")
    return body


def _path(details: ErrorDetails) -> str:
    """Where, without what a caller may have put in a name by mistake."""
    path = ".".join(str(part)[:40] for part in details["loc"])
    return _LONG_DIGITS.sub("*", path)[:160]


def _message(details: ErrorDetails) -> str:
    if details["type"] == "extra_forbidden":
        return "there is no such field"
    if details["type"] == "missing":
        return "this field is needed"
    return details["msg"].removeprefix("Value error, ").removeprefix("Input ")


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name comes twice")
    return members


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("not JSON")
