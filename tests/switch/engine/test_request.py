"""What a message must hold to be a request, by who sends it; each refusal with its code."""

from __future__ import annotations

from typing import Any

import pytest

from switch.engine.request import RefusalError, Request, read_request, read_reversal
from switch.settings.network import GroupSettings
from switch.wire import Message

GAB = GroupSettings(channel="gab")
COUNTER = GroupSettings(channel="agency", cash_bills=True, teller=True)
LAB = GroupSettings(channel="agency", cash_bills=True, lenient=True)
PAN = "9504020000000018"


def read(message: Message, group: GroupSettings | None = GAB) -> Request:
    return read_request(message, group, institution="504001", currency="504")


@pytest.mark.parametrize(
    ("mti", "processing", "operation", "moves_money"),
    [
        ("0200", "010000", "withdrawal", True),
        ("0200", "000000", "purchase", True),
        ("0200", "210000", "deposit", True),
        ("0200", "400000", "transfer", True),
        ("0200", "500000", "bill_payment", True),
        ("0200", "900000", "remittance", True),
        ("0200", "910000", "collection", True),
        ("0200", "020000", "till_short", True),
        ("0200", "220000", "till_over", True),
        ("0100", "920000", "pin_change", False),
        ("0100", "300000", "bill_enquiry", False),
        ("0100", "311000", "balance", False),
        ("0100", "380000", "mini_statement", False),
    ],
)
def test_message_class_and_processing_code_say_what_is_asked(
    bench: Any, mti: str, processing: str, operation: str, moves_money: bool
) -> None:
    request = read(bench.message(mti, processing))
    assert (request.operation, request.moves_money) == (operation, moves_money)


def test_a_request_is_read_whole(bench: Any) -> None:
    request = read(bench.message(de32="00000504001"))
    assert (request.pan, request.card) == (PAN, "950402******0018")
    assert (request.amount_minor, request.currency) == (20000, "504")
    assert (request.acquirer, request.terminal) == ("504001", "LAB00001")
    assert request.duplicate_key == "504001/LAB00001/000001/1124113601/010000/20000"
    assert request.reference == "504001/LAB00001/000001/1124103601"


def test_a_repeat_with_another_transmission_time_has_the_same_key(bench: Any) -> None:
    first, again = read(bench.message()), read(bench.message("0201", de7="1124103605"))
    assert first.duplicate_key == again.duplicate_key
    assert first.reference != again.reference


@pytest.mark.parametrize("track", [f"{PAN}=29121010000", f"{PAN}D29121010000"])
def test_the_card_may_come_from_the_track(bench: Any, track: str) -> None:
    assert read(bench.message(de2=None, de35=track)).pan == PAN


def test_what_is_forwarded_is_no_repeat_and_names_its_acquirer(bench: Any) -> None:
    forwarded = read(bench.message("0201", de32=None), LAB).forwarded
    assert forwarded == bench.message("0200")


def test_a_request_never_shows_the_card(bench: Any) -> None:
    assert PAN not in repr(read(bench.message(de35=f"{PAN}=29121010000")))


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    **{f"without DE{n}": ({f"de{n}": None}, "30", f"DE{n}") for n in (3, 4, 7, 11, 12, 13, 41)},
    **{f"without DE{n}": ({f"de{n}": None}, "30", f"DE{n}") for n in (18, 22, 25, 32, 37, 42, 49)},
    "without several": ({"de7": None, "de12": None}, "30", "DE7, DE12"),
    "without a card": ({"de2": None}, "30", r"withdrawal without a card"),
    "an operation of the other class": ({"mti": "0100"}, "12", "0100 with DE3 010000"),
    "an operation that is not offered": ({"processing": "280000"}, "12", "DE3 280000"),
    "a private operation": ({"processing": "990000"}, "12", "not offered"),
    "nothing to pay": ({"de4": "0" * 12}, "13", "zero"),
    "dollars": ({"de49": "840"}, "12", "currency 840"),
    "a MAC": ({"de64": "0" * 16}, "30", "DE64 is present"),
    "a MAC behind the second bitmap": ({"de128": "0" * 16}, "30", "DE128 is present"),
    "a bill in cash at a GAB": ({"processing": "500000", "de2": None}, "58", "no cash"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_terminal_is_refused(bench: Any, what: str) -> None:
    elements, code, reason = REFUSED[what]
    with pytest.raises(RefusalError, match=reason) as refused:
        read(bench.message(**elements))
    assert refused.value.code == code


@pytest.mark.parametrize("element", [14, 18, 22, 25, 32, 35, 37, 42, 49, 52, 55])
def test_the_lenient_group_may_leave_out(bench: Any, element: int) -> None:
    assert read(bench.message(**{f"de{element}": None}), LAB).operation == "withdrawal"


@pytest.mark.parametrize("element", [3, 4, 7, 11, 12, 13, 41])
def test_even_the_lenient_group_needs(bench: Any, element: int) -> None:
    with pytest.raises(RefusalError, match=f"DE{element}"):
        read(bench.message(**{f"de{element}": None}), LAB)


@pytest.mark.parametrize("element", [18, 22, 25])
def test_another_network_need_not_say_what_terminals_say(bench: Any, element: int) -> None:
    assert read(bench.message(**{f"de{element}": None}), None).operation == "withdrawal"


@pytest.mark.parametrize(("group", "allowed"), [(COUNTER, True), (LAB, True), (None, False)])
def test_bills_in_cash_are_for_the_groups_that_take_cash(
    bench: Any, group: GroupSettings | None, allowed: bool
) -> None:
    message = bench.message(processing="500000", de2=None)
    if allowed:
        assert read(message, group).pan == ""
    else:
        with pytest.raises(RefusalError, match="no cash"):
            read(message, group)


def test_a_bill_enquiry_needs_no_card_and_no_amount(bench: Any) -> None:
    request = read(bench.message("0100", "300000", de2=None, de4=None, de49=None))
    assert (request.pan, request.card, request.amount_minor) == ("", "", 0)


def test_a_reversal_names_its_original_by_de41_and_de90(bench: Any) -> None:
    reversal = read_reversal(bench.reversal(bench.message(), de39="17"), institution="504001")
    assert reversal.reference == read(bench.message()).reference
    assert (reversal.stan, reversal.retained_minor, reversal.reason_code) == ("000001", 0, "17")


def test_a_reversal_without_an_acquirer_in_de90_means_its_own(bench: Any) -> None:
    ninety = "0200" + "000001" + "1124103601" + "0" * 22
    for thirty_two in ("504001", None):
        message = bench.reversal(bench.message(), de90=ninety, de32=thirty_two)
        reversal = read_reversal(message, institution="504001")
        assert reversal.reference == "504001/LAB00001/000001/1124103601"


def test_a_partial_reversal_says_what_was_really_dispensed(bench: Any) -> None:
    message = bench.reversal(bench.message(), de95="000000010000" + "0" * 30)
    assert read_reversal(message, institution="504001").retained_minor == 10000


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"de90": None}, "DE90"),
        ({"de41": None}, "DE41"),
        ({"de7": None}, "DE7"),
        ({"de90": "0420" + "0" * 38}, "original of type 0420"),
        ({"de90": "0000" + "0" * 38}, "original of type 0000"),
        ({"de95": "00000001000X" + "0" * 30}, "DE95"),
    ],
)
def test_a_reversal_that_cannot_be_understood_is_30(
    bench: Any, elements: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusalError, match=reason) as refused:
        read_reversal(bench.reversal(bench.message(), **elements), institution="504001")
    assert refused.value.code == "30"


@pytest.mark.parametrize("processing", ["010000", "210000", "900000", "020000", "220000"])
def test_a_teller_needs_no_card_and_a_gab_does(bench: Any, processing: str) -> None:
    message = bench.message("0200", processing, de2=None)
    assert read(message, COUNTER).pan == ""
    with pytest.raises(RefusalError, match="without a card") as refused:
        read(message, GAB)
    assert refused.value.code == "30"


def test_a_collection_needs_no_card_anywhere(bench: Any) -> None:
    assert read(bench.message("0200", "910000", de2=None), GAB).operation == "collection"


def test_a_transfer_needs_a_card_at_a_counter_too(bench: Any) -> None:
    with pytest.raises(RefusalError, match="without a card"):
        read(bench.message("0200", "400000", de2=None), COUNTER)
