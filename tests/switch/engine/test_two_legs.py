"""A bill that another bank's card pays: the issuer authorises, the core confirms, or neither."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from switch.link import NoAnswerError, NotSentError
from switch.settings.network import SwitchFile
from switch.wire import Message

BILL = {"01": "1001", "02": "01", "04": "100000000001", "05": "E1=20000"}
FINAL_STEPS = ["answer journaled", "completed"]


class ConfirmingCore:
    """The core's side of a second leg, given to the bench's fake: it waits for the test."""

    def __init__(self, fake: Any) -> None:
        self._fake = fake
        self.confirmed: list[tuple[Message, float, str, str]] = []

    def __call__(
        self,
        request: Message,
        deadline_s: float,
        operation_key: str,
        *,
        authorised_by: str,
        approval_code: str,
    ) -> Deferred[Message]:
        self.confirmed.append((request, deadline_s, authorised_by, approval_code))
        asking: Deferred[Message] = self._fake.ask(request, deadline_s, operation_key)
        return asking


@pytest.fixture
def legs(bench: Any) -> Any:
    """The bench, whose network pays bills of the other bank's cards with two legs."""
    network = {**bench.network, "switch": {**bench.network["switch"]}}
    rule = {
        "name": "their bills",
        "cards": ["950402"],
        "processing": ["bill_payment"],
        "to": "issuer",
        "then": "core",
    }
    network["switch"]["routes"] = [*network["switch"]["routes"], rule]
    bench.settings = SwitchFile.model_validate(network)
    bench.core.timeout_s = 4.0
    bench.core.confirm = ConfirmingCore(bench.core)
    bench.close()
    bench.core.waiting.clear()
    bench.open()
    return bench


def bill(legs: Any, mti: str = "0200", **elements: Any) -> Message:
    message: Message = legs.message(mti, "500000", de48=dict(BILL), **elements)
    return message


def authorised(legs: Any) -> Any:
    """A bill whose first leg is approved; the answer to come."""
    asked = legs.ask(bill(legs))
    legs.issuer.answer("00", de38="A12345", de15="1124")
    return asked


def test_both_legs_approved_give_one_answer_with_both_references(legs: Any) -> None:
    asked = authorised(legs)
    assert not asked.answered
    legs.core.answer("00", de48={"06": "200000000001"}, de38="C00001")
    answer = asked.answer
    assert (answer.text(39), answer.text(38), answer.text(15)) == ("00", "A12345", "1124")
    assert answer["48"] == {"06": "200000000001"}
    assert (legs.only()["state"], legs.only()["second"], legs.owed) == ("approved", "core", 0)


def test_the_issuer_is_not_told_what_is_paid_nor_the_core_by_which_card(legs: Any) -> None:
    authorised(legs)
    assert "48" not in legs.issuer.asked[0]
    (confirmed,) = legs.core.confirm.confirmed
    assert confirmed[0]["48"] == BILL
    assert not {"2", "14", "35", "52", "55"} & confirmed[0].keys()
    assert confirmed[2:] == ("issuer", "A12345")


def test_the_first_approval_is_in_the_journal_before_the_core_is_asked(legs: Any) -> None:
    seen: list[str] = []
    legs.core.script = lambda message: seen.append(legs.only()["state"])
    authorised(legs)
    assert seen == ["authorised"]


def test_every_step_is_told_in_order(legs: Any) -> None:
    authorised(legs)
    legs.core.answer("00")
    assert legs.steps == [
        *("journaled", "forwarded", "answered"),
        *("authorised", "second forwarded", "second answered"),
        *FINAL_STEPS,
    ]


def test_a_declined_first_leg_never_reaches_the_core(legs: Any) -> None:
    asked = legs.ask(bill(legs))
    legs.issuer.answer("51")
    assert (asked.code, legs.core.asked, legs.only()["state"]) == ("51", [], "declined")


def test_a_silent_first_leg_is_reversed_alone(legs: Any) -> None:
    asked = legs.ask(bill(legs))
    legs.issuer.fail(NoAnswerError("no answer"))
    assert asked.code == "91"
    assert [row["destination"] for row in legs.rows("owed")] == ["issuer"]
    assert legs.core.asked == []


@pytest.mark.parametrize(
    ("failure", "code"), [("94", "94"), (NotSentError("the core is away"), "91")]
)
def test_a_second_leg_that_did_nothing_reverses_the_first_alone(
    legs: Any, failure: Any, code: str
) -> None:
    asked = authorised(legs)
    if isinstance(failure, str):
        legs.core.answer(failure)
    else:
        legs.core.fail(failure)
    assert (asked.code, legs.only()["state"]) == (code, "reversing")
    assert [row["destination"] for row in legs.rows("owed")] == ["issuer"]
    assert legs.issuer.types == ["0200", "0420"]
    legs.issuer.answer("00")
    assert (legs.only()["state"], legs.owed, legs.rows("pending")) == ("reversed", 0, [])


def test_a_second_leg_in_doubt_reverses_both_and_ends_once_both_are_taken(legs: Any) -> None:
    asked = authorised(legs)
    legs.core.fail(NoAnswerError("no answer"))
    assert asked.code == "91"
    assert [row["destination"] for row in legs.rows("owed")] == ["issuer", "core"]
    legs.issuer.answer("00")
    assert (legs.only()["state"], legs.owed, len(legs.rows("pending"))) == ("reversing", 1, 1)
    legs.core.answer("00")
    assert (legs.only()["state"], legs.owed, legs.rows("pending")) == ("reversed", 0, [])


def test_the_terminals_reversal_of_what_stands_takes_both_legs_back(legs: Any) -> None:
    authorised(legs)
    legs.core.answer("00")
    legs.ask(legs.reversal(bill(legs)))
    assert [row["destination"] for row in legs.rows("owed")] == ["issuer", "core"]
    assert (legs.issuer.types[-1], legs.core.types[-1]) == ("0420", "0420")


def test_a_reversal_while_the_first_leg_is_under_way_keeps_the_second_from_being_asked(
    legs: Any,
) -> None:
    asked = legs.ask(bill(legs))
    legs.ask(legs.reversal(bill(legs)))
    legs.issuer.answer("00", index=0)
    assert (asked.code, legs.core.asked) == ("68", [])
    assert [row["destination"] for row in legs.rows("owed")] == ["issuer"]


def test_a_reversal_while_the_second_leg_is_under_way_takes_both_back(legs: Any) -> None:
    asked = authorised(legs)
    legs.ask(legs.reversal(bill(legs)))
    legs.core.answer("00", index=0)
    assert asked.code == "68"
    assert {row["destination"] for row in legs.rows("owed")} == {"issuer", "core"}


def test_the_second_leg_has_the_time_that_the_first_left(legs: Any) -> None:
    legs.ask(bill(legs))
    legs.clock.advance(5.5)
    legs.issuer.answer("00")
    (confirmed,) = legs.core.confirm.confirmed
    assert confirmed[1] == pytest.approx(2.5)


def test_without_time_left_the_second_is_not_asked(legs: Any) -> None:
    asked = legs.ask(bill(legs))
    legs.clock.advance(8)
    legs.issuer.answer("00")
    assert (asked.code, legs.core.asked) == ("91", [])
    assert [row["destination"] for row in legs.rows("owed")] == ["issuer"]


def test_a_journal_that_fails_between_the_legs_keeps_the_second_from_being_asked(
    legs: Any,
) -> None:
    asked = legs.ask(bill(legs))
    legs.store.down = True
    legs.issuer.answer("00")
    assert (asked.code, legs.core.asked) == ("91", [])
    legs.store.down = False
    legs.clock.advance(1)
    assert legs.only()["state"] in ("in_doubt", "reversing")


def test_found_between_the_legs_after_a_crash_both_are_reversed(legs: Any) -> None:
    authorised(legs)
    legs.journal.recover()
    assert (legs.only()["state"], legs.only()["response_code"]) == ("reversing", "91")
    assert [row["destination"] for row in legs.rows("owed")] == ["issuer", "core"]


def test_a_repeat_while_the_second_leg_is_under_way_gets_its_answer(legs: Any) -> None:
    asked = authorised(legs)
    repeat = legs.ask(bill(legs, "0201"))
    legs.core.answer("00", de48={"06": "200000000001"})
    assert repeat.answer["48"] == asked.answer["48"] == {"06": "200000000001"}


def test_a_network_whose_core_cannot_confirm_is_refused(legs: Any) -> None:
    del legs.core.confirm
    legs.close()
    with pytest.raises(ValueError, match="core cannot confirm"):
        legs.open()
