"""An issuer's verdict on a PIN block, and the value of another PIN."""

import pytest
from twisted.internet.defer import Deferred

from switch.keys import Algorithm, Ibm3624, PinFormat, Purpose, Pvv
from switch.keys.checking import PinChecker, PinOutcome
from switch.keys.primitives.ciphers import Tdes
from switch.keys.primitives.pin_block import encipher_pin
from switch.keys.turnover import PREVIOUS, Turnover
from switch.runtime import Random, SeededEntropy

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
OTHER = bytes.fromhex("89E88CF7931444F334BD7547FC3F380C")
PAN = "9504020000000018"
PVV_1234 = "8817"
BY_PVV = Pvv("pvk")


class Clock:
    now_s = 0.0

    def seconds(self):
        return self.now_s


def block_of(pin, key=KEY, pan=PAN, pin_format=PinFormat.ISO0):
    return encipher_pin(Tdes(key), pin_format, pin, pan, SeededEntropy(Random(1))).hex().upper()


@pytest.fixture
def turnover():
    return Turnover(Clock())


@pytest.fixture
def check(module, turnover, now):
    """The outcome of a block, by default against the PVV of 1234."""

    def outcome(block, value=PVV_1234, new="", reference=BY_PVV, key="pin"):
        checker = PinChecker(module, turnover, key, PinFormat.ISO0, reference)
        return now(Deferred.fromCoroutine(checker.check(block, PAN, value, new)))

    return outcome


def test_the_right_pin_and_a_wrong_one(check):
    assert check(block_of("1234")) == PinOutcome("right")
    assert check(block_of("1235")) == PinOutcome("wrong")


def test_a_block_under_another_key_of_another_card_or_of_no_length_is_unreadable(check):
    assert check(block_of("1234", key=OTHER)).verdict == "unreadable"
    assert check(block_of("1234", pan="9504020000099018")).verdict in ("unreadable", "wrong")
    assert check("00").verdict == "unreadable"
    assert check("not hexadecimal").verdict == "unreadable"


def test_a_card_without_a_value_or_a_key_that_is_not_there_leaves_it_unverified(check):
    assert check(block_of("1234"), value="").verdict == "unverifiable"
    assert check(block_of("1234"), key="nothing").verdict == "unverifiable"
    assert check(block_of("1234"), reference=Pvv("nothing")).verdict == "unverifiable"


def test_a_change_gives_the_value_of_the_new_pin_which_then_is_the_right_one(check):
    changed = check(block_of("1234"), new=block_of("98765"), reference=Ibm3624("ibm"), value="6789")
    assert changed.verdict == "wrong"
    offset = check(block_of("1234"), new=block_of("8765")).new_value
    assert check(block_of("8765"), value=offset) == PinOutcome("right")
    assert check(block_of("1234"), value=offset).verdict == "wrong"


def test_a_change_with_a_wrong_current_pin_gives_no_value(check):
    assert check(block_of("1111"), new=block_of("8765")) == PinOutcome("wrong")


def test_the_value_is_not_shown():
    assert "8817" not in repr(PinOutcome("right", "8817"))


def test_while_a_zone_key_is_replaced_the_one_before_it_still_opens(module, turnover, check, now):
    name, zone = f"pin{PREVIOUS}", [OTHER, bytes(16)]
    now(module.form_key(name, Purpose.PIN, Algorithm.TDES2, zone))
    assert check(block_of("1234", key=OTHER)).verdict == "unreadable"
    turnover.replaced("pin", 60.0)
    assert check(block_of("1234", key=OTHER)) == PinOutcome("right")
