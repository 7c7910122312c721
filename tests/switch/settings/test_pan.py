from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.settings import Model, Pan, luhn_digit, parse

AMINA = "9504010000000019"


class Card(Model):
    pan: Pan


class Book(Model):
    cards: dict[Pan, Card] = {}  # noqa: RUF012 - pydantic copies it


@pytest.mark.parametrize(
    "number",
    [AMINA, "9504010000000027", "9504020000000018", "9504020000000026", "4111111111111111"],
)
def test_a_card_number_with_its_check_digit_is_read(number: str) -> None:
    assert parse(f"pan: {number}\n", "f.yaml", Card).pan == number


@given(st.text("0123456789", min_size=11, max_size=18))
def test_the_check_digit_is_the_only_one_accepted(digits: str) -> None:
    right = luhn_digit(digits)
    assert Pan(digits + right) == digits + right
    for wrong in set("0123456789") - {right}:
        with pytest.raises(ValueError, match="check digit"):
            Pan(digits + wrong)


def test_a_wrong_check_digit_is_told_without_the_number(
    told: Callable[[str, type[Model]], list[str]],
) -> None:
    assert told("pan: 9504010000000018\n", Card) == [
        "f.yaml:1:6: the check digit of 950401******0018 is wrong: it would be 9"
    ]


@pytest.mark.parametrize("text", ["950401", "9504 0100 0000 0019", "x", "''", "1" * 20, "[]"])
def test_what_is_no_card_number_is_refused(
    text: str, told: Callable[[str, type[Model]], list[str]]
) -> None:
    assert "expected a card number of 12 to 19 digits, found" in told(f"pan: {text}\n", Card)[0]


def test_a_card_number_shows_itself_masked() -> None:
    card = Card(pan=Pan(AMINA))
    assert repr(card) == "Card(pan='950401******0019')"


def test_a_card_number_as_a_key_is_masked_too() -> None:
    book = parse(f"cards:\n  {AMINA}: {{pan: {AMINA}}}\n", "f.yaml", Book)
    assert AMINA in book.cards
    assert AMINA not in repr(book)


def test_no_problem_shows_a_card_number(
    problems: Callable[[str, type[Model]], tuple[object, ...]],
) -> None:
    text = f"cards:\n  {AMINA}: {{pan: {AMINA}, pna: {AMINA}, {AMINA}: 1}}\n"
    found = problems(text, Book)
    assert len(found) == 2
    assert AMINA not in repr(found)


def test_the_error_of_a_model_made_in_code_does_not_show_the_number() -> None:
    with pytest.raises(ValueError, match="expected a card number") as caught:
        Card(pan="9504010000000018")  # type: ignore[arg-type]
    assert "9504010000000018" not in str(caught.value)


def test_a_card_number_survives_copies() -> None:
    pan = Pan(AMINA)
    assert repr(copy.deepcopy(pan)) == repr(pickle.loads(pickle.dumps(pan))) == repr(pan)


def test_however_a_card_number_is_printed_it_is_masked() -> None:
    pan, masked = Pan(AMINA), "950401******0019"
    printed = [str(pan), f"{pan}", f"{pan:>16}", "{}".format(pan), "%s" % pan]  # noqa: UP031, UP032
    assert printed == [masked] * 5
    assert f"{pan!r}{[pan]}{ {'pan': pan} }".count(masked) == 3
    with pytest.raises(KeyError, match=re.escape(masked)):
        raise KeyError(pan)


def test_only_what_asks_for_the_digits_gets_them() -> None:
    pan = Pan(AMINA)
    assert type(pan.clear) is str
    assert pan.clear == AMINA == pan
    assert Card(pan=pan).model_dump_json() == f'{{"pan":"{AMINA}"}}'
