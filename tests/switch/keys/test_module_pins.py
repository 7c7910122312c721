from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from switch.keys import (
    EncryptedPin,
    ForbiddenError,
    Ibm3624,
    InvalidInputError,
    InvalidPinBlockError,
    PinFormat,
    Pvv,
    SoftwareModule,
    WrongUsageError,
)

PAN = "9504010000000019"
OTHER_PAN = "9504027777777718"
ISO0, ISO1, ISO3, ISO4 = PinFormat
PADS = {ISO0: "pad", ISO1: "pad", ISO3: "pad", ISO4: "pad.aes"}
OPENS = {"pad": "pin", "pad.aes": "pin.aes"}
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def keyed(module: SoftwareModule, now: Any) -> Any:
    """Gives the encrypted PIN that a customer keys, as the key that opens it sees it."""

    def key_in(pin: str, pin_format: PinFormat = ISO0, pan: str = PAN) -> EncryptedPin:
        pad = PADS[pin_format]
        block = now(module.encrypt_pin(pad, pin_format, pin, pan))
        return EncryptedPin(pin_format, OPENS[pad], block)

    return key_in


@pytest.mark.parametrize("source", [ISO0, ISO3, ISO4, ISO1])
@pytest.mark.parametrize(("target", "key"), [(ISO0, "pin.other"), (ISO3, "pin"), (ISO4, "pin.aes")])
def test_a_translated_pin_is_the_same_pin(
    source: PinFormat, target: PinFormat, key: str, module: SoftwareModule, keyed: Any, now: Any
) -> None:
    value = now(module.pin_value(keyed("12345"), PAN, Pvv("pvk")))
    block = now(module.translate_pin(keyed("12345", source), PAN, key, target))
    moved = EncryptedPin(target, key, block)
    assert now(module.verify_pin(moved, PAN, Pvv("pvk"), value))


@pytest.mark.parametrize("source", [ISO0, ISO3, ISO4])
def test_a_pin_is_not_translated_away_from_its_card(
    source: PinFormat, module: SoftwareModule, keyed: Any, now: Any
) -> None:
    with pytest.raises(ForbiddenError):
        now(module.translate_pin(keyed("1234", source), PAN, "pin.other", ISO1))


@pytest.mark.parametrize("source", [ISO0, ISO3, ISO4])
def test_a_pin_is_not_translated_to_another_card(
    source: PinFormat, module: SoftwareModule, keyed: Any, now: Any
) -> None:
    with pytest.raises(InvalidPinBlockError):
        now(module.translate_pin(keyed("1234", source), OTHER_PAN, "pin.other", ISO0))


def test_a_block_under_another_key_is_refused(module: SoftwareModule, keyed: Any, now: Any) -> None:
    block = keyed("1234").block
    with pytest.raises(InvalidPinBlockError):
        now(module.translate_pin(EncryptedPin(ISO0, "pin.other", block), PAN, "pin", ISO0))


def test_a_block_said_to_be_of_another_format_is_refused(
    module: SoftwareModule, keyed: Any, now: Any
) -> None:
    block = keyed("1234", ISO0).block
    with pytest.raises(InvalidPinBlockError):
        now(module.translate_pin(EncryptedPin(ISO3, "pin", block), PAN, "pin", ISO0))


@pytest.mark.parametrize(
    ("ksn", "block"),
    [("FFFF9876543210E00001", "1B9C1845EB993A7A"), ("FFFF9876543210EFF800", "33365F5CC6F23C35")],
)
def test_a_pin_of_a_tdes_pad_reaches_the_zone(
    ksn: str, block: str, module: SoftwareModule, keyed: Any, now: Any
) -> None:
    pan = "4012345678909"
    pin = EncryptedPin(ISO0, "bdk", bytes.fromhex(block), bytes.fromhex(ksn))
    zone = now(module.translate_pin(pin, pan, "pin.other", ISO0))
    value = now(module.pin_value(keyed("1234", ISO0, pan), pan, Pvv("pvk")))
    assert now(module.verify_pin(EncryptedPin(ISO0, "pin.other", zone), pan, Pvv("pvk"), value))


def test_a_pin_of_an_aes_pad_reaches_the_zone(module: SoftwareModule, keyed: Any, now: Any) -> None:
    pan = "4111111111111111"
    ksn = bytes.fromhex("123456789012345600000001")
    pin = EncryptedPin(ISO4, "bdk.aes", bytes.fromhex("A912150391AB65A67E52883D81CE2D15"), ksn)
    zone = now(module.translate_pin(pin, pan, "pin", ISO0))
    value = now(module.pin_value(keyed("1234", ISO0, pan), pan, Pvv("pvk")))
    assert now(module.verify_pin(EncryptedPin(ISO0, "pin", zone), pan, Pvv("pvk"), value))


@pytest.mark.parametrize(
    ("base", "pin_format", "ksn"),
    [("bdk", ISO0, "FFFF9876543210E00005"), ("bdk.aes", ISO4, "123456789012345600000005")],
)
def test_a_pad_and_its_base_key_agree(
    base: str, pin_format: PinFormat, ksn: str, module: SoftwareModule, now: Any
) -> None:
    serial = bytes.fromhex(ksn)
    now(module.derive_device_key("pad.1", base, serial))
    block = now(module.encrypt_pin("pad.1", pin_format, "4321", PAN, ksn=serial))
    for key in (base, "pad.1"):
        pin = EncryptedPin(pin_format, key, block, serial)
        assert len(now(module.translate_pin(pin, PAN, "pin", ISO0))) == 8
    later = EncryptedPin(pin_format, base, block, serial[:-1] + b"\x06")
    with pytest.raises(InvalidPinBlockError):
        now(module.translate_pin(later, PAN, "pin", ISO0))


@pytest.mark.parametrize("reference", [Pvv("pvk", 3), Ibm3624("ibm", "1234567890123456", 2, 12)])
def test_only_the_right_pin_is_verified(
    reference: Any, module: SoftwareModule, keyed: Any, now: Any
) -> None:
    value = now(module.pin_value(keyed("1234"), PAN, reference))
    assert now(module.verify_pin(keyed("1234"), PAN, reference, value))
    assert not now(module.verify_pin(keyed("1235"), PAN, reference, value))


def test_the_published_references_hold_through_the_module(
    module: SoftwareModule, keyed: Any, now: Any
) -> None:
    pan = "4111111111111111"
    assert now(module.verify_pin(keyed("1234", ISO0, pan), pan, Pvv("pvk", 1), "9464"))
    pan = "1122334455667788"
    ibm = Ibm3624("ibm", "1234567890123456")
    assert now(module.verify_pin(keyed("1234", ISO0, pan), pan, ibm, "7710"))
    assert now(module.pin_value(keyed("0000", ISO0, pan), pan, ibm)) == "6586"


def test_a_pin_of_another_length_than_the_offset_is_wrong(
    module: SoftwareModule, keyed: Any, now: Any
) -> None:
    value = now(module.pin_value(keyed("1234"), PAN, Ibm3624("ibm")))
    assert not now(module.verify_pin(keyed("12345"), PAN, Ibm3624("ibm"), value))


@pytest.mark.parametrize("reference", [Pvv("pvk"), Ibm3624("ibm")])
def test_a_pin_is_changed_by_whoever_knows_the_current_one(
    reference: Any, module: SoftwareModule, keyed: Any, now: Any
) -> None:
    old = now(module.pin_value(keyed("1234"), PAN, reference))
    new = now(module.change_pin(keyed("1234"), keyed("987654", ISO3), PAN, reference, old))
    assert now(module.verify_pin(keyed("987654"), PAN, reference, new))
    assert not now(module.verify_pin(keyed("1234"), PAN, reference, new))
    assert now(module.change_pin(keyed("1111"), keyed("2222"), PAN, reference, old)) is None


@pytest.mark.parametrize("value", ["", "123", "12345", "12A4", "1234567890123"])
def test_what_is_not_a_pvv_is_refused(
    value: str, module: SoftwareModule, keyed: Any, now: Any
) -> None:
    with pytest.raises(InvalidInputError):
        now(module.verify_pin(keyed("1234"), PAN, Pvv("pvk"), value))


def test_a_decimalisation_table_that_tells_digits_is_refused(
    module: SoftwareModule, keyed: Any, now: Any
) -> None:
    spy = Ibm3624("ibm", "0000000000000001")
    with pytest.raises(ForbiddenError):
        now(module.verify_pin(keyed("1234"), PAN, spy, "0000"))


@pytest.mark.parametrize("key", ["pin", "pin.other", "zmk", "mac", "bdk"])
def test_a_pin_is_keyed_under_the_key_of_a_pad_only(
    key: str, module: SoftwareModule, trail: list[Any], now: Any
) -> None:
    with pytest.raises(WrongUsageError):
        now(module.encrypt_pin(key, ISO0, "1234", PAN))
    assert trail[-1].command == "encrypt-pin"


def test_the_key_of_a_pad_opens_nothing(module: SoftwareModule, keyed: Any, now: Any) -> None:
    pin = EncryptedPin(ISO0, "pad", keyed("1234").block)
    with pytest.raises(WrongUsageError):
        now(module.translate_pin(pin, PAN, "pin.other", ISO0))


@shared
@given(
    st.text("0123456789", min_size=4, max_size=12), st.text("0123456789", min_size=12, max_size=19)
)
def test_any_pin_of_any_card_survives_three_zones(
    module: SoftwareModule, now: Any, pin: str, pan: str
) -> None:
    block = now(module.encrypt_pin("pad", ISO0, pin, pan))
    first = EncryptedPin(ISO0, "pin", block)
    value = now(module.pin_value(first, pan, Ibm3624("ibm")))
    second = EncryptedPin(ISO4, "pin.aes", now(module.translate_pin(first, pan, "pin.aes", ISO4)))
    third = EncryptedPin(
        ISO3, "pin.other", now(module.translate_pin(second, pan, "pin.other", ISO3))
    )
    assert now(module.verify_pin(third, pan, Ibm3624("ibm"), value))
