"""An issuer host on its line, behaving and misbehaving, and after a crash."""

import pytest

from simulator.hosts.rules import LOSE_ANSWERS, SILENT, slow


def balance_minor(line, withdrawal, stan="800000") -> int:
    asked = withdrawal(stan, 0, t="0100", de3="310000")
    return int(line.world.run_until(line.send(asked))["54"][28:40])


def test_a_withdrawal_crosses_the_line(line, withdrawal):
    assert line.code(withdrawal()) == "00"
    assert balance_minor(line, withdrawal) == 480_000


def test_silence_does_nothing_and_answers_nothing(line, withdrawal, reversal_of):
    line.rules(SILENT)
    assert line.code(withdrawal("000001")) == "none"
    assert line.code(reversal_of(withdrawal("000002"))) == "none"
    line.rules()
    assert balance_minor(line, withdrawal) == 500_000


def test_a_silent_host_still_answers_echoes(line, withdrawal):
    line.rules(SILENT)
    line.world.advance(300)
    assert line.dialer.up


def test_lost_answers_are_debited_all_the_same(line, withdrawal):
    line.rules(LOSE_ANSWERS)
    assert line.code(withdrawal()) == "none"
    line.rules()
    assert balance_minor(line, withdrawal) == 480_000


def test_lost_answers_leave_reversals_alone_unless_told(line, withdrawal, reversal_of):
    line.rules(LOSE_ANSWERS)
    assert line.code(reversal_of(withdrawal("000001"))) == "00"
    line.rules(LOSE_ANSWERS.model_copy(update={"messages": ("reversal",)}))
    assert line.code(reversal_of(withdrawal("000002"))) == "none"


def test_a_slow_host_answers_late(line, withdrawal):
    line.rules(slow(3))
    before_s = line.world.timeline.now_s
    assert line.code(withdrawal()) == "00"
    assert line.world.timeline.now_s - before_s == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("rule", [SILENT, LOSE_ANSWERS])
def test_a_fault_may_be_for_so_many_requests(line, withdrawal, rule):
    line.rules(rule.model_copy(update={"times": 2}))
    codes = [line.code(withdrawal(f"{n:06}")) for n in (1, 2, 3)]
    assert codes == ["none", "none", "00"]


def test_a_delay_may_be_for_one_request(line, withdrawal):
    line.rules(slow(7).model_copy(update={"times": 1}))
    assert [line.code(withdrawal(f"{n:06}")) for n in (1, 2)] == ["none", "00"]


def test_a_reversal_during_the_delay_undoes_what_was_done(line, withdrawal, reversal_of):
    line.rules(slow(8).model_copy(update={"times": 1}))
    assert line.code(withdrawal()) == "none"
    assert line.code(reversal_of(withdrawal())) == "00"
    line.world.advance(10)
    assert balance_minor(line, withdrawal) == 500_000


def test_a_stop_cancels_what_is_late(line, withdrawal):
    line.rules(slow(60))
    asked = line.send(withdrawal(), 100)
    asked.addErrback(lambda failure: None)
    line.world.advance(1)
    line.world.run_until(line.process.start(line.host.stop), 5)
    line.world.run_until(asked, 5)
    assert line.process.reactor.getDelayedCalls() == []


def test_books_survive_a_restart(line, withdrawal):
    line.code(withdrawal())
    line.world.run_until(line.process.start(line.host.stop))
    line.start()
    line.world.run_until(line.dialer.when_up())
    assert line.code(withdrawal(t="0201")) == "00"
    assert balance_minor(line, withdrawal) == 480_000


@pytest.mark.parametrize("millisecond", range(8))
def test_a_crash_never_answers_what_it_did_not_commit(line, withdrawal, millisecond):
    answers = []
    asked = line.send(withdrawal(), 6)
    asked.addCallbacks(answers.append, lambda failure: None)
    line.world.advance(millisecond / 2000)
    line.process.kill()
    line.start()
    line.world.run_until(line.dialer.when_up())
    debited = balance_minor(line, withdrawal) == 480_000
    assert debited or not answers
    assert line.code(withdrawal(t="0201")) == "00"
    assert balance_minor(line, withdrawal, "800001") == 480_000
