from __future__ import annotations

from typing import Any

import pytest

from switch.keys import (
    Algorithm,
    InvalidInputError,
    InvalidKeyBlockError,
    KeyExistsError,
    Purpose,
    SecurityModuleError,
    SoftwareModule,
    UnknownKeyError,
    WrongCheckValueError,
    WrongUsageError,
)
from switch.keys.held import KeyRing
from switch.keys.key_service import LIST_MAX
from switch.keys.primitives.check_value import zero_check_value
from switch.keys.primitives.ciphers import Aes, has_odd_parity
from switch.keys.primitives.key_block import KeyBlockProtection
from switch.keys.primitives.key_block_header import KeyBlockHeader, OptionalBlock, read_header
from switch.runtime import Random, SeededEntropy

ENTROPY = SeededEntropy(Random(2))
ZMK = KeyBlockProtection(bytes(range(1, 17)), "T")
HEADER = KeyBlockHeader("B", "P0", "T", "B", "00", "E")
KEY = bytes.fromhex("5DB50B454F8389ADCE573BE50861F2BF")


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_key_is_made_of_the_kinds_that_its_purpose_allows(
    purpose: Purpose, algorithm: Algorithm, module: SoftwareModule, now: Any
) -> None:
    if algorithm in purpose.rules.algorithms:
        info = now(module.generate_key("new", purpose, algorithm))
        assert (info.purpose, info.algorithm, info.exportable) == (purpose, algorithm, False)
        assert now(module.describe_key("new")) == info
    else:
        with pytest.raises(WrongUsageError):
            now(module.generate_key("new", purpose, algorithm))


def test_a_tdes_key_is_made_with_odd_parity(module: SoftwareModule, now: Any) -> None:
    now(module.generate_key("new", Purpose.PIN))
    assert has_odd_parity(module._ring.get("new").clear)


def test_two_keys_are_never_the_same(module: SoftwareModule, now: Any) -> None:
    infos = [now(module.generate_key(f"k{at}", Purpose.PIN)) for at in range(20)]
    assert len({info.check_value for info in infos}) == 20


def test_a_name_is_taken_until_replacing_is_asked_for(module: SoftwareModule, now: Any) -> None:
    before = now(module.describe_key("pin"))
    with pytest.raises(KeyExistsError):
        now(module.generate_key("pin", Purpose.PIN))
    assert now(module.describe_key("pin")) == before
    now(module.generate_key("pin", Purpose.PIN, replace=True))
    assert now(module.describe_key("pin")).check_value != before.check_value


@pytest.mark.parametrize("name", ["", "-a", "a b", "a:b", "a|b", "é", "x" * 64, "9504010000000019"])
def test_what_is_not_a_name_is_refused(name: str, module: SoftwareModule, now: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        now(module.generate_key(name, Purpose.PIN))
    assert "9504010000000019" not in str(refused.value)


@pytest.mark.parametrize(("zmk", "version"), [("zmk", "B"), ("zmk.aes", "D")])
def test_an_exported_key_is_the_same_key_when_imported(
    zmk: str, version: str, module: SoftwareModule, now: Any
) -> None:
    block = now(module.export_key("mac", zmk))
    assert block[0] == version
    copy = now(module.import_key("copy", block, zmk))
    assert copy.check_value == now(module.describe_key("mac")).check_value
    assert now(module.generate_mac("copy", b"data")) == now(module.generate_mac("mac", b"data"))


def test_a_key_that_is_not_exportable_stays(module: SoftwareModule, now: Any) -> None:
    now(module.generate_key("kept", Purpose.PIN))
    with pytest.raises(WrongUsageError, match="not exportable"):
        now(module.export_key("kept", "zmk"))


@pytest.mark.parametrize("name", ["pin.aes", "zmk.aes", "mac.cmac"])
def test_a_key_is_not_given_out_under_a_weaker_one(
    name: str, module: SoftwareModule, now: Any
) -> None:
    with pytest.raises(WrongUsageError, match="weaker"):
        now(module.export_key(name, "zmk"))


@pytest.mark.parametrize("under", ["pin", "mac", "cvk", "bdk", "pad"])
def test_only_a_zone_master_key_wraps(under: str, module: SoftwareModule, now: Any) -> None:
    with pytest.raises(WrongUsageError):
        now(module.export_key("mac", under))
    with pytest.raises(WrongUsageError):
        now(module.import_key("new", ZMK.wrap(HEADER, KEY, ENTROPY), under))


def test_a_key_can_be_given_out_with_fewer_rights(module: SoftwareModule, now: Any) -> None:
    block = now(module.export_key("pin", "zmk", "E"))
    assert now(module.import_key("far", block, "zmk")).purpose is Purpose.PIN_PAD
    block = now(module.export_key("mac", "zmk", "V"))
    assert now(module.import_key("checks", block, "zmk")).mode == "V"


@pytest.mark.parametrize(
    ("name", "mode"), [("pad", "B"), ("pin", "C"), ("pin", "N"), ("mac", "B"), ("pin", "DE")]
)
def test_a_key_is_not_given_out_with_more_rights(
    name: str, mode: str, module: SoftwareModule, now: Any
) -> None:
    with pytest.raises(WrongUsageError):
        now(module.export_key(name, "zmk", mode))


@pytest.mark.parametrize("announced", ["5C9405", "5c94", "5C9405BE7C740D55"])
def test_a_key_is_taken_with_its_check_value(
    announced: str, module: SoftwareModule, now: Any
) -> None:
    block = ZMK.wrap(HEADER, KEY, ENTROPY)
    assert now(module.import_key("new", block, "zmk", check_value=announced)).check_value == (
        "5C9405"
    )


def test_a_key_with_another_check_value_is_refused(module: SoftwareModule, now: Any) -> None:
    with pytest.raises(WrongCheckValueError):
        now(module.import_key("new", ZMK.wrap(HEADER, KEY, ENTROPY), "zmk", check_value="5C9406"))
    with pytest.raises(UnknownKeyError):
        now(module.describe_key("new"))


@pytest.mark.parametrize("announced", ["", "5C", "5C94056", "xyzw", "5C9405" * 4])
def test_what_is_not_a_check_value_is_refused(
    announced: str, module: SoftwareModule, now: Any
) -> None:
    with pytest.raises((InvalidInputError, WrongCheckValueError)):
        now(module.import_key("new", ZMK.wrap(HEADER, KEY, ENTROPY), "zmk", check_value=announced))


def test_an_aes_key_may_come_with_the_older_kind_of_check_value(
    module: SoftwareModule, now: Any
) -> None:
    key = bytes(range(16))
    aes = KeyBlockProtection(bytes(range(32)), "A")
    block = aes.wrap(KeyBlockHeader("D", "P0", "A", "B"), key, ENTROPY)
    older = zero_check_value(Aes(key), 3).hex()
    assert now(module.import_key("new", block, "zmk.aes", check_value=older)).name == "new"


@pytest.mark.parametrize(
    ("usage", "mode", "key"),
    [
        ("D0", "B", KEY),  # data encryption is nothing that this module does
        ("P0", "C", KEY),  # a mode of MAC keys
        ("P0", "B", KEY[:8]),  # DES
        ("M3", "C", KEY + KEY[:8]),  # X9.19 takes two parts
    ],
)
def test_a_key_of_another_kind_is_refused(
    usage: str, mode: str, key: bytes, module: SoftwareModule, now: Any
) -> None:
    block = ZMK.wrap(KeyBlockHeader("B", usage, "T", mode), key, ENTROPY)
    with pytest.raises(WrongUsageError):
        now(module.import_key("new", block, "zmk"))


def test_a_key_of_two_equal_parts_is_refused(module: SoftwareModule, now: Any) -> None:
    block = ZMK.wrap(HEADER, bytes.fromhex("13" * 16), ENTROPY)
    with pytest.raises(InvalidInputError, match="DES"):
        now(module.import_key("new", block, "zmk"))


def test_a_block_of_another_zone_is_refused(module: SoftwareModule, now: Any) -> None:
    block = KeyBlockProtection(KEY, "T").wrap(HEADER, bytes(range(16)), ENTROPY)
    with pytest.raises(InvalidKeyBlockError):
        now(module.import_key("new", block, "zmk"))


def test_optional_blocks_travel_with_their_key(module: SoftwareModule, now: Any) -> None:
    label = OptionalBlock("LB", "zone key of the issuer")
    header = KeyBlockHeader("B", "P0", "T", "B", "07", "E", (label,))
    now(module.import_key("new", ZMK.wrap(header, KEY, ENTROPY), "zmk"))
    again, _ = read_header(now(module.export_key("new", "zmk")))
    assert (again.optional, again.key_version) == ((label,), "07")


def test_keys_are_listed_by_name_a_page_at_a_time(now: Any) -> None:
    module = SoftwareModule(ENTROPY)
    for at in range(LIST_MAX + 3):
        now(module.generate_key(f"k{at:03}", Purpose.PIN))
    first = now(module.list_keys())
    second = now(module.list_keys(first[-1].name))
    assert [info.name for info in first + second] == [f"k{at:03}" for at in range(LIST_MAX + 3)]
    assert now(module.list_keys(second[-1].name)) == ()


def test_a_deleted_key_is_gone(module: SoftwareModule, now: Any) -> None:
    now(module.delete_key("mac"))
    with pytest.raises(UnknownKeyError):
        now(module.generate_mac("mac", b"data"))
    with pytest.raises(UnknownKeyError):
        now(module.delete_key("mac"))


def test_a_full_module_says_so(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyRing, "SIZE_MAX", 1)
    module = SoftwareModule(ENTROPY)
    now(module.generate_key("one", Purpose.PIN))
    with pytest.raises(InvalidInputError, match="full"):
        now(module.generate_key("two", Purpose.PIN))
    now(module.generate_key("one", Purpose.PIN, replace=True))


def test_the_audit_hears_of_every_change_and_every_refusal(
    module: SoftwareModule, trail: list[Any], now: Any
) -> None:
    now(module.generate_key("new", Purpose.PIN))
    now(module.generate_mac("mac", b"not of interest"))
    with pytest.raises(SecurityModuleError):
        now(module.generate_mac("pin", b"data"))
    assert [(one.command, one.keys, one.outcome) for one in trail] == [
        ("generate-key", ("new",), "done"),
        ("generate-mac", ("'pin'",), "wrong-usage"),
    ]


def test_components_form_exactly_their_xor(module: SoftwareModule, now: Any) -> None:
    parts = [bytes(range(16)), bytes(range(100, 116)), KEY]
    info = now(module.form_key("formed", Purpose.ZONE_MASTER, Algorithm.TDES2, parts))
    wanted = bytes(a ^ b ^ c for a, b, c in zip(*parts, strict=True))
    assert module._ring.get("formed").clear == wanted
    assert not info.exportable


def test_components_of_another_length_form_nothing(
    module: SoftwareModule, trail: list[Any], now: Any
) -> None:
    with pytest.raises(InvalidInputError):
        now(module.form_key("formed", Purpose.PIN, Algorithm.TDES3, [KEY, bytes(16)]))
    assert trail[-1].outcome == "invalid-input"


def test_a_device_key_comes_from_its_base_key(module: SoftwareModule, now: Any) -> None:
    ksn = bytes.fromhex("FFFF9876543210E00000")
    info = now(module.derive_device_key("pad.1", "bdk", ksn))
    assert (info.purpose, info.exportable) == (Purpose.DUKPT_DEVICE, True)
    assert module._ring.get("pad.1").clear.hex().upper() == "6AC292FAA1315B4D858AB3A3D7D5933A"
    with pytest.raises(WrongUsageError):
        now(module.derive_device_key("pad.2", "pin", ksn))


def test_an_aes_device_key_comes_from_its_base_key(module: SoftwareModule, now: Any) -> None:
    now(module.derive_device_key("pad.1", "bdk.aes", bytes.fromhex("1234567890123456")))
    assert module._ring.get("pad.1").clear.hex().upper() == "1273671EA26AC29AFA4D1084127652A1"
