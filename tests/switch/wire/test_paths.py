from __future__ import annotations

from typing import Any

import pytest

from switch.wire import Message, Value, load_dialect
from switch.wire.paths import Path, PathError, get, parse, put, resolve, spread

GAB87 = load_dialect("gab87")
BINARY = load_dialect("iso87-binary")
MESSAGE: dict[str, Value] = {
    "t": "0420",
    "3": "010020",
    "4": "000000020000",
    "48": {"01": "1001"},
    "54": "1001504C000000012345" + "1002504D000000000099",
    "55": "9F260811223344556677887103860100" + "7203860101" + "7203860102",
    "90": "0200" + "000001" + "1124103601" + "00000504001" + "0" * 11,
}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("3", Path("3")),
        ("t", Path("t")),
        ("3.1", Path("3", ("1",))),
        ("3.from account", Path("3", ("from account",))),
        ("54[0].amount", Path("54", (0, "amount"))),
        ("55.71[1].86", Path("55", ("71", 1, "86"))),
    ],
)
def test_a_path_is_read_and_written(text: str, path: Path) -> None:
    assert parse(text) == path
    assert str(path) == text


@pytest.mark.parametrize(
    "text", ["", "x", "3.", ".3", "3..1", "54[]", "54[x]", "54[0", "3.[0]", "３"]
)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(PathError, match="is no path such as"):
        parse(text)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("t", "0420"),
        ("4", "000000020000"),
        ("3.1", "01"),
        ("3.transaction", "01"),
        ("3.to", "20"),
        ("48.01", "1001"),
        ("48.creditor", "1001"),
        ("48.05", None),
        ("54[0].amount", "000000012345"),
        ("54[1].4", "D"),
        ("54[2].amount", None),
        ("55.9F26", "1122334455667788"),
        ("55.9f26", "1122334455667788"),
        ("55.application cryptogram", "1122334455667788"),
        ("55.71.86", "00"),
        ("55.72[1].86", "02"),
        ("55.72[2].86", None),
        ("55.71[0].86", "00"),
        ("55.82", None),
        ("90.stan", "000001"),
        ("90.MTI", "0200"),
        ("102", None),
        ("95.1", None),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(path: str, value: Any) -> None:
    assert get(MESSAGE, path, GAB87) == value


def test_a_path_leads_to_objects_too() -> None:
    assert get(MESSAGE, "55.71", GAB87) == {"86": "00"}
    assert get(MESSAGE, "48", GAB87) == {"01": "1001"}
    assert get({**MESSAGE, "48": "01004100102002xy"}, "48.02", GAB87) == "xy"


def test_the_same_path_works_where_the_element_is_bytes() -> None:
    assert get({"55": "9F260100"}, "55.9F26", BINARY) == "00"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("3.7", "3 has the parts 1 to 3, not 7"),
        ("3.transactoin", "did you mean 'transaction'?"),
        ("3.account", "3.account may be one of 'from account', 'to account'"),
        ("3.1.2", "3.transaction has no sub-fields in gab87"),
        ("3[0].1", r"3 has no entries to count: leave out \[0\]"),
        ("54.amount", r"several entries: say which, such as 54\[0\].amount"),
        ("54[6].amount", "at most 6 entries"),
        ("54[0].sum", "54\\[0\\] has no sub-field 'sum'"),
        ("48.crediter", "did you mean 'creditor'?"),
        ("48.1", "48 has no sub-field '1'"),
        ("55.cryptogramme", "55 has no sub-field"),
        ("4.1", "4 has no sub-fields in gab87"),
        ("65", "no element 65 in gab87"),
        ("t.1", "the message type has no sub-fields"),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_could(path: str, words: str) -> None:
    with pytest.raises(PathError, match=words):
        resolve(path, GAB87)


def test_an_element_that_cannot_be_opened_is_an_error_and_not_absent() -> None:
    with pytest.raises(PathError, match=r"field 55.9F26 .*expected 8 bytes"):
        get({"55": "9F2608"}, "55.82", GAB87)
    with pytest.raises(PathError, match=r"field 54\[0\].5 .*12 bytes"):
        get({"54": "1001504C"}, "54[0].sign", GAB87)


@pytest.mark.parametrize(
    ("path", "value", "element"),
    [
        ("4", "000000000100", "000000000100"),
        ("3.1", "31", "310020"),
        ("3.from", "10", "011020"),
        ("54[1].amount", "000000000100", "1001504C000000012345" + "1002504D000000000100"),
        ("54[0].sign", "D", "1001504D000000012345" + "1002504D000000000099"),
        ("55.71.86", "FFFF", "9F26081122334455667788710486" + "02FFFF72038601017203860102"),
        (
            "55.72[1].86",
            "05",
            "9F26081122334455667788" + "7103860100" + "7203860101" + "7203860105",
        ),
        ("55.9A", "251124", str(MESSAGE["55"]) + "9A03251124"),
        ("48.02", "01", {"01": "1001", "02": "01"}),
    ],
)
def test_a_value_is_put_and_the_rest_stays(path: str, value: Value, element: Value) -> None:
    before = dict(MESSAGE)
    changed = put(MESSAGE, path, value, GAB87)
    key = parse(path).element
    assert changed == {**MESSAGE, key: element}
    assert get(changed, path, GAB87) == value
    assert before == MESSAGE
    assert isinstance(changed, Message)


def test_an_absent_element_begins_empty_in_the_form_of_its_dialect() -> None:
    assert put({}, "48.01", "1001", GAB87) == {"48": {"01": "1001"}}
    assert put({}, "55.71.86", "00", GAB87) == {"55": "7103860100"}
    assert put({"48": "01004" + "1001"}, "48.02", "x", GAB87) == {"48": "01004100102001x"}


def test_an_entry_is_added_behind_the_others() -> None:
    entry: Value = {
        "account type": "20",
        "amount type": "01",
        "currency": "504",
        "sign": "C",
        "amount": "0" * 12,
    }
    changed = put(MESSAGE, "54[2]", entry, GAB87)
    assert changed["54"] == str(MESSAGE["54"]) + "2001504C" + "0" * 12


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("3.1", "1", "field 3.1 .*expected 2 digits, found 1"),
        ("3.1", "xy", "field 3.1 .*expected 2 digits"),
        ("95.1", "0" * 12, "expected the part 'actual settlement amount', found nothing"),
        ("54[3].sign", "C", r"at most \[2\], found \[3\]"),
        ("55.9F26", "0", "half a byte"),
        ("55.82", {"95": ""}, "expected hexadecimal in quotes, found an object"),
        ("48.05", "x" * 1000, "at most 999 bytes"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(path: str, value: Value, words: str) -> None:
    with pytest.raises(PathError, match=words):
        put(MESSAGE, path, value, GAB87)


def test_an_error_quotes_no_value() -> None:
    pan = "9504010000000019"
    for path in ("3.1", "54[0].sign", "55.9F26"):
        with pytest.raises(PathError) as caught:
            put(MESSAGE, path, f"{pan}x", GAB87)
        assert pan not in str(caught.value)


def test_paths_among_the_keys_of_a_message_are_put_into_their_elements():
    dialect = load_dialect("gab87")
    told = {"t": "0100", "3.1": "30", "3.from": "00", "3.3": "00", "48.01": "1001", "48.02": "01"}
    assert spread(told, dialect) == {"t": "0100", "3": "300000", "48": {"01": "1001", "02": "01"}}


def test_what_a_message_has_of_an_element_stays_beside_a_path_into_it():
    dialect = load_dialect("gab87")
    message = {"3": "010000", "3.to": "20", "48": {"01": "1001"}, "48.02": "01"}
    assert spread(message, dialect) == {"3": "010020", "48": {"01": "1001", "02": "01"}}


def test_a_path_that_leads_nowhere_or_leaves_an_element_unfinished_is_told():
    dialect = load_dialect("gab87")
    with pytest.raises(PathError, match="3 has the parts 1 to 3, not 9"):
        spread({"3.9": "1"}, dialect)
    with pytest.raises(PathError, match="field 3"):
        spread({"3.1": "01"}, dialect)
