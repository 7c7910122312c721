"""What a link asks of messages by the rules of its dialect, and what its answers repeat."""

import pytest

from switch.link import answer_to
from switch.link.answers import repeated
from switch.wire import Codec, Message, dialect_names, load_dialect

RULED = """title: A bank
extends: gab87
presence:
  - messages: ["0100"]
    must: [3, 11, 41]
    must_not: [52]
    echoed: [3, 11, 18, 41]
  - messages: ["0110"]
    must: [39]
    may: [2, 3, 4, 7, 11, 12, 13, 18, 32, 38, 41, 49]
"""


@pytest.fixture
def codec(tmp_path):
    """The codec of a bank with rules of its own."""
    path = tmp_path / "bank.yaml"
    path.write_text(RULED)
    return Codec(load_dialect(str(path)))


def test_a_request_without_a_mandatory_element_is_refused_and_the_element_named(talk, codec):
    peer = talk(rules="refuse", codec=codec)
    peer.sign_on()
    request = peer.balance()
    del request["3"]
    peer.say(request)
    assert peer.codes() == ["0110 30"]
    assert peer.handled == []
    assert peer.counted == ["test missing: 3"]
    (event,) = peer.events("message breaks its rules")
    assert "field 3 (Processing code): expected it in a 0100, found nothing" in event


def test_a_request_with_an_element_that_must_not_be_there_is_refused(talk, codec):
    peer = talk(rules="refuse", codec=codec)
    peer.sign_on()
    peer.say(peer.balance(de52="0412AC89ABCDEF67"))
    assert peer.codes() == ["0110 30"]
    assert peer.counted == ["test unexpected: 52"]


def test_what_breaks_a_rule_is_only_counted_where_the_link_says_so(talk, codec):
    peer = talk(rules="count", codec=codec)
    peer.answer_with = lambda request: answer_to(request, "00")
    peer.sign_on()
    peer.say(peer.balance(de52="0412AC89ABCDEF67"))
    assert peer.codes() == ["0110 00"]
    assert peer.counted == ["test unexpected: 52"]
    assert "0412AC89" not in str(peer.events("rules"))


def test_a_peer_that_breaks_a_rule_in_each_message_does_not_fill_the_log(talk, codec):
    peer = talk(rules="count", codec=codec)
    peer.answer_with = lambda request: answer_to(request, "00")
    peer.sign_on()
    for number in range(15):
        peer.say(peer.balance(de11=f"{number + 1:06}", de52="0412AC89ABCDEF67"))
    assert peer.counted == ["test unexpected: 52"] * 15
    told = peer.events("message breaks its rules")
    assert ["level=debug" in each for each in told] == [False] * 10 + [True] * 5
    assert "told at debug" in told[9]


def test_a_link_that_ignores_rules_counts_nothing(talk, codec):
    peer = talk(rules="ignore", codec=codec)
    peer.answer_with = lambda request: answer_to(request, "00")
    peer.sign_on()
    peer.say(peer.balance(de52="0412AC89ABCDEF67"))
    assert peer.codes() == ["0110 00"]
    assert peer.counted == []


def test_a_request_that_keeps_the_rules_is_not_logged(talk, codec):
    peer = talk(rules="refuse", codec=codec)
    peer.answer_with = lambda request: answer_to(request, "00")
    peer.sign_on()
    peer.say(peer.balance())
    assert peer.codes() == ["0110 00"]
    assert (peer.counted, peer.events("rules")) == ([], [])


def asked_and_answered(peer, request, **changed) -> None:
    """One request of the session's own, answered with these elements."""
    peer.sign_on()
    answered = peer.ask(request)
    peer.heard()
    answer = {
        **answer_to(request, "00"),
        **{key.removeprefix("de"): changed[key] for key in changed},
    }
    peer.say(Message(answer))
    assert answered.called


def test_an_answer_with_another_echo_is_counted_and_its_element_named_without_values(talk, codec):
    peer = talk(rules="refuse", codec=codec)
    asked_and_answered(peer, peer.balance(), de3="380000")
    assert peer.counted == ["test echo: 3"]
    (event,) = peer.events("answer does not repeat its request")
    assert "3 (Processing code)" in event
    assert "380000" not in event


def test_an_answer_with_an_element_that_the_rules_do_not_know_is_counted_and_given(talk, codec):
    peer = talk(rules="refuse", codec=codec)
    asked_and_answered(peer, peer.balance(), de60="x")
    assert peer.counted == ["test unexpected: 60"]


@pytest.mark.parametrize(
    ("asked", "answered", "code", "counted"),
    [
        ("000000020000", "000000010000", "00", ["test echo: 4"]),
        ("000000020000", "000000010000", "10", []),
        ("000000000000", "000000010000", "00", []),
    ],
)
def test_an_amount_may_be_another_where_a_part_is_approved_or_a_bill_is_due(
    talk, asked, answered, code, counted
):
    peer = talk(rules="count")
    request = peer.balance(de4=asked, de18="6011", de22="051", de25="02", de37="0" * 12)
    request.update({"42": "A" * 15, "49": "504"})
    asked_and_answered(peer, request, de4=answered, de39=code)
    assert peer.counted == counted


def test_an_answer_repeats_what_the_dialect_of_the_link_says(talk, codec):
    peer = talk(codec=codec)
    peer.answer_with = lambda request: answer_to(request, "00", de38="123456")
    peer.sign_on()
    peer.say(peer.balance(de18="6011"))
    (answer,) = peer.heard()
    assert answer == {
        "t": "0110",
        "3": "310000",
        "11": "000002",
        "18": "6011",
        "38": "123456",
        "39": "00",
        "41": "GAB00001",
    }


def test_what_an_answer_says_itself_is_left_though_it_is_no_echo(talk, codec):
    peer = talk(codec=codec)
    peer.answer_with = lambda request: answer_to(request, "00", de4="000000004200", de18="4900")
    peer.sign_on()
    peer.say(peer.balance(de18="6011"))
    (answer,) = peer.heard()
    assert (answer["4"], answer["18"]) == ("000000004200", "4900")


@pytest.mark.parametrize("mti", ["0100", "0200", "0400", "0420", "0800"])
def test_inside_the_house_is_repeated_what_the_local_network_repeats(mti):
    assert set(repeated(mti)) == set(load_dialect("gab87").echoed(mti))


def test_every_shipped_dialect_says_what_is_echoed():
    for name in dialect_names():
        dialect = load_dialect(name)
        first = "1" if "93" in name else "0"
        assert {"11", "41"} <= set(dialect.echoed(f"{first}200"))


def another_merchant(request):
    """An answer that is matched, and repeats another type of merchant than was asked."""
    return answer_to(request, "00", de18="6012")


@pytest.mark.parametrize(
    ("wrong_echo", "taken", "closed"),
    [("pass", "00", False), ("ignore", "NoAnswerError", False), ("close", "NoAnswerError", True)],
)
def test_an_answer_that_does_not_repeat_its_request_is_what_the_link_says(
    talk, codec, wrong_echo, taken, closed
):
    peer = talk(wrong_echo=wrong_echo, rules="count", codec=codec)
    peer.sign_on()
    outcome = []
    request = peer.balance(de18="6011")
    asked = peer.ask(request, 6.0)
    asked.addCallbacks(
        lambda answer: outcome.append(answer.text("39")),
        lambda failure: outcome.append(failure.type.__name__),
    )
    peer.say(another_merchant(request))
    assert peer.closed is closed
    peer.world.advance(7.0)
    assert outcome == [taken]
    assert "test echo: 18" in peer.counted
    assert ("test unmatched: echo" in peer.counted) is (wrong_echo != "pass")
    assert ("test refused: echo" in peer.counted) is closed


def test_a_right_answer_after_a_wrong_one_is_taken(talk, codec):
    peer = talk(wrong_echo="ignore", rules="count", codec=codec)
    peer.sign_on()
    outcome = []
    request = peer.balance(de18="6011")
    peer.ask(request, 6.0).addCallback(lambda answer: outcome.append(answer.text("39")))
    peer.say(another_merchant(request), answer_to(request, "51", de18="6011"))
    assert outcome == ["51"]
