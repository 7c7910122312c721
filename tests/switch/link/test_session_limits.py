"""What a session does at its limits and at its end, and what it counts."""

import pytest
from twisted.internet.defer import Deferred

from switch.link import NoAnswerError, NotSentError, answer_to
from switch.link.session import SIGN_ON_AGAIN_S
from switch.wire import Message


def failed_with(deferred, kind) -> str:
    failures = []
    deferred.addErrback(failures.append)
    assert failures
    assert failures[0].check(kind)
    return failures[0].getErrorMessage()


def test_ours_beyond_the_limit_never_leave(talk):
    peer = talk(in_flight_max=2)
    peer.sign_on()
    asked = [peer.ask(peer.balance(f"{n:06}")) for n in (2, 3)]
    assert len(peer.heard()) == 2
    words = failed_with(peer.ask(peer.balance("000004")), NotSentError)
    assert words == "link test is busy: 2 requests are under way, the most there may be"
    assert peer.heard() == []
    peer.say(peer.balance("000002", t="0110", de39="00"))
    asked.append(peer.ask(peer.balance("000004")))
    assert [request["11"] for request in peer.heard()] == ["000004"]
    for each in asked:
        each.addErrback(lambda failure: failure.trap(NoAnswerError))


def test_an_echo_leaves_however_many_are_under_way(talk, world):
    peer = talk(in_flight_max=1, echo_every_s=60)
    peer.sign_on()
    peer.ask(peer.balance(), 300).addErrback(lambda failure: None)
    peer.heard()
    world.advance(60)
    assert [message["70"] for message in peer.heard()] == ["301"]


def test_without_sign_on_a_line_carries_requests_at_once(talk):
    peer = talk(without_sign_on=True)
    peer.answer_with = lambda request: answer_to(request, "00")
    peer.say(peer.balance())
    assert peer.codes() == ["0110 00"]
    assert peer.session.signed_on


def test_echoes_are_sent_on_a_line_without_sign_on(talk, world):
    peer = talk(without_sign_on=True, echo_every_s=5)
    world.advance(5)
    assert peer.heard()[0]["70"] == "301"


def test_how_long_an_echo_may_take_and_how_many_may_be_lost_is_said(talk, world):
    peer = talk(echo_every_s=60, echo_timeout_s=2, echoes_lost_max=1)
    world.advance(61.9)
    assert not peer.closed
    world.advance(0.2)
    assert (peer.closed, peer.session.lost_because) == (True, "1 echoes were not answered")


def test_a_frame_is_not_late_while_the_line_is_not_read(talk, world):
    asked = [Deferred(), Deferred()]
    peer = talk(in_flight_max=1, handler=lambda request, session: asked[int(request["11"])])
    peer.sign_on()
    second = peer.framed(peer.balance("000001"))
    peer.say_bytes(peer.framed(peer.balance("000000")) + second[:9])
    world.advance(25)
    assert not peer.closed
    peer.process.call(asked[0].callback, answer_to(peer.balance("000000"), "00"))
    world.advance(9)
    peer.say_bytes(second[9:])
    peer.process.call(asked[1].callback, answer_to(peer.balance("000001"), "00"))
    assert peer.codes() == ["0110 00", "0110 00"]


def test_a_frame_is_late_again_once_the_line_is_read(talk, world):
    asked = Deferred()
    peer = talk(in_flight_max=1, handler=lambda request, session: asked)
    peer.sign_on()
    peer.say_bytes(peer.framed(peer.balance()) + b"\x00\x50half")
    world.advance(25)
    peer.process.call(asked.callback, answer_to(peer.balance(), "00"))
    world.advance(9.9)
    assert not peer.closed
    world.advance(0.2)
    assert peer.closed


def test_a_frame_is_not_late_while_the_peer_does_not_read(talk, world):
    peer = talk()
    peer.say_bytes(b"\x00\x50half")
    peer.session.line.pauseProducing()
    world.advance(15)
    assert not peer.closed
    peer.session.line.resumeProducing()
    world.advance(10.1)
    assert (peer.closed, peer.counted) == (True, ["test refused: framing"])


def test_whole_frames_that_wait_for_their_turn_are_answered_before_garbage_closes(talk):
    asked = [Deferred() for _ in range(3)]
    peer = talk(in_flight_max=1, handler=lambda request, session: asked[int(request["11"])])
    peer.sign_on()
    whole = [peer.framed(peer.balance(f"{n:06}")) for n in range(3)]
    peer.say_bytes(b"".join(whole) + b"\xff\xffgarbage")
    for number, each in enumerate(asked):
        assert not peer.closed
        answer = answer_to(peer.balance(f"{number:06}"), "00")
        peer.process.call(each.callback, answer)
        assert peer.codes() == ["0110 00"]
    assert (peer.closed, peer.counted) == (True, ["test refused: framing"])


def test_refusing_answers_91_and_still_asks(talk):
    peer = talk()
    peer.sign_on()
    peer.session.refuse()
    peer.say(peer.balance())
    assert peer.codes() == ["0110 91"]
    asked = peer.ask(peer.balance("000003"))
    assert [message["11"] for message in peer.heard()] == ["000003"]
    peer.say(peer.balance("000003", t="0110", de39="00"))
    assert asked.result["39"] == "00"
    assert (peer.session.state.value, peer.closed) == ("draining", False)


def test_who_never_signed_on_asks_nothing_while_draining(talk):
    peer = talk()
    peer.session.refuse()
    assert failed_with(peer.ask(peer.balance()), NotSentError) == "link test is draining"


def test_a_peer_that_signs_us_off_is_asked_again_later(talk, world):
    peer = talk(signs_on=True)
    peer.answer_own()
    peer.say(peer.network("002"))
    assert peer.codes() == ["0810 00"]
    assert failed_with(peer.ask(peer.balance()), NotSentError) == "link test is connected"
    world.advance(SIGN_ON_AGAIN_S)
    assert peer.answer_own()["70"] == "001"
    assert peer.session.signed_on


def test_a_peer_that_signs_on_again_by_itself_is_not_asked(talk, world):
    peer = talk(signs_on=True)
    peer.answer_own()
    peer.say(peer.network("002"), peer.network("001", "000002"))
    peer.heard()
    world.advance(SIGN_ON_AGAIN_S + 1)
    assert peer.heard() == []


def test_an_unmatched_answer_is_counted_and_logged_in_words(talk):
    peer = talk()
    peer.sign_on()
    peer.ask(peer.balance()).addErrback(lambda failure: None)
    peer.say(peer.balance(t="0110", de39="00", de41="GAB00002"))
    assert peer.counted == ["test unmatched: differs"]
    assert "DE41 is GAB00002 where GAB00001 was asked" in peer.events("matches nothing")[0]


def test_an_answer_on_a_line_that_asked_nothing_matches_nothing(talk):
    peer = talk()
    peer.sign_on()
    peer.say(peer.balance(t="0110", de39="00"))
    assert peer.counted == ["test unmatched: nobody"]


def test_lost_echoes_are_counted_one_by_one(talk, world):
    peer = talk(echo_every_s=60)
    world.advance(91)
    assert peer.counted == ["test lost an echo"] * 3


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"\xff\xff" + b"0" * 20, "framing"), (b"\x00\x05hello", "message")],
)
def test_a_line_closed_for_what_came_on_it_is_counted_once(talk, data, reason):
    peer = talk()
    peer.say_bytes(data)
    assert (peer.closed, peer.counted) == (True, [f"test refused: {reason}"])


def test_a_peer_that_does_not_read_is_counted(talk, world):
    peer = talk()
    peer.session.line.pauseProducing()
    world.advance(31)
    assert peer.counted == ["test refused: stuck"]


def test_a_refused_sign_on_is_counted(talk):
    peer = talk(signs_on=True)
    peer.answer_own("91")
    assert peer.counted == ["test refused: sign-on"]


def test_an_answer_to_an_echo_is_never_answered_even_from_a_peer_that_echoes_answers(talk):
    peer = talk(echo_every_s=60)
    answer = Message({"t": "0810", "7": "1124090000", "11": "000001", "39": "00", "70": "301"})
    peer.say(*[answer] * 50)
    assert peer.heard() == []
