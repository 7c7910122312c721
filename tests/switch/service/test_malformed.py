"""Every malformed frame of a published collection, against a switch that is signed on.

After each, the line it came on either closed or goes on, a fresh line is served, and nothing of
it went any further.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest_twisted

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "malformed.jsonl").read_text().splitlines()
]

DIFFERENT = {
    # A zero length is a keep-alive here.
    **{
        f"moov-fuzz-{name}": "ignored"
        for name in (
            *("1bd31888", "b1cb6a50", "16dfced4", "f21ea6d6"),
            *("6fd7378a", "12936f5c", "ba309682"),
        )
    },
    # An empty DE32 says nothing, and the lenient group need not say it.
    "field-32-00": "answered 00",
    # What looks like an answer, broken or not, is never answered; the log says what is wrong.
    "j8583-incomplete-var-header": "ignored",
    "j8583-incomplete-var-data": "ignored",
    # A reversal is never declined: its original is remembered, and refused when it comes.
    "0420-unknown-original": "answered 00",
    # A repeat of what was never seen is the first to arrive, and is served.
    "repeat-0201": "answered 00",
}
"""Where this switch does something else than the collection expects, with the reason."""

DOLLARS, DIRHAMS = b"8401400011122233344", b"5041400011122233344"
"""DE49 and what follows it. In dirhams nothing but the fault itself refuses a message."""

STAN = b"000123093015"
"""DE11 and DE12: each row gets a trace number of its own, or it would be a duplicate."""

With = Callable[..., Coroutine[Any, Any, None]]


def stan_of(name: str) -> str:
    return f"{100_001 + [row['name'] for row in ROWS].index(name)}"


async def outcome(bench: Any, frame: bytes) -> str:
    """What came of a frame: closed, ignored, or answered and with what."""
    peer = await bench.peer()
    peer.write(frame)
    peer.send(bench.network("301", "999001"))
    peer.finish_sending()
    codes = []
    line_went_on = False
    while (answer := await peer.answer()) is not None:
        if (answer.mti, answer.text(11)) == ("0810", "999001"):
            line_went_on = True
        else:
            codes.append(answer.text(39))
    if codes:
        return f"answered {' '.join(codes)}"
    return "ignored" if line_went_on else "closed"


@pytest_twisted.ensureDeferred
async def test_each_malformed_frame_is_refused_where_it_stands(with_switch: With) -> None:
    async def test(bench: Any) -> None:
        wrong = []
        for number, row in enumerate(ROWS, 100_001):
            frame = bytes.fromhex(row["hex"]).replace(DOLLARS, DIRHAMS)
            came = await outcome(bench, frame.replace(STAN, b"%06d093015" % number))
            refused = came == "closed" or (came.startswith("answered") and "00" not in came)
            expected = {"error": refused, "ignore": came == "ignored"}[row["expect"]]
            if row["name"] in DIFFERENT:
                expected = came == DIFFERENT[row["name"]]
            if not (expected or row.get("accept_ok")):
                wrong.append((row["name"], row["layer"], row["expect"], came))
            fresh = await bench.peer(sign_on=False)
            assert await fresh.code(bench.network("301")) == "00", row["name"]
            await fresh.close()
        assert wrong == []
        served = [row for row in bench.rows("transactions") if row["state"] == "approved"]
        assert [row["stan"] for row in served] == [stan_of("field-32-00"), stan_of("repeat-0201")]

    await with_switch(test)
