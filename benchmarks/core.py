"""How many confirmations a CPU-second of the payment core carries.

    .venv/bin/python -m benchmarks.core [--payments 4000] [--url postgresql+psycopg://...]

The core runs as its own process, on a SQLite file unless a database is named, every commit durable.
This process is the channels: it first asks what is owed (a new top-up each time), then confirms
all of it from an account, `IN_FLIGHT` requests at a time, so that commits are grouped. The peer,
measured in the same run, is `/health` of the same core, which reads and posts nothing: what HTTP
and a turn at the database cost alone. CPU time is the core's own, user and system, threads
included, from /proc.
"""

from __future__ import annotations

import sys

# This folder has a `switch` of its own.
sys.path.pop(0)

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred, gatherResults

from switch.link.http import HttpAnswer, HttpClient
from switch.runtime import real_runtime
from switch.settings import config_folder

reactor: Any = real_reactor

IN_FLIGHT = 64
RIB = "999780000000000000100112"
START_S = 30.0
DEADLINE_S = 30.0
WANTED = 500
"""Confirmations a CPU-second that the core is to carry on SQLite."""


def network(folder: Path, port: int, url: str | None) -> Path:
    """A network file with the core alone behind a switch that is not started."""
    text = (config_folder() / "fees.yaml").read_text()
    text = text.replace("port: 8587", f"port: {port}").replace("seed/fees-core.yaml", "seed.yaml")
    if url is not None:
        text = text.replace("  seed: seed.yaml", f"  seed: seed.yaml\n  database: {url}")
    seed = (config_folder() / "seed" / "local-core.yaml").read_text()
    seed = seed.replace("balance: 10,000.00", "balance: 9,000,000.00", 1)
    seed = re.sub(r"(?m)^pins:.*$|^    pin_value:.*$", "", seed)
    (folder / "seed.yaml").write_text(seed)
    path = folder / "network.yaml"
    path.write_text(text)
    return path


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used, with its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def in_flight(
    works: Iterable[Callable[[], Deferred[HttpAnswer]]],
) -> tuple[list[HttpAnswer], list[float]]:
    """The answers of all, never more than IN_FLIGHT at once, and how long each took."""
    answers: list[HttpAnswer] = []
    times_s: list[float] = []
    left = iter(works)

    async def lane() -> None:
        for work in left:
            began_s = reactor.seconds()
            answers.append(await work())
            times_s.append(reactor.seconds() - began_s)

    await gatherResults([Deferred.fromCoroutine(lane()) for _ in range(IN_FLIGHT)])
    return answers, times_s


async def measured(
    pid: int, works: list[Callable[[], Deferred[HttpAnswer]]]
) -> tuple[list[HttpAnswer], float, float, list[float]]:
    """Answers, requests a CPU-second of the core, requests a second, times in order."""
    cpu_before_s, began_s = cpu_s(pid), reactor.seconds()
    answers, times_s = await in_flight(works)
    used_s, took_s = cpu_s(pid) - cpu_before_s, reactor.seconds() - began_s
    return answers, len(works) / used_s, len(works) / took_s, sorted(times_s)


async def run(pid: int, port: int, payments: int) -> float:
    """Measure, print; confirmations a CPU-second."""
    client = HttpClient(
        real_runtime(reactor, 1), host="127.0.0.1", port=port, connections_max=IN_FLIGHT
    )

    def post(path: str, key: str, body: dict[str, Any]) -> Callable[[], Deferred[HttpAnswer]]:
        data = json.dumps(body).encode()
        return lambda: client.request("POST", path, data, DEADLINE_S, idempotency_key=key)

    bill = {"creditor": "1002", "kind": "02", "channel": "mobile"}
    form = {"number": "0661000001", "amount": "10"}
    enquiries = [post("/v1/debts", f"e{n}", {**bill, "form": form}) for n in range(payments)]
    debts = [json.loads(answer.body) for answer in (await in_flight(enquiries))[0]]
    confirmations = []
    for number, owed in enumerate(debts):
        body = {
            **bill,
            "terminal_id": "MOB00001",
            "stan": f"{number % 1_000_000:06}",
            "rrn": f"{number:012}",
            "reference": owed["reference"],
            "articles": [{k: a[k] for k in ("id", "price_minor")} for a in owed["articles"]],
            "parameters": owed["parameters"],
            "total_minor": owed["total_minor"],
            "currency": "504",
            "means": "account",
            "account": RIB,
        }
        confirmations.append(post("/v1/confirmations", f"c{number}", body))
    health = [lambda: client.request("GET", "/health", b"", DEADLINE_S)] * payments
    _, peer, _, _ = await measured(pid, health)
    answers, per_cpu, per_second, times_s = await measured(pid, confirmations)
    approved = sum(json.loads(answer.body)["outcome"] == "approved" for answer in answers)
    await client.close()
    if approved != payments:
        raise SystemExit(f"only {approved} of {payments} were approved")
    p50_ms, p99_ms = (1000 * times_s[int(len(times_s) * part)] for part in (0.5, 0.99))
    print(f"confirmations     {per_cpu:8.0f} a CPU-second of the core (wanted: {WANTED})")
    print(f"                  {per_second:8.0f} a second, p50 {p50_ms:.1f} ms, p99 {p99_ms:.1f} ms")
    print(f"peer, /health     {peer:8.0f} a CPU-second")
    print(f"ratio             {per_cpu / peer:8.2f}")
    return per_cpu


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the core listens."""
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the core did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=4000)
    parser.add_argument("--url", help="A database of a server, empty; a SQLite file otherwise.")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="guichet-core-"))
    port = free_port()
    config = network(folder, port, options.url)
    command = [sys.executable, "-m", "simulator.cli.main", "core", "--config", str(config)]
    command += ["--data-dir", str(folder / "data"), "--log-level", "error"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(process, port)
        done = Deferred.fromCoroutine(run(process.pid, port, options.payments))
        results: list[Any] = []
        done.addBoth(results.append).addBoth(lambda _: reactor.stop())
        reactor.run()
        if not isinstance(results[0], float):
            results[0].raiseException()
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
