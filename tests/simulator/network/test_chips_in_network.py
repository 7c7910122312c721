"""Chips in a whole network, in virtual time: what is sent, what is answered, what is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.network import Network, load_network
from simulator.terminal.card import Card
from simulator.virtual import World
from switch.wire.chip_data import chip_tags

AMINA = Card("9504010000000019", "4912")
LOST = Card("9504010000000035", "4912")
VISITOR = Card("9504020000000018", "4912")

ASKED = {
    *("9F26", "9F27", "9F10", "9F37", "9F36", "95", "9A", "9C", "9F02", "5F2A", "82", "9F1A"),
    *("9F03", "9F33", "9F34", "9F35", "84", "5F34"),
}
"""What DE55 of a request has."""


class Bench:
    """The local network, whose banks send scripts, in a world of its own."""

    def __init__(self, world, folder):
        self.world, self.folder, self.seen = world, folder, []
        loaded = load_network("local")
        chips = tuple(
            each.model_copy(update={"script_key": f"smi.{each.cards}"})
            for each in loaded.settings.chips
        )
        settings = loaded.settings.model_copy(update={"chips": chips})
        self.network = Network(
            lambda party: world.process(party).runtime,
            replace(loaded, settings=settings),
            folder,
            tap=lambda session, way, message: self.seen.append((way, message.copy())),
        )
        self.do(self.network.start())

    def do(self, coroutine):
        async def run():
            return await coroutine

        return self.world.run_until(self.world.process("test").start(run), 600.0)

    @property
    def gab(self):
        return self.network.gabs["GAB00001"]

    def messages(self, mti, way):
        return [message for seen, message in self.seen if (message.mti, seen) == (mti, way)]


@pytest.fixture
def bench(tmp_path):
    with World(11) as world:
        made = Bench(world, tmp_path)
        yield made
        made.do(made.network.stop())
        assert world.failures == []


def test_a_chip_is_heard_by_its_issuer_and_hears_it(bench):
    result = bench.do(bench.gab.withdraw(VISITOR, 20_000))
    (asked,) = bench.messages("0200", "out")
    (answered,) = bench.messages("0210", "out")
    tags = chip_tags(asked["55"])
    assert (asked["22"], asked["23"], set(tags)) == ("051", "001", ASKED)
    assert (tags["9F02"], tags["9C"], tags["9F36"]) == ("000000020000", "01", "0001")
    assert {"91", "8A"} == set(chip_tags(answered["55"]))
    assert (result.outcome, result.certificate[:3]) == ("approved", "TC ")
    assert f"AID : {result.application}" in result.receipt


def test_the_core_hears_the_chips_of_its_own_cards_and_answers_them(bench):
    bench.do(bench.gab.withdraw(AMINA, 20_000))
    bench.do(bench.gab.change_pin(AMINA, "1234", "98765"))
    answers = [*bench.messages("0210", "out"), *bench.messages("0110", "out")]
    assert [set(chip_tags(each["55"])) for each in answers] == [{"91", "8A"}] * 2
    copied = bench.do(
        bench.gab.withdraw(replace(AMINA, trouble="old_counter", pin="98765"), 20_000)
    )
    assert (copied.outcome, copied.response_code) == ("declined", "63")


def test_what_a_chip_refuses_in_the_end_is_reversed_at_its_bank(bench):
    stubborn = replace(VISITOR, trouble="refuses_in_the_end")
    result = bench.do(bench.gab.withdraw(stubborn, 20_000))
    bench.do(bench.network.when_quiet(60.0))
    (reversal,) = bench.messages("0420", "out")
    assert (result.outcome, result.response_code) == ("declined", "00")
    assert (reversal["4"], reversal["39"], "55" in reversal) == ("000000020000", "22", False)


def test_a_chip_that_does_not_answer_leaves_the_stripe_whose_track_is_kept_nowhere(bench):
    result = bench.do(bench.gab.withdraw(replace(VISITOR, trouble="unreadable"), 20_000))
    (asked,) = bench.messages("0200", "out")
    assert (result.outcome, asked["22"], "55" in asked) == ("approved", "801", False)
    assert asked["35"].startswith("9504020000000018=4912201")
    kept = [path.read_bytes() for path in bench.folder.rglob("*") if path.is_file()]
    told = str(list(bench.world.history.events)).encode()
    assert not any(asked["35"].encode() in each for each in (*kept, told))


def test_a_card_that_its_bank_calls_lost_is_blocked_by_a_script(bench):
    first = bench.do(bench.gab.withdraw(LOST, 20_000))
    sent = len(bench.messages("0200", "in"))
    again = bench.do(bench.gab.withdraw(LOST, 20_000))
    assert (first.response_code, again.response_code) == ("41", "")
    assert again.words == "the chip declines: its application is blocked"
    assert len(bench.messages("0200", "in")) == sent == 1
