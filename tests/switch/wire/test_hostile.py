"""Whatever bytes come: a message or the wire's own error, bounded in time, and no PAN in its text.

The messages of others are cut, flipped, spliced and stretched, in every shipped dialect. A few
tens of thousands here; `make soak` runs a million.
"""

from __future__ import annotations

import json
import random
import re
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from switch.wire import Codec, WireError, describe, dialect_names, load_dialect, one_line
from switch.wire.tolerance import TOLERANCES

DATA = Path(__file__).with_name("data")
FRAME_MAX_BYTES = 4096

SOME = 24_000
A_MILLION = 1_000_000
SHARDS = 4
SLOWEST_S = 0.5
"""CPU seconds that one input may take: hundreds of times the slowest seen, as machines differ."""

DIALECTS = [load_dialect(name) for name in dialect_names()]
STRICT = [Codec(dialect) for dialect in DIALECTS]
TOLERANT = [Codec(dialect, tolerate=TOLERANCES) for dialect in DIALECTS]


def published() -> list[bytes]:
    """Every message of the vectors, by whatever dialect."""
    found: list[bytes] = []
    for name in ("published", "vectors", "malformed"):
        for line in (DATA / f"{name}.jsonl").read_text().splitlines():
            row = json.loads(line)
            found.append(bytes.fromhex(row.get("hex") or row["body"]))
    return [body for body in found if body]


def full(codec: Codec, pan: str) -> bytes:
    """A message with the PAN wherever a PAN may be."""
    nineteen = "1" if codec.dialect.name.startswith("iso93") else "0"
    track = f"{pan}=27121010000012345"
    chip = {"5A": pan + "F" * (len(pan) % 2), "9F26": "0102030405060708"}
    message: dict[str, Any] = {
        "t": f"{nineteen}200",
        "2": pan,
        "3": "010000",
        "4": "000000020000",
        "11": "000001",
        "35": track,
        "41": "GAB00001",
        "45": f"B{pan}^AMINA/EL^27121010000012345",
        "49": "504",
        "52": "0412AC89ABCDEF67",
        "55": chip,
        "102": "999780000000000000100112",
    }
    if codec.dialect.name == "gab87":
        message["48"] = {"01": "1001", "03": f"card={pan}"}
    return codec.encode(message)


def some_pan(chance: random.Random) -> str:
    """A PAN of 13 to 19 digits with its check digit, a new one each time."""
    digits = [9, 5, 0, 4] + [chance.randrange(10) for _ in range(chance.randrange(8, 15))]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[::-2]]
    total = sum(doubled) + sum(digits[-2::-2])
    return "".join(map(str, digits)) + str(-total % 10)


Hurt = Callable[[bytes, random.Random, list[bytes]], bytes]


def cut(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def behead(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    return body[chance.randrange(len(body)) :]


def flip(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    hurt = bytearray(body)
    for _ in range(chance.randrange(1, 4)):
        hurt[chance.randrange(len(hurt))] ^= 1 << chance.randrange(8)
    return bytes(hurt)


def lose(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    at = chance.randrange(len(body))
    return body[:at] + body[at + chance.randrange(1, 4) :]


def stretch(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    at = chance.randrange(len(body))
    return body[:at] + chance.randbytes(chance.randrange(1, 6)) + body[at:]


def splice(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    other = chance.choice(others)
    return body[: chance.randrange(len(body))] + other[chance.randrange(len(other)) :]


def announce(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Another bitmap, in bytes or in hexadecimal."""
    bits = chance.randbytes(chance.choice((8, 16)))
    raw = bits if chance.random() < 0.5 else bits.hex().upper().encode()
    start = chance.choice((2, 4))
    return body[:start] + raw + body[start + len(raw) :]


def oversize(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """The largest lengths somewhere in the middle, and much behind them."""
    at = chance.randrange(len(body))
    length = chance.choice((b"999", b"99", b"\x99\x99", b"\x09\x99", b"\xff\xff", b"\xf9\xf9\xf9"))
    tail = chance.choice((b"9", b"\x00", b"\x99", b"\xf9")) * chance.randrange(2000)
    return body[:at] + length + tail


def nest(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Constructed tags inside each other, deeper than anything is, as chip data."""
    inner = b"\x9f\x02\x01\x00"
    for _ in range(chance.randrange(200)):
        size = len(inner)
        inner = (
            b"\x70" + (bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2, "big")) + inner
        )
    head = b"0200" + b"0000000000000200" + f"{len(inner) * 2 % 1000:03}".encode()
    packed = b"\x02\x00" + bytes.fromhex("0000000000000200") + bytes.fromhex(f"{len(inner):04}")
    return chance.choice((head + inner.hex().upper().encode(), packed + inner))


def noise(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    return chance.randbytes(chance.randrange(300))


HURTS: tuple[Hurt, ...] = (
    *(cut, behead, flip, flip, lose, stretch, splice, announce, oversize, nest, noise),
)


def hostile(count: int, seed: int) -> Iterator[tuple[bytes, str]]:
    """Inputs, each with the PAN that it may hold whole."""
    chance = random.Random(seed)
    bodies = published()
    whole = dict[int, bytes]()
    pan = ""
    for number in range(count):
        if number % 50 == 0:
            pan = some_pan(chance)
            whole = {at: full(codec, pan) for at, codec in enumerate(STRICT)}
        known = number % 3 == 0
        body = chance.choice(bodies) if known else whole[chance.randrange(len(whole))]
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            body = chance.choice(HURTS)(body, chance, bodies)[:FRAME_MAX_BYTES] or b"0"
        yield body, pan


def text_of(error: WireError) -> str:
    """Everything that logging or printing an error could show."""
    shown = [
        *("".join(traceback.format_exception_only(error)), str(error), repr(error)),
        *(repr(error.args), error.describe(), json.dumps(error.to_json()), repr(error.complaint)),
        *(error.excerpt, repr(error.others), repr(dict(error.shown))),
    ]
    chained: BaseException | None = error.__cause__ or error.__context__
    while chained is not None:
        shown += [str(chained), repr(chained), repr(chained.args), repr(vars(chained))]
        chained = chained.__cause__ or chained.__context__
    return "\n".join(shown)


def ways_to_write(pan: str) -> list[str]:
    """The PAN as text, and as the hexadecimal of an excerpt: characters, EBCDIC, BCD."""
    packed = bytes.fromhex(pan + "0" * (len(pan) % 2))
    # A pad may stand behind the last digit, so the last byte is left out.
    rows = [raw[:-1].hex(" ") for raw in (pan.encode(), pan.encode("cp500"), packed)]
    escaped = "".join(f"\\x{one:02x}" for one in packed[:-1])
    return [pan, *rows, escaped, repr(packed[:-1].decode("latin-1"))[1:-1]]


def stands_alone(pan: str, text: str) -> bool:
    """Whether the PAN is there and touches no other digit: what is no card is not masked."""
    return re.search(f"(?<![0-9]){pan}(?![0-9])", text) is not None


def judge(codec: Codec, body: bytes, pan: str) -> str:
    """What became of an input, in one word."""
    try:
        message = codec.decode(body)
    except WireError as refusal:
        error = refusal
    else:
        text = describe(message, codec.dialect) + one_line(message)
        assert not stands_alone(pan, text), f"{codec.dialect.name} shows a PAN of {body.hex()}"
        assert codec.decode(codec.encode(message)) == message
        return "read"
    text = text_of(error)
    leaked = [one for one in ways_to_write(pan) if one in text]
    assert not leaked, f"{codec.dialect.name} shows {leaked} of {body.hex()}"
    assert not stands_alone(pan, repr(error.partial)), f"{codec.dialect.name}: {body.hex()}"
    assert error.position is not None
    assert 0 <= error.position <= len(body)
    return "refused"


@pytest.mark.parametrize("codecs", [STRICT, TOLERANT], ids=["strict", "tolerant"])
def test_hostile_bytes_are_a_message_or_a_wire_error_that_shows_no_pan(
    codecs: list[Codec],
) -> None:
    counted: Counter[str] = Counter()
    for number, (body, pan) in enumerate(hostile(SOME // 2, seed=83)):
        counted[judge(codecs[number % len(codecs)], body, pan)] += 1
    # Both happen, so neither half of the judge is asleep.
    assert counted["refused"] > SOME // 4
    assert counted["read"] > SOME // 100


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_million_hostile_inputs(shard: int) -> None:
    counted: Counter[str] = Counter()
    slowest_s, slow = 0.0, b""
    started_s = time.process_time()
    for number, (body, pan) in enumerate(hostile(A_MILLION // SHARDS, seed=8583 + shard)):
        codecs = STRICT if number % 2 else TOLERANT
        before_s = time.process_time()
        counted[judge(codecs[number // 2 % len(codecs)], body, pan)] += 1
        took_s = time.process_time() - before_s
        if took_s > slowest_s:
            slowest_s, slow = took_s, body
    spent_s = time.process_time() - started_s
    told = f"{counted['refused']:,} refused, {counted['read']:,} read, {spent_s:.0f} s of CPU"
    longest = f"the slowest took {slowest_s * 1000:.1f} ms ({len(slow)} bytes)"
    # Printed by -rP, also from processes of pytest-xdist.
    click.echo(f"{counted.total():,} inputs: {told}; {longest}")
    assert slowest_s < SLOWEST_S, slow.hex()
