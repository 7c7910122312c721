"""A request from its first byte of meaning to its answer, whatever the destination does."""

from __future__ import annotations

from typing import Any

import pytest

from switch.link import NoAnswerError, NotSentError

SILENT = NoAnswerError("no answer within 6 s")
DOWN = NotSentError("link issuer is down")


def approved(bench: Any, **elements: Any) -> Any:
    """A withdrawal that the issuer approved; the message."""
    message = bench.message(**elements)
    asked = bench.ask(message)
    bench.issuer.answer("00", de38="A12345")
    assert asked.code == "00"
    return message


def test_an_approved_withdrawal_gives_the_destinations_elements(bench: Any) -> None:
    asked = bench.ask(bench.message())
    assert bench.issuer.asked == [bench.message()]
    bench.issuer.answer("00", de38="A12345", de15="1124", de60="not for the terminal")
    echoed = {k: v for k, v in bench.message().items() if k not in ("t", "18", "22", "25")}
    assert asked.answer == {**echoed, "t": "0210", "15": "1124", "38": "A12345", "39": "00"}
    assert bench.only()["state"] == "approved"


def test_each_step_is_journaled_before_the_next_leaves(bench: Any) -> None:
    approved(bench)
    assert bench.steps == ["journaled", "forwarded", "answered", "answer journaled", "completed"]


def test_nothing_is_forwarded_that_is_not_in_the_journal(bench: Any) -> None:
    seen: list[str] = []
    bench.issuer.script = lambda message: seen.append(bench.only()["state"])
    bench.ask(bench.message())
    assert seen == ["forwarded"]


def test_nothing_is_answered_that_is_not_in_the_journal(bench: Any) -> None:
    asked = bench.ask(bench.message())
    bench.store.refuse = 1
    bench.issuer.answer("00")
    assert asked.code == "91"


def test_a_declined_withdrawal_says_why(bench: Any) -> None:
    asked = bench.ask(bench.message())
    bench.issuer.answer("51")
    assert (asked.code, bench.only()["state"], bench.owed) == ("51", "declined", 0)


def test_each_card_goes_where_its_route_leads(bench: Any) -> None:
    bench.ask(bench.message(de2="9504010000000019"))
    assert (len(bench.core.asked), len(bench.issuer.asked)) == (1, 0)


@pytest.mark.parametrize("code", ["08", "10", "11", "16", ""])
def test_an_answer_that_decides_nothing_here_is_taken_back(bench: Any, code: str) -> None:
    asked = bench.ask(bench.message())
    bench.issuer.answer(code)
    assert (asked.code, bench.only()["state"], bench.owed) == ("91", "in_doubt", 1)


def test_silence_is_91_and_a_reversal_repeated_until_it_is_taken(bench: Any) -> None:
    asked = bench.ask(bench.message())
    bench.issuer.fail(SILENT)
    assert (asked.code, bench.only()["state"]) == ("91", "in_doubt")
    bench.issuer.fail(SILENT)
    bench.clock.advance(1)
    assert bench.issuer.types == ["0200", "0420", "0421"]
    bench.issuer.answer("00")
    assert (bench.only()["state"], bench.owed, bench.rows("pending")) == ("reversed", 0, [])


def test_a_silent_enquiry_is_91_and_owes_nothing(bench: Any) -> None:
    asked = bench.ask(bench.message("0100", "310000"))
    bench.issuer.fail(SILENT)
    assert (asked.code, bench.only()["state"], bench.owed) == ("91", "declined", 0)


def test_a_link_that_is_down_is_91_and_owes_nothing(bench: Any) -> None:
    bench.issuer.script = lambda message: DOWN
    asked = bench.ask(bench.message())
    assert (asked.code, bench.only()["state"], bench.owed) == ("91", "declined", 0)


def test_nothing_has_left_while_the_destination_is_down(bench: Any) -> None:
    bench.issuer.up = False
    asked = bench.ask(bench.message())
    assert (asked.code, bench.only()["state"], bench.issuer.asked) == ("91", "declined", [])


def test_a_link_that_comes_up_meanwhile_is_used(bench: Any) -> None:
    bench.issuer.up = False
    seen: list[str] = []

    def up(step: str, request: Any) -> None:
        seen.append(f"{step}: {bench.only()['state']}")
        bench.issuer.up = True

    bench.close()
    bench.open(milestone=up)
    asked = bench.ask(bench.message())
    bench.issuer.answer("00")
    assert asked.code == "00"
    assert seen[:2] == ["journaled: received", "forwarded: forwarded"]


def test_an_answer_after_the_reversal_is_68_and_not_given(bench: Any) -> None:
    message = bench.message()
    asked = bench.ask(message)
    reversed_ = bench.ask(bench.reversal(message))
    assert bench.issuer.types == ["0200", "0420"]
    bench.issuer.answer("00", index=0, de38="A12345")
    assert (asked.code, asked.answer.text(38)) == ("68", "")
    bench.issuer.answer("00")
    assert (reversed_.code, bench.only()["state"]) == ("00", "reversed")


def test_a_repeat_while_under_way_gets_the_same_answer_and_is_not_forwarded(bench: Any) -> None:
    asked = bench.ask(bench.message())
    repeats = [bench.ask(bench.message("0201", de7=f"112410361{n}")) for n in range(3)]
    assert not any(each.answered for each in (asked, *repeats))
    bench.issuer.answer("00", de38="A12345")
    assert len(bench.issuer.asked) == 1
    assert [each.answer.text(38) for each in (asked, *repeats)] == ["A12345"] * 4
    assert [each.answer.text(7) for each in repeats] == ["1124103610", "1124103611", "1124103612"]


@pytest.mark.parametrize(("code", "given"), [("00", "00"), ("51", "51")])
def test_a_repeat_afterwards_gets_the_stored_answer(bench: Any, code: str, given: str) -> None:
    bench.ask(bench.message())
    bench.issuer.answer(code)
    bench.close()
    bench.open()
    assert bench.ask(bench.message("0201")).code == given
    assert len(bench.issuer.asked) == 1


def test_a_repeat_of_what_was_in_doubt_is_91(bench: Any) -> None:
    bench.ask(bench.message())
    bench.issuer.fail(SILENT)
    assert bench.ask(bench.message("0201")).code == "91"


def test_a_repeat_of_what_was_approved_and_reversed_is_not_approved_again(bench: Any) -> None:
    message = approved(bench)
    bench.issuer.up = False
    bench.ask(bench.reversal(message))
    assert bench.ask(bench.message("0201")).code == "12"


def test_a_repeat_never_seen_before_is_an_original(bench: Any) -> None:
    asked = bench.ask(bench.message("0201"))
    assert bench.issuer.types == ["0200"]
    bench.issuer.answer("00")
    assert (asked.answer.mti, asked.code) == ("0210", "00")


@pytest.mark.parametrize("finished", [True, False])
def test_the_same_key_that_is_no_repeat_is_94(bench: Any, finished: bool) -> None:
    asked = bench.ask(bench.message())
    if finished:
        bench.issuer.answer("00")
    assert bench.ask(bench.message(de7="1124103605")).code == "94"
    assert len(bench.issuer.asked) == 1
    if not finished:
        bench.issuer.answer("00")
    assert asked.code == "00"


def test_a_terminals_reversal_is_delivered_and_answered(bench: Any) -> None:
    message = approved(bench)
    asked = bench.ask(bench.reversal(message, de39="17"))
    assert not asked.answered
    assert (bench.issuer.types, bench.issuer.asked[-1].text(39)) == (["0200", "0420"], "17")
    bench.issuer.answer("00")
    assert (asked.answer.mti, asked.code, bench.only()["state"]) == ("0430", "00", "reversed")
    assert bench.issuer.keys[0] == bench.issuer.keys[1]


@pytest.mark.parametrize(
    ("mti", "answered"), [("0400", "0410"), ("0401", "0410"), ("0420", "0430"), ("0421", "0430")]
)
def test_each_type_of_reversal_has_its_answer(bench: Any, mti: str, answered: str) -> None:
    asked = bench.ask(bench.reversal(bench.message(), mti))
    assert (asked.answer.mti, asked.code) == (answered, "00")


def test_a_reversal_that_the_destination_does_not_take_in_time_is_answered_00(bench: Any) -> None:
    asked = bench.ask(bench.reversal(approved(bench)))
    bench.clock.advance(5.9)
    assert not asked.answered
    bench.clock.advance(0.2)
    assert (asked.code, bench.owed) == ("00", 1)


def test_a_reversal_whose_link_is_down_is_answered_00_at_once(bench: Any) -> None:
    message = approved(bench)
    bench.issuer.up = False
    assert bench.ask(bench.reversal(message)).code == "00"
    assert bench.owed == 1


def test_a_second_reversal_is_00_and_moves_nothing(bench: Any) -> None:
    message = approved(bench)
    bench.ask(bench.reversal(message))
    bench.issuer.answer("00")
    for mti in ("0421", "0420"):
        assert bench.ask(bench.reversal(message, mti)).code == "00"
    assert bench.issuer.types == ["0200", "0420"]


def test_the_terminals_reversal_and_the_switchs_own_are_one(bench: Any) -> None:
    message = bench.message()
    bench.ask(message)
    bench.issuer.fail(SILENT)
    assert bench.ask(bench.reversal(message)).code == "00"
    bench.issuer.answer("00")
    assert (bench.issuer.types, bench.owed) == (["0200", "0420"], 0)


def test_a_reversal_before_its_original_is_remembered_and_the_original_refused(bench: Any) -> None:
    message = bench.message()
    assert bench.ask(bench.reversal(message)).code == "00"
    assert bench.ask(message).code == "12"
    assert (bench.issuer.asked, bench.only()["state"]) == ([], "declined")


def test_a_reversal_that_overtook_a_repeat_takes_the_money_back(bench: Any) -> None:
    approved(bench)
    repeat = bench.message("0201", de7="1124103605")
    assert bench.ask(bench.reversal(repeat)).code == "00"
    assert bench.ask(repeat).code == "12"
    assert bench.issuer.types == ["0200", "0420"]


def test_a_partial_reversal_gives_the_difference_back(bench: Any) -> None:
    message = approved(bench)
    bench.ask(bench.reversal(message, de95="000000015000" + "0" * 30))
    sent = bench.issuer.asked[-1]
    assert (sent.text(4), sent.text(95)) == ("000000020000", "000000015000" + "0" * 30)


def test_a_partial_reversal_of_more_than_was_moved_is_13(bench: Any) -> None:
    message = approved(bench)
    asked = bench.ask(bench.reversal(message, de95="000000020001" + "0" * 30))
    assert (asked.code, bench.only()["state"]) == ("13", "approved")


def test_a_reversal_with_another_amount_reverses_what_was_authorised_and_is_told(
    bench: Any,
) -> None:
    message = approved(bench)
    bench.ask(bench.reversal(message, de4="000000015000"))
    assert bench.issuer.asked[-1].text(4) == "000000020000"
    assert "reversal with another amount (DE4) than its original" in bench.events


def test_a_reversal_tells_the_approval_of_its_original(bench: Any) -> None:
    bench.ask(bench.reversal(approved(bench)))
    assert bench.issuer.asked[-1].text(38) == "A12345"


def test_no_request_is_forwarded_that_store_and_forward_could_not_keep_a_reversal_of(
    bench: Any,
) -> None:
    retry = bench.settings.switch.store_and_forward.model_copy(update={"waiting_max": 1})
    bench.retry = retry
    bench.close()
    bench.open()
    bench.ask(bench.message())
    bench.issuer.up = False
    bench.issuer.fail(SILENT)
    bench.issuer.up = True
    asked = bench.ask(bench.message(de11="000002"))
    assert (asked.code, bench.rows("transactions")[1]["state"]) == ("91", "declined")
    enquiry = bench.ask(bench.message("0100", "310000", de11="000003"))
    assert (enquiry.answered, bench.issuer.types[-1]) == (False, "0100")


def test_a_reversal_of_an_enquiry_is_00_and_goes_nowhere(bench: Any) -> None:
    message = bench.message("0100", "310000")
    bench.ask(message)
    bench.issuer.answer("00")
    assert bench.ask(bench.reversal(message)).code == "00"
    assert bench.issuer.types == ["0100"]


def test_a_reversal_of_a_declined_withdrawal_goes_nowhere(bench: Any) -> None:
    message = bench.message()
    bench.ask(message)
    bench.issuer.answer("51")
    assert bench.ask(bench.reversal(message)).code == "00"
    assert bench.issuer.types == ["0200"]


def test_one_terminal_cannot_reverse_what_another_did(bench: Any) -> None:
    message = approved(bench)
    assert bench.ask(bench.reversal(message, de41="LAB00002")).code == "00"
    assert (bench.only()["state"], bench.issuer.types) == ("approved", ["0200"])


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown terminal": ({"de41": "NOBODY01"}, "58"),
    "no terminal": ({"de41": None}, "58"),
    "no route": ({"de2": "9504030000000017"}, "92"),
    "not with this card": ({"processing": "400000"}, "57"),
    "an advice that cannot be told from others": ({"mti": "0220", "de11": None}, "30"),
    "a reconciliation": ({"mti": "0500"}, "12"),
    "a file action": ({"mti": "0300"}, "12"),
    "an element missing": ({"de12": None}, "30"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refused_message_goes_nowhere_and_is_logged_once(bench: Any, what: str) -> None:
    elements, code = REFUSALS[what]
    assert bench.ask(bench.message(**elements)).code == code
    assert (bench.core.asked, bench.issuer.asked) == ([], [])
    (entry,) = bench.logged.entries
    assert (entry["event"], entry["response_code"]) == ("request refused", code)


def test_another_network_vouches_for_its_terminals(bench: Any) -> None:
    asked = bench.ask(bench.message(de41="ATM99999", de32="504777"), kind="network")
    bench.issuer.answer("00")
    assert asked.code == "00"


def test_a_terminal_with_a_short_name_is_known_padded_as_the_wire_has_it(bench: Any) -> None:
    asked = bench.ask(bench.message(de41="G1      "))
    bench.issuer.answer("00")
    assert asked.code == "00"


def test_a_journal_that_is_unavailable_is_96_and_nothing_is_forwarded(bench: Any) -> None:
    bench.store.down = True
    assert bench.ask(bench.message()).code == "96"
    assert bench.ask(bench.reversal(bench.message())).code == "96"
    assert bench.issuer.asked == []


def test_an_answer_lost_in_the_journal_is_not_given_and_reversed_once_it_can_be(bench: Any) -> None:
    asked = bench.ask(bench.message())
    bench.store.down = True
    bench.issuer.answer("00", de38="A12345")
    assert (asked.code, asked.answer.text(38)) == ("91", "")
    bench.clock.pump([1, 1, 1])
    assert bench.only()["state"] == "forwarded"
    bench.store.down = False
    bench.clock.advance(1)
    assert (bench.only()["state"], bench.issuer.types) == ("reversing", ["0200", "0420"])


def test_an_answer_that_was_journaled_and_not_given_is_reversed_too(bench: Any) -> None:
    """The disk said no after all was written: the journal says approved, the terminal 91."""
    bench.ask(bench.message())
    bench.store.lie = True
    bench.issuer.answer("00")
    assert bench.only()["state"] == "approved"
    bench.clock.advance(1)
    assert bench.only()["state"] == "reversing"


def test_what_is_not_settled_at_a_stop_is_reversed_at_the_next_start(bench: Any) -> None:
    bench.ask(bench.message())
    bench.store.down = True
    bench.issuer.answer("00")
    bench.close()
    assert bench.clock.getDelayedCalls() == []
    bench.in_bulk = False
    bench.open()
    recovered: list[int] = []
    bench.journal.recover().addCallback(recovered.append)
    assert (recovered, bench.only()["state"]) == ([1], "in_doubt")


def test_a_fault_inside_after_forwarding_is_reversed_and_told_to_who_waits(bench: Any) -> None:
    asked = bench.ask(bench.message())
    repeat = bench.ask(bench.message("0201"))
    bench.issuer.fail(ZeroDivisionError("9504020000000018"))
    with pytest.raises(ZeroDivisionError):
        _ = asked.answer
    assert repeat.code == "96"
    bench.clock.advance(1)
    assert (bench.only()["state"], bench.issuer.types) == ("reversing", ["0200", "0420"])


def test_what_was_approved_in_words_that_its_line_cannot_say_is_taken_back(bench: Any) -> None:
    message = approved(bench)
    bench.transactions.not_given(message, bench.answer_to(message, "00"))
    assert (bench.only()["state"], bench.issuer.types) == ("reversing", ["0200", "0420"])


@pytest.mark.parametrize(("mti", "code"), [("0200", "51"), ("0420", "00"), ("0220", "00")])
def test_what_gave_nothing_is_not_taken_back(bench: Any, mti: str, code: str) -> None:
    message = approved(bench)
    asked = bench.message(mti)
    bench.transactions.not_given(asked, bench.answer_to(message, code))
    assert bench.only()["state"] == "approved"


def test_a_route_that_leads_nowhere_is_told_at_the_start(bench: Any) -> None:
    routes = bench.settings.switch.routes
    astray = routes[0].model_copy(update={"to": "moon"})
    section = bench.settings.switch.model_copy(update={"routes": (*routes, astray)})
    bench.settings = bench.settings.model_copy(update={"switch": section})
    bench.close()
    with pytest.raises(ValueError, match="routes lead to moon"):
        bench.open()
    bench.settings = bench.settings.model_copy(
        update={"switch": section.model_copy(update={"routes": routes})}
    )
    bench.open()


def test_a_terminal_of_another_group_is_refused_on_a_port_of_some_groups(bench: Any) -> None:
    asked = bench.ask(bench.message(de41="GAB00001"), groups=("lab",))
    assert (asked.code, bench.issuer.asked) == ("58", [])
    assert bench.logged.entries[-1]["reason"] == (
        "terminals of the group gab do not connect to test"
    )


def test_a_reversal_is_refused_there_too(bench: Any) -> None:
    approved(bench, de41="GAB00001")
    reversal = bench.message("0420", de41="GAB00001", de90="0200" + "0" * 38)
    assert bench.ask(reversal, groups=("lab",)).code == "58"


def test_a_terminal_of_a_group_that_the_port_takes_is_served(bench: Any) -> None:
    bench.ask(bench.message(de41="LAB00001"), groups=("lab",))
    assert len(bench.issuer.asked) == 1
