"""MACs of messages: where they travel, what they cover, and what is not authentic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.keys import Algorithm, HostCommandModule, Purpose, SoftwareModule
from switch.keys.primitives.mac import CbcMac, Cmac, RetailMac
from switch.keys.turnover import NEXT, PREVIOUS, Turnover
from switch.link.macs import MacProfile, MacSeal, place_of
from switch.link.matching import UnencodableError
from switch.link.sealing import SealError
from switch.runtime import Random, SeededEntropy
from switch.wire import Codec, Message, WireError, load_dialect

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
OTHER = bytes.fromhex("89E88CF7931444F334BD7547FC3F380C")
REQUEST = Message(
    {
        "t": "0200",
        "3": "010000",
        "4": "000000020000",
        "7": "1124103601",
        "11": "000001",
        "41": "GAB00001",
        "49": "504",
    }
)
DIALECTS = ("gab87", "iso87-binary", "iso87-ebcdic", "iso93-ascii")
PURPOSES = {"1": Purpose.CBC_MAC, "3": Purpose.RETAIL_MAC, "cmac": Purpose.CMAC}
PRIMITIVES = {"1": CbcMac, "3": RetailMac.of, "cmac": Cmac.tdes}


class Clock:
    now_s = 0.0

    def seconds(self):
        return self.now_s


def done(deferred):
    results = []
    deferred.addBoth(results.append)
    assert results
    return results[0]


def module_with(**keys):
    """A module with these keys, each a value and what it is for."""
    module = SoftwareModule(SeededEntropy(Random(5)))
    for name, (value, purpose) in keys.items():
        name = name.replace("_", ".")
        done(module.form_key(name, purpose, Algorithm.TDES2, [value, bytes(16)]))
    return module


def seal_of(dialect="gab87", value=KEY, algorithm="3", turnover=None, **profile):
    module = module_with(mak=(value, PURPOSES[algorithm]))
    codec = Codec(load_dialect(dialect))
    return MacSeal(
        MacProfile("mak", **profile), codec, module, turnover or Turnover(Clock())
    ), codec


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("more", [{}, {"102": "999780000000000000100112"}])
def test_what_is_sealed_is_authentic_at_the_other_side(dialect, more):
    seal, codec = seal_of(dialect)
    given_ = Message({**REQUEST, **more})
    if dialect.startswith("iso93"):
        given_ = Message({**given_, "t": "1200", "12": "261124103601"})
    body = done(seal.close(given_))
    message = codec.decode(body)
    assert ("128" if more else "64") in message
    assert done(seal.check(message, body)) == ""


@pytest.mark.parametrize("algorithm", ["1", "3", "cmac"])
@pytest.mark.parametrize("padding", [1, 2])
def test_the_mac_is_that_of_every_byte_before_it(algorithm, padding):
    if algorithm == "cmac" and padding == 2:
        padding = 1
    seal, codec = seal_of(algorithm=algorithm, padding=padding)
    body = done(seal.close(REQUEST))
    mac = PRIMITIVES[algorithm](KEY).mac(body[:-16], padding)[:8]
    assert body[-16:] == mac.hex().upper().encode()
    assert codec.decode(body)["64"] == mac.hex().upper()


def test_listed_elements_go_under_it_in_their_order_as_they_travel():
    seal, codec = seal_of(elements=("0", "11", "4", "38", "48"))
    bill = Message({**REQUEST, "48": {"01": "1001", "02": "01"}})
    body = done(seal.close(bill))
    data = b"0200" + b"000001" + b"000000020000" + b"01004100102002" + b"01"
    assert codec.decode(body)["64"] == RetailMac.of(KEY).mac(data).hex().upper()
    assert done(seal.check(codec.decode(body), body)) == ""


def test_a_listed_binary_element_goes_under_it_as_bytes():
    seal, codec = seal_of(elements=("52",))
    message = Message({**REQUEST, "52": "0412AC89ABCDEF67"})
    body = done(seal.close(message))
    expected = RetailMac.of(KEY).mac(bytes.fromhex("0412AC89ABCDEF67")).hex().upper()
    assert codec.decode(body)["64"] == expected


def test_a_shorter_mac_is_filled_with_zeros_and_only_its_part_is_compared():
    seal, codec = seal_of(size=4)
    body = done(seal.close(REQUEST))
    whole = RetailMac.of(KEY).mac(body[:-16])
    assert body[-16:] == whole[:4].hex().upper().encode() + b"0" * 8
    altered = body[:-8] + b"FFFFFFFF"
    assert done(seal.check(codec.decode(altered), altered)) == ""


@pytest.mark.parametrize(
    ("value", "profile"), [(OTHER, {}), (KEY, {"padding": 2}), (KEY, {"elements": ("11",)})]
)
def test_another_key_padding_or_extent_is_wrong(value, profile):
    seal, codec = seal_of()
    body = done(seal.close(REQUEST))
    other, _ = seal_of(value=value, **profile)
    assert done(other.check(codec.decode(body), body)) == "wrong"


@given(place=st.integers(0, 200), bit=st.integers(0, 7))
def test_no_bit_can_change_unseen(place, bit):
    seal, codec = seal_of()
    body = bytearray(done(seal.close(REQUEST)))
    body[place % len(body)] ^= 1 << bit
    try:
        message = codec.decode(bytes(body))
    except WireError:
        return
    if bytes(body).lower() != done(seal.close(REQUEST)).lower():
        assert done(seal.check(message, bytes(body))) != ""


def test_a_message_without_a_mac_or_with_one_in_the_other_element_is_not_authentic():
    seal, codec = seal_of()
    bare = codec.encode(REQUEST)
    assert done(seal.check(codec.decode(bare), bare)) == "missing"
    for extra in (
        {"128": "00" * 8},
        {"64": "00" * 8, "102": "1"},
        {"64": "00" * 8, "128": "00" * 8},
    ):
        body = codec.encode(Message({**REQUEST, **extra}))
        assert done(seal.check(codec.decode(body), body)) == "misplaced"


def test_the_key_may_be_one_of_the_terminal_that_the_message_names():
    codec = Codec(load_dialect("gab87"))
    module = module_with(tak_GAB00001=(KEY, Purpose.RETAIL_MAC))
    seal = MacSeal(MacProfile("tak.{terminal}"), codec, module, Turnover(Clock()))
    body = done(seal.close(REQUEST))
    assert done(seal.check(codec.decode(body), body)) == ""
    stranger = Message({**REQUEST, "41": "GAB00002"})
    forged = codec.encode(Message({**stranger, "64": "00" * 8}))
    assert done(seal.check(codec.decode(forged), forged)) == "key"
    refused = done(seal.close(stranger)).value
    assert isinstance(refused, SealError)
    assert "tak.GAB00002" in str(refused)


def test_while_a_key_is_replaced_the_next_and_for_a_while_the_previous_are_accepted():
    clock = Clock()
    turnover = Turnover(clock)
    keys = {"mak": (KEY, Purpose.RETAIL_MAC), f"mak{NEXT}": (OTHER, Purpose.RETAIL_MAC)}
    module = module_with(**keys, **{f"mak{PREVIOUS}": (KEY[::-1], Purpose.RETAIL_MAC)})
    codec = Codec(load_dialect("gab87"))
    ours = MacSeal(MacProfile("mak"), codec, module, turnover)
    theirs, _ = seal_of(value=OTHER)
    old, _ = seal_of(value=KEY[::-1])

    def outcome(sender):
        body = done(sender.close(REQUEST))
        return done(ours.check(codec.decode(body), body))

    assert outcome(theirs) == "wrong"
    turnover.offered("mak")
    assert outcome(theirs) == ""
    turnover.withdrawn("mak")
    assert (outcome(theirs), outcome(old)) == ("wrong", "wrong")
    turnover.replaced("mak", 60.0)
    assert outcome(old) == ""
    clock.now_s = 60.0
    assert outcome(old) == "wrong"


def test_network_management_has_a_mac_only_where_that_is_agreed():
    assert not seal_of()[0].covers("0800")
    assert seal_of()[0].covers("0210")
    assert seal_of(management=True)[0].covers("0810")


def test_a_module_that_cannot_be_reached_is_told_apart(virtual_module):
    codec = Codec(load_dialect("gab87"))
    seal = MacSeal(MacProfile("mak"), codec, virtual_module, Turnover(Clock()))
    sealed, _ = seal_of()
    body = done(sealed.close(REQUEST))
    assert done(seal.check(codec.decode(body), body)) == "module"
    assert isinstance(done(seal.close(REQUEST)).value, SealError)


@pytest.fixture
def virtual_module(world):
    """A module on a machine that is not there."""
    process = world.process("asker")
    return process.call(HostCommandModule, process.runtime, host="127.0.0.1", port=9)


def test_what_cannot_be_encoded_does_not_leave():
    seal, _ = seal_of()
    refused = done(seal.close(Message({**REQUEST, "11": "letters"}))).value
    assert isinstance(refused, UnencodableError)


def test_the_place_follows_the_elements_that_are_there():
    assert place_of(REQUEST) == "64"
    assert place_of(Message({**REQUEST, "64": "00", "65": "1"})) == "128"
