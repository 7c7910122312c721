"""An advice is accepted, kept, and delivered once; nothing declines it."""

from __future__ import annotations

from typing import Any

import pytest

from switch.engine.states import State
from switch.link import NoAnswerError, answer_to


@pytest.mark.parametrize(
    ("mti", "answered"), [("0120", "0130"), ("0121", "0130"), ("0220", "0230"), ("0221", "0230")]
)
def test_each_type_of_advice_has_its_answer_and_goes_on(
    bench: Any, mti: str, answered: str
) -> None:
    asked = bench.ask(bench.message(mti))
    assert (asked.answer.mti, asked.code) == (answered, "00")
    assert bench.issuer.types == [mti[:3] + "0"]
    assert bench.only()["state"] == "advising"
    bench.issuer.answer("00")
    assert (bench.only()["state"], bench.owed) == ("advised", 0)


def test_it_is_kept_before_it_is_answered(bench: Any) -> None:
    bench.store.down = True
    assert bench.ask(bench.message("0220")).code == "96"
    assert bench.issuer.asked == []


def test_it_comes_from_networks_too(bench: Any) -> None:
    theirs = bench.message("0220", de41="ATM99999", de32="504777")
    assert bench.ask(theirs, kind="network").code == "00"
    assert bench.issuer.types == ["0220"]


def test_it_tells_its_destination_what_was_done_and_no_secret(bench: Any) -> None:
    told = {"de14": "2912", "de38": "A12345", "de39": "00", "de60": "STAND-IN"}
    secret = {"de35": "9504020000000018=29121010000", "de52": "0" * 16, "de55": "9F2608AABB"}
    bench.ask(bench.message("0220", **told, **secret))
    (sent,) = bench.issuer.asked
    assert {"14", "38", "39"} <= sent.keys()
    assert not {"35", "52", "55"} & sent.keys()
    (kept,) = bench.kept()
    assert not {"35", "52", "55"} & kept.keys()


def test_a_destination_that_is_away_gets_it_later_as_a_repeat_of_the_first_try(bench: Any) -> None:
    bench.issuer.up = False
    assert bench.ask(bench.message("0220")).code == "00"
    bench.issuer.up = True
    bench.clock.advance(1)
    assert bench.issuer.types == ["0220"]
    bench.issuer.fail(NoAnswerError("no answer"))
    bench.clock.advance(2)
    assert bench.issuer.types == ["0220", "0221"]


def test_it_survives_a_crash(bench: Any) -> None:
    bench.issuer.up = False
    bench.ask(bench.message("0220"))
    bench.close()
    bench.open()
    bench.issuer.up = True
    bench.saf["issuer"].kick()
    assert bench.issuer.types == ["0220"]


@pytest.mark.parametrize("mti", ["0220", "0221"])
def test_a_second_one_is_answered_and_goes_nowhere(bench: Any, mti: str) -> None:
    bench.ask(bench.message("0220"))
    bench.issuer.answer("00")
    assert bench.ask(bench.message(mti, de7="1124103605")).code == "00"
    assert bench.issuer.types == ["0220"]


def test_it_may_have_the_trace_number_of_the_request_that_it_completes(bench: Any) -> None:
    bench.ask(bench.message())
    bench.issuer.answer("00")
    assert bench.ask(bench.message("0220", de7="1124103605")).code == "00"
    assert bench.issuer.types == ["0200", "0220"]


@pytest.mark.parametrize("elements", [{"de2": "9504030000000017"}, {"processing": "990000"}])
def test_one_that_no_rule_takes_is_accepted_and_put_aside(bench: Any, elements: Any) -> None:
    assert bench.ask(bench.message("0220", **elements)).code == "00"
    assert (bench.only()["state"], bench.issuer.asked) == ("exception", [])
    (owed,) = bench.rows("owed")
    assert (owed["status"], owed["destination"]) == ("aside", "")
    assert owed["note"] == bench.only()["reason"] != ""
    assert bench.logged.entries[-1]["log_level"] == "error"


@pytest.mark.parametrize("code", ["51", "14"])
def test_one_that_its_destination_declines_is_put_aside(bench: Any, code: str) -> None:
    bench.issuer.script = lambda message: answer_to(message, code)
    assert bench.ask(bench.message("0220")).code == "00"
    assert bench.only()["state"] == "exception"


def test_its_reversal_comes_after_it(bench: Any) -> None:
    bench.issuer.up = False
    advice = bench.message("0220")
    bench.ask(advice)
    reversed_ = bench.ask(bench.reversal(advice))
    assert (reversed_.code, bench.only()["state"]) == ("00", "reversing")
    bench.issuer.up = True
    bench.issuer.script = lambda message: answer_to(message, "00")
    bench.saf["issuer"].kick()
    assert bench.issuer.types == ["0220", "0420"]
    assert bench.issuer.asked[1].text(90)[:10] == "0220000001"
    assert (bench.only()["state"], bench.owed) == ("reversed", 0)


def test_the_reversal_of_one_that_was_put_aside_waits_behind_it(bench: Any) -> None:
    bench.issuer.script = lambda message: answer_to(message, "14")
    advice = bench.message("0220")
    bench.ask(advice)
    assert bench.ask(bench.reversal(advice)).code == "00"
    assert bench.issuer.types == ["0220"]
    assert [(row["kind"], row["status"]) for row in bench.rows("owed")] == [
        ("advice", "aside"),
        ("reversal", "queued"),
    ]
    assert bench.only()["state"] == State.EXCEPTION.value


def test_one_whose_reversal_came_first_moves_nothing(bench: Any) -> None:
    advice = bench.message("0220")
    bench.ask(bench.reversal(advice))
    assert bench.ask(advice).code == "00"
    assert (bench.only()["state"], bench.issuer.asked) == ("declined", [])


def test_one_that_cannot_be_kept_is_not_answered_for_its_sender_has_it_still(bench: Any) -> None:
    bench.retry = bench.retry.model_copy(update={"waiting_max": 1})
    bench.close()
    bench.open()
    bench.issuer.up = False
    bench.ask(bench.message("0220"))
    asked = bench.ask(bench.message("0220", de11="000002"))
    assert asked.nothing
    assert bench.events[-1] == "advice not answered: store-and-forward is full"
    assert len(bench.rows("transactions")) == 1
