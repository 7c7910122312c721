"""A switch starts, stops, drains and starts again on its journal."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import CancelledError, Deferred

from simulator.testing import free_port
from switch.link import AddressTakenError
from switch.link.http import HttpClient
from switch.store import StoreFormatError

With = Callable[..., Coroutine[Any, Any, None]]


@pytest_twisted.ensureDeferred
async def test_a_restart_remembers_what_it_has_seen(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer()
        assert await peer.code(bench.withdrawal()) == "00"
        await bench.stop_switch()
        await bench.start()
        peer = await bench.peer()
        assert await peer.code(bench.withdrawal()) == "94"
        repeat = await peer.ask(bench.withdrawal(mti="0201"))
        assert (repeat.mti, repeat.text(38), repeat.text(39)) == ("0210", "A12345", "00")
        assert len(bench.issuer.posted) == 1

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_a_drain_answers_what_is_under_way_and_91_to_the_rest(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        busy, idle = await bench.peer(), await bench.peer()
        bench.issuer.hold = True
        busy.send(bench.withdrawal("000001"))
        await bench.until(lambda: bool(bench.issuer.asked))
        port = bench.switch.ports["terminals"]
        stopping = Deferred.fromCoroutine(bench.stop_switch(drain=True))
        await idle.closed
        assert await busy.code(bench.withdrawal("000002")) == "91"
        assert await busy.code(bench.network("001")) == "91"
        assert await busy.code(bench.network("301")) == "00"
        bench.issuer.release()
        assert (await busy.answer()).text(39) == "00"
        await busy.closed
        await stopping
        assert [row["state"] for row in bench.rows("transactions")] == ["approved"]
        await bench.start()
        assert bench.switch.ports["terminals"] != port or bench.switch.ports

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_a_stop_in_the_middle_leaves_a_reversal_for_the_next_start(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        peer = await bench.peer()
        bench.issuer.hold = True
        peer.send(bench.withdrawal())
        await bench.until(lambda: bool(bench.issuer.asked))
        await bench.stop_switch()
        (row,) = bench.rows("transactions")
        assert row["state"] in ("forwarded", "in_doubt")
        bench.issuer.hold = False
        await bench.start()
        await bench.until(lambda: "0420" in bench.issuer.types)
        await bench.until(lambda: bench.rows("transactions")[0]["state"] == "reversed")
        assert bench.rows("pending") == []

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_a_taken_port_is_told_and_nothing_is_left_open(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        taken = bench.switch.ports["terminals"]
        await bench.stop_switch()
        blocker = bench.reactor.listenTCP(taken, _nothing(), interface="127.0.0.1")
        listeners = bench.settings.switch.listeners
        mine = listeners["terminals"].model_copy(update={"port": taken})
        bench.change = {"listeners": {**listeners, "terminals": mine}}
        with pytest.raises(AddressTakenError, match=f"127.0.0.1:{taken}"):
            await bench.start()
        bench.switch = None
        await blocker.stopListening()
        await bench.start()
        assert bench.switch.ports["terminals"] == taken

    await with_switch(test)


def _nothing() -> Any:
    from twisted.internet.protocol import Factory

    return Factory()


@pytest_twisted.ensureDeferred
async def test_a_taken_port_for_metrics_is_told_too(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        bench.change = {"metrics_port": bench.switch.ports["terminals"]}
        first, bench.folder = bench.switch, bench.folder / "other"
        bench.folder.mkdir()
        with pytest.raises(AddressTakenError, match="metrics"):
            await bench.start()
        bench.switch = first

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_a_file_that_is_no_journal_is_refused(with_switch: With, tmp_path: Path) -> None:
    async def test(bench: Any) -> None:
        first, bench.folder = bench.switch, tmp_path / "other"
        bench.folder.mkdir()
        (bench.folder / "switch.db").write_text("dear bank, " * 1000)
        with pytest.raises(StoreFormatError):
            await bench.start()
        bench.switch = first

    await with_switch(test)


@pytest.mark.parametrize("turns", [0, 1, 50])
@pytest.mark.parametrize("missing", ["issuer", "core"])
@pytest_twisted.ensureDeferred
async def test_a_start_can_be_stopped_wherever_it_is(
    with_switch: With, missing: str, turns: int
) -> None:
    async def test(bench: Any) -> None:
        await bench.stop_switch()
        if missing == "issuer":
            link = bench.settings.switch.links["issuer"]
            bench.change = {"links": {"issuer": link.model_copy(update={"port": free_port()})}}
        else:
            bench.core.well = False
        starting = Deferred.fromCoroutine(bench.start())
        switch, left = bench.switch, iter(range(turns))
        await bench.until(lambda: next(left, None) is None)
        await bench.stop_switch()
        with pytest.raises(CancelledError):
            await starting
        listeners = switch._links.listeners.values() if switch._links is not None else ()
        assert not any(listener.listening for listener in listeners)

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_without_waiting_it_listens_at_once_and_answers_91(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        await bench.stop_switch()
        link = bench.settings.switch.links["issuer"]
        bench.change = {"links": {"issuer": link.model_copy(update={"port": free_port()})}}
        await bench.start(peers=False)
        peer = await bench.peer()
        assert await peer.code(bench.withdrawal("000001")) == "91"
        assert await peer.code(bench.withdrawal("000002", pan=bench.AMINA)) == "00"
        assert bench.rows("owed") == []

    await with_switch(test)


@pytest_twisted.ensureDeferred
async def test_metrics_count_answers_and_a_scraper_does_not_outlive_a_stop(
    with_switch: With,
) -> None:
    async def test(bench: Any) -> None:
        await bench.stop_switch()
        port = free_port()
        bench.change = {"metrics_port": port}
        await bench.start()
        peer = await bench.peer()
        assert await peer.code(bench.withdrawal()) == "00"
        assert await peer.code(bench.withdrawal(mti="0620")) == "12"
        scraper = HttpClient(bench.surroundings("peer"), host="127.0.0.1", port=port)
        text = (await scraper.request("GET", "/metrics", b"", 5.0)).body.decode()
        assert 'guichet_messages_answered_total{mti="0200",response_code="00"} 1.0' in text
        assert 'guichet_messages_answered_total{mti="other",response_code="12"} 1.0' in text
        assert 'guichet_lines_open{listener="terminals"} 1.0' in text
        assert 'guichet_link_signed_on{link="issuer"} 1.0' in text
        await bench.stop_switch()
        await bench.until(lambda: not scraper._open)
        await scraper.close()

    await with_switch(test)
