"""What stands between length and MTI on a listener: answers come back addressed to who asked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest_twisted

from switch.service.checks import load_switch_file
from switch.settings.framing import FramingSettings
from switch.wire import Codec, load_dialect

With = Callable[..., Coroutine[Any, Any, None]]

CODEC = Codec(load_dialect("gab87"))


async def answered(bench: Any, peer: Any, head: bytes, message: Any) -> tuple[bytes, str, str]:
    """What stands in front of the answer, its MTI and DE39."""
    peer.send(head + bench.encode(message))
    await bench.until(lambda: bool(peer.frames))
    frame = peer.frames.popleft()
    answer = CODEC.decode(frame[len(head) :])
    return frame[: len(head)], answer.mti, answer.text(39)


@pytest_twisted.ensureDeferred
async def test_tpdu_and_header_of_a_request_come_back_swapped_and_same(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        await bench.stop_switch()
        terminals = load_switch_file("local").switch.listeners["terminals"]
        framing = FramingSettings(name="2-byte-binary", tpdu="6000010002", header="ISO026000070")
        update = {"port": 0, "framing": framing}
        bench.change = {"listeners": {"terminals": terminals.model_copy(update=update)}}
        await bench.start()
        peer = await bench.peer(sign_on=False)
        header = b"ISO026000075"
        near, far = bytes.fromhex("6001020304") + header, bytes.fromhex("6003040102") + header
        assert await answered(bench, peer, near, bench.network("001")) == (far, "0810", "00")
        # This one waits for the issuer, and must still know where it came from.
        assert await answered(bench, peer, near, bench.withdrawal()) == (far, "0210", "00")
        # An answer to another address on the same line is addressed to that one.
        other, back = bytes.fromhex("600506aabb") + header, bytes.fromhex("60aabb0506") + header
        assert await answered(bench, peer, other, bench.network("301")) == (back, "0810", "00")
        peer.send(near[:5] + b"ISO-26000075" + bench.encode(bench.network("301")))
        await bench.until(lambda: peer.is_closed)
        (line,) = [one for one in bench.warnings() if one["event"] == "line refused"]
        assert "header" in line["reason"]

    await with_switch(test)
