"""Keys that are replaced on a link: sent and taken, refused, lost on the way, sent again."""

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from switch.keys import Algorithm, Purpose, SoftwareModule
from switch.keys.turnover import NEXT, PREVIOUS, Turnover
from switch.link import NoAnswerError
from switch.link.exchange import ExchangeProfile, KeyExchange
from switch.runtime import Random, SeededEntropy
from switch.wire import Message

ZMK, OLD_MAC, OLD_PIN = bytes(range(32)), bytes(range(1, 17)), bytes(range(2, 18))
KEYS = (("M", "mak"), ("P", "zpk"))


class Counts:
    def __init__(self):
        self.refused = 0

    def key_refused(self, link):
        self.refused += 1


def now(deferred):
    results = []
    deferred.addBoth(results.append)
    assert results
    if hasattr(results[0], "raiseException"):
        results[0].raiseException()
    return results[0]


class Side:
    """One side of a link: a module with the shared keys, and its exchange."""

    def __init__(self, process, *, makes, zmk=ZMK, seed=1, **profile):
        self.module = SoftwareModule(SeededEntropy(Random(seed)))
        now(self.module.form_key("zmk", Purpose.ZONE_MASTER, Algorithm.AES256, [zmk, bytes(32)]))
        for name, value, purpose in (
            ("mak", OLD_MAC, Purpose.RETAIL_MAC),
            ("zpk", OLD_PIN, Purpose.PIN),
        ):
            now(self.module.form_key(name, purpose, Algorithm.TDES2, [value, bytes(16)]))
        runtime = process.runtime
        self.turnover, self.counts = Turnover(runtime.reactor), Counts()
        given = {"under": "zmk", "keys_of": lambda terminal: KEYS, "makes": makes, **profile}
        self.exchange = KeyExchange(
            runtime, ExchangeProfile("test", **given), self.module, self.turnover, self.counts
        )

    def check(self, name):
        return now(self.module.describe_key(name)).check_value

    @property
    def names(self):
        return [info.name for info in now(self.module.list_keys())]


class Session:
    """A line to the other side; what is asked can be lost, or answered with a code."""

    def __init__(self, taker):
        self.taker, self.asked, self.lose, self.code = taker, [], False, ""
        self.line = self
        self.open = True
        self.new_stan = iter(f"{number:06}" for number in range(41, 100)).__next__

    def ask(self, request, deadline_s):
        self.asked.append(request)
        answered = self.taker.exchange.received(request)
        if self.lose:
            return fail(NoAnswerError("lost"))
        if self.code:
            return succeed(Message({**request, "t": "0810", "39": self.code}))
        return answered


@pytest.fixture
def process(world):
    return world.process("side")


@pytest.fixture
def maker(process):
    return Side(process, makes=True)


@pytest.fixture
def taker(process):
    return Side(process, makes=False, seed=2)


def test_new_keys_are_made_sent_and_taken_and_the_old_ones_kept(maker, taker):
    before = {name: maker.check(name) for name in ("mak", "zpk")}
    assert now(maker.exchange.send(Session(taker))) is True
    for name in ("mak", "zpk"):
        assert maker.check(name) == taker.check(name) != before[name]
        assert maker.check(name + PREVIOUS) == taker.check(name + PREVIOUS) == before[name]
        assert name + NEXT not in maker.names + taker.names


def test_the_key_travels_as_a_block_with_its_check_value(maker, taker):
    session = Session(taker)
    now(maker.exchange.send(session, "GAB00001"))
    mac, pin = session.asked
    assert (mac.mti, mac["70"], mac["41"]) == ("0800", "161", "GAB00001")
    assert (mac.part("48", "21")[5:8], pin.part("48", "21")[5:8]) == ("M3T", "P0T")
    assert mac.part("48", "22") == maker.check("mak")


def test_each_message_has_the_next_trace_number_of_its_line(maker, taker):
    session = Session(taker)
    assert now(maker.exchange.send(session)) is True
    assert [request.text("11") for request in session.asked] == ["000041", "000042"]


def test_a_pin_key_for_a_terminal_may_only_encrypt_there(process, taker):
    session = Session(taker)
    maker = Side(process, makes=True, to_terminals=True)
    now(maker.exchange.send(session, "GAB00001"))
    assert session.asked[1].part("48", "21")[5:9] == "P0TE"


def test_a_wrong_check_value_is_refused_counted_and_told_and_nothing_changes(maker, taker, world):
    session, before = Session(taker), taker.check("mak")
    now(maker.exchange.send(session))
    block = session.asked[0].part("48", "21")
    forged = Message({**session.asked[0], "48": {"21": block, "22": "000000"}})
    other = Side(world.process("other"), makes=False)
    assert now(other.exchange.received(forged))["39"] == "96"
    assert (other.check("mak"), other.counts.refused) == (before, 1)
    assert other.names == ["mak", "zmk", "zpk"]
    told = [str(each) for each in world.history.events if "key exchange refused" in str(each)]
    assert "check value" in told[0]
    assert block not in str(told)


@pytest.mark.parametrize(
    ("element", "code"),
    [
        ({"21": "not a block", "22": "000000"}, "30"),
        ({"21": "D0112K1TB00E0000", "22": "000000"}, "30"),
        ({"21": "D0112P0TB00E0000", "22": "000000"}, "96"),
        ({"22": "000000"}, "30"),
        ("flat text", "30"),
    ],
)
def test_what_is_no_key_of_this_link_is_refused(taker, element, code):
    request = Message({"t": "0800", "7": "1124090000", "11": "000001", "70": "161", "48": element})
    assert now(taker.exchange.received(request))["39"] == code
    assert taker.counts.refused == 1


def test_a_block_under_another_zone_master_key_is_refused_by_both_sides(process, maker):
    stranger = Side(process, makes=False, zmk=ZMK[::-1])
    before = maker.check("mak")
    assert now(maker.exchange.send(Session(stranger))) is False
    assert (maker.check("mak"), maker.names) == (before, ["mak", "zmk", "zpk"])
    assert maker.counts.refused == 1
    assert maker.turnover.accepted("mak") == ("mak",)


def test_whoever_makes_keys_takes_none(maker, process):
    other = Side(process, makes=True, seed=3)
    assert now(other.exchange.send(Session(maker))) is False


def test_an_answer_that_is_lost_leaves_both_keys_accepted_until_the_same_key_is_sent_again(
    maker, taker
):
    session, before = Session(taker), maker.check("mak")
    session.lose = True
    assert now(maker.exchange.send(session)) is False
    assert maker.check("mak") == before != taker.check("mak")
    assert maker.turnover.accepted("mak") == ("mak", f"mak{NEXT}")
    assert taker.turnover.accepted("mak") == ("mak", f"mak{PREVIOUS}")
    session.lose = False
    assert now(maker.exchange.send(session)) is True
    assert maker.check("mak") == taker.check("mak")
    assert taker.check(f"mak{PREVIOUS}") == before


def test_the_key_before_is_accepted_for_the_grace_period_only(maker, taker, world):
    now(maker.exchange.send(Session(taker)))
    assert maker.turnover.accepted("zpk") == ("zpk", f"zpk{PREVIOUS}")
    world.advance(60.1)
    assert maker.turnover.accepted("zpk") == taker.turnover.accepted("zpk") == ("zpk",)


def test_keys_are_sent_after_a_sign_on_and_again_as_often_as_agreed(process, taker, world):
    maker = Side(process, makes=True, every_s=3600.0)
    session = Session(taker)
    process.call(maker.exchange.signed_on, session, "")
    assert len(session.asked) == 2
    world.advance(3601)
    assert len(session.asked) == 4
    session.open = False
    world.advance(3601)
    maker.exchange.stop()
    assert len(session.asked) == 4
    assert world.timeline.pending() == []


def test_a_terminal_that_has_no_keys_here_is_sent_none(process, taker):
    maker = Side(process, makes=True, keys_of=lambda terminal: ())
    session = Session(taker)
    maker.exchange.signed_on(session, "LAB00001")
    assert session.asked == []


def test_an_element_without_tags_holds_check_value_and_block(process):
    maker = Side(process, makes=True, element="53", tagged=False)
    taker = Side(process, makes=False, element="53", tagged=False, seed=2)
    session = Session(taker)
    assert now(maker.exchange.send(session)) is True
    assert session.asked[0].text("53").partition("/")[0] == taker.check("mak")


def test_two_exchanges_at_once_are_one(maker, taker):
    session, waiting = Session(taker), Deferred()
    session.ask = lambda request, deadline_s: waiting
    first = maker.exchange.send(session)
    assert now(maker.exchange.send(session)) is False
    waiting.callback(Message({"t": "0810", "39": "12"}))
    assert now(first) is False


def test_on_demand_keys_go_to_whoever_is_signed_on_and_still_there(maker, taker):
    there, gone = Session(taker), Session(taker)
    for session in (there, gone):
        maker.exchange.signed_on(session, "")
    sent = len(there.asked)
    gone.open = False
    before = maker.check("mak")
    assert maker.exchange.send_now() == 1
    assert len(there.asked) == sent + len(KEYS)
    assert (maker.check("mak") != before, maker.check("mak")) == (True, taker.check("mak"))


def test_on_demand_a_side_that_takes_keys_sends_none(taker):
    session = Session(taker)
    taker.exchange.signed_on(session, "")
    assert (taker.exchange.send_now(), session.asked) == (0, [])
