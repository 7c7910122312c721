"""The negative file: cards that are refused while their issuer cannot be asked.

One card a line, then the response code for it where it has one of its own; what follows `#` is a
comment. The numbers are not kept: each is looked up by its keyed hash.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from switch.settings.pan import Pan

CARDS_MAX = 1_000_000
"""Lines of one file."""

_CODE = re.compile("[0-9A-Z]{2}")


class RefusedCardsError(Exception):
    """The file cannot be used; the text names the line, never what stands on it."""


def read_refused_cards(path: Path, hashed: Callable[[str], str]) -> dict[str, str]:
    """The response code of each card by its hash, empty where the rule's own holds.

    Raises RefusedCardsError.
    """
    found: dict[str, str] = {}
    try:
        with path.open(encoding="ascii") as lines:
            for number, line in enumerate(lines, 1):
                if number > CARDS_MAX:
                    raise RefusedCardsError(f"{path} has more than {CARDS_MAX} lines")
                given = line.partition("#")[0].split()
                if given:
                    found[hashed(_card(given, path, number))] = given[1] if given[1:] else ""
    except OSError as error:
        raise RefusedCardsError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RefusedCardsError(f"{path} holds something else than digits and words") from None
    return found


def _card(given: list[str], path: Path, number: int) -> str:
    try:
        card = Pan(given[0])
    except ValueError as error:
        raise RefusedCardsError(f"{path}, line {number}: {error}") from None
    if len(given) > 2 or (given[1:] and not _CODE.fullmatch(given[1])):
        told = "a response code of two digits or letters is all that may follow a card"
        raise RefusedCardsError(f"{path}, line {number}: {told}")
    return card.clear


class RefusedCards:
    """The cards of one file, read again when it changes."""

    def __init__(self, path: Path, hashed: Callable[[str], str], log: Any) -> None:
        """Raises RefusedCardsError."""
        self._path = path
        self._hashed = hashed
        self._log = log
        self._seen = self._look()
        self._cards = read_refused_cards(path, hashed)

    def code_of(self, pan: str) -> str | None:
        """The response code for a card that is refused, empty for the rule's; None for others.

        A file that cannot be used any more is told of once, and what it held last holds.
        """
        seen = self._look()
        if seen != self._seen:
            self._seen = seen
            try:
                self._cards = read_refused_cards(self._path, self._hashed)
                self._log.info("refused cards were read again", cards=len(self._cards))
            except RefusedCardsError as error:
                self._log.error("refused cards: the list in use is an old one", reason=str(error))
        return self._cards.get(self._hashed(pan))

    def _look(self) -> tuple[int, int, int] | None:
        try:
            there = self._path.stat()
        except OSError:
            return None
        return there.st_mtime_ns, there.st_size, there.st_ino
