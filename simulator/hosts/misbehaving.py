"""What a rule makes of a host's answer."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.hosts.rules import HostRule
from switch.wire import Message


@dataclass(frozen=True)
class Answering:
    """What came of a message: the rule that took it, and the answer once there is one."""

    rule: HostRule | None
    answer: Message | None = None


def falsified(answer: Message, rule: HostRule) -> Message:
    """The answer as the rule has it: elements changed, and left out."""
    changed = answer.copy()
    changed.update(rule.wrong)
    for element in rule.without:
        changed.pop(element, None)
    return changed
