"""A session on a line that a test holds the other end of, in virtual time."""

import pytest

from simulator.testing import connected, virtual_world
from switch.link import Session, SessionProfile
from switch.link.profile import Surroundings
from switch.wire import Codec, Message, load_dialect, make_framing

CODEC = Codec(load_dialect("gab87"))
FRAMING = make_framing("2-byte-binary")


def network(function, stan="000001", mti="0800", **elements):
    message = Message({"t": mti, "7": "1124090000", "11": stan, "70": function})
    message.update({name.removeprefix("de"): value for name, value in elements.items()})
    return message


def balance(stan="000002", **elements):
    message = Message({"t": "0100", "3": "310000", "4": "0" * 12, "7": "1124090000", "11": stan})
    message.update({"12": "100000", "13": "1124", "32": "504001", "41": "GAB00001"})
    message.update({name.removeprefix("de"): value for name, value in elements.items()})
    return message


class Counted(list):
    """What a link counted, in order, as words."""

    def line_refused(self, link, reason):
        self.append(f"{link} refused: {reason}")

    def echo_lost(self, link):
        self.append(f"{link} lost an echo")

    def answer_unmatched(self, link, reason):
        self.append(f"{link} unmatched: {reason}")

    def mac_refused(self, link, reason):
        self.append(f"{link} mac: {reason}")

    def rule_broken(self, link, rule, element):
        self.append(f"{link} {rule}: {element}")


class Conversation:
    """A session, and what the test says to it and hears from it."""

    network = staticmethod(network)
    balance = staticmethod(balance)

    def __init__(self, world, **profile) -> None:
        self.world = world
        self.process = world.process("session")
        self.states = []
        self.handled = []
        self.answer_with = None
        handler = profile.pop("handler", self._handle)
        tap = profile.pop("tap", None)
        throttle = profile.pop("throttle", None)
        seal = profile.pop("seal", None)
        codec = profile.pop("codec", CODEC)
        runtime = self.process.runtime
        self.counted = Counted()
        self.unsaid = []
        self.stray = []
        around = Surroundings(
            runtime,
            SessionProfile(name="test", **profile),
            codec,
            FRAMING,
            handler,
            iter(f"{n:06}" for n in range(700_001, 800_000)).__next__,
            lambda session: self.states.append(session.state.value),
            runtime.log.bind(link="test"),
            tap,
            self.counted,
            throttle,
            seal=seal,
            unsaid=lambda request, answer: self.unsaid.append((request, answer)),
            stray=lambda answer, why: self.stray.append((answer.mti, why)),
        )
        self.session = Session(around)
        self._receiver = FRAMING.receiver()
        _, self.transport = self.process.call(connected, self.session.line)

    def encoded(self, message) -> bytes:
        return CODEC.encode(message)

    def framed(self, message) -> bytes:
        return FRAMING.frame(CODEC.encode(message))

    def say(self, *messages) -> None:
        self.say_bytes(b"".join(self.framed(message) for message in messages))

    def say_bytes(self, data: bytes) -> None:
        self.process.call(self.session.line.dataReceived, data)

    def say_body(self, body: bytes) -> None:
        self.say_bytes(FRAMING.frame(body))

    def finish(self) -> None:
        """The peer closes its sending half."""
        self.process.call(self.session.line.readConnectionLost)

    def ask(self, message, deadline_s=6.0):
        return self.process.call(self.session.ask, message, deadline_s)

    def heard(self) -> list:
        """What the session sent since the last time."""
        data = self.transport.value()
        self.transport.clear()
        return [CODEC.decode(body) for body in self._receiver.receive(data)]

    def codes(self) -> list[str]:
        return [f"{answer.mti} {answer.text(39)}" for answer in self.heard()]

    def sign_on(self) -> None:
        self.say(network("001"))
        assert self.codes() == ["0810 00"]

    def answer_own(self, code="00") -> Message:
        """Answer the session's own last request."""
        request = self.heard()[-1]
        self.say(Message({**request, "t": "0810", "39": code}))
        return request

    def events(self, what: str) -> list:
        """The log's events of that name, as text."""
        return [text for event in self.world.history.events if what in (text := str(event))]

    @property
    def closed(self) -> bool:
        return self.transport.is_lost

    async def _handle(self, request, session):
        self.handled.append(request)
        return self.answer_with(request) if self.answer_with is not None else None


@pytest.fixture
def world():
    with virtual_world(seed=3) as world:
        yield world
        assert world.failures == []


@pytest.fixture
def counted():
    """What a link counts, as a list of words."""
    return Counted()


@pytest.fixture
def talk(world):
    """Begin a conversation; keywords are those of the session's profile."""
    conversations = []

    def begin(**profile):
        conversations.append(Conversation(world, **profile))
        return conversations[-1]

    yield begin
    for each in conversations:
        each.process.call(each.session.line.abort, "the test is over")
    assert world.timeline.pending() == []
