"""A session whose messages are authenticated: what is sealed, what is refused, in what order."""

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from switch.link import NoAnswerError, NotSentError, answer_to
from switch.link.sealing import SealError
from switch.wire import Codec, Message, load_dialect

CODEC = Codec(load_dialect("gab87"))
GOOD, BAD = "AA" * 8, "BB" * 8


class FakeSeal:
    """A MAC that is the word for good; what it is asked can be made to wait, or to fail."""

    def __init__(self, refuse_with=None, closes=False) -> None:
        self.refuse_with = refuse_with
        self.closes = closes
        self.waiting = None
        self.broken = False

    def covers(self, mti):
        return mti[1] != "8"

    def _later(self, result):
        if self.waiting is None:
            return succeed(result)
        later = Deferred()
        self.waiting.append(lambda: later.callback(result))
        return later

    def close(self, message):
        if self.broken:
            return fail(SealError("the module is away"))
        return self._later(CODEC.encode(Message({**message, "64": GOOD})))

    def check(self, message, body):
        mac = message.get("64")
        return self._later("missing" if mac is None else "" if mac == GOOD else "wrong")


def failed_with(deferred, kind) -> str:
    failures = []
    deferred.addErrback(failures.append)
    assert failures
    assert failures[0].check(kind)
    return failures[0].getErrorMessage()


def approve(request):
    return answer_to(request, "00")


@pytest.fixture
def sealed(talk):
    """A conversation on a line with MACs, signed on, whose requests are approved."""

    def begin(seal, **profile):
        peer = talk(seal=seal, **profile)
        peer.answer_with = approve
        peer.sign_on()
        return peer

    return begin


def test_an_authentic_request_is_handled_without_its_mac_and_answered_with_one(sealed):
    peer = sealed(FakeSeal())
    peer.say(peer.balance(de64=GOOD))
    (answer,) = peer.heard()
    assert (answer["39"], answer["64"]) == ("00", GOOD)
    assert "64" not in peer.handled[0]


@pytest.mark.parametrize(("mac", "reason"), [({"de64": BAD}, "wrong"), ({}, "missing")])
def test_a_request_that_is_not_authentic_is_not_answered_but_counted_and_told(sealed, mac, reason):
    peer = sealed(FakeSeal())
    peer.say(peer.balance(**mac))
    assert (peer.heard(), peer.handled, peer.closed) == ([], [], False)
    assert peer.counted == [f"test mac: {reason}"]
    assert f"MAC: {reason}" in peer.events("message is not authentic")[0]


def test_the_profile_may_have_a_code_for_it(sealed):
    peer = sealed(FakeSeal(refuse_with="30"))
    peer.say(peer.balance(de64=BAD))
    (answer,) = peer.heard()
    assert (answer["39"], answer["64"]) == ("30", GOOD)
    assert peer.handled == []


def test_the_profile_may_end_the_line_after_that_answer(sealed):
    peer = sealed(FakeSeal(refuse_with="96", closes=True))
    peer.say(peer.balance(de64=BAD), peer.balance("000003", de64=GOOD))
    assert (peer.codes(), peer.handled, peer.closed) == (["0110 96"], [], True)
    assert peer.counted == ["test mac: wrong", "test refused: mac"]


def test_an_answer_that_is_not_authentic_answers_nothing(sealed):
    peer = sealed(FakeSeal(refuse_with="30"))
    answered = peer.ask(peer.balance("000009"), 2.0)
    (request,) = peer.heard()
    assert request["64"] == GOOD
    peer.say(Message({**answer_to(request, "00"), "64": BAD}))
    assert peer.heard() == []
    peer.world.advance(2.1)
    failed_with(answered, NoAnswerError)


def test_an_authentic_answer_reaches_whoever_asked(sealed):
    peer = sealed(FakeSeal())
    answers = []
    peer.ask(peer.balance("000009")).addCallback(answers.append)
    (request,) = peer.heard()
    peer.say(Message({**answer_to(request, "00"), "64": GOOD}))
    assert [answer["39"] for answer in answers] == ["00"]
    assert "64" not in answers[0]


def test_a_request_that_cannot_be_sealed_was_not_sent(sealed):
    seal = FakeSeal()
    peer = sealed(seal)
    seal.broken = True
    assert "the module is away" in failed_with(peer.ask(peer.balance()), NotSentError)
    assert (peer.heard(), peer.session.in_flight) == ([], 0)


def test_an_answer_that_cannot_be_sealed_is_told_and_does_not_leave(sealed):
    seal = FakeSeal()
    peer = sealed(seal)
    seal.broken = True
    peer.say(peer.balance(de64=GOOD))
    assert peer.heard() == []
    assert "the module is away" in peer.events("answer cannot be sent")[0]


def test_while_a_module_checks_a_message_no_other_is_read(sealed):
    seal = FakeSeal()
    peer = sealed(seal)
    seal.waiting = []
    peer.say(peer.balance("000001", de64=GOOD), peer.balance("000002", de64=GOOD))
    assert (len(seal.waiting), peer.handled) == (1, [])
    waiting, seal.waiting = seal.waiting, None
    peer.process.call(waiting[0])
    assert [each["11"] for each in peer.handled] == ["000001", "000002"]
    assert [each["11"] for each in peer.heard()] == ["000001", "000002"]


def test_a_line_that_ends_waits_for_the_answers_that_are_being_sealed(sealed):
    seal = FakeSeal()
    peer = sealed(seal)
    peer.answer_with = lambda request: setattr(seal, "waiting", []) or answer_to(request, "00")
    peer.say(peer.balance(de64=GOOD))
    peer.finish()
    assert (peer.heard(), peer.closed) == ([], False)
    peer.process.call(seal.waiting[0])
    assert [answer["39"] for answer in peer.heard()] == ["00"]
    assert peer.closed


def test_a_request_whose_line_is_lost_while_it_is_sealed_was_not_sent(sealed):
    seal = FakeSeal()
    peer = sealed(seal)
    seal.waiting = []
    asked = peer.ask(peer.balance())
    peer.process.call(peer.session.line.abort, "cut")
    peer.process.call(seal.waiting[0])
    failed_with(asked, NotSentError)


def test_sign_on_and_echo_need_no_mac(sealed):
    peer = sealed(FakeSeal())
    peer.say(peer.network("301", "000003"))
    (answer,) = peer.heard()
    assert "64" not in answer
