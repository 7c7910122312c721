"""What a card remembers: its transaction counter, and whether its application is blocked."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from switch.runtime.files import replace_file


@dataclass(frozen=True)
class Remembered:
    """The counter of the last transaction; whether the issuer blocked the application."""

    counter: int = 0
    blocked: bool = False


class Memory:
    """A card's memory as a small file. Its name is no card number: see `CardMaker`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Remembered:
        """What it holds; a new card's when there is no file. Raises OSError."""
        try:
            known = json.loads(self._path.read_text(encoding="ascii"))
            return Remembered(int(known["counter"]), bool(known["blocked"]))
        except FileNotFoundError:
            return Remembered()
        except (ValueError, KeyError, TypeError):
            raise OSError(f"{self._path} is no memory of a card") from None

    def write(self, counter: int, *, blocked: bool) -> None:
        """Keep both, on the disk when this returns. Raises OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        data = json.dumps(asdict(Remembered(counter, blocked))).encode("ascii")
        replace_file(self._path, data)
