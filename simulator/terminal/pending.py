"""What a terminal must keep of a transaction until it is final: enough to reverse it.

One small file a transaction, beside the journal: there before the request leaves, gone when the
transaction is final. It holds no card number: the terminal (DE41) and the original's numbers
(DE90) say what is reversed. What it does hold is sealed by the terminal's vault:

    {"sealed": "1.1...."}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from switch.keys.vault import Vault, VaultError
from switch.runtime import WallClock, transmission_time
from switch.runtime.files import replace_file
from switch.wire import Message, pick

COPIED = ("3", "4", "12", "13", "18", "22", "25", "32", "37", "41", "42", "49")
"""What a reversal repeats of its original."""

NO_ANSWER = "68"
MALFUNCTION = "22"
CANCELLED = "17"
PARTIAL = "32"
"""Reasons of a reversal, DE39 in ISO 8583:1987."""


@dataclass(frozen=True)
class PendingRecord:
    """A transaction that is not final.

    `held` counts pieces of cash, by denomination in minor units, that the customer gave and that
    are to be given back if the transaction does not stand.
    """

    operation: str
    mti: str
    stan: str
    transmitted: str
    """DE7 of the request."""
    elements: dict[str, str]
    card: str = ""
    """Masked."""
    held: dict[int, int] = field(default_factory=dict)
    reversal_stan: str = ""
    """Given before the reversal first leaves; a repeat has the same."""
    reason: str = NO_ANSWER
    retained_minor: int = 0
    """What of it stands: what was dispensed when that was only a part."""
    undo: dict[str, Any] = field(default_factory=dict)
    """Of one that is cancelled later: what its `cancelled` line says once that is acknowledged."""

    @classmethod
    def of(
        cls, operation: str, request: Message, card: str, held: Mapping[int, int]
    ) -> PendingRecord:
        """The record of a request about to leave."""
        elements = {key: request.text(key) for key in pick(request, COPIED)}
        return cls(
            operation, request.mti, request.text(11), request.text(7), elements, card, dict(held)
        )

    @classmethod
    def of_line(cls, request: Mapping[str, Any]) -> PendingRecord:
        """The record that the `request` line of a cancellable request keeps."""
        told = request["copied"]
        return cls(
            request["operation"],
            told["mti"],
            request["stan"],
            told["transmitted"],
            dict(told["elements"]),
            request.get("card", ""),
        )

    @property
    def copied(self) -> dict[str, Any]:
        """What a journal keeps of it so that it can be reversed when no record is left."""
        return {"mti": self.mti, "transmitted": self.transmitted, "elements": self.elements}

    @property
    def rrn(self) -> str:
        return self.elements["37"]

    @property
    def amount_minor(self) -> int:
        return int(self.elements["4"])

    def reversing(self, stan: str, reason: str, retained_minor: int = 0) -> PendingRecord:
        """The record once a reversal of all but `retained_minor` is decided."""
        return replace(self, reversal_stan=stan, reason=reason, retained_minor=retained_minor)

    def reversal(self, wall_clock: WallClock, *, repeat: bool) -> Message:
        """The 0420, or the 0421 that repeats it."""
        acquirer = self.elements["32"].rjust(11, "0")
        message = Message(
            {
                "t": "0421" if repeat else "0420",
                **self.elements,
                "7": transmission_time(wall_clock.now()),
                "11": self.reversal_stan,
                "39": self.reason,
                "90": self.mti + self.stan + self.transmitted + acquirer + "0" * 11,
            }
        )
        if self.retained_minor:
            # DE4 stays as authorised; what stands of it, then no settlement amount and no fees.
            message["95"] = f"{self.retained_minor:012}" + "0" * 30
        return message


class PendingFolder:
    """The records of one terminal. `write` and `purge` block: they run on its executor."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self.folder = folder
        self._vault = vault

    def load(self) -> tuple[list[PendingRecord], list[Path]]:
        """The records, oldest first, and the files that are none (they are set aside).

        A file still being written at a power cut was never given its name: nothing had left. What
        an older program kept in clear is sealed.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        records, bad = [], []
        for path in sorted(self.folder.iterdir()):
            if path.suffix == ".part":
                path.unlink()
            elif path.suffix == ".json":
                try:
                    records.append(self._read(path))
                except (ValueError, TypeError, KeyError, VaultError):
                    bad.append(path.rename(path.with_suffix(".unreadable")))
        return sorted(records, key=lambda record: record.rrn), bad

    def write(self, record: PendingRecord) -> None:
        """Put a record in place of what there was of it, durably. Raises OSError."""
        path = self._path(record)
        sealed = self._vault.seal(json.dumps(asdict(record)), self._bound_to(path))
        data = json.dumps({"sealed": sealed}).encode()
        replace_file(path, data, unfinished=path.with_suffix(".part"))

    def purge(self, record: PendingRecord) -> None:
        """Forget a record whose transaction is final: its journal line is on the disk already,
        so that a record which a power cut brings back is recognised.
        """
        self._path(record).unlink(missing_ok=True)

    def _path(self, record: PendingRecord) -> Path:
        return self.folder / f"{record.rrn}.json"

    def _bound_to(self, path: Path) -> str:
        return f"{self.folder.name}/{path.stem}"

    def _read(self, path: Path) -> PendingRecord:
        text = path.read_text()
        kept = json.loads(text)
        if "sealed" in kept:
            return _read(self._vault.unseal(str(kept["sealed"]), self._bound_to(path)))
        record = _read(text)
        self.write(record)
        return record


def _read(text: str) -> PendingRecord:
    fields = json.loads(text)
    fields["held"] = {int(piece): int(count) for piece, count in fields["held"].items()}
    record = PendingRecord(**fields)
    if not (record.rrn and record.stan and record.amount_minor >= 0):
        raise ValueError("a pending record without its numbers")
    return record
