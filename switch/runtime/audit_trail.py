"""What people did to a network: an append-only file in which each line vouches for those before.

One JSON object a line. `before` is the SHA-256 of the line before, as it stands in the file, and
empty in the first: a line that is changed, put in or taken out breaks the chain at the next. What
is cut off at the end shows only against a head (the hash of the last line) noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from switch.runtime.files import locked
from switch.settings.masking import mask

ASKED, DONE, FAILED = "asked", "done", "failed"

TEXT_MAX = 500
"""Characters kept of a text that a person gave."""


@dataclass(frozen=True)
class Verdict:
    """What a look at a whole trail found: its lines, its head, and what is wrong."""

    lines: int
    head: str
    problems: tuple[str, ...]


class AuditTrail:
    """The trail in one file."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self.path = path
        self._now = now

    def add(
        self, network: str, what: str, outcome: str, facts: Mapping[str, Any], reason: str = ""
    ) -> None:
        """Append a line, and return once it is on the disk. Raises OSError."""
        with locked(self.path.with_name(f"{self.path.name}.lock")):
            last = self._last()
            line = {
                "at": self._now().isoformat(timespec="milliseconds"),
                "who": who(),
                "network": network,
                "what": what,
                "outcome": outcome,
                **({"reason": _kept(reason)} if reason else {}),
                "facts": {name: _kept(fact) for name, fact in facts.items()},
                "before": "" if last is None else _hash(last),
            }
            torn = b"" if last is None or last.endswith(b"\n") else b"\n"
            data = torn + json.dumps(line, ensure_ascii=False).encode() + b"\n"
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if os.write(descriptor, data) != len(data):
                    raise OSError(f"{self.path}: the disk took only a part of a line")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def lines(self) -> list[dict[str, Any]]:
        """Every line that can be read, oldest first. Raises OSError."""
        return [line for line in map(_read, self._raw()) if line is not None]

    def verify(self, noted: str = "") -> Verdict:
        """Whether each line vouches for the one before, and `noted` is a head there was.

        Raises OSError.
        """
        raw, problems, before = self._raw(), [], ""
        heads = []
        for number, line in enumerate(raw, start=1):
            told = _read(line)
            if told is None:
                problems.append(f"line {number} was cut short")
            elif told.get("before") != before:
                problems.append(
                    f"line {number} does not vouch for the one before it: one of them was changed, "
                    "put in or taken out"
                )
            before = _hash(line)
            heads.append(before)
        if noted and noted not in heads:
            problems.append("the head that was noted is not in it: lines were taken out or changed")
        return Verdict(len(raw), before, tuple(problems))

    def _raw(self) -> list[bytes]:
        return self.path.read_bytes().splitlines(keepends=True)

    def _last(self) -> bytes | None:
        try:
            raw = self._raw()
        except FileNotFoundError:
            return None
        return raw[-1] if raw else None


def who() -> str:
    """The user of the operating system that runs this, and on whose behalf by sudo."""
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    behalf = os.environ.get("SUDO_USER")
    return f"{name} for {behalf}" if behalf and behalf != name else name


def _hash(line: bytes) -> str:
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


def _kept(fact: Any) -> Any:
    """A fact as it is kept: people paste card numbers into reasons."""
    if isinstance(fact, int | float | bool) or fact is None:
        return fact
    return mask(str(fact))[:TEXT_MAX]


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
