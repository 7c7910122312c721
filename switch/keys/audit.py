"""The audit trail of a security module: what was asked of which keys, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from switch.runtime import Log

DONE = "done"


@dataclass(frozen=True)
class AuditRecord:
    """A command, the keys it named, and its outcome: `done` or the code of the refusal."""

    command: str
    keys: tuple[str, ...]
    outcome: str
    reason: str = ""


Audit = Callable[[AuditRecord], None]


def no_audit(record: AuditRecord) -> None:
    """For tests and simulated parties."""


def log_audit(log: Log) -> Audit:
    """An audit trail in the log: refusals are warnings."""

    def write(record: AuditRecord) -> None:
        names = ", ".join(record.keys)
        if record.outcome == DONE:
            log.info("keys", command=record.command, keys=names, outcome=DONE)
        else:
            log.warning(
                "keys refused",
                command=record.command,
                keys=names,
                outcome=record.outcome,
                reason=record.reason,
            )

    return write
