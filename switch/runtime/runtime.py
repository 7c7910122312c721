"""Everything a party needs of its surroundings, in one object handed down at its start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import structlog

from switch.runtime.chance import Chance, Entropy, Random, SystemEntropy
from switch.runtime.clock import ReactorWallClock, WallClock
from switch.runtime.executor import Executor, ThreadExecutor


class Log(Protocol):
    """The part of a structlog logger that we use: an event is a sentence, facts are keywords."""

    def debug(self, event: str, **facts: Any) -> Any: ...
    def info(self, event: str, **facts: Any) -> Any: ...
    def warning(self, event: str, **facts: Any) -> Any: ...
    def error(self, event: str, **facts: Any) -> Any: ...
    def bind(self, **facts: Any) -> Log: ...


@dataclass(frozen=True)
class Runtime:
    """A party's surroundings: reactor, wall clock, chance, entropy, executors, log.

    `party` names the party whose streams of chance, executors and log lines these are.
    """

    reactor: Any
    wall_clock: WallClock
    chance: Chance
    entropy: Entropy
    new_executor: Callable[[str], Executor]
    log: Log
    party: str = "guichet"

    def of(self, party: str) -> Runtime:
        """The same surroundings seen by another party."""
        return replace(self, party=party, log=self.log.bind(party=party))

    def random(self, concern: str) -> Random:
        """This party's generator for one concern."""
        return self.chance.stream(f"{self.party}/{concern}")

    def executor(self, purpose: str) -> Executor:
        """A serial executor of this party's own."""
        return self.new_executor(f"{self.party}/{purpose}")


def real_runtime(reactor: Any, seed: int, log: Log | None = None) -> Runtime:
    """The surroundings of a real process: real clock, operating system's entropy, threads."""
    return Runtime(
        reactor=reactor,
        wall_clock=ReactorWallClock(reactor),
        chance=Chance(seed),
        entropy=SystemEntropy(),
        new_executor=lambda name: ThreadExecutor(reactor, name),
        log=log if log is not None else cast(Log, structlog.get_logger()),
    )
