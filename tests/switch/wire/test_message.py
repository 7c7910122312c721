from __future__ import annotations

from switch.wire import Message, in_order, pick
from switch.wire.message import printable


def test_a_message_is_a_dictionary() -> None:
    message = Message({"t": "0200", "2": "9504010000000019"})
    message["11"] = "000001"
    assert message == {"t": "0200", "2": "9504010000000019", "11": "000001"}
    assert message["2"] == "9504010000000019"


def test_its_repr_and_its_text_hide_cardholder_data() -> None:
    message = Message(
        {
            "t": "0200",
            "2": "9504010000000019",
            "35": "9504010000000019=2512",
            "48": {"03": "card=9504010000000019"},
            "52": "0412AC89ABCDEF67",
        }
    )
    for text in (repr(message), str(message), f"{message}", repr([message]), f"{message!r:>10}"):
        assert "9504010000000019" not in text
        assert "0412AC89ABCDEF67" not in text
    assert "950401******0019" in repr(message)


def test_a_copy_is_masked_as_well() -> None:
    assert "950401******0019" in repr(Message({"2": "9504010000000019"}).copy())


def test_text_is_empty_where_there_is_none() -> None:
    message = Message({"t": "0200", "11": "000001", "48": {"01": "1001"}})
    assert message.mti == "0200"
    assert message.text(11) == message.text("11") == "000001"
    assert message.text(39) == ""
    assert message.text(48) == ""
    assert Message().mti == ""


def test_a_part_is_empty_where_there_is_none() -> None:
    message = Message({"11": "000001", "48": {"01": "1001", "02": {"x": "y"}}})
    assert message.part(48, "01") == "1001"
    assert message.part(48, "02") == message.part(48, "09") == message.part(11, "01") == ""


def test_in_order_puts_the_type_first_and_numbers_by_size() -> None:
    shuffled = Message({"102": "a", "11": "b", "t": "0200", "2": "c"})
    assert list(in_order(shuffled)) == ["t", "2", "11", "102"]


def test_pick_takes_what_is_there() -> None:
    assert pick(Message({"3": "010000", "11": "000001"}), [3, "4", 11]) == {
        "3": "010000",
        "11": "000001",
    }


def test_nothing_raw_reaches_a_terminal() -> None:
    assert printable("\x1b[31m\r\né\x7f") == "\\x1b[31m\\r\\n\\xe9\\x7f"
    assert printable("plain 'text'") == "plain 'text'"
