"""A GAB that loses its power anywhere comes back with cash, books and reversals that agree."""

import pytest

from switch.wire.mti import message_class


def cash_out(scene) -> int:
    return sum(event["amount_minor"] for event in scene.events() if event["event"] == "dispense")


def restart(scene):
    scene.tap = None
    gab = scene.gab()
    scene.do(gab.when_ready)
    return gab


def cut_at(scene, kind: str, direction: str) -> None:
    """The power fails as the first message of that kind passes."""

    def tap(session, way, message):
        if way == direction and message.mti == kind and scene.process.alive:
            scene.process.crash()

    scene.tap = tap


def withdraw_and_lose_power(scene, kind: str, direction: str):
    cut_at(scene, kind, direction)
    gab = scene.gab()
    scene.do(gab.when_ready)
    scene.begin(gab.withdraw, scene.card, 20000)
    scene.world.advance(2)
    assert not scene.process.alive


def test_power_lost_between_approval_and_cash_is_reversed_at_the_next_start(scene):
    withdraw_and_lose_power(scene, "0210", "in")
    assert (scene.host.types, cash_out(scene)) == (["0200"], 0)
    gab = restart(scene)
    scene.world.run_until(gab.when_quiet())
    assert scene.host.types == ["0200", "0420"]
    assert scene.host.received[1]["39"] == "22"
    assert (cash_out(scene), scene.pending()) == (0, [])


def test_power_lost_before_the_request_left_is_reversed_too(scene):
    withdraw_and_lose_power(scene, "0200", "out")
    gab = restart(scene)
    scene.world.run_until(gab.when_quiet())
    assert scene.host.types[-1] == "0420"


def test_a_reversal_goes_out_before_any_new_business(scene):
    withdraw_and_lose_power(scene, "0210", "in")
    scene.tap = None
    gab = scene.gab()
    while not gab.up:
        scene.world.advance(0.0001)
    scene.do(gab.withdraw, scene.card, 5000)
    assert scene.host.types == ["0200", "0420", "0200"]


def test_once_the_dispense_line_is_on_the_disk_the_cash_counts_as_given(scene):
    gab = scene.gab()
    scene.do(gab.when_ready)
    scene.begin(gab.withdraw, scene.card, 20000)
    while not cash_out(scene):
        scene.world.advance(0.0001)
    pending = scene.pending()
    scene.kill()
    gab = restart(scene)
    assert (len(pending), scene.pending()) == (1, [])
    assert scene.host.types == ["0200"]
    assert gab.cassettes.by_name["1"].dispensed == 1


def test_notes_are_counted_on_from_the_journal(scene):
    gab = scene.gab(note_200=5, note_20=9)
    scene.do(gab.when_ready)
    scene.do(gab.withdraw, scene.card, 46000)
    scene.do(gab.stop)
    gab = scene.gab(note_200=5, note_20=9)
    scene.do(gab.when_ready)
    assert gab.cassettes.stock == {"1": (200, 3), "2": (20, 6)}
    assert gab.cassettes.by_name["1"].loaded == 5


def test_trace_numbers_go_on_after_a_restart(scene):
    gab = scene.gab()
    scene.do(gab.when_ready)
    scene.do(gab.withdraw, scene.card, 20000)
    scene.do(gab.stop)
    scene.do(restart(scene).withdraw, scene.card, 20000)
    stans = [message["11"] for message in scene.host.received]
    assert stans == sorted(set(stans))


def test_a_reversals_number_is_not_given_again(scene):
    gab = scene.gab()
    scene.do(gab.when_ready)
    scene.host.script = scene.host.only("4", scene.host.ignore)
    scene.do(gab.withdraw, scene.card, 20000)
    scene.world.run_until(gab.when_quiet())
    scene.do(gab.stop)
    gab = scene.gab()
    scene.do(gab.when_ready)
    scene.do(gab.stop)
    reversal = next(event for event in scene.events() if event["event"] == "reversal")
    sent = []
    scene.tap = lambda session, way, message: sent.append(message["11"])
    scene.do(scene.gab().when_ready)
    assert sent[0] > reversal["reversal_stan"]


def test_a_line_cut_short_by_the_power_is_kept_aside(scene):
    gab = scene.gab()
    scene.do(gab.when_ready)
    scene.do(gab.withdraw, scene.card, 20000)
    scene.kill()
    with gab.journal.open("ab") as journal:
        journal.write(b'{"at": "2026-11-24T09:0')
    gab = restart(scene)
    scene.do(gab.balance, scene.card)
    torn = [event for event in scene.events() if event["event"] == "torn_line"]
    assert [event["bytes"] for event in torn] == [23]
    assert gab.journal.with_suffix(".torn").read_bytes() == b'{"at": "2026-11-24T09:0\n'
    assert cash_out(scene) == 20000


def test_a_reversal_cut_by_the_power_is_repeated_under_its_number(scene):
    scene.host.script = lambda m: None if message_class(m.mti) == "2" else scene.host.approve(m)
    cut_at(scene, "0430", "in")
    gab = scene.gab()
    scene.do(gab.when_ready)
    scene.begin(gab.withdraw, scene.card, 20000)
    scene.world.advance(15)
    assert not scene.process.alive
    gab = restart(scene)
    scene.world.run_until(gab.when_quiet())
    assert scene.host.types == ["0200", "0420", "0421"]
    assert scene.host.received[1]["11"] == scene.host.received[2]["11"]


@pytest.mark.parametrize("millisecond", range(0, 20, 1))
def test_wherever_the_power_fails_cash_and_reversal_exclude_each_other(scene, millisecond):
    gab = scene.gab()
    scene.do(gab.when_ready)
    scene.begin(gab.withdraw, scene.card, 20000)
    scene.world.advance(millisecond / 2000)
    scene.kill()
    scene.world.advance(1)
    gab = restart(scene)
    scene.world.run_until(gab.when_quiet())
    left = "0200" in scene.host.types
    reversed_ = "0420" in scene.host.types
    given = cash_out(scene) == 20000
    assert not (given and reversed_)
    assert given or reversed_ or not left
    assert gab.cassettes.by_name["1"].dispensed == int(given)
    assert scene.pending() == []
