"""How many transactions a CPU-second of the switch carries, and what it adds to their latency.

    .venv/bin/python -m benchmarks.switch             ISO 8583 in, four lines of ISO 8583 out
    .venv/bin/python -m benchmarks.switch --core      the payment core over HTTP behind it
    .venv/bin/python -m benchmarks.switch --keys      PINs and MACs, beside none, in the same run
    .venv/bin/python -m benchmarks.switch --terminals 10000    so many lines, most of them idle
    .venv/bin/python -m benchmarks.switch --soak 300  memory and descriptors over so many seconds

The switch is a process of its own, journal on (SQLite, synchronous=FULL); this process is the
load. The peer, measured in the same run, is a plain Twisted proxy that only copies frames. CPU
time is that of all threads, user and system. On a machine that others load, the best of several
rounds counts (`--rounds`), and beside each round stands what pyiso8583 took to decode the request.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

# This folder holds a switch.py, which must not hide the package.
sys.path[0] = str(Path(__file__).parent.parent)

import iso8583
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from benchmarks.switch_load import (
    BODY,
    IN_FLIGHT,
    Core,
    Host,
    Load,
    Terminals,
    connect,
    listen,
    pause,
)
from benchmarks.switch_load import reactor as the_reactor
from benchmarks.switch_process import Measured, core_network, hosts_network, proxy_to, switch_of
from switch.wire import load_dialect
from switch.wire.spec import spec_of

DECODES = 2_000
"""Messages that pyiso8583 decodes, to tell how fast the machine is just then."""

PER_CPU_S, ONE_PER_CPU_S = "per CPU-second", "one at a time, per CPU-second"


async def fastest(
    name: str, what: Measured, load: Load, chosen: argparse.Namespace
) -> tuple[float, float]:
    """Transactions a CPU-second, and a second, with all lines busy: the best of the rounds."""
    await Load(load.lines).closed(min(2000, chosen.transactions), IN_FLIGHT)  # warm up
    best = fastest_a_second = 0.0
    for _ in range(chosen.rounds):
        busy = Load(load.lines)
        before, began = what.cpu_s(), time.perf_counter()
        await busy.closed(chosen.transactions, IN_FLIGHT)
        spent_s, wall_s = what.cpu_s() - before, time.perf_counter() - began
        figure = chosen.transactions / spent_s
        best = max(best, figure)
        fastest_a_second = max(fastest_a_second, chosen.transactions / wall_s)
        beside = f"{chosen.transactions / wall_s:,.0f} a second; pyiso8583 {reference_us():.0f} us"
        say(f"{name}: {PER_CPU_S}", figure, beside)
        say("  p50, p99 ms", busy.percentile_ms(0.5), f"{busy.percentile_ms(0.99):,.1f}")
    return best, fastest_a_second


async def measure(
    name: str, what: Measured, made: Callable[[bytes], Terminals], chosen: argparse.Namespace
) -> dict[str, float]:
    """All figures of one process."""
    load = await connect(what.port, made)
    best, a_second = await fastest(name, what, load, chosen)
    figures = {PER_CPU_S: best}
    half = Load(load.lines)
    # Where others take the machine's time, half of what came through and not of what could.
    rate = min(best, a_second, chosen.rate_max) / 2
    await half.open(chosen.transactions // 2, rate)
    figures["p99 at half rate, ms"] = half.percentile_ms(0.99)
    say(f"{name}: p99 ms at {rate:,.0f} a second", figures["p99 at half rate, ms"])
    alone, few = Load(load.lines), max(400, chosen.transactions // 10)
    before = what.cpu_s()
    await alone.closed(few, 1)
    figures[ONE_PER_CPU_S] = few / (what.cpu_s() - before)
    say(f"{name}: {ONE_PER_CPU_S}", figures[ONE_PER_CPU_S])
    say("  p50, p99 ms", alone.percentile_ms(0.5), f"{alone.percentile_ms(0.99):,.1f}")
    for line in load.lines:
        line.transport.loseConnection()
    return figures


async def through_hosts(chosen: argparse.Namespace) -> None:
    """ISO 8583 on both sides, beside a proxy."""
    host = listen(Host)
    port = host.getHost().port
    with switch_of(hosts_network, port) as switch, proxy_to(port) as proxy:
        await pause(1.5)
        ours = await measure("switch", switch, Terminals, chosen)
        peer = await measure("proxy", proxy, Terminals, chosen)
    host.stopListening()
    for what in (PER_CPU_S, ONE_PER_CPU_S):
        say(f"switch / proxy: {what}", ours[what] / peer[what])
    added = ours["p99 at half rate, ms"] - peer["p99 at half rate, ms"]
    say("p99 that the switch adds at half its rate, ms", added)


async def through_core(chosen: argparse.Namespace) -> None:
    """The payment core's HTTP service behind the switch."""
    core = listen(Core)
    with switch_of(core_network, core.getHost().port) as switch:
        await pause(1.0)
        await measure("through the core", switch, Terminals, chosen)
    core.stopListening()


async def with_keys(chosen: argparse.Namespace) -> None:
    """PINs translated and MACs on, beside neither, in the same run."""
    from benchmarks.switch_keys import keyed_network, keyed_terminals

    host, rates = listen(Host), []
    for name, network, made in (
        ("without keys", hosts_network, lambda folder: Terminals),
        ("with PIN and MAC", keyed_network, keyed_terminals),
    ):
        with switch_of(network, host.getHost().port) as switch:
            await pause(1.5)
            load = await connect(switch.port, made(switch.folder))
            rates.append((await fastest(name, switch, load, chosen))[0])
    host.stopListening()
    say("with / without", rates[1] / rates[0])


async def with_terminals(chosen: argparse.Namespace) -> None:
    """Many lines that are signed on and echo now and then, while some ask."""
    from benchmarks.switch_crowd import crowd

    host = listen(Host)
    with switch_of(hosts_network, host.getHost().port) as switch:
        await pause(1.0)
        await crowd(switch, chosen.terminals, say)
    host.stopListening()


async def soaked(chosen: argparse.Namespace) -> None:
    """A steady rate for minutes."""
    from benchmarks.switch_crowd import soak

    host = listen(Host)
    with switch_of(hosts_network, host.getHost().port) as switch:
        await pause(1.0)
        await soak(switch, chosen.soak, say)
    host.stopListening()


def reference_us() -> float:
    """CPU that pyiso8583 takes to decode the request: 38 where nobody else was at work."""
    spec = spec_of(load_dialect("gab87"))
    before = time.process_time()
    for _ in range(DECODES):
        iso8583.decode(BODY, spec)
    return (time.process_time() - before) / DECODES * 1e6


def say(what: str, figure: float, beside: str = "") -> None:
    print(f"{what:48}{figure:12,.2f}  {beside}".rstrip(), flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--transactions", type=int, default=20_000, help="in a round")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--rate-max", type=float, default=10_000, help="twice the steady rate")
    modes = options.add_mutually_exclusive_group()
    modes.add_argument("--core", action="store_true")
    modes.add_argument("--keys", action="store_true")
    modes.add_argument("--terminals", type=int, metavar="N")
    modes.add_argument("--soak", type=int, metavar="SECONDS")
    chosen = options.parse_args()
    job: Callable[[argparse.Namespace], Coroutine[Any, Any, None]] = through_hosts
    if chosen.core:
        job = through_core
    elif chosen.keys:
        job = with_keys
    elif chosen.terminals:
        job = with_terminals
    elif chosen.soak:
        job = soaked
    failures: list[Failure] = []

    def finished(result: object) -> None:
        if isinstance(result, Failure):
            failures.append(result)
        the_reactor.stop()

    the_reactor.callWhenRunning(lambda: Deferred.fromCoroutine(job(chosen)).addBoth(finished))
    the_reactor.run()
    for failure in failures:
        failure.printTraceback()
        sys.exit(1)


if __name__ == "__main__":
    main()
