"""A reversal is sent at once, then less and less often, until it is acknowledged."""

from itertools import pairwise

import pytest

from switch.link import answer_to


@pytest.fixture
def gab(scene):
    gab = scene.gab()
    scene.do(gab.when_ready)
    return gab


def reversal_times(scene) -> list[float]:
    moments = zip(scene.host.received, scene.host.at_s, strict=True)
    return [at_s for message, at_s in moments if message.mti in ("0420", "0421")]


def gaps(scene) -> list[int]:
    times = reversal_times(scene)
    return [round(after - before) for before, after in pairwise(times)]


def test_pauses_double_up_to_a_minute(scene, gab):
    scene.host.script = scene.host.ignore
    scene.do(gab.withdraw, scene.card, 20000)
    scene.world.advance(600)
    # Each attempt waits 10 s for its answer; the pause comes after.
    assert gaps(scene)[:9] == [11, 12, 14, 18, 26, 42, 70, 70, 70]
    assert set(scene.host.types[2:]) == {"0421"}


@pytest.mark.parametrize("code", ["91", "96", "30", "12"])
def test_only_00_acknowledges(scene, gab, code):
    answers = iter([code, code, "00"])
    scene.host.script = lambda m: None if m.mti == "0200" else answer_to(m, next(answers))
    scene.do(gab.withdraw, scene.card, 20000)
    scene.world.run_until(gab.when_quiet())
    assert scene.host.types == ["0200", "0420", "0421", "0421"]
    assert gaps(scene) == [1, 2]


def test_a_line_that_comes_back_is_tried_at_once(scene, gab):
    scene.host.script = scene.host.ignore
    scene.do(gab.withdraw, scene.card, 20000)
    scene.world.advance(200)
    scene.host.script = scene.host.approve
    scene.host.hang_up()
    before_s = scene.world.timeline.now_s
    scene.world.run_until(gab.when_quiet())
    assert scene.world.timeline.now_s - before_s < 2


def test_a_customer_need_not_wait_for_the_acknowledgement(scene, gab):
    scene.host.script = lambda m: None if m["4"] == "000000020000" else scene.host.approve(m)
    scene.do(gab.withdraw, scene.card, 20000)
    result = scene.do(gab.withdraw, scene.card, 5000)
    assert (result.outcome, gab.reversals_owed) == ("approved", 1)


def test_several_are_sent_in_the_order_they_were_owed(scene, gab):
    scene.host.script = scene.host.ignore
    scene.do(gab.withdraw, scene.card, 20000)
    scene.do(gab.withdraw, scene.card, 10000)
    scene.do(gab.stop)
    del scene.host.received[:]
    scene.host.script = scene.host.approve
    gab = scene.gab()
    assert gab.reversals_owed == 2
    scene.do(gab.when_ready)
    assert [(m.mti, m["4"]) for m in scene.host.received] == [
        ("0421", "000000020000"),
        ("0420", "000000010000"),
    ]
    assert (gab.reversals_owed, scene.pending()) == (0, [])


def test_the_journal_tells_the_story(scene, gab):
    answers = iter(["91", "00"])
    scene.host.script = lambda m: None if m.mti == "0200" else answer_to(m, next(answers))
    scene.do(gab.withdraw, scene.card, 20000)
    scene.world.run_until(gab.when_quiet())
    assert scene.event_names() == [
        "started",
        "loaded",
        "card_in",
        "request",
        "no_answer",
        "reversal_owed",
        "reversal",
        "card_returned",
        "reversal_acknowledged",
    ]
    assert scene.events()[-1]["attempts"] == 2


def test_quiet_waits_for_both_customers_and_reversals(scene, gab):
    scene.host.script = scene.host.only("4", scene.host.ignore)
    waiting = scene.begin(gab.withdraw, scene.card, 20000)
    quiet = gab.when_quiet()
    scene.world.run_until(waiting)
    assert not quiet.called
    scene.world.run_until(quiet)
    assert scene.host.types == ["0200", "0420"]


def test_an_idle_line_is_kept_alive_by_echoes(scene, gab):
    scene.world.advance(300)
    assert gab.up
    assert scene.do(gab.balance, scene.card).outcome == "approved"
