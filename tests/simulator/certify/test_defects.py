"""Known defects, one each: the pack catches every one, in the case that is about it."""

from itertools import count

import pytest
from twisted.internet.task import deferLater

from simulator.hosts import issuing
from simulator.hosts.issuer import IssuerHost
from switch.link import answer_to
from switch.wire.mti import is_repeat


@pytest.fixture
def spoil(monkeypatch):
    """Gives every host a defect: `wrap(request, answer)` is what it answers instead."""
    handle = IssuerHost._handle

    def put_in(wrap):
        async def spoiled(host, request, session):
            answer = await handle(host, request, session)
            return None if answer is None else wrap(request, answer)

        monkeypatch.setattr(IssuerHost, "_handle", spoiled)

    return put_in


def changed(answer, **elements):
    made = type(answer)(answer)
    made.update({name.removeprefix("de"): value for name, value in elements.items()})
    return made


def financial(request):
    return request.mti[1] == "2"


def wrong_stan(request, answer):
    return changed(answer, de11="999999") if financial(request) else answer


def no_approval_code(request, answer):
    made = type(answer)(answer)
    if financial(request):
        made.pop("38", None)
    return made


def another_amount(request, answer):
    return changed(answer, de4="000000009999") if financial(request) else answer


def approves_everybody(request, answer):
    if financial(request) and answer.text("39") == "14":
        return changed(answer, de39="00", de38="123456")
    return answer


def wrong_code_for_funds(request, answer):
    return changed(answer, de39="05") if answer.text("39") == "51" else answer


def refuses_early_reversals(known):
    """A reversal is taken only when its request came before."""

    def wrap(request, answer):
        if financial(request):
            known.add(request.text("11"))
        elif request.mti[1] == "4" and request.text("90")[4:10] not in known:
            return answer_to(request, "12")
        return answer

    return wrap


def another_answer_to_repeats(request, answer):
    return changed(answer, de38="777777") if is_repeat(request.mti) and "38" in answer else answer


def declines_advices(request, answer):
    return changed(answer, de39="05") if request.mti == "0220" else answer


WRAPPED = [
    (wrong_stan, "authorisation/withdrawal-approved"),
    (no_approval_code, "authorisation/withdrawal-approved"),
    (another_amount, "authorisation/withdrawal-approved"),
    (approves_everybody, "declines/unknown"),
    (wrong_code_for_funds, "declines/no-funds"),
    (refuses_early_reversals(set()), "reversals/without-an-original"),
    (another_answer_to_repeats, "repeats/a-repeat-brings-the-stored-answer"),
    (declines_advices, "advices/accepted"),
]


@pytest.mark.parametrize(("wrap", "case"), WRAPPED)
def test_an_answer_with_a_defect_is_caught(failed, spoil, wrap, case):
    spoil(wrap)
    assert failed(case) == {case}


def test_a_repeat_that_is_posted_again_is_caught(failed, monkeypatch):
    def forgets(connection, operation, repeat, now, pin):
        connection.exec_driver_sql("UPDATE requests SET duplicate_key = duplicate_key || 'x' || id")
        return once(connection, operation, repeat, now, pin)

    once = issuing._once
    monkeypatch.setattr(issuing, "_once", forgets)
    case = "repeats/a-repeat-brings-the-stored-answer"
    assert failed(case) == {case}


def test_a_partial_reversal_that_gives_all_back_is_caught(failed, monkeypatch):
    reverse = issuing.reverse

    def whole(connection, original, now):
        object.__setattr__(original, "retained_minor", 0)
        reverse(connection, original, now)

    monkeypatch.setattr(issuing, "reverse", whole)
    assert failed("reversals/partial") == {"reversals/partial"}


def test_a_reversal_that_gives_nothing_back_is_caught(failed, monkeypatch):
    monkeypatch.setattr(issuing, "reverse", lambda connection, original, now: None)
    assert failed("reversals/full") == {"reversals/full"}


def test_a_late_original_that_is_approved_is_caught(failed, monkeypatch):
    monkeypatch.setattr(issuing, "_remember", lambda connection, original, now: None)
    case = "reversals/overtaking-its-original"
    assert failed(case) == {case}


def test_answers_that_are_lost_are_caught(failed, spoil):
    numbers = count()
    spoil(lambda request, answer: None if next(numbers) % 7 == 6 else answer)
    assert failed("load/many-at-once") == {"load/many-at-once"}


def test_a_host_that_answers_late_is_caught(failed, monkeypatch):
    handle = IssuerHost._handle

    async def slow(host, request, session):
        await deferLater(host._runtime.reactor, 30)
        return await handle(host, request, session)

    monkeypatch.setattr(IssuerHost, "_handle", slow)
    case = "authorisation/withdrawal-approved"
    assert failed(case) == {case}
