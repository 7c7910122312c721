"""Several links as one destination: who is asked first, and who is asked next."""

from collections import Counter

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from switch.engine.groups import DestinationGroup, Weighted, order_of
from switch.link import NoAnswerError, NotSentError, SameKeyError
from switch.wire import Message

REQUEST = Message({"t": "0200", "11": "000001"})
DOWN = NotSentError("down")


class Member:
    """A link whose answers the test gives."""

    def __init__(self, name, log, timeout_s=6.0):
        self.name, self.timeout_s = name, timeout_s
        self.up = True
        self.outcome = None
        self._log = log

    def ask(self, request, deadline_s, operation_key):
        self._log.append((self.name, request["11"], deadline_s, operation_key))
        if isinstance(self.outcome, Exception):
            return fail(self.outcome)
        return succeed(Message({"t": "0210", "39": "00"})) if self.outcome is None else self.outcome


@pytest.fixture
def asked():
    return []


@pytest.fixture
def members(asked):
    return [Member(name, asked) for name in "abc"]


def group(members, policy="primary", **weights):
    return DestinationGroup("hosts", members, order_of(policy, weights))


def names(asked):
    return "".join(name for name, *_ in asked)


def failure_of(deferred):
    failures = []
    deferred.addErrback(failures.append)
    return failures[0].value


def test_the_primary_is_asked_as_long_as_it_is_up(members, asked):
    hosts = group(members)
    for up in (True, False, True):
        members[0].up = up
        hosts.ask(REQUEST, 6, "key")
    assert names(asked) == "aba"
    assert asked[0] == ("a", "000001", 6, "key")


def test_round_robin_asks_each_in_turn_and_skips_who_is_down(members, asked):
    hosts = group(members, "round_robin")
    for _ in range(4):
        hosts.ask(REQUEST, 6, "key")
    assert names(asked) == "abca"
    members[1].up = False
    for _ in range(4):
        hosts.ask(REQUEST, 6, "key")
    assert "b" not in names(asked)[4:]
    assert Counter(names(asked)[4:]) == {"a": 2, "c": 2}


def test_weights_are_kept_exactly_and_evenly(members, asked):
    hosts = group(members, "weighted", a=5, b=1, c=1)
    for _ in range(14):
        hosts.ask(REQUEST, 6, "key")
    assert Counter(names(asked)) == {"a": 10, "b": 2, "c": 2}
    # As evenly as can be: never two in a row of those that have a seventh each.
    assert names(asked)[:7] == names(asked)[7:] == "aabacaa"


def test_who_is_down_earns_no_credit(members, asked):
    hosts = group(members, "weighted", a=1, b=1, c=1)
    members[0].up = False
    for _ in range(50):
        hosts.ask(REQUEST, 6, "key")
    members[0].up = True
    asked.clear()
    for _ in range(6):
        hosts.ask(REQUEST, 6, "key")
    assert Counter(names(asked)) == {"a": 2, "b": 2, "c": 2}


def test_what_never_left_goes_to_the_next(members, asked):
    members[0].outcome = members[1].outcome = DOWN
    answer = group(members).ask(REQUEST, 6, "key")
    assert (names(asked), answer.result["39"]) == ("abc", "00")


@pytest.mark.parametrize("error", [NoAnswerError("lost"), SameKeyError("the same")])
@pytest.mark.parametrize("policy", ["primary", "round_robin", "weighted"])
def test_what_may_have_left_is_never_sent_to_another(members, asked, error, policy):
    members[0].outcome = error
    weights = dict.fromkeys("abc", 1) if policy == "weighted" else {}
    assert failure_of(group(members, policy, **weights).ask(REQUEST, 6, "key")) is error
    assert names(asked) == "a"


def test_a_request_under_way_is_not_given_to_another_when_its_link_goes(members, asked):
    members[0].outcome = Deferred()
    answer = group(members).ask(REQUEST, 6, "key")
    members[0].up = False
    members[0].outcome.errback(NoAnswerError("the line was lost"))
    assert isinstance(failure_of(answer), NoAnswerError)
    assert names(asked) == "a"


def test_when_none_sends_the_reason_is_the_last_ones(members):
    for member in members:
        member.outcome = NotSentError(f"{member.name} is busy")
    assert str(failure_of(group(members).ask(REQUEST, 6, "key"))) == "c is busy"


def test_when_none_is_up_nothing_is_asked(members, asked):
    for member in members:
        member.up = False
    hosts = group(members, "round_robin")
    assert not hosts.up
    error = failure_of(hosts.ask(REQUEST, 6, "key"))
    assert isinstance(error, NotSentError)
    assert "no link is up of a, b, c" in str(error)
    assert asked == []


def test_it_waits_as_long_as_the_slowest_of_its_links(asked):
    members = [Member("a", asked, 3.0), Member("b", asked, 8.0)]
    assert group(members).timeout_s == 8.0


def test_nobody_to_choose_from_is_no_error():
    assert list(Weighted({"a": 1})([])) == []
