from __future__ import annotations

import pytest

from switch.wire import load_dialect, presence_complaints

GAB87 = load_dialect("gab87")


def test_what_must_be_there_and_must_not_is_said_in_order() -> None:
    message = {"t": "0800", "11": "000001", "39": "00", "2": "9504010000000019"}
    assert [str(one) for one in presence_complaints(message, GAB87)] == [
        "field 2 (Primary account number (PAN)): expected it absent from a 0800, found it there",
        "field 7 (Transmission date and time): expected it in a 0800, found nothing",
        "field 39 (Response code): expected it absent from a 0800, found it there",
        "field 70 (Network management information code): expected it in a 0800, found nothing",
    ]


def test_a_complete_message_has_no_complaint() -> None:
    assert presence_complaints({"t": "0800", "7": "", "11": "", "70": ""}, GAB87) == []


def test_a_type_without_rules_is_not_judged() -> None:
    assert presence_complaints({"t": "0900"}, GAB87) == []
    assert presence_complaints({}, GAB87) == []


@pytest.mark.parametrize("kind", ["0400", "0401", "0420", "0421"])
def test_a_reversal_needs_its_original_and_never_holds_pin_or_track(kind: str) -> None:
    complaints = presence_complaints({"t": kind, "35": "", "52": ""}, GAB87)
    words = {one.field: one.found for one in complaints}
    assert words["90"] == "nothing"
    assert words["35"] == words["52"] == "it there"
