"""What a switch holds: ten thousand lines at once, and hours of business. For benchmarks/switch.py.

Both are about memory, descriptors and the latency of those who ask meanwhile.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from functools import partial
from itertools import cycle, islice
from typing import Any

from twisted.internet.defer import DeferredList
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.task import LoopingCall

from benchmarks.switch_load import Load, Terminals, connect, itself, management, pause, reactor
from benchmarks.switch_process import Measured

ECHO_EVERY_S = 60.0
CROWD_RATE, CROWD_S = 200, 30
SOAK_RATE = 500
TOGETHER = 200
"""Lines that are opened at once."""

Say = Callable[..., None]


async def crowd(switch: Measured, terminals: int, say: Say) -> None:
    """So many terminals on lines of their own, echoing once a minute; 200 requests a second."""
    need = terminals + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < need:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(need, hard), hard))
    say("resident MB with no line", switch.resident_mb())
    lines: list[Terminals] = []
    for first in range(0, terminals, TOGETHER):
        more = [Terminals(b"LAB%05d" % (first + at + 1)) for at in range(TOGETHER)]
        opening: list[Any] = []
        for at, line in enumerate(more):
            # Ports of one address do not suffice: the lines come from several.
            source = (f"127.0.0.{2 + (first + at) // 20_000}", 0)
            point = TCP4ClientEndpoint(reactor, "127.0.0.1", switch.port, bindAddress=source)
            opening.append(point.connect(Factory.forProtocol(partial(itself, line))))
        await DeferredList(opening, fireOnOneErrback=True)
        await DeferredList([line.signed_on for line in more], fireOnOneErrback=True)
        lines += more
    say("resident MB with all lines signed on", switch.resident_mb(), f"{len(lines):,} lines")
    turn = cycle(lines)
    part_s = 0.05
    each = max(1, round(len(lines) * part_s / ECHO_EVERY_S))

    def echo() -> None:
        for line in islice(turn, each):
            line.transport.write(management(b"301"))

    echoing = LoopingCall(echo)
    echoing.start(part_s)
    before = switch.cpu_s()
    load = Load(lines)
    await load.open(CROWD_RATE * CROWD_S, CROWD_RATE)
    say("p50, p99 ms at 200 a second", load.percentile_ms(0.5), f"{load.percentile_ms(0.99):,.1f}")
    say("not approved", load.refused, f"of {len(load.latencies):,}")
    say("CPU, of one core", (switch.cpu_s() - before) / CROWD_S)
    echoing.stop()
    say("resident MB at the end", switch.resident_mb())


async def soak(switch: Measured, seconds: int, say: Say) -> None:
    """500 requests a second; memory and descriptors, told ten times on the way."""
    load = await connect(switch.port, Terminals)
    seen: list[tuple[float, int]] = []
    began = time.perf_counter()
    for _ in range(10):
        part = Load(load.lines)
        await part.open(SOAK_RATE * seconds // 10, SOAK_RATE)
        await pause(0.2)
        seen.append((switch.resident_mb(), switch.descriptors()))
        told = f"MB, {seen[-1][1]} descriptors, p99 {part.percentile_ms(0.99):,.1f} ms"
        told += f", {part.refused} refused"
        say(f"after {time.perf_counter() - began:,.0f} s", seen[-1][0], told)
    half = seen[len(seen) // 2][0]
    say("MB more at the end than in the middle", seen[-1][0] - half)
    say("descriptors more at the end than at first", seen[-1][1] - seen[0][1])
