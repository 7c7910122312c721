"""A channel pays at the core: once, whatever is lost between them, and its journal says so."""

import json

import pytest
from twisted.internet.defer import Deferred

from simulator.digital.asking import CoreClient
from simulator.digital.channel import DigitalChannel, Payer
from simulator.digital.settings import DigitalSettings
from simulator.oracle import broken, read_books
from simulator.payment_core import PaymentCore, load_core_settings
from simulator.payment_core.signing import sign
from simulator.testing import virtual_world
from switch.link.http import HttpClient
from switch.settings import config_folder

SEED = config_folder() / "seed" / "digital-core.yaml"
AMINA = Payer(account="999780000000000000100112", pan="9504010000000019", expiry="4912")
WATER = ("1001", "01", {"contract": "00123457"})


class Story:
    """A core and some channels; `lose` counts the answers that it keeps to itself."""

    def __init__(self, world, folder):
        self.world, self.folder, self.lose = world, folder, 0
        self.settings = load_core_settings(SEED)
        self.channels = {}
        self.open_core()

    def open_core(self):
        self.process = self.world.process("core")
        self.core = PaymentCore(
            self.process.runtime, self.settings, self.folder / "core.db", port=8587
        )

        async def hold(exchange):
            if exchange.route == "confirmation" and self.lose:
                self.lose -= 1
                await Deferred()

        self.core.before_answer = hold
        self.world.run_until(self.process.start(self.core.start))

    def open(self, name="EBK00001", channel="ebanking", means="account", **more):
        process = self.world.process(name)
        client = CoreClient(process.runtime, "127.0.0.1", 8587, None)
        opened = DigitalChannel(
            process.runtime,
            name,
            DigitalSettings(channel=channel, means=means, **more),
            self.folder / name,
            client,
        )
        process.call(opened.start)
        self.channels[name] = (process, opened)
        return opened

    def do(self, channel, work):
        process, _ = self.channels[channel.terminal_id]
        return self.world.run_until(process.start(work))

    def enquire(self, channel, creditor="1001", kind="01", form=WATER[2]):
        return self.do(channel, lambda: channel.enquire_bill(creditor, kind, dict(form)))

    def pay(self, channel, payer=AMINA, **bill):
        enquiry = self.enquire(channel, **bill)
        return self.do(channel, lambda: channel.pay_bill(payer, enquiry, None))

    def quiet(self):
        for process, channel in self.channels.values():
            self.world.run_until(process.start(lambda c=channel: waited(c)))

    def events(self, name="EBK00001"):
        lines = (self.folder / name / f"{name}.jsonl").read_text().splitlines()
        return [json.loads(line)["event"] for line in lines]

    def judged(self):
        """What the oracle finds broken between the journals and the ledger."""
        folders = [self.folder / name for name in self.channels]
        return broken(read_books(folders, {"core": self.folder / "core.db"}))


async def waited(channel):
    await channel.when_quiet()


@pytest.fixture
def story(tmp_path):
    """A core in virtual time."""
    with virtual_world(9) as world:
        yield Story(world, tmp_path)


def test_a_payment_is_journalled_before_and_after(story):
    result = story.pay(story.open())
    assert (result.outcome, result.amount_minor) == ("approved", 89_40)
    assert story.events() == ["request", "done"]
    assert story.judged() == []


def test_a_lost_answer_is_asked_for_again_and_nothing_moves_twice(story):
    story.lose = 2
    result = story.pay(story.open())
    assert result.outcome == "approved"
    assert 6.0 < result.elapsed_s < 10.0
    assert story.judged() == []


def test_in_doubt_it_is_cancelled_until_that_is_acknowledged(story):
    channel = story.open()
    story.lose = 99
    enquiry = story.enquire(channel)
    result = story.do(channel, lambda: channel.pay_bill(AMINA, enquiry, None))
    assert result.outcome == "in_doubt"
    story.quiet()
    assert story.events() == ["request", "no_answer", "reversal_owed", "reversal_acknowledged"]
    assert story.judged() == []
    assert story.enquire(channel).amount_minor == 89_40


def test_a_channel_that_was_killed_cancels_what_it_had_left_open(story):
    channel = story.open()
    story.lose = 99
    enquiry = story.enquire(channel)
    process, _ = story.channels["EBK00001"]
    process.start(lambda: channel.pay_bill(AMINA, enquiry, None)).addErrback(lambda _: None)
    story.world.advance(1.0)
    process.kill()
    story.world.advance(1.0)
    story.open()
    story.quiet()
    assert story.events() == ["request", "reversal_acknowledged"]
    assert story.judged() == []


def test_two_channels_pay_one_bill_at_one_instant_and_exactly_one_wins(story):
    first, second = story.open(), story.open("MOB00001", "mobile")
    enquiries = {each: story.enquire(each) for each in (first, second)}
    payments = [
        story.channels[each.terminal_id][0].start(
            lambda c=each: c.pay_bill(AMINA, enquiries[c], None)
        )
        for each in (first, second)
    ]
    results = [story.world.run_until(each) for each in payments]
    assert sorted((each.outcome, each.words) for each in results) == [
        ("approved", ""),
        ("declined", "already_paid"),
    ]
    assert story.judged() == []


def test_what_is_pending_is_followed_to_its_end_after_the_customer_has_gone(story):
    channel = story.open(patience=3.0)
    result = story.pay(channel, creditor="1003", form={"pupil": "004512"})
    assert (result.outcome, result.words[:7]) == ("in_doubt", "pending")
    body = {
        "creditor": "1003",
        "settlement_reference": "200000000001",
        "decision": "accepted",
    }
    school = story.world.process("school")
    data = json.dumps(body).encode()

    async def decide():
        client = HttpClient(school.runtime, host="127.0.0.1", port=8587)
        at = school.runtime.wall_clock.now().isoformat()
        signature = sign("secret of a test school", at, data)
        answer = await client.request(
            "POST", "/v1/decisions", data, 5.0, signature=signature, signed_at=at
        )
        await client.close()
        return answer.status

    assert story.world.run_until(school.start(decide)) == 200
    story.quiet()
    assert story.events() == ["request", "pending", "done"]
    assert story.judged() == []


def test_a_shop_keeps_the_cash_of_what_stands(story):
    shop = story.open("SHP00001", "shop", "cash")
    result = story.pay(shop, Payer())
    assert (result.outcome, result.amount_minor) == ("approved", 104_40)
    assert story.events("SHP00001") == ["request", "cash_in"]
    assert story.judged() == []


def test_a_card_is_masked_in_the_journal(story):
    web = story.open("WEB00001", "internet", "card")
    assert story.pay(web).card == "950401******0019"
    text = (story.folder / "WEB00001" / "WEB00001.jsonl").read_text()
    assert AMINA.pan not in text


def test_a_core_that_is_away_declines_what_never_left(story):
    channel = story.open(timeout=2.0)
    enquiry = story.enquire(channel)
    story.process.kill()
    story.world.advance(1.0)
    result = story.do(channel, lambda: channel.pay_bill(AMINA, enquiry, None))
    assert result.outcome == "declined"
    assert story.events() == ["request", "not_sent"]
