from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.templates import TemplateError, fill, fill_known, names_in

VALUES = {"amount": "100.00", "code": "00"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${amount}", "100.00"),
        ("a ${ code } b ${amount}", "a 00 b 100.00"),
        ("$${amount}", "${amount}"),
        ("no name: $5 {x}", "no name: $5 {x}"),
    ],
)
def test_names_are_filled_in(text, filled):
    assert fill(text, VALUES.get) == filled


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${amount", "not closed"),
        ("${}", "names nothing"),
        ("${1x}", "names nothing"),
        ("${a b}", "names nothing"),
        ("${other}", "nothing is called 'other'"),
    ],
)
def test_what_cannot_be_filled_in_says_why(text, why):
    with pytest.raises(TemplateError, match=why):
        fill(text, VALUES.get)


def test_what_is_not_known_yet_stays_with_its_escapes():
    assert fill_known("$${x} ${later} ${code}", VALUES.get) == "$${x} ${later} 00"


def test_names_come_in_their_order():
    assert list(names_in("${b}${a}$${c}${gen.stan}")) == ["b", "a", "gen.stan"]


@given(st.text(alphabet="abc${}. 1", max_size=40))
def test_any_text_is_filled_or_refused(text):
    """What is known stays known: filling does not depend on being asked twice."""
    with suppress(TemplateError):
        known = fill(text, lambda name: "x")
        assert fill_known(text, lambda name: "x") == known
        assert len(list(names_in(text))) == text.replace("$${", "").count("${")
