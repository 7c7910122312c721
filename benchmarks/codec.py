"""What decoding and encoding cost: CPU time a message, against pyiso8583 in the same run.

    .venv/bin/python -m benchmarks.codec             the table; exit code 1 when a floor is missed
    .venv/bin/python -m benchmarks.codec --show      the generated code of the first message
    .venv/bin/python -m benchmarks.codec --memory    what 100,000 strange bitmaps leave behind

pyiso8583 is given the specification compiled from the same dialect and checks neither characters,
dates, MTI nor track; `codec` is the whole of `Codec`, with all its checks. iso8583sim, which reads
text only, is measured too where it is installed. The contenders take turns, so that a busy machine
slows all of them; the ratios are medians of the rounds.
"""

from __future__ import annotations

import sys

# This folder holds a switch.py, which must not hide the package.
sys.path.pop(0)

import argparse
import time
import tracemalloc
from collections.abc import Callable, Mapping
from statistics import median

import click
import iso8583

from switch.wire import Codec, Dialect, Value, load_dialect
from switch.wire.generated import FastCodec, fast_codec
from switch.wire.generated.cache import ADMIT_AFTER
from switch.wire.spec import spec_of

try:
    from iso8583sim.core.builder import ISO8583Builder
    from iso8583sim.core.parser import ISO8583Parser
except ImportError:
    ISO8583Builder = ISO8583Parser = None

FLOOR = 9.0
ROUNDS = 60
# Long enough for the clock, short enough that the contenders see the same machine.
TURN_S = 0.004
LIMIT_MB = 50
BITMAPS = 100_000
# Enough to fill the cache several times; each takes some 50 ms to compile under tracemalloc.
INSISTING = 1_000

# The elements that a withdrawal must have, and the PAN.
PLAIN: dict[str, Value] = {
    "t": "0200",
    "2": "9504010000000019",
    "3": "010000",
    "4": "000000020000",
    "7": "1124103601",
    "11": "000001",
    "12": "113601",
    "13": "1124",
    "18": "6011",
    "22": "051",
    "25": "00",
    "32": "504001",
    "37": "632811000001",
    "41": "GAB00001",
    "42": "AGENCE000000001",
    "49": "504",
}
CHIP = "9F2608C2C12B098F3DA6E39F2701809F10120110A00003220000000000000000000000FF9F370411223344"
LONG = PLAIN | {
    "54": "1002504C000000100000",
    "55": CHIP,
    "90": "0200000001112410360100000504001" + "0" * 11,
}
MESSAGES = {"15 elements": PLAIN, "with 54, 55, 90": LONG}

Work = Callable[[], object]


def contenders(
    dialect: Dialect, message: Mapping[str, Value]
) -> dict[str, tuple[Work, Work, Work]]:
    """Decode, encode and both, by contender; all agree on the bytes."""
    codec, spec = Codec(dialect), spec_of(dialect)
    body = codec.encode(message)
    for _ in range(ADMIT_AFTER):
        assert codec.encode(codec.decode(body)) == body
    decoded, _ = iso8583.decode(body, spec)
    assert iso8583.encode(decoded, spec)[0] == body
    found = {
        "codec": (
            lambda: codec.decode(body),
            lambda: codec.encode(message),
            lambda: codec.encode(codec.decode(body)),
        ),
        "pyiso8583": (
            lambda: iso8583.decode(body, spec),
            lambda: iso8583.encode(decoded, spec),
            lambda: iso8583.encode(iso8583.decode(body, spec)[0], spec),
        ),
    }
    if ISO8583Parser is not None and dialect.numeric == "ascii":
        parser, builder, text = ISO8583Parser(), ISO8583Builder(), body.decode()
        parsed = parser.parse(text)
        found["iso8583sim"] = (
            lambda: parser.parse(text),
            lambda: builder.build(parsed),
            lambda: builder.build(parser.parse(text)),
        )
    return found


def measure(works: Mapping[str, Work]) -> dict[str, list[float]]:
    """Microseconds of CPU a call, by contender: one number a round, the rounds interleaved."""
    counts = {}
    for name, work in works.items():
        counts[name] = max(1, int(TURN_S * 1e6 / _turn(work, 20)))
    rounds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            rounds[name].append(_turn(work, counts[name]))
    return rounds


def _turn(work: Work, count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        work()
    return max(time.process_time() - start, 1e-9) / count * 1e6


def table(names: list[str]) -> bool:
    """Print every case; whether all floors hold."""
    held = True
    click.echo(f"{'us of CPU a message':<40} {'codec':>7} {'pyiso8583':>16} {'iso8583sim':>16}")
    for name in names:
        for label, message in MESSAGES.items():
            found = contenders(load_dialect(name), message)
            for index, what in enumerate(("decode", "encode", "both")):
                rounds = measure({who: works[index] for who, works in found.items()})
                ours = rounds.pop("codec")
                cells = f"{name:<13} {label:<17} {what:<8} {median(ours):>7.2f}"
                for times in rounds.values():
                    ratio = median(his / mine for his, mine in zip(times, ours, strict=True))
                    cells += f" {median(times):>8.2f} x{ratio:>6.2f}"
                ratio = median(
                    his / mine for his, mine in zip(rounds["pyiso8583"], ours, strict=True)
                )
                missed = message is PLAIN and what != "both" and ratio < FLOOR
                held = held and not missed
                click.echo(cells + (f"   below {FLOOR:g}" if missed else ""))
    return held


def memory(names: list[str]) -> bool:
    """Print what strange bitmaps leave in memory; whether the limit holds."""
    held = True
    for name in names:
        fast = FastCodec(load_dialect(name))
        insisting = FastCodec(load_dialect(name), admit_after=1)
        for codec, count, how in (
            (fast, BITMAPS, "bitmaps, each once"),
            (insisting, INSISTING, "bitmaps, each until it is compiled"),
        ):
            tracemalloc.start()
            for number in range(1, count + 1):
                codec.decode(_strange(number, codec.dialect))
            kept, peak = (size / 1e6 for size in tracemalloc.get_traced_memory())
            tracemalloc.stop()
            held = held and peak < LIMIT_MB
            found = f"{count:>7,} {how}: {len(codec.heads)} compiled"
            click.echo(f"{name:<13} {found}, {kept:.1f} MB kept, {peak:.1f} MB at most")
    return held


def _strange(number: int, dialect: Dialect) -> bytes:
    """A message whose bitmap, of up to 40 elements that the dialect has, is all its own."""
    known = [int(key) for key in dialect.fields]
    # Multiplied by odd constants, the bits of a number are spread and none are lost.
    bits = (number * 0x9E3779B97F4A7C15F39CC0605CEDC835 + number) % (1 << 127)
    chosen = [element for element in known if bits >> (128 - element) & 1][-40:]
    bitmap = 1 << 127 | sum(1 << (128 - element) for element in chosen)
    raw = bitmap.to_bytes(16, "big")
    mti = b"\x02\x00" if dialect.numeric == "bcd" else b"0200"
    return mti + (raw if dialect.bitmap == "raw" else raw.hex().upper().encode())


def main() -> int:
    """Measure, print, and say whether the floors hold."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    options.add_argument("--dialect", action="append", help="iso87-ascii and iso87-binary")
    options.add_argument("--show", action="store_true", help="print the generated code instead")
    options.add_argument("--memory", action="store_true", help="measure memory instead")
    chosen = options.parse_args()
    names = chosen.dialect or ["iso87-ascii", "iso87-binary"]
    if chosen.show:
        for name in names:
            fast = fast_codec(load_dialect(name))
            click.echo(fast.source_of_decoder(Codec(fast.dialect).encode(PLAIN)).text)
            click.echo(fast.source_of_encoder(PLAIN).text)
        return 0
    return 0 if (memory(names) if chosen.memory else table(names)) else 1


if __name__ == "__main__":
    sys.exit(main())
