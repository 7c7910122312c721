"""`guichet decode` and `guichet encode`: messages between bytes in hexadecimal and JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import click

from switch.cli.framing_option import FRAMING, FRAMING_HELP
from switch.settings import SettingsError
from switch.wire import (
    Codec,
    Framing,
    Message,
    WireError,
    describe,
    load_dialect,
    mask_message,
    presence_complaints,
)
from switch.wire.framing import one_body
from switch.wire.guess_strip import likely_framing
from switch.wire.paths import PathError, spread

# The longest body a 2-byte length can announce; each byte may be written as `0x30, `.
BODY_LIMIT_BYTES = 0xFFFF
LINE_LIMIT = 6 * (BODY_LIMIT_BYTES + 2)
JSON_LIMIT_BYTES = 1 << 20

DECODE_FAILED, USAGE = 1, 2

_SEPARATORS = re.compile(r"0[xX]|[\s:,]+")


class BadInputError(Exception):
    """What the user gave is not hexadecimal, not JSON, or too long."""


@click.command()
@click.option("--dialect", default="gab87", show_default=True, metavar="NAME|FILE")
@click.option("--framing", type=FRAMING, help=f"The bytes are framed so. {FRAMING_HELP}")
@click.option("--guess", is_flag=True, help="Try every dialect and framing, and say what is odd.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document a message, in clear.")
@click.option("--flat", is_flag=True, help="Composite elements as their raw text.")
@click.option("--mask", is_flag=True, help="Hide cardholder data in JSON as well.")
@click.option("--strict", is_flag=True, help="Add the dialect's rules of presence.")
@click.argument("hex_text", metavar="HEX", nargs=-1, required=True)
@click.pass_context
def decode(
    context: click.Context,
    dialect: str,
    framing: Framing | None,
    guess: bool,
    as_json: bool,
    flat: bool,
    mask: bool,
    strict: bool,
    hex_text: tuple[str, ...],
) -> None:
    """Say what a message says.

    HEX may hold spaces, colons, commas and 0x. `-` reads one message a line from standard input.
    With --guess it may also be a hexadecimal dump, base64, or the characters of the message.
    """
    if guess:
        if framing is not None or strict:
            raise click.UsageError("--guess tries every framing: neither --framing nor --strict")
        from switch.cli.guessing import Guessing

        source = context.get_parameter_source("dialect")
        own = [dialect] if source is not click.core.ParameterSource.DEFAULT else []
        guessing = Guessing(own, as_json=as_json, flat=flat, mask=mask)
        if hex_text == ("-",):
            raise SystemExit(guessing.lines(sys.stdin.buffer))
        raise SystemExit(guessing.one(" ".join(hex_text)))
    reader = _Decoder(_codec(dialect), framing, as_json, flat, mask, strict)
    if hex_text == ("-",):
        raise SystemExit(reader.lines(sys.stdin.buffer))
    try:
        body = hex_bytes(" ".join(hex_text))
    except BadInputError as error:
        if as_json:
            click.echo(json.dumps({"error": {"message": str(error)}}))
        _stop(str(error))
    raise SystemExit(reader.one(body))


@click.command()
@click.option("--dialect", default="gab87", show_default=True, metavar="NAME|FILE")
@click.option("--framing", type=FRAMING, help=f"Frame the bytes so. {FRAMING_HELP}")
@click.argument("message")
def encode(dialect: str, framing: Framing | None, message: str) -> None:
    """Print the bytes of a message in hexadecimal.

    MESSAGE is JSON such as '{"t": "0800", "11": "000001", "70": "301"}', a file of it, or `-`. A
    key may be a path to a sub-field, such as "3.1", "54[0].amount" or "55.9F26".
    """
    codec = _codec(dialect)
    failed = False
    try:
        for document in json_documents(json_text(message)):
            try:
                body = codec.encode(spread(document, codec.dialect))
                if framing is not None:
                    body = framing.frame(body)
            except WireError as error:
                click.echo(error.describe(), err=True)
                failed = True
            except PathError as error:
                click.echo(str(error), err=True)
                failed = True
            else:
                click.echo(body.hex())
    except BadInputError as error:
        _stop(str(error))
    raise SystemExit(DECODE_FAILED if failed else 0)


class _Decoder:
    """One run of `decode`: its options, and what each message prints."""

    def __init__(
        self,
        codec: Codec,
        framing: Framing | None,
        as_json: bool,
        flat: bool,
        mask: bool,
        strict: bool,
    ) -> None:
        self._codec = codec
        self._framing = framing
        self._json = as_json
        self._flat = flat
        self._mask = mask
        self._strict = strict

    def lines(self, stream: BinaryIO) -> int:
        """Decode every line of a stream; the exit code."""
        code, blank = 0, True
        for number, line in enumerate(bounded_lines(stream), 1):
            if line is not None and not line.strip():
                continue
            if not self._json and not blank:
                click.echo()
            blank = False
            try:
                if line is None:
                    raise BadInputError(f"longer than {LINE_LIMIT} characters")
                body = hex_bytes(line)
            except BadInputError as error:
                self._refuse({"message": str(error)}, f"line {number}: {error}")
                code = DECODE_FAILED
            else:
                code = max(code, self.one(body, f"line {number}: "))
        return code

    def one(self, data: bytes, lead: str = "") -> int:
        """Decode and print one message; the exit code."""
        try:
            message = self._decoded(one_body(data, self._framing) if self._framing else data)
        except WireError as error:
            hint = framing_hint(data) if self._framing is None else getattr(error, "hint", "")
            document = error.to_json() | ({"hint": hint} if hint else {})
            text = f"{lead}{error.describe()}" + (f"\n\nhint: {hint}" if hint else "")
            self._refuse(document, text)
            return DECODE_FAILED
        if self._json:
            click.echo(
                json.dumps(mask_message(message, self._codec.dialect) if self._mask else message)
            )
        else:
            click.echo(describe(message, self._codec.dialect))
        return 0

    def _decoded(self, body: bytes) -> Message:
        message = self._codec.decode(body, flat=self._flat)
        complaints = presence_complaints(message, self._codec.dialect) if self._strict else []
        if complaints:
            shown = mask_message(message, self._codec.dialect)
            raise WireError(
                complaints[0],
                others=tuple(complaints[1:]),
                partial=message,
                length=len(body),
                sound=True,
                shown=shown,
            )
        return message

    def _refuse(self, document: dict[str, Any], text: str) -> None:
        if self._json:
            click.echo(json.dumps({"error": document}))
        else:
            click.echo(text, err=True)


def hex_bytes(text: str) -> bytes:
    """The bytes that `text` writes in hexadecimal. Raises BadInputError, without quoting it.

    >>> hex_bytes("0x30 32:30\\n30")
    b'0200'
    """
    digits = _SEPARATORS.sub("", text)
    wrong = re.search("[^0-9A-Fa-f]", digits)
    if wrong is not None:
        raise BadInputError(f"not hexadecimal: {wrong[0]!a} after {wrong.start()} digits")
    if not digits:
        raise BadInputError("no hexadecimal digits")
    if len(digits) % 2:
        raise BadInputError(f"{len(digits)} hexadecimal digits, an odd number")
    if len(digits) // 2 > BODY_LIMIT_BYTES + 2:
        raise BadInputError(f"{len(digits) // 2} bytes, more than any frame holds")
    return bytes.fromhex(digits)


def framing_hint(data: bytes) -> str:
    """What to try when bare bytes cannot be read: a framing that fits, or else to guess."""
    likely = likely_framing(data)
    if likely is None:
        return "decode --guess tries every dialect and framing"
    return f"{'; '.join(likely.odd)}: --framing {likely.framing} takes it off"


def bounded_lines(stream: BinaryIO) -> Iterator[str | None]:
    """The lines of a stream, as text; None for one over LINE_LIMIT, which is read past."""
    while chunk := stream.readline(LINE_LIMIT + 1):
        if len(chunk) <= LINE_LIMIT or chunk.endswith(b"\n"):
            yield chunk.decode("latin-1")
            continue
        while (rest := stream.readline(LINE_LIMIT)) and not rest.endswith(b"\n"):
            pass
        yield None


def json_documents(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text, one or several. Raises BadInputError with line and column."""
    reader = json.JSONDecoder(object_pairs_hook=_object)
    at = len(text) - len(text.lstrip())
    if at == len(text):
        raise BadInputError("no JSON in the message")
    while at < len(text):
        try:
            document, at = reader.raw_decode(text, at)
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise BadInputError(f"not JSON: {error.msg} ({where})") from None
        except RecursionError:
            raise BadInputError("not JSON: nested too deeply") from None
        if not isinstance(document, dict):
            raise BadInputError("a message is a JSON object, with t for the MTI")
        yield document
        at += len(text[at:]) - len(text[at:].lstrip())


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise BadInputError(f"the key {twice[:20]!a} stands twice")
    return document


def json_text(message: str) -> str:
    """The JSON that an argument is, or that its file holds, or standard input for `-`.

    Raises BadInputError.
    """
    if message.lstrip().startswith(("{", "[", '"')):
        return message
    try:
        if message == "-":
            data = sys.stdin.buffer.read(JSON_LIMIT_BYTES + 1)
        else:
            with Path(message).open("rb") as file:
                data = file.read(JSON_LIMIT_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file name"
        raise BadInputError(f"neither JSON nor a file that can be read: {reason}") from None
    if len(data) > JSON_LIMIT_BYTES:
        raise BadInputError(f"more than {JSON_LIMIT_BYTES} bytes of JSON")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadInputError("the JSON is not UTF-8") from None


def _codec(dialect: str) -> Codec:
    try:
        return Codec(load_dialect(dialect))
    except SettingsError as error:
        _stop(str(error))


def _stop(text: str) -> NoReturn:
    click.echo(text, err=True)
    raise SystemExit(USAGE)
