"""What is owed is delivered in order, ever less often, until it is taken."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from switch.engine import operating
from switch.engine.saf import StoreAndForward
from switch.link import NoAnswerError, NotSentError, UnencodableError, answer_to
from switch.settings.links import OwedSettings
from switch.settings.network import RetrySettings
from switch.wire import Message

SILENT = NoAnswerError("no answer within 6 s")


def owe(bench: Any, *stans: str, elements: dict[str, Any] | None = None) -> None:
    """Withdrawals that were not answered in time: each leaves a reversal owed."""

    def lost(message: Message) -> Exception:
        bench.issuer.up = False  # its reversal finds nobody
        return SILENT

    bench.issuer.script = lost
    for stan in stans:
        bench.issuer.up = True
        assert bench.ask(bench.message(de11=stan, **(elements or {}))).code == "91"
    bench.issuer.up, bench.issuer.script = True, lambda message: SILENT
    bench.issuer.asked.clear()


def taken(message: Message) -> Message:
    return answer_to(message, "00")


def attempts_at(bench: Any, seconds: int) -> list[int]:
    """The seconds at which the destination was asked, from now."""
    times: list[int] = []
    for second in range(seconds):
        if bench.issuer.asked:
            times += [second] * len(bench.issuer.asked)
            bench.issuer.asked.clear()
        bench.clock.advance(1)
    return times


def test_the_pause_doubles_from_the_first_to_the_longest(bench: Any) -> None:
    owe(bench, "000001")
    bench.saf["issuer"].kick()
    assert attempts_at(bench, 300) == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
    assert bench.owed == 1


def test_a_link_that_is_down_is_looked_at_ever_less_often(bench: Any) -> None:
    owe(bench, "000001")
    bench.issuer.up = False
    bench.saf["issuer"].kick()
    looks: list[float] = []
    for _ in range(8):
        (timer,) = bench.clock.getDelayedCalls()
        looks.append(timer.getTime() - bench.clock.seconds())
        bench.clock.advance(looks[-1])
    assert looks == [1, 2, 4, 8, 16, 32, 60, 60]
    assert bench.issuer.asked == []


def test_a_link_that_comes_up_is_used_at_once(bench: Any) -> None:
    owe(bench, "000001")
    bench.issuer.up = False
    bench.saf["issuer"].kick()
    bench.clock.pump([1, 2, 4, 8, 3])
    bench.issuer.up, bench.issuer.script = True, taken
    bench.saf["issuer"].kick()
    assert (bench.owed, bench.only()["state"]) == (0, "reversed")


def test_what_becomes_owed_in_a_pause_waits_for_its_end(bench: Any) -> None:
    owe(bench, "000001")
    bench.saf["issuer"].kick()
    bench.clock.pump([1, 2, 4])
    bench.issuer.asked.clear()
    assert bench.ask(bench.message(de11="000002")).code == "91"
    assert bench.issuer.types == ["0200"]
    bench.issuer.asked.clear()
    assert attempts_at(bench, 9) == [8]


def test_a_destination_that_answers_again_is_not_left_waiting_a_long_pause(bench: Any) -> None:
    owe(bench, "000001")
    bench.saf["issuer"].kick()
    bench.clock.pump([1, 2, 4, 8, 16])
    bench.issuer.script = taken
    assert bench.ask(bench.message(de11="000002")).code == "00"
    assert bench.owed == 1
    bench.clock.advance(1)
    assert bench.owed == 0


def test_reversals_are_first_in_first_out_and_one_at_a_time(bench: Any) -> None:
    owe(bench, "000001", "000002", "000003")
    bench.issuer.script = lambda message: None
    bench.saf["issuer"].kick()
    for number in (1, 2, 3):
        assert [m.text(11) for m in bench.issuer.asked] == [f"{n:06}" for n in range(1, number + 1)]
        bench.issuer.answer()
    assert bench.owed == 0


def test_the_first_is_a_0420_and_its_repeats_are_0421(bench: Any) -> None:
    owe(bench, "000001")
    bench.saf["issuer"].kick()
    bench.clock.pump([1, 2, 4])
    assert bench.issuer.types == ["0420", "0421", "0421", "0421"]


def test_a_reversal_copies_its_original_and_names_it(bench: Any) -> None:
    owe(
        bench,
        "000001",
        elements={"de14": "2912", "de35": "9504020000000018=2912"},
    )
    bench.clock.advance(3600)
    (message,) = bench.issuer.asked[:1] or [None]
    assert message is not None
    copied = {k: v for k, v in bench.message().items() if k not in ("t", "7")}
    assert message == {
        **copied,
        "t": "0420",
        "7": message.text(7),
        "15": "1124",
        "39": "68",
        "90": "0200" + "000001" + "1124103601" + "00000504001" + "0" * 11,
    }


def test_a_reversal_has_a_transmission_time_of_its_own(bench: Any) -> None:
    owe(bench, "000001")
    bench.clock.advance(3599)
    bench.issuer.asked.clear()
    bench.saf["issuer"].kick()
    assert bench.issuer.asked[0].text(7) == "1124113600"


def test_an_original_without_an_acquirer_is_reversed_with_ours(bench: Any) -> None:
    owe(bench, "000001", elements={"de32": None, "de37": None, "de42": None})
    bench.saf["issuer"].kick()
    assert bench.issuer.asked[0].text(90)[20:31] == "00000504001"
    assert bench.issuer.asked[0].text(32) == "504001"


@pytest.mark.parametrize("code", OwedSettings().again)
def test_not_now_is_tried_again(bench: Any, code: str) -> None:
    owe(bench, "000001")
    bench.issuer.script = lambda message: answer_to(message, code)
    bench.saf["issuer"].kick()
    assert bench.owed == 1
    bench.issuer.script = taken
    bench.clock.advance(1)
    assert bench.owed == 0


@pytest.mark.parametrize("code", ["12", "25", "30", "94", ""])
def test_any_other_answer_puts_it_aside_for_a_person(bench: Any, code: str) -> None:
    owe(bench, "000001", "000002")
    bench.issuer.script = lambda message: answer_to(
        message, "00" if message.text(11) == "000002" else code
    )
    bench.saf["issuer"].kick()
    assert [row["state"] for row in bench.rows("transactions")] == ["exception", "reversed"]
    (row,) = bench.rows("owed")
    assert (row["status"], row["note"]) == ("aside", f"answered with {code or 'no code'}")
    alarms = [entry for entry in bench.logged.entries if entry["log_level"] == "error"]
    assert [entry["stan"] for entry in alarms] == ["000001"]
    assert bench.clock.getDelayedCalls() == []


def test_which_answers_take_it_is_a_setting_of_the_destination(bench: Any) -> None:
    owe(bench, "000001")
    bench.issuer.script = lambda message: answer_to(message, "25")
    settings = OwedSettings(accepted=("00", "25"))
    saf = StoreAndForward(bench.runtime, bench.journal, bench.issuer, RetrySettings(), settings)
    saf.kick()
    assert (bench.owed, bench.only()["state"]) == (0, "reversed")


def test_what_cannot_be_encoded_is_put_aside_and_blocks_nothing(bench: Any) -> None:
    owe(bench, "000001", "000002")
    bench.issuer.script = lambda message: (
        UnencodableError("DE37: 13 characters of 12")
        if message.text(11) == "000001"
        else answer_to(message, "00")
    )
    bench.saf["issuer"].kick()
    assert [row["state"] for row in bench.rows("transactions")] == ["exception", "reversed"]
    (row,) = bench.rows("owed")
    assert row["note"] == "DE37: 13 characters of 12"


def test_a_journal_that_fails_while_one_is_put_aside_has_it_tried_again(bench: Any) -> None:
    owe(bench, "000001")
    bench.issuer.script = lambda message: answer_to(message, "30")
    bench.store.let_pass, bench.store.refuse = 1, 1
    bench.saf["issuer"].kick()
    assert bench.only()["state"] == "in_doubt"
    bench.clock.advance(1)
    assert bench.only()["state"] == "exception"


def test_a_line_lost_before_it_left_is_tried_again(bench: Any) -> None:
    owe(bench, "000001")
    bench.issuer.script = lambda message: NotSentError("link issuer is down")
    bench.saf["issuer"].kick()
    bench.issuer.script = taken
    bench.clock.advance(1)
    assert bench.owed == 0


def test_a_journal_that_cannot_be_used_is_tried_again(bench: Any) -> None:
    owe(bench, "000001")
    bench.issuer.script = taken
    bench.store.down = True
    bench.saf["issuer"].kick()
    assert bench.issuer.asked == []
    bench.store.down = False
    bench.clock.advance(1)
    assert bench.owed == 0


def test_an_acknowledgement_that_cannot_be_journaled_has_it_sent_again(bench: Any) -> None:
    owe(bench, "000001")
    bench.issuer.script = taken
    bench.store.let_pass, bench.store.refuse = 1, 1
    bench.saf["issuer"].kick()
    assert bench.owed == 1
    bench.clock.advance(1)
    assert (bench.issuer.types, bench.owed) == (["0420", "0421"], 0)


def test_a_fault_inside_is_logged_and_tried_again(bench: Any) -> None:
    owe(bench, "000001")

    def broken(message: Message) -> Message:
        raise ZeroDivisionError("9504020000000018")

    bench.issuer.script = broken
    bench.saf["issuer"].kick()
    assert bench.events[-1] == "store-and-forward failed inside"
    bench.issuer.script = taken
    bench.clock.advance(1)
    assert bench.owed == 0


def test_who_waits_for_a_delivery_is_told(bench: Any) -> None:
    owe(bench, "000001")
    told: list[bool] = []
    bench.issuer.script = taken
    bench.saf["issuer"].delivered(1, 6.0).addCallback(told.append)
    bench.saf["issuer"].kick()
    assert told == [True]
    assert bench.clock.getDelayedCalls() == []


def test_who_waits_for_a_delivery_is_told_when_it_is_put_aside(bench: Any) -> None:
    owe(bench, "000001")
    told: list[bool] = []
    bench.issuer.script = lambda message: answer_to(message, "30")
    bench.saf["issuer"].delivered(1, 6.0).addCallback(told.append)
    bench.saf["issuer"].kick()
    assert told == [False]


def test_who_waits_for_a_delivery_gives_up_in_time(bench: Any) -> None:
    owe(bench, "000001")
    told: list[bool] = []
    bench.saf["issuer"].delivered(1, 6.0).addCallback(told.append)
    bench.saf["issuer"].kick()
    bench.clock.advance(5)
    assert told == []
    bench.clock.advance(1)
    assert told == [False]


def test_it_stops_between_attempts_and_leaves_what_is_owed(bench: Any) -> None:
    owe(bench, "000001")
    saf = bench.saf["issuer"]
    saf.kick()
    told: list[bool] = []
    saf.delivered(1, 6.0).addCallback(told.append)
    stopped = Deferred.fromCoroutine(saf.stop())
    assert (stopped.called, told, bench.owed) == (True, [False], 1)
    saf.kick()
    saf.wake()
    saf.delivered(1, 6.0).addCallback(told.append)
    assert (bench.clock.getDelayedCalls(), told) == ([], [False, False])


def test_it_stops_once_an_attempt_under_way_has_ended(bench: Any) -> None:
    owe(bench, "000001", "000002")
    bench.issuer.script = lambda message: None
    saf = bench.saf["issuer"]
    saf.kick()
    stopped = Deferred.fromCoroutine(saf.stop())
    assert not stopped.called
    bench.issuer.answer()
    assert stopped.called
    assert (bench.issuer.types, bench.owed) == (["0420"], 1)


def test_what_a_person_released_is_found_at_the_next_look(bench: Any) -> None:
    owe(bench, "000001")
    bench.issuer.script = lambda message: answer_to(message, "30")
    bench.saf["issuer"].kick()
    with bench.engine().begin() as connection:
        operating.release(connection, bench.rows("owed")[0]["id"], "amal", "it is well", "now")
    bench.issuer.script = taken
    bench.saf["issuer"].look()
    assert (bench.owed, bench.only()["state"]) == (0, "reversed")
