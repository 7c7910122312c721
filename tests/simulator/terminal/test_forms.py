"""A creditor's form at a terminal: what fits, and the first thing that does not."""

import pytest

from simulator.payment_core.forms import complaint
from simulator.payment_core.settings import FieldSettings
from simulator.terminal.forms import Form, FormField, Forms

LABELS = {"fr": "a", "ar": "b", "en": "c"}

FIELDS = [
    FormField("one", LABELS),
    FormField("two", LABELS, format="integer", min_length=2, max_length=3),
    FormField("three", LABELS, format="real"),
    FormField("four", LABELS, type="select", values=("x", "y")),
    FormField("five", LABELS, required=False, format="integer"),
]
VALUES = ["", "x", "12", "1234", "1.5", "1.", "٣٤", "a\x00", "y" * 64, "y" * 65]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_terminal_and_the_core_take_the_same_values(field):
    told = FieldSettings.model_validate(
        {
            "name": field.name,
            "label": LABELS,
            "type": field.type,
            "format": field.format,
            "min_length": field.min_length,
            "max_length": field.max_length,
            "required": field.required,
            "values": field.values,
        }
    )
    for value in VALUES:
        core_takes = complaint(told, value) is None if value else not told.required
        assert field.takes(value) == core_takes, value


def test_the_first_wrong_field_is_told_then_names_that_are_no_fields():
    form = Form((FIELDS[0], FIELDS[1], FormField("note", LABELS, type="label")))
    assert form.wrong({"one": "x", "two": "1"}) is FIELDS[1]
    assert form.wrong({"one": "x", "two": "12", "note": "n"}) == "note"
    assert form.wrong({"one": "x", "two": "12"}) is None


def test_a_select_shows_what_can_be_chosen():
    assert Form((FIELDS[0], FIELDS[3])).shown("en") == ("c", "c (x, y)")


def test_a_kind_that_is_not_known_has_no_form():
    assert Forms().of("1001", "01") is None
