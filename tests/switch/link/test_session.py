"""What a session answers by itself, what it hands over, and what it refuses."""

import pytest
from twisted.internet.defer import Deferred

from switch.link import NoAnswerError, NotSentError, answer_to
from switch.wire import Message


def failed_with(deferred, kind) -> str:
    failures = []
    deferred.addErrback(failures.append)
    assert failures
    assert failures[0].check(kind)
    return failures[0].getErrorMessage()


def test_a_peer_signs_on_and_off(talk):
    peer = talk()
    peer.say(peer.network("001", de41="GAB00001"), peer.network("002", "000002"))
    first, second = peer.heard()
    assert (first["39"], first["70"], first["11"], first["41"]) == (
        "00",
        "001",
        "000001",
        "GAB00001",
    )
    assert second["70"] == "002"
    assert peer.states == ["connecting", "connected", "signed on", "connected"]


def test_an_echo_is_answered_before_sign_on(talk):
    peer = talk()
    peer.say(peer.network("301"))
    assert peer.codes() == ["0810 00"]


def test_financial_traffic_before_sign_on_is_answered_91_and_the_line_stays(talk):
    peer = talk()
    peer.say(peer.balance())
    assert peer.codes() == ["0110 91"]
    peer.sign_on()
    assert (peer.handled, peer.closed) == ([], False)


def test_a_request_is_handled_and_answered(talk):
    peer = talk()
    peer.answer_with = lambda request: answer_to(request, "00", de38="123456")
    peer.sign_on()
    peer.say(peer.balance())
    (answer,) = peer.heard()
    assert (answer.mti, answer["39"], answer["11"], answer["41"]) == (
        "0110",
        "00",
        "000002",
        "GAB00001",
    )


def test_a_handler_may_answer_nothing(talk):
    peer = talk()
    peer.sign_on()
    peer.say(peer.balance())
    assert (len(peer.handled), peer.heard(), peer.session.in_flight) == (1, [], 0)


def test_a_handler_that_breaks_is_answered_96_without_its_words(talk):
    peer = talk()

    def broken(request):
        raise RuntimeError("card 9504020000000018")

    peer.answer_with = broken
    peer.sign_on()
    peer.say(peer.balance())
    assert peer.codes() == ["0110 96"]
    assert "9504020000000018" not in str(peer.events("request failed inside"))


def test_an_answer_that_the_dialect_cannot_say_is_96_and_told(talk):
    peer = talk()
    peer.answer_with = lambda request: answer_to(request, "00", de38="A123456")
    peer.sign_on()
    peer.say(peer.balance())
    assert peer.codes() == ["0110 96"]
    ((request, answer),) = peer.unsaid
    assert (request.mti, answer.mti, answer["38"]) == ("0100", "0110", "A123456")
    assert peer.session.in_flight == 0


@pytest.mark.parametrize(("function", "code"), [({"de70": "999"}, "12"), ({"de70": "161"}, "12")])
def test_an_unknown_network_function_is_invalid(talk, function, code):
    peer = talk()
    peer.say(peer.network("001", **function))
    assert peer.codes() == [f"0810 {code}"]


def test_a_network_message_without_its_function_is_a_format_error(talk):
    peer = talk()
    peer.say(Message({"t": "0800", "7": "1124090000", "11": "000001"}))
    assert peer.codes() == ["0810 30"]


@pytest.mark.parametrize("mti", ["0110", "0210", "0810", "0430"])
def test_an_answer_is_never_answered(talk, mti):
    peer = talk()
    peer.sign_on()
    peer.say(peer.balance(t=mti, de39="00"))
    assert (peer.heard(), peer.closed) == ([], False)


def test_a_letter_in_an_amount_is_a_format_error_that_echoes_the_rest(talk):
    peer = talk()
    peer.sign_on()
    body = peer.encoded(peer.balance())
    peer.say_body(body.replace(b"000000000000", b"0000000000X0", 1))
    (answer,) = peer.heard()
    assert (answer.mti, answer["39"], answer["11"], answer["41"]) == (
        "0110",
        "30",
        "000002",
        "GAB00001",
    )
    assert "4" not in answer
    assert (peer.handled, peer.closed) == ([], False)


@pytest.mark.parametrize("body", [b"hello", b"02X0" + b"0" * 16, b"0200" + b"Z" * 16, b"0200"])
def test_what_cannot_be_read_closes_the_line(talk, body):
    peer = talk()
    peer.sign_on()
    peer.say_body(body)
    assert peer.closed
    assert peer.heard() == []


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "HTTP"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS"),
        (b"\xff\xff" + b"0" * 20, "at most 4096"),
    ],
)
def test_what_is_no_frame_closes_the_line_with_a_hint(talk, data, hint):
    peer = talk()
    peer.say_bytes(data)
    assert peer.closed
    assert hint in str(peer.events("line refused"))


def test_whole_frames_before_the_garbage_are_answered(talk):
    peer = talk()
    peer.say_bytes(peer.framed(peer.network("301")) + b"\xff\xff")
    assert peer.codes() == ["0810 00"]
    assert peer.closed


def test_a_frame_that_does_not_end_closes_the_line_after_ten_seconds(talk, world):
    peer = talk()
    peer.say_bytes(b"\x00\x50" + b"0800")
    world.advance(9.9)
    assert not peer.closed
    world.advance(0.2)
    assert peer.closed


def test_a_frame_that_trickles_in_is_read(talk, world):
    peer = talk()
    peer.answer_with = lambda request: answer_to(request, "00")
    peer.sign_on()
    for byte in peer.framed(peer.balance()):
        peer.say_bytes(bytes([byte]))
        world.advance(0.05)
    assert peer.codes() == ["0110 00"]


def test_keep_alives_are_ignored(talk, world):
    peer = talk()
    peer.say_bytes(b"\x00\x00" * 1000)
    world.advance(60)
    assert (peer.heard(), peer.closed) == ([], False)


def test_an_unknown_message_type_is_a_format_error_or_ignored(talk):
    peer = talk()
    peer.sign_on()
    peer.say(peer.balance(t="0900"), peer.balance(t="0940"))
    assert peer.codes() == ["0910 30"]
    assert not peer.closed


def test_a_peer_that_closes_its_half_gets_the_answers_it_is_owed(talk):
    answered = Deferred()
    peer = talk(handler=lambda request, session: answered)
    peer.sign_on()
    peer.say(peer.balance())
    peer.finish()
    assert not peer.closed
    answered.callback(answer_to(peer.balance(), "00"))
    assert peer.closed
    assert peer.codes() == ["0110 00"]


def test_a_peer_that_closes_its_half_and_is_owed_nothing_is_let_go(talk):
    peer = talk()
    peer.finish()
    assert peer.closed


def test_beyond_its_share_in_flight_a_peer_is_not_read(talk):
    answers = []

    def handler(request, session):
        answers.append((request, Deferred()))
        return answers[-1][1]

    peer = talk(in_flight_max=2, handler=handler)
    peer.sign_on()
    peer.say(*(peer.balance(f"{n:06}") for n in (2, 3, 4, 5)))
    assert [request["11"] for request, _ in answers] == ["000002", "000003"]
    assert ("pause",) in peer.transport.log
    request, deferred = answers[0]
    deferred.callback(answer_to(request, "00"))
    assert [request["11"] for request, _ in answers] == ["000002", "000003", "000004"]
    for request, deferred in answers[1:]:
        deferred.callback(answer_to(request, "00"))
    answers[3][1].callback(answer_to(answers[3][0], "00"))
    assert [answer["11"] for answer in peer.heard()] == ["000002", "000003", "000004", "000005"]
    assert peer.session.in_flight == 0


def test_draining_refuses_the_new_and_finishes_the_old(talk):
    answered = Deferred()
    peer = talk(handler=lambda request, session: answered)
    peer.sign_on()
    peer.say(peer.balance())
    peer.session.drain()
    peer.say(peer.balance("000003"), peer.network("001", "000004"))
    assert peer.codes() == ["0110 91", "0810 91"]
    answered.callback(answer_to(peer.balance(), "00"))
    assert peer.codes() == ["0110 00"]
    assert peer.closed


def test_our_request_before_sign_on_never_leaves(talk):
    peer = talk()
    words = failed_with(peer.ask(peer.balance()), NotSentError)
    assert words == "link test is connected"
    assert peer.heard() == []


def test_our_request_that_cannot_be_encoded_never_leaves(talk):
    peer = talk()
    peer.sign_on()
    words = failed_with(peer.ask(peer.balance(de4="12X")), NotSentError)
    assert words.startswith("the request cannot be encoded")
    assert peer.heard() == []


def test_our_request_on_a_lost_line_has_no_answer(talk):
    peer = talk()
    peer.sign_on()
    asked = peer.ask(peer.balance())
    peer.session.line.abort("cut")
    assert failed_with(asked, NoAnswerError) == "the line was lost: cut"


def test_our_sign_on_names_the_terminal(talk):
    peer = talk(signs_on=True, sign_on_elements=(("41", "GAB00001"),))
    request = peer.answer_own()
    assert (request.mti, request["70"], request["41"]) == ("0800", "001", "GAB00001")
    assert peer.session.signed_on


def test_a_refused_sign_on_closes_the_line(talk):
    peer = talk(signs_on=True)
    peer.answer_own("91")
    assert (peer.closed, peer.session.lost_because) == (True, "sign-on refused with 91")


def test_an_unanswered_sign_on_closes_the_line(talk, world):
    peer = talk(signs_on=True)
    world.advance(11)
    assert (peer.closed, peer.session.lost_because) == (True, "sign-on was not answered")


def test_silence_is_filled_with_echoes(talk, world):
    peer = talk(echo_every_s=60)
    world.advance(59)
    assert peer.heard() == []
    world.advance(1)
    assert peer.answer_own()["70"] == "301"
    world.advance(59)
    assert peer.heard() == []
    world.advance(1)
    assert peer.answer_own()["70"] == "301"


def test_a_line_that_is_spoken_on_needs_no_echo(talk, world):
    peer = talk(echo_every_s=60)
    for _ in range(5):
        world.advance(50)
        peer.say(peer.network("301"))
        peer.heard()
    assert not peer.closed


def test_three_lost_echoes_drop_the_line(talk, world):
    peer = talk(echo_every_s=60)
    world.advance(60 + 29)
    assert not peer.closed
    world.advance(2)
    assert (peer.closed, peer.session.lost_because) == (True, "3 echoes were not answered")
    assert [m["70"] for m in peer.heard()] == ["301"] * 3


def test_any_word_of_the_peer_forgives_lost_echoes(talk, world):
    peer = talk(echo_every_s=60)
    world.advance(60 + 25)
    peer.say(peer.network("301"))
    world.advance(20)
    assert not peer.closed


def test_a_lost_echo_and_a_word_do_not_make_two_rounds_of_echoes(talk, world):
    peer = talk(echo_every_s=60)
    world.advance(65)
    peer.say(peer.network("301"))
    peer.heard()
    world.advance(6)
    peer.answer_own()
    world.advance(59)
    assert peer.heard() == []


def test_a_peer_that_reads_nothing_is_dropped(talk, world):
    peer = talk()
    peer.session.line.pauseProducing()
    world.advance(31)
    assert peer.closed
    assert "read nothing" in peer.session.lost_because


def test_a_tap_sees_both_ways(world, talk):
    seen = []
    peer = talk(tap=lambda session, way, message: seen.append((way, message.mti)))
    peer.sign_on()
    assert seen == [("in", "0800"), ("out", "0810")]
