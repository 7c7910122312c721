"""`guichet decode --guess`: what bytes of unknown origin say, the likeliest reading first."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import click

from switch.settings import SettingsError
from switch.wire import dialect_names, load_dialect, mask_message
from switch.wire.codec import ReferenceCodec
from switch.wire.describe import describe
from switch.wire.guess import Guess, Guesser
from switch.wire.guess_text import looks_dumped

FITS, NOTHING_FITS, USAGE = 0, 1, 2
INPUT_MAX_BYTES = 1 << 20

_NO_BYTES = "neither hexadecimal, nor a dump, nor base64, nor the characters of a message"


_BINARY = re.compile(rb"[^\t\n\r\f -~]")
"""What no dump, no hexadecimal digits and no base64 have: the bytes are a message's own."""


class Guessing:
    """One run of `decode --guess`: its options, and what each text prints.

    `own` are dialects of the user's, tried before the shipped ones.
    """

    def __init__(self, own: Iterable[str], *, as_json: bool, flat: bool, mask: bool) -> None:
        names = dict.fromkeys([*own, *dialect_names()])
        try:
            self._guesser = Guesser([load_dialect(name) for name in names])
        except SettingsError as error:
            click.echo(str(error), err=True)
            raise SystemExit(USAGE) from None
        self._given = {load_dialect(name).name: name for name in reversed(names)}
        self._json = as_json
        self._flat = flat
        self._mask = mask

    def lines(self, stream: BinaryIO) -> int:
        """Guess at bytes that are no text, at a dump, or at each line; the exit code."""
        data = stream.read(INPUT_MAX_BYTES + 1)
        if len(data) > INPUT_MAX_BYTES:
            click.echo(f"more than {INPUT_MAX_BYTES} bytes to guess at", err=True)
            return USAGE
        if _BINARY.search(data):
            return self.one(data.hex())
        text = data.decode("latin-1")
        texts = [text] if looks_dumped(text) else [one for one in text.splitlines() if one.strip()]
        if not texts:
            click.echo("nothing came on standard input", err=True)
            return USAGE
        code = FITS
        for number, one in enumerate(texts):
            if number and not self._json:
                click.echo()
            code = max(code, self.one(one))
        return code

    def one(self, text: str) -> int:
        """Guess at one text and print what was found; the exit code."""
        found = self._guesser.guess(text)
        if self._json:
            guesses = [self._document(one) for one in found]
            document: dict[str, Any] = {"guesses": guesses}
            click.echo(json.dumps(document if found else {**document, "error": _NO_BYTES}))
        elif not found:
            click.echo(_NO_BYTES, err=True)
            # Longer than any path, or with a zero byte, it is no name of a file.
            if len(text) < 256 and text.isprintable() and Path(text).is_file():
                click.echo(
                    f"to read what is in the file: guichet decode --guess - < {shlex.quote(text)}",
                    err=True,
                )
        else:
            click.echo("\n".join(self._told(found)))
        return FITS if found and found[0].fits else NOTHING_FITS

    def _told(self, found: list[Guess]) -> list[str]:
        first = found[0]
        lines = [*self._head(1, first), ""]
        if first.message is not None:
            lines.append(describe(self._message(first), first.dialect))
        elif first.error is not None:
            lines.append(first.error.describe() if first.error.sound else str(first.error))
        for rank, one in enumerate(found[1:], 2):
            lines += ["", *self._head(rank, one)]
            if one.error is not None:
                lines.append(f"   does not fit: {one.error}")
        return lines

    def _head(self, rank: int, one: Guess) -> list[str]:
        also = f" (the same in {', '.join(one.also)})" if one.also else ""
        framing = f", framing {one.framing}" if one.framing else ""
        mixed = ", mixed" if one.changes else ""
        lines = [f"{rank}. {one.dialect.name}{mixed}{framing}{also}"]
        lines += [f"   - {words}" for words in one.odd]
        if one.changes:
            named = self._given[one.dialect.name]
            lines.append("   in a dialect file of your own:")
            lines.append(f"     extends: {named}")
            for section, keys in _sections(one).items():
                pairs = ", ".join(f"{key}: {value}" for key, value in keys.items())
                lines.append(f"     {section}: {{{pairs}}}")
        return lines

    def _document(self, one: Guess) -> dict[str, Any]:
        document: dict[str, Any] = {
            "fits": one.fits,
            "dialect": self._given[one.dialect.name],
            "also": list(one.also),
            "changes": _sections(one),
            "framing": one.framing,
            "tolerate": list(one.tolerate),
            "odd": list(one.odd),
        }
        if one.message is not None:
            message = self._message(one)
            document["message"] = mask_message(message, one.dialect) if self._mask else message
        elif one.error is not None:
            document["error"] = (
                one.error.to_json() if one.error.sound else {"message": str(one.error)}
            )
        return document

    def _message(self, one: Guess) -> Any:
        if not self._flat:
            return one.message
        return ReferenceCodec(one.dialect, tolerate=one.tolerate).decode(one.body, flat=True)


def _sections(one: Guess) -> dict[str, dict[str, str]]:
    """What a dialect file says beside `extends`, by its sections."""
    sections: dict[str, dict[str, str]] = {}
    for section, key, value in one.changes:
        sections.setdefault(section, {})[key] = value
    return sections
