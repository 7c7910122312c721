"""The client behind `send`, in virtual time: what it sends, what it waits for, what it tells."""

import pytest

from simulator.testing import virtual_world
from switch.cli.client import Client
from switch.link import Listener, NoAnswerError, SessionProfile, answer_to
from switch.wire import Codec, EncodeError, Message, load_dialect, make_framing

CODEC = Codec(load_dialect("gab87"))
REQUEST = Message(
    {
        "t": "0200",
        "2": "9504010000000019",
        "3": "010000",
        "4": "000000020000",
        "7": "1124103601",
        "11": "000001",
        "32": "504001",
        "41": "LAB00001",
    }
)
ECHO = Message({"t": "0800", "7": "1124103601", "11": "000002", "70": "301"})
SIGN_ON = Message({"t": "0800", "7": "1124103601", "11": "000003", "70": "001"})


class Bench:
    """A client, and a peer whose script answers what it is asked."""

    def __init__(self, world):
        self.world = world
        self.notices = []
        self.received = []
        self.script = lambda message: answer_to(message, "00")
        here, there = world.process("client"), world.process("peer")
        self.there = there
        self.listener = Listener(
            there.runtime,
            SessionProfile(name="peer"),
            CODEC,
            make_framing("2-byte-binary"),
            port=8583,
            handler=self.handle,
            new_stan=lambda: "000001",
        )
        there.call(self.listener.start)
        self.client = Client(
            here.runtime.reactor,
            CODEC,
            make_framing("2-byte-binary"),
            here.runtime.log,
            notice=self.notices.append,
        )
        self.do(self.client.connect("127.0.0.1", 8583))

    async def handle(self, message, _session):
        self.received.append(message)
        return self.script(message)

    def do(self, coroutine):
        return self.world.run_until(coroutine)

    def ask(self, message=REQUEST, limit_s=10.0):
        return self.do(self.client.ask(message, limit_s))

    def peer_sends(self, message):
        (session,) = self.listener.sessions
        self.there.call(session.line.send, CODEC.encode(message))
        self.world.advance(0.1)


@pytest.fixture
def bench():
    with virtual_world(seed=3) as world:
        bench = Bench(world)
        yield bench
        bench.do(bench.client.close())
        bench.do(bench.listener.stop())
        assert world.failures == []


def test_a_request_gets_its_answer(bench):
    bench.ask(SIGN_ON)
    assert bench.ask()["39"] == "00"
    assert bench.received[0] == REQUEST


def test_traffic_before_a_sign_on_leaves_as_it_stands(bench):
    assert bench.ask()["39"] == "91"


def test_silence_is_no_answer_after_the_limit(bench):
    bench.ask(SIGN_ON)
    bench.script = lambda message: None
    with pytest.raises(NoAnswerError, match="no answer within 3 s"):
        bench.ask(limit_s=3.0)


def test_an_answer_that_matches_nothing_is_explained_and_is_the_reason(bench):
    bench.ask(SIGN_ON)
    bench.script = lambda message: answer_to(Message(message | {"41": "LAB00002"}), "00")
    with pytest.raises(NoAnswerError, match="DE41 is LAB00002 where LAB00001 was asked"):
        bench.ask()
    assert "950401******0019" in bench.notices[0]
    assert "LAB00002 where LAB00001" in bench.notices[0]


def test_an_answer_that_cannot_be_read_ends_the_wait(bench):
    bench.ask(SIGN_ON)

    def garbage(_message):
        (session,) = bench.listener.sessions
        session.line.send(b"0210 is not what follows")

    bench.script = garbage
    with pytest.raises(NoAnswerError, match="what came back cannot be read"):
        bench.ask()


def test_a_line_that_closes_ends_the_wait(bench):
    bench.ask(SIGN_ON)

    def hang_up(_message):
        (session,) = bench.listener.sessions
        session.line.abort("the test says so")

    bench.script = hang_up
    with pytest.raises(NoAnswerError, match="the line was lost"):
        bench.ask()
    with pytest.raises(NoAnswerError, match="the line is closed"):
        bench.ask()


def test_an_echo_of_the_peer_is_answered(bench):
    bench.peer_sends(ECHO)
    assert bench.notices == ["0800 echo STAN 000002: answered"]


def test_a_request_of_the_peer_is_told_and_not_answered(bench):
    bench.peer_sends(REQUEST)
    assert bench.notices[0].endswith(": not answered")
    assert "9504010000000019" not in bench.notices[0]


def test_what_cannot_be_encoded_never_leaves(bench):
    with pytest.raises(EncodeError):
        bench.ask(Message({"t": "0200", "4": "x"}))
    assert bench.received == []


def test_a_message_that_nobody_answers_is_told(bench):
    bench.ask(SIGN_ON)
    bench.client.tell(answer_to(REQUEST, "00"))
    assert bench.ask()["39"] == "00"
