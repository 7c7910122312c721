"""What a party is given: time, chance, entropy, executors, a log; and how it keeps small files."""

from switch.runtime.chance import (
    Chance,
    Entropy,
    Random,
    SeededEntropy,
    SystemEntropy,
    identifier,
    ordered_identifier,
)
from switch.runtime.clock import (
    CASABLANCA,
    ReactorWallClock,
    WallClock,
    local_time,
    transmission_time,
)
from switch.runtime.executor import Executor, ThreadExecutor
from switch.runtime.runtime import Log, Runtime, real_runtime

__all__ = [
    "CASABLANCA",
    "Chance",
    "Entropy",
    "Executor",
    "Log",
    "Random",
    "ReactorWallClock",
    "Runtime",
    "SeededEntropy",
    "SystemEntropy",
    "ThreadExecutor",
    "WallClock",
    "identifier",
    "local_time",
    "ordered_identifier",
    "real_runtime",
    "transmission_time",
]
