"""No input makes the module give out key material or a PIN: in a result, an error or a repr."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.python.failure import Failure

from switch.keys import (
    Algorithm,
    AuditRecord,
    ChipCryptogram,
    EncryptedPin,
    Ibm3624,
    PinFormat,
    Purpose,
    Pvv,
    SoftwareModule,
)
from switch.keys.primitives.pin_block import clear_block
from switch.keys.requests import REQUESTS, Request
from switch.runtime import Random, SeededEntropy

NAMES = [
    *("zmk", "zmk.aes", "pin", "pin.other", "pin.aes", "pad", "pvk", "ibm", "mac", "mac.cbc"),
    *("mac.cmac", "cvk", "arqc", "script", "bdk", "bdk.aes", "nothing"),
]
PAN = "9504010000000019"
KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")

names = st.sampled_from(NAMES) | st.text(max_size=20)
datas = st.sampled_from([b"", KEY, KEY[:8], bytes(8), bytes(16)]) | st.binary(max_size=40)
pans = st.just(PAN) | st.text("0123456789", max_size=20) | st.text(max_size=20)
digits = st.text("0123456789", max_size=12) | st.text(max_size=5)
serials = st.none() | st.binary(min_size=8, max_size=12)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": names,
    "under": names,
    "key": names,
    "base": names,
    "target": names,
    "successor": names,
    "keep": names,
    "after": st.text(max_size=5),
    "purpose": st.sampled_from(Purpose),
    "algorithm": st.sampled_from(Algorithm),
    "exportable": st.booleans(),
    "replace": st.booleans(),
    "block": st.text(max_size=120) | st.text("BDP0TAECX123456789", min_size=16, max_size=120),
    "check_value": st.none() | st.text("0123456789ABCDEF", max_size=18),
    "mode": st.none() | st.sampled_from("BCDEGVNX"),
    "ksn": st.binary(min_size=8, max_size=12),
    "pan": pans,
    "format": st.sampled_from(PinFormat),
    "reference": st.builds(Pvv, names, st.integers(-1, 11))
    | st.builds(Ibm3624, names, st.sampled_from(["0123456789012345", "0" * 16])),
    "value": digits,
    "data": datas,
    "padding": st.integers(-1, 4),
    "size": st.integers(-1, 300),
    "mac": datas,
    "expiry": digits,
    "service_code": digits,
    "response": datas,
    "header": datas,
}
PINS = st.builds(EncryptedPin, st.sampled_from(PinFormat), names, datas, serials)
CHIPS = st.builds(
    ChipCryptogram,
    st.sampled_from(["visa-10", "visa-18", "mchip-16", "mchip-20", "?"]),
    pans,
    digits,
    *([datas] * 4),
)
VALUES |= {"pin": PINS, "current": PINS, "new": PINS, "chip": CHIPS}


@st.composite
def requests(draw: Any) -> Request[Any]:
    kind: Any = draw(st.sampled_from(REQUESTS))
    return kind(**{one.name: draw(VALUES[one.name]) for one in fields(kind)})


def secrets_of(module: SoftwareModule) -> Iterator[bytes]:
    """Every eight bytes that are a part of a key."""
    for key in module._ring:
        for at in range(0, len(key.clear), 8):
            yield key.clear[at : at + 8]


def check(text: str, data: bytes, secrets: list[bytes]) -> None:
    for secret in secrets:
        assert secret not in data
        assert secret.hex() not in text.lower()


@pytest.mark.filterwarnings("ignore:.*TripleDES")
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(requests(), max_size=8))
def test_no_request_is_answered_with_key_material(
    module: SoftwareModule, trail: list[AuditRecord], asked: list[Request[Any]]
) -> None:
    held = list(secrets_of(module))
    given_by_tests = {KEY[:8], KEY[8:]}
    for request in asked:
        results: list[Any] = []
        module.perform(request).addBoth(results.append)
        assert results
        secrets = [*held, *secrets_of(module)]
        result = results[0]
        if isinstance(result, Failure):
            check(result.getErrorMessage(), b"", secrets)
            assert PAN not in result.getErrorMessage()
        else:
            data = result if isinstance(result, bytes) else b""
            # what the test itself put into a request may come back encrypted, never as it was
            check(str(result), data, [one for one in secrets if one not in given_by_tests])
            check(str(result), data, [KEY])
    for record in trail:
        check(repr(record), b"", held)
        assert PAN not in repr(record)


@pytest.mark.parametrize("pin_format", [PinFormat.ISO0, PinFormat.ISO1, PinFormat.ISO3])
def test_no_clear_pin_block_comes_back(
    pin_format: PinFormat, module: SoftwareModule, now: Any
) -> None:
    entropy = SeededEntropy(Random(3))
    block = now(module.encrypt_pin("pad", pin_format, "94837261", PAN))
    moved = now(
        module.translate_pin(EncryptedPin(pin_format, "pin", block), PAN, "pin", PinFormat.ISO0)
    )
    clear = clear_block(PinFormat.ISO0, "94837261", PAN, entropy)
    assert moved != clear
    assert b"94837261" not in moved
    assert bytes.fromhex("94837261") not in moved


def test_a_key_is_not_copied_out_of_its_module(module: SoftwareModule) -> None:
    key = module._ring.get("pin")
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            way(key)


def test_nothing_that_is_secret_is_in_a_repr(module: SoftwareModule, now: Any) -> None:
    for key in module._ring:
        assert key.clear.hex() not in repr(key).lower()
        assert key.clear.hex() not in repr(key.info).lower()
    pin = EncryptedPin(PinFormat.ISO0, "pin", KEY[:8])
    chip = ChipCryptogram("visa-10", PAN, "01", bytes(2), bytes(4), PAN.encode(), bytes(8))
    for shown in (repr(pin), repr(chip)):
        assert KEY[:8].hex() not in shown.lower()
        assert PAN not in shown


def test_a_request_shows_neither_card_nor_pin_block() -> None:
    for kind in REQUESTS:
        described: Any = kind
        hidden = {"pan", "block", "data", "value"}
        shown = {one.name for one in fields(described) if one.repr}
        assert not hidden & shown, kind.command


def test_an_unforeseen_error_is_told_by_its_type_alone(
    module: SoftwareModule, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Any, request: Any) -> bytes:
        raise ValueError(f"the key is {KEY.hex()}")

    monkeypatch.setitem(module._handlers, REQUESTS[-1], fails.__get__(module))
    with pytest.raises(Exception, match="ValueError") as refused:
        now(module.random_bytes(8))
    assert KEY.hex() not in str(refused.value)
    assert refused.value.__cause__ is None
