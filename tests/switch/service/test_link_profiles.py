"""What a network file says of a link's messages reaches its lines and the metrics."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest_twisted

from simulator.testing import free_port
from switch.link.http import HttpClient
from switch.service.checks import load_switch_file

With = Callable[..., Coroutine[Any, Any, None]]


async def with_profile(bench: Any, **profile: Any) -> int:
    """Start again with these settings of the terminals' listener; the port of the metrics."""
    await bench.stop_switch()
    port: int = free_port()
    section = load_switch_file("local").switch
    terminals = section.listeners["terminals"].model_copy(update={"port": 0, **profile})
    listeners = {"terminals": terminals}
    bench.change = {"metrics_port": port, "listeners": listeners}
    await bench.start()
    return port


async def metrics(bench: Any, port: int) -> str:
    scraper = HttpClient(bench.surroundings("peer"), host="127.0.0.1", port=port)
    text: str = (await scraper.request("GET", "/metrics", b"", 5.0)).body.decode()
    await scraper.close()
    return text


@pytest_twisted.ensureDeferred
async def test_what_a_link_tolerates_passes_and_is_counted(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        odd = bench.encode(bench.withdrawal()) + b"\r\n"
        peer = await bench.peer()
        assert await peer.code(odd) == "30"
        port = await with_profile(bench, tolerate=("trailing-bytes",))
        peer = await bench.peer()
        assert await peer.code(odd) == "00"
        told = 'guichet_tolerated_total{link="terminals",tolerance="trailing-bytes"} 1.0'
        assert told in await metrics(bench, port)

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_a_link_refuses_what_breaks_the_rules_of_its_dialect_and_counts_it(
    with_switch: With,
) -> None:
    async def test(bench: Any) -> None:
        port = await with_profile(bench, rules="refuse")
        peer = await bench.peer()
        request = bench.withdrawal()
        request.pop("18", None)
        assert await peer.code(request) == "30"
        told = 'guichet_rules_broken_total{element="18",link="terminals",rule="missing"} 1.0'
        assert told in await metrics(bench, port)

    await with_switch(test)
