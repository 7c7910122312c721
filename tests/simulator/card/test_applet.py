"""A card and its issuer: each computes what the other made, with keys of its own."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from simulator.card.applet import AAC, ARQC
from simulator.card.maker import CardMaker
from simulator.card.settings import ChipSettings
from switch.keys import Algorithm, Purpose, SoftwareModule
from switch.keys.chips import ChipChecker, ChipRange
from switch.runtime import Random, SeededEntropy

PAN = "9504010000000019"
MASTER = "0123456789ABCDEFFEDCBA9876543210"
SCRIPTS = "89E88CF7931444F334BD7547FC3F380C"
SCHEMES = ("visa-10", "visa-18", "mchip-16", "mchip-20")

TERMINAL = {
    "95": "8000048000",
    "9A": "261124",
    "9C": "01",
    "9F02": "000000020000",
    "9F03": "000000000000",
    "9F1A": "0504",
    "9F37": "1A2B3C4D",
    "5F2A": "0504",
}


def now(deferred):
    """What a module in this process answers at once."""
    results = []
    deferred.addCallback(results.append)
    return results[0]


@pytest.fixture
def module():
    made = SoftwareModule(SeededEntropy(Random(1)))
    for name, purpose, value in (
        ("imk", Purpose.CRYPTOGRAM, MASTER),
        ("smi", Purpose.SCRIPT_MAC, SCRIPTS),
    ):
        made.form_key(name, purpose, Algorithm.TDES2, [bytes.fromhex(value), bytes(16)])
    return made


class Bank:
    """The issuer, on a scheme."""

    def __init__(self, module, scheme):
        self._checker = ChipChecker(module, [ChipRange("9504", scheme, "imk", "smi")])

    def look(self, tags, amount_minor=20_000):
        coroutine = self._checker.check(PAN, "001", amount_minor, tags)
        return now(Deferred.fromCoroutine(coroutine))

    def answer(self, outcome, code="00"):
        return now(Deferred.fromCoroutine(self._checker.answer(outcome, code)))


def maker(folder, scheme="visa-18", **more):
    settings = ChipSettings.model_validate(
        {
            "cards": "9504",
            "scheme": scheme,
            "key": "imk",
            "script_key": "smi",
            "published_key": MASTER,
            "published_script_key": SCRIPTS,
            **more,
        }
    )
    return CardMaker([settings], folder, lambda name: pytest.fail(f"{name} is published"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_bank_verifies_its_card_and_the_card_its_bank(tmp_path, module, scheme):
    bank, chip = Bank(module, scheme), maker(tmp_path, scheme).chip_of(PAN)
    tags = chip.begin(TERMINAL)
    outcome = bank.look(tags)
    assert (tags["9F27"], outcome.verdict, outcome.counter) == (ARQC, "right", 1)
    word = chip.conclude(True, bank.answer(outcome))
    assert (word.kind, word.issuer, len(word.cryptogram)) == ("TC", "right", 16)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_card_refuses_an_answer_that_is_not_its_banks(tmp_path, module, scheme):
    bank, chip = Bank(module, scheme), maker(tmp_path, scheme).chip_of(PAN)
    answer = bank.answer(bank.look(chip.begin(TERMINAL)))
    forged = {**answer, "91": f"{int(answer['91'][:2], 16) ^ 1:02X}{answer['91'][2:]}"}
    word = chip.conclude(True, forged)
    assert (word.kind, word.issuer) == ("AAC", "wrong")


def test_an_approval_that_was_a_refusal_at_the_bank_is_not_authentic(tmp_path, module):
    bank, chip = Bank(module, "visa-10"), maker(tmp_path, "visa-10").chip_of(PAN)
    answer = bank.answer(bank.look(chip.begin(TERMINAL)), "51")
    assert chip.conclude(True, {"91": answer["91"][:16] + "3030"}).kind == "AAC"


def test_a_refused_transaction_ends_in_an_aac_though_the_answer_is_authentic(tmp_path, module):
    bank, chip = Bank(module, "visa-18"), maker(tmp_path).chip_of(PAN)
    word = chip.conclude(False, bank.answer(bank.look(chip.begin(TERMINAL)), "51"))
    assert (word.kind, word.issuer) == ("AAC", "right")


def test_without_an_answer_to_its_cryptogram_the_card_goes_by_the_terminal(tmp_path):
    chip = maker(tmp_path).chip_of(PAN)
    chip.begin(TERMINAL)
    word = chip.conclude(True, {})
    assert (word.kind, word.issuer) == ("TC", "absent")


@pytest.mark.parametrize("tag", ["9F02", "9F37", "9F36", "9F10", "9F26", "95", "82"])
def test_a_cryptogram_covers_what_the_terminal_and_the_card_said(tmp_path, module, tag):
    tags = maker(tmp_path).chip_of(PAN).begin(TERMINAL)
    changed = f"{int(tags[tag][-2:], 16) ^ 1:02X}"
    outcome = Bank(module, "visa-18").look({**tags, tag: tags[tag][:-2] + changed})
    assert outcome.verdict == "wrong"


def test_a_request_for_another_amount_than_the_card_saw_is_wrong(tmp_path, module):
    tags = maker(tmp_path).chip_of(PAN).begin(TERMINAL)
    assert Bank(module, "visa-18").look(tags, 30_000).verdict == "wrong"


def test_chip_data_that_lack_a_tag_are_unreadable_and_a_foreign_card_unverifiable(tmp_path, module):
    tags = maker(tmp_path).chip_of(PAN).begin(TERMINAL)
    bank = Bank(module, "visa-18")
    for tag in ("9F26", "9F27", "9F36", "9F10", "9F02"):
        assert bank.look({key: tags[key] for key in tags if key != tag}).verdict == "unreadable"
    foreign = ChipChecker(module, [ChipRange("4", "visa-18", "imk")])
    assert now(Deferred.fromCoroutine(foreign.check(PAN, "01", 20_000, tags))).verdict == (
        "unverifiable"
    )
    keyless = ChipChecker(module, [ChipRange("9504", "visa-18", "nothing")])
    assert now(Deferred.fromCoroutine(keyless.check(PAN, "01", 20_000, tags))).verdict == (
        "unverifiable"
    )


def test_a_wrong_cryptogram_gets_no_answer_for_the_card(tmp_path, module):
    bank = Bank(module, "visa-18")
    outcome = bank.look(maker(tmp_path).chip_of(PAN, "wrong_cryptogram").begin(TERMINAL))
    assert (outcome.verdict, bank.answer(outcome)) == ("wrong", {})


def test_the_counter_is_kept_beyond_the_life_of_the_chip_that_counted(tmp_path):
    cards = maker(tmp_path)
    counters = [cards.chip_of(PAN).begin(TERMINAL)["9F36"] for _ in range(3)]
    assert counters == ["0001", "0002", "0003"]
    assert cards.chip_of(PAN, "old_counter").begin(TERMINAL)["9F36"] == "0003"
    other = cards.chip_of("9504010000000027").begin(TERMINAL)["9F36"]
    assert other == "0001"


def test_a_memory_names_no_card_and_one_that_is_damaged_is_said(tmp_path):
    cards = maker(tmp_path)
    cards.chip_of(PAN).begin(TERMINAL)
    (path,) = (tmp_path / "cards").iterdir()
    assert PAN not in path.name + path.read_text()
    path.write_text("{}")
    with pytest.raises(OSError, match="is no memory of a card"):
        cards.chip_of(PAN).begin(TERMINAL)


def test_a_counter_that_is_used_up_ends_the_card(tmp_path):
    cards = maker(tmp_path)
    cards.chip_of(PAN).begin(TERMINAL)
    (path,) = (tmp_path / "cards").iterdir()
    path.write_text('{"counter": 65535, "blocked": false}')
    with pytest.raises(OSError, match="used up"):
        cards.chip_of(PAN).begin(TERMINAL)


@pytest.mark.parametrize("scheme", ["visa-10", "mchip-20"])
def test_a_script_of_the_bank_blocks_the_application(tmp_path, module, scheme):
    bank, cards = Bank(module, scheme), maker(tmp_path, scheme)
    chip = cards.chip_of(PAN)
    answer = bank.answer(bank.look(chip.begin(TERMINAL)), "41")
    forged = {"72": {"86": answer["72"]["86"][:-2] + "00"}}
    assert not chip.conclude(False, forged).blocked
    assert cards.chip_of(PAN).begin(TERMINAL)["9F27"] == ARQC
    chip = cards.chip_of(PAN)
    word = chip.conclude(False, bank.answer(bank.look(chip.begin(TERMINAL)), "41"))
    assert (word.kind, word.blocked) == ("AAC", True)
    assert cards.chip_of(PAN).begin(TERMINAL)["9F27"] == AAC


def test_a_card_that_refuses_in_the_end_does_so_whatever_its_bank_says(tmp_path, module):
    bank, chip = Bank(module, "visa-18"), maker(tmp_path).chip_of(PAN, "refuses_in_the_end")
    word = chip.conclude(True, bank.answer(bank.look(chip.begin(TERMINAL))))
    assert (word.kind, word.issuer) == ("AAC", "right")


def test_no_repr_of_a_card_shows_a_key_or_its_number(tmp_path):
    chip = maker(tmp_path).chip_of(PAN)
    chip.begin(TERMINAL)
    shown = repr(vars(chip)).upper()
    assert MASTER not in shown
    assert PAN not in shown
    assert chip._keys.cryptogram.hex().upper() not in shown
