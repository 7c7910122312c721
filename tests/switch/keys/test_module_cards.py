from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from switch.keys import ChipCryptogram, InvalidInputError, SoftwareModule, WrongUsageError
from switch.keys.primitives.emv_schemes import SCHEMES

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
PAN = "9504010000000019"
DATA = b"Now is the time for all "


def test_the_published_macs_hold_through_the_module(module: SoftwareModule, now: Any) -> None:
    assert now(module.generate_mac("mac", DATA)).hex().upper() == "A1C72E74EA3FA9B6"
    assert now(module.generate_mac("mac", DATA, padding=2)).hex().upper() == "E9086230CA3BE796"
    assert now(module.verify_mac("mac", DATA, bytes.fromhex("A1C72E74")))


@pytest.mark.parametrize("key", ["mac", "mac.cbc", "mac.cmac"])
def test_a_mac_is_right_for_its_message_alone(key: str, module: SoftwareModule, now: Any) -> None:
    mac = now(module.generate_mac(key, DATA))
    assert now(module.verify_mac(key, DATA, mac))
    assert now(module.verify_mac(key, DATA, mac[:4]))
    assert not now(module.verify_mac(key, DATA + b"!", mac))
    assert not now(module.verify_mac(key, DATA, bytes(8)))


def test_each_kind_of_key_makes_a_mac_of_its_own(module: SoftwareModule, now: Any) -> None:
    macs = {now(module.generate_mac(key, DATA)) for key in ("mac", "mac.cbc", "mac.cmac")}
    assert len(macs) == 3


@pytest.mark.parametrize(("key", "size"), [("mac", 3), ("mac", 9), ("mac.cmac", 17), ("mac", -1)])
def test_a_mac_is_not_shorter_than_4_nor_longer_than_a_block(
    key: str, size: int, module: SoftwareModule, now: Any
) -> None:
    with pytest.raises(InvalidInputError):
        now(module.generate_mac(key, DATA, size=size))
    with pytest.raises(InvalidInputError):
        now(module.verify_mac(key, DATA, bytes(max(0, size))))


def test_a_card_value_is_right_for_its_card_alone(module: SoftwareModule, now: Any) -> None:
    value = now(module.card_value("cvk", "4123456789012345", "8701", "101"))
    assert value == "561"
    assert now(module.verify_card_value("cvk", "4123456789012345", "8701", "101", value))
    assert not now(module.verify_card_value("cvk", "4123456789012345", "8701", "999", value))


@pytest.mark.parametrize("value", ["", "56", "5611", "56x", "５６１"])
def test_what_is_not_a_card_value_is_refused(value: str, module: SoftwareModule, now: Any) -> None:
    with pytest.raises(InvalidInputError):
        now(module.verify_card_value("cvk", "4123456789012345", "8701", "101", value))


def card_says(scheme: str) -> ChipCryptogram:
    """What a card of that scheme sends, as its chip computes it."""
    rules, counter, number = SCHEMES[scheme], b"\0\x1c", bytes.fromhex("52BF4585")
    data = bytes(range(40))
    key = rules.card_key(KEY, PAN, "01")
    return ChipCryptogram(
        scheme, PAN, "01", counter, number, data, rules.cryptogram(key, counter, number, data)
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_cryptogram_is_verified_and_answered(
    scheme: str, module: SoftwareModule, now: Any
) -> None:
    chip, response = card_says(scheme), bytes(4) if scheme == "visa-18" else b"00"
    assert now(module.verify_cryptogram("arqc", chip))
    answer = now(module.answer_cryptogram("arqc", chip, response))
    rules = SCHEMES[scheme]
    assert answer == rules.answer(
        rules.card_key(KEY, PAN, "01"), chip.counter, chip.number, chip.cryptogram, response
    )


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "wrong",
    [
        {"cryptogram": bytes(8)},
        {"data": bytes(40)},
        {"pan": "9504010000000027"},
        {"sequence": "02"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_cryptogram_is_not_answered(
    scheme: str, wrong: dict[str, Any], module: SoftwareModule, now: Any
) -> None:
    chip = replace(card_says(scheme), **wrong)
    assert not now(module.verify_cryptogram("arqc", chip))
    assert now(module.answer_cryptogram("arqc", chip, b"00")) is None


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_script_carries_a_mac(scheme: str, module: SoftwareModule, now: Any) -> None:
    chip, header = card_says(scheme), bytes.fromhex("8424000008")
    mac = now(module.script_mac("script", chip, header, b""))
    key = SCHEMES[scheme].card_key(KEY, PAN, "01")
    assert mac == SCHEMES[scheme].script_mac(key, chip.counter, chip.cryptogram, header, b"")
    with pytest.raises(WrongUsageError):
        now(module.script_mac("arqc", chip, header, b""))


def test_random_bytes_are_as_many_as_asked_for(module: SoftwareModule, now: Any) -> None:
    assert len(now(module.random_bytes(16))) == 16
    assert now(module.random_bytes(16)) != now(module.random_bytes(16))


@pytest.mark.parametrize("size", [0, -1, 257])
def test_random_bytes_have_a_limit(size: int, module: SoftwareModule, now: Any) -> None:
    with pytest.raises(InvalidInputError):
        now(module.random_bytes(size))
