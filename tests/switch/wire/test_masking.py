from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.settings import Pan
from switch.settings.masking import luhn_valid, mask_digits
from switch.wire import Message, is_cardholder, load_dialect, mask_message, mask_pan, mask_text
from switch.wire.composites import close_element

PAN = "9504010000000019"
RIB = "011519000001205000534921"


@pytest.mark.parametrize(
    ("pan", "masked"),
    [
        (PAN, "950401******0019"),
        ("123456789012", "123456**9012"),
        ("1234567890123456789", "123456*********6789"),
        ("12345678901", "*********01"),
        ("1", "*"),
        ("", ""),
    ],
)
def test_a_pan_shows_its_first_six_and_last_four(pan: str, masked: str) -> None:
    assert mask_pan(pan) == masked


def test_a_pan_in_a_text_is_masked_and_what_is_none_is_left() -> None:
    text = f"card {PAN}, rib {RIB}, rrn 532409000123, number 9504010000000018"
    assert mask_text(text) == text.replace(PAN, "950401******0019")


@given(st.text(alphabet="0123456789", min_size=12, max_size=18), st.sampled_from("0123456789"))
def test_luhn_agrees_with_the_cards_of_settings(digits: str, check: str) -> None:
    try:
        Pan(digits + check)
    except ValueError:
        assert not luhn_valid(digits + check)
    else:
        assert luhn_valid(digits + check)


def test_any_long_run_of_digits_is_covered_where_nothing_made_sense() -> None:
    assert PAN not in mask_digits(f"16{PAN}010000")
    assert mask_digits("12345678901") == "12345678901"
    assert "25121010" not in mask_digits(f"{PAN}D25121010")
    assert mask_digits("LAB0412AC89ABCDEF67") == "L******************"


def test_a_dialect_says_what_is_cardholder_data() -> None:
    fields = load_dialect("gab87").fields
    marked = [key for key, field in fields.items() if is_cardholder(field)]
    assert marked == ["2", "34", "35", "36", "45", "52", "55", "96"]


def test_a_message_is_masked_by_the_marks_of_its_dialect() -> None:
    masked = mask_message(
        Message(
            {
                "t": "0200",
                "2": PAN,
                "4": "000000020000",
                "14": "2712",
                "35": f"{PAN}=2712101",
                "45": f"B{PAN}^A^2712",
                "52": "0412AC89ABCDEF67",
                "55": "5A089504010000000019",
                "96": "0412AC89ABCDEF67",
                "102": RIB,
                "103": PAN,
            }
        ),
        load_dialect("gab87"),
    )
    assert masked == {
        "t": "0200",
        "2": "950401******0019",
        "4": "000000020000",
        "14": "2712",
        "35": "(track not shown)",
        "45": "(track not shown)",
        "52": "(PIN block not shown)",
        "55": {"5A": "950401******0019"},
        "96": "(key not shown)",
        "102": RIB,
        "103": "950401******0019",
    }


def test_of_chip_data_only_tags_that_are_harmless_are_shown() -> None:
    chip = {
        "5A": f"{PAN}",
        "57": f"{PAN}D27121010F",
        "5F20": "414D494E41",
        "70": {"9F20": "0102", "9F36": "001A"},
        "99": "0412AC89ABCDEF67",
        "9F26": "1122334455667788AA",
        "9F02": "000000020000",
        "DF01": f"{PAN}D27121010F",
        "DF02": PAN.encode().hex(),
        "DF03": "A1B2",
    }
    for value in (chip, close_element(load_dialect("gab87").fields["55"], chip)):
        assert mask_message({"55": value}, load_dialect("gab87"))["55"] == {
            "5A": "950401******0019",
            "57": "(track not shown)",
            "5F20": "(chip data not shown)",
            "70": {"9F20": "(track not shown)", "9F36": "001A"},
            "99": "(PIN block not shown)",
            "9F26": "1122334455667788AA",
            "9F02": "000000020000",
            "DF01": "(not shown)",
            "DF02": "(not shown)",
            "DF03": "A1B2",
        }


def test_chip_data_that_cannot_be_opened_is_not_shown() -> None:
    masked = mask_message({"55": "5A0895040100000000"}, load_dialect("gab87"))
    assert masked == {"55": "(chip data not shown)"}


def test_a_stray_pan_is_found_in_sub_fields_and_in_their_flat_text() -> None:
    gab87 = load_dialect("gab87")
    assert mask_message({"48": {"01": PAN}}, gab87) == {"48": {"01": "950401******0019"}}
    assert mask_message({"48": f"01016{PAN}"}, gab87) == {"48": "01016950401******0019"}
    assert PAN not in str(mask_message({"48": f"99{PAN}99"}, gab87))
    assert PAN not in str(mask_message({"48": f"01016{PAN}"}, load_dialect("iso87-ascii")))
    assert PAN not in repr(Message({"48": f"01016{PAN}"}))


@pytest.mark.parametrize("key", ["54", "86", "90", "95", "97"])
def test_amounts_and_original_data_are_never_taken_for_a_pan(key: str) -> None:
    assert PAN in repr(Message({key: PAN}))


def test_an_element_that_the_dialect_does_not_know_is_masked_as_1987_has_it() -> None:
    assert mask_message({"65": PAN}, load_dialect("gab87")) == {"65": "950401******0019"}


def test_tags_that_cannot_be_text_again_are_shown_as_they_are_opened() -> None:
    masked = mask_message({"48": "01002\xe9x02016" + PAN}, load_dialect("gab87"))
    assert masked == {"48": {"01": "\xe9x", "02": "950401******0019"}}


def test_bytes_that_may_be_digits_in_bcd_are_covered_in_what_is_no_text() -> None:
    packed = bytes.fromhex(PAN).decode("latin-1")
    assert mask_text(f"N{packed}") == "N********"
    assert mask_text("GUICHET 1985") == "GUICHET 1985"


def test_the_message_given_is_left_alone() -> None:
    message = Message({"2": PAN, "48": {"01": PAN}})
    mask_message(message, load_dialect("gab87"))
    assert message == {"2": PAN, "48": {"01": PAN}}


@pytest.mark.parametrize("text", ["card99504010000000019", "9504010000000019007", "1" + PAN])
def test_a_pan_that_touches_other_digits_is_masked(text):
    masked = mask_text(text)
    assert PAN not in masked
    assert "*****" in masked


def test_a_reference_of_many_digits_stays_readable():
    assert mask_text("reference 10000000000000004") == "reference 10000000000000004"
