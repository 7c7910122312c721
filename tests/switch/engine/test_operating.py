"""What a person does about what is owed: it is done, kept, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest

from switch.engine import operating
from switch.engine.operating import ActionError
from switch.link import answer_to


def act(bench: Any, name: str, number: int = 0) -> None:
    number = number or bench.rows("owed")[0]["id"]
    with bench.engine().begin() as connection:
        getattr(operating, name)(
            connection, number, "amal", "the host was told by telephone", "now"
        )


def refused(bench: Any, mti: str = "0220") -> None:
    """An advice, or the reversal of a request, that the issuer refuses."""
    bench.issuer.script = lambda message: answer_to(
        message, "00" if message.mti == "0200" else "30"
    )
    message = bench.message(mti)
    bench.ask(message)
    if mti == "0200":
        bench.ask(bench.reversal(message))
    assert bench.only()["state"] == "exception"
    bench.issuer.script = lambda message: answer_to(message, "00")


@pytest.mark.parametrize(("mti", "state"), [("0200", "reversed"), ("0220", "advised")])
def test_what_was_put_aside_is_sent_once_released(bench: Any, mti: str, state: str) -> None:
    refused(bench, mti)
    act(bench, "release")
    bench.saf["issuer"].kick()
    assert (bench.only()["state"], bench.owed) == (state, 0)


@pytest.mark.parametrize("mti", ["0200", "0220"])
def test_what_is_dropped_is_settled_and_its_card_forgotten(bench: Any, mti: str) -> None:
    refused(bench, mti)
    act(bench, "drop")
    assert (bench.only()["state"], bench.owed, bench.rows("pending")) == ("settled", 0, [])
    assert bench.only()["reason"].endswith("dropped by amal: the host was told by telephone")


def test_what_is_held_is_not_sent_and_lets_others_pass(bench: Any) -> None:
    bench.issuer.up = False
    for stan in ("000001", "000002"):
        bench.ask(bench.message("0220", de11=stan))
    act(bench, "hold")
    bench.issuer.up = True
    bench.issuer.script = lambda message: answer_to(message, "00")
    bench.saf["issuer"].kick()
    assert [message.text(11) for message in bench.issuer.asked] == ["000002"]
    act(bench, "release")
    bench.saf["issuer"].kick()
    assert [message.text(11) for message in bench.issuer.asked] == ["000002", "000001"]


def test_each_action_is_kept_with_who_and_why(bench: Any) -> None:
    refused(bench)
    act(bench, "release")
    act(bench, "hold")
    act(bench, "drop")
    kept = bench.rows("operator_actions")
    assert [row["action"] for row in kept] == ["release", "hold", "drop"]
    assert {row["who"] for row in kept} == {"amal"}


def test_an_advice_that_is_dropped_lets_its_reversal_go(bench: Any) -> None:
    refused(bench)
    bench.ask(bench.reversal(bench.message("0220")))
    act(bench, "drop")
    assert bench.only()["state"] == "reversing"
    bench.saf["issuer"].kick()
    assert (bench.only()["state"], bench.owed) == ("reversed", 0)


def test_what_has_no_destination_cannot_be_released(bench: Any) -> None:
    bench.ask(bench.message("0220", de2="9504030000000017"))
    with pytest.raises(ActionError, match="no destination"):
        act(bench, "release")


@pytest.mark.parametrize("name", ["hold", "release", "drop"])
def test_what_is_not_owed_cannot_be_acted_on(bench: Any, name: str) -> None:
    with pytest.raises(ActionError, match="nothing is owed under the number 7"):
        act(bench, name, 7)


def test_what_waits_for_nobody_cannot_be_released(bench: Any) -> None:
    bench.issuer.up = False
    bench.ask(bench.message("0220"))
    with pytest.raises(ActionError, match="nothing holds it"):
        act(bench, "release")
