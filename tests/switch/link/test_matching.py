"""An answer goes to the request it agrees with, and to no other; what fits nothing is explained."""

import pytest
from twisted.internet.task import Clock

from switch.link import NoAnswerError, NotSentError, SameKeyError
from switch.link.matching import REMEMBERED_MAX, Pending
from switch.wire import Message


def request(**elements):
    message = Message({"t": "0200", "7": "1124090000", "11": "000001", "32": "504001"})
    message.update({"41": "GAB00001"})
    message.update({name.removeprefix("de"): value for name, value in elements.items()})
    return message


def answer(**elements):
    return request(**{"t": "0210", "de39": "00", **elements})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pending(clock):
    return Pending(clock)


def outcome(deferred):
    """The result or the error of a Deferred that has fired; None when it has not."""
    results = []
    deferred.addBoth(results.append)
    return results[0] if results else None


def test_an_answer_reaches_its_request(pending, clock):
    asked = pending.wait(request(), 6)
    assert pending.match(answer()) is None
    assert outcome(asked) == answer()
    assert (len(pending), clock.getDelayedCalls()) == (0, [])


def test_two_terminals_with_one_trace_number_get_their_own_answers(pending):
    first = pending.wait(request(), 6)
    second = pending.wait(request(de41="GAB00002"), 6)
    pending.match(answer(de41="GAB00002", de38="222222"))
    pending.match(answer(de38="111111"))
    assert (outcome(first)["38"], outcome(second)["38"]) == ("111111", "222222")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"de41": "GAB00002"}, "DE41 is GAB00002 where GAB00001 was asked"),
        ({"de7": "1124090001"}, "DE7 is 1124090001 where 1124090000 was asked"),
        ({"de32": ""}, "DE32 is absent where 504001 was asked"),
        ({"t": "0110"}, "its class is x1xx where x2xx was asked"),
        ({"t": "0430"}, "its class is x4xx where x2xx was asked"),
    ],
)
def test_an_answer_that_differs_is_not_delivered_and_the_difference_is_told(pending, change, said):
    asked = pending.wait(request(), 6)
    assert said in pending.match(answer(**change))
    assert outcome(asked) is None


def test_an_answer_to_nothing_says_so(pending):
    assert pending.match(answer()) == "nobody waits for it"


def test_no_answer_in_time_is_an_error_of_its_own(pending, clock):
    asked = pending.wait(request(), 6)
    clock.advance(5.75)
    assert not asked.called
    clock.advance(0.25)
    failure = outcome(asked)
    assert failure.check(NoAnswerError)
    assert failure.getErrorMessage() == "no answer within 6 s"


def test_a_late_answer_says_how_late_and_is_not_delivered(pending, clock):
    asked = pending.wait(request(), 6)
    clock.advance(6)
    outcome(asked)
    clock.advance(1.5)
    assert pending.match(answer()) == "it came 1.500 s after its request was given up"


def test_one_key_waits_once(pending):
    first = pending.wait(request(), 6)
    assert outcome(pending.wait(request(de4="1"), 6)).check(NotSentError)
    pending.match(answer())
    assert outcome(first) == answer()


def test_a_request_and_its_reversal_with_the_same_numbers_do_not_meet(pending):
    asked = pending.wait(request(), 6)
    reversing = pending.wait(request(t="0420"), 6)
    pending.match(answer(t="0430"))
    assert (outcome(asked), outcome(reversing)["t"]) == (None, "0430")


def test_network_messages_match_without_terminal_and_acquirer(pending):
    asked = pending.wait(Message({"t": "0800", "7": "1124090000", "11": "000001"}), 6)
    pending.match(Message({"t": "0810", "7": "1124090000", "11": "000001", "41": "X", "39": "00"}))
    assert outcome(asked)["39"] == "00"


def test_a_lost_line_leaves_no_answer_and_no_timer(pending, clock):
    asked = [pending.wait(request(de11=f"{n:06}"), 6) for n in range(3)]
    pending.fail_all("the line was lost")
    assert all(outcome(each).check(NoAnswerError) for each in asked)
    assert clock.getDelayedCalls() == []


def test_what_is_remembered_of_unanswered_requests_is_bounded(pending, clock):
    for number in range(REMEMBERED_MAX + 1):
        outcome(pending.wait(request(de11=f"{number:06}"), 0))
    clock.advance(0)
    assert pending.match(answer(de11="000000")) == "nobody waits for it"
    assert "given up" in pending.match(answer(de11="000001"))


def test_a_late_answer_to_what_was_asked_twice_is_late_by_its_last_asking(pending, clock):
    for _ in range(2):
        outcome(pending.wait(request(), 6))
        clock.advance(6)
    clock.advance(1)
    assert pending.match(answer()) == "it came 1.000 s after its request was given up"


@pytest.mark.parametrize(
    ("waiting", "change", "kind"),
    [
        ({}, {"de41": "GAB00002"}, "differs"),
        ({}, {"de32": ""}, "lacking"),
        ({}, {"t": "0110"}, "class"),
        ({"de11": "000009"}, {}, "nobody"),
        ({"de11": "000009"}, {"de41": ""}, "lacking"),
    ],
)
def test_what_matches_nothing_is_counted_by_its_reason(pending, waiting, change, kind):
    pending.wait(request(**waiting), 6)
    assert pending.match(answer(**change)).kind == kind


def test_a_late_answer_is_counted_as_late(pending, clock):
    outcome(pending.wait(request(), 6))
    clock.advance(7)
    assert pending.match(answer()).kind == "late"


def test_an_answer_without_an_element_of_the_key_names_it(pending):
    told = pending.match(answer(de32="", de41=""))
    assert told == (
        "nobody waits for it: it has no DE32 and no DE41, which answers are matched on here"
    )


def test_an_answer_without_a_trace_number_is_told_so_whoever_waits(pending):
    pending.wait(request(), 6)
    assert "it has no DE11" in pending.match(answer(de11=""))


def test_the_request_of_the_same_class_is_compared_first(pending):
    pending.wait(request(t="0100"), 6)
    pending.wait(request(de41="GAB00002"), 6)
    told = pending.match(answer(de41="GAB00003"))
    assert told == (
        "a request with the same DE11 waits, but DE41 is GAB00003 where GAB00002 was asked"
    )


def test_another_key_matches_by_its_own_elements(clock):
    pending = Pending(clock, ("11", "37"))
    asked = pending.wait(request(de37="000000000001"), 6)
    assert pending.match(answer(de37="000000000001", de7="0101000000", de41="OTHER")) is None
    assert outcome(asked)["41"] == "OTHER"
    pending.wait(request(de37="000000000001"), 6)
    told = pending.match(answer(de37="000000000002"))
    assert "DE37 is 000000000002 where 000000000001 was asked" in told


def test_a_second_request_under_one_key_may_be_the_same_one(pending):
    pending.wait(request(), 6)
    assert outcome(pending.wait(request(), 6)).check(SameKeyError)
