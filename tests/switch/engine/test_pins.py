"""PINs between zones: translated, refused, and never without their keys."""

from types import SimpleNamespace

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from switch.engine.pins import Pins, check_pin
from switch.engine.request import RefusalError
from switch.keys import Algorithm, ModuleUnavailableError, PinFormat, Purpose, SoftwareModule
from switch.keys.primitives import dukpt_tdes
from switch.keys.primitives.ciphers import Tdes
from switch.keys.primitives.pin_block import decipher_pin, encipher_pin
from switch.keys.turnover import PREVIOUS, Turnover
from switch.runtime import Random, SeededEntropy
from switch.settings.keys import PinSettings
from switch.settings.network import GroupSettings
from switch.wire import Message

TPK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
ZPK = bytes.fromhex("89E88CF7931444F334BD7547FC3F380C")
PAN = "9504020000000018"
KSN = "FFFF9876543210E00008"
ENTROPY = SeededEntropy(Random(4))


class Clock:
    now_s = 0.0

    def seconds(self):
        return self.now_s


def outcome(coroutine):
    results = []
    Deferred.fromCoroutine(coroutine).addBoth(results.append)
    assert results
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]


def held(module, name, value, purpose=Purpose.PIN):
    done = module.form_key(name, purpose, Algorithm.TDES2, [value, bytes(16)])
    failures = []
    done.addErrback(failures.append)
    assert failures == []


@pytest.fixture
def module():
    made = SoftwareModule(ENTROPY)
    held(made, "tpk.GAB00001", TPK)
    held(made, "zpk.issuer", ZPK)
    held(made, "bdk", TPK, Purpose.DUKPT_BASE)
    return made


@pytest.fixture
def turnover():
    return Turnover(Clock())


@pytest.fixture
def pins(module, turnover):
    return Pins(module, turnover, {"issuer": PinSettings(key="zpk.issuer", format="3")})


OF_GABS = PinSettings(key="tpk.{terminal}", format="0")
OF_COUNTERS = PinSettings(dukpt="bdk", serial="48.23", format="0", refuse_with="55")


def block(pin="1234", key=TPK, pin_format=PinFormat.ISO0):
    return encipher_pin(Tdes(key), pin_format, pin, PAN, ENTROPY).hex().upper()


def request(**elements):
    message = Message({"t": "0200", "2": PAN, "11": "000001", "41": "GAB00001"})
    message.update({name.removeprefix("de"): value for name, value in elements.items()})
    return message


def opened(text, key=ZPK, pin_format=PinFormat.ISO3):
    return decipher_pin(Tdes(key), pin_format, bytes.fromhex(text), PAN)


def test_a_terminals_pin_goes_on_under_the_zone_key_in_the_format_of_the_zone(pins):
    message = request(de52=block(), de53="0" * 16)
    moved = outcome(pins.translated(message, PAN, OF_GABS, "issuer"))
    assert opened(moved.text("52")) == "1234"
    assert "53" not in moved
    assert message.text("52") == block()


def test_a_pads_pin_is_opened_by_its_serial_number_which_goes_no_further(pins):
    device = dukpt_tdes.initial_key(TPK, bytes.fromhex(KSN))
    transaction = dukpt_tdes.transaction_key(device, bytes.fromhex(KSN))
    key = dukpt_tdes.working_key(transaction, dukpt_tdes.Variant.PIN)
    message = request(de52=block(key=key), de48={"01": "1001", "23": KSN})
    moved = outcome(pins.translated(message, PAN, OF_COUNTERS, "issuer"))
    assert opened(moved.text("52")) == "1234"
    assert moved["48"] == {"01": "1001"}


def test_both_pins_of_a_change_are_translated(pins):
    message = request(de52=block(), de48={"24": block("87654")})
    moved = outcome(pins.translated(message, PAN, OF_GABS, "issuer"))
    assert opened(moved.text("52")) == "1234"
    assert opened(moved.part("48", "24")) == "87654"


@pytest.mark.parametrize(
    ("elements", "origin", "to", "code"),
    [
        ({"de52": block(key=ZPK)}, OF_GABS, "issuer", "81"),
        ({"de52": block()}, PinSettings(key="tpk.{terminal}", format="3"), "issuer", "81"),
        ({"de52": "00"}, OF_GABS, "issuer", "81"),
        ({"de52": block()}, OF_COUNTERS, "issuer", "55"),
        ({"de52": block(), "de48": {"23": "not hex"}}, OF_COUNTERS, "issuer", "55"),
        ({"de52": block()}, OF_GABS, "core", "96"),
        ({"de52": block(), "de41": "GAB00002"}, OF_GABS, "issuer", "96"),
    ],
    ids=[
        *("another key", "another format", "no block", "no serial", "no hexadecimal"),
        *("no zone key", "no terminal key"),
    ],
)
def test_what_cannot_be_translated_is_refused_by_profile(pins, elements, origin, to, code):
    with pytest.raises(RefusalError) as refused:
        outcome(pins.translated(request(**elements), PAN, origin, to))
    assert refused.value.code == code
    assert elements["de52"] not in refused.value.reason or elements["de52"] == "00"


def test_a_translation_that_a_rule_forbids_is_refused(module, turnover):
    into_1 = Pins(module, turnover, {"issuer": PinSettings(key="zpk.issuer", format="1")})
    with pytest.raises(RefusalError, match="must not become format 1") as refused:
        outcome(into_1.translated(request(de52=block()), PAN, OF_GABS, "issuer"))
    assert refused.value.code == "81"


def test_a_module_that_is_away_is_a_malfunction(module, turnover, monkeypatch):
    monkeypatch.setattr(
        module, "translate_pin", lambda *args: fail(ModuleUnavailableError("it is away"))
    )
    pins = Pins(module, turnover, {"issuer": PinSettings(key="zpk.issuer")})
    with pytest.raises(RefusalError) as refused:
        outcome(pins.translated(request(de52=block()), PAN, OF_GABS, "issuer"))
    assert refused.value.code == "96"


def test_for_a_while_the_key_that_was_replaced_still_opens(module, turnover, pins):
    old = bytes(range(1, 17))
    held(module, f"tpk.GAB00001{PREVIOUS}", old)
    turnover.replaced("tpk.GAB00001", 60.0)
    moved = outcome(pins.translated(request(de52=block(key=old)), PAN, OF_GABS, "issuer"))
    assert opened(moved.text("52")) == "1234"


def asked(operation="withdrawal", pan=PAN, **elements):
    return SimpleNamespace(message=request(**elements), operation=operation, pan=pan)


WITH_PIN = GroupSettings(pin=OF_GABS)


def test_a_pin_is_where_it_must_be_and_nowhere_else():
    check_pin(asked(de52=block()), OF_GABS, WITH_PIN)
    check_pin(asked(), None, GroupSettings())
    check_pin(asked("bill_enquiry"), OF_GABS, WITH_PIN)
    check_pin(asked("bill_payment", pan=""), OF_GABS, WITH_PIN)
    for request_, origin, group in (
        (asked(), OF_GABS, WITH_PIN),
        (asked(de52=block()), None, GroupSettings(lenient=True)),
        (asked(pan="", de52=block()), OF_GABS, WITH_PIN),
        (asked("pin_change", de52=block()), OF_GABS, WITH_PIN),
    ):
        with pytest.raises(RefusalError) as refused:
            check_pin(request_, origin, group)
        assert refused.value.code == "30"
