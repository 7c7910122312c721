"""Every message of a transaction is kept with it, in order, without a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.engine.messages import IN, Keeper, messages_of
from switch.link import NoAnswerError, answer_to
from switch.wire import Message, load_dialect, mask_message

SILENT = NoAnswerError("no answer within 6 s")
TRACK = "9504020000000018=29121010000087000000"


def passed(bench: Any, transaction_id: int = 1) -> list[tuple[str, str, str]]:
    """Way, peer and type of each message of a transaction."""
    rows = [row for row in bench.rows("switch_messages") if row["transaction_id"] == transaction_id]
    rows.sort(key=lambda row: int(row["id"]))
    return [(row["direction"], row["peer"], row["mti"]) for row in rows]


ASKED = [("in", "test", "0200"), ("out", "issuer", "0200")]
ANSWERED = [("in", "issuer", "0210"), ("out", "test", "0210")]


def approved(bench: Any) -> Message:
    message: Message = bench.message()
    bench.ask(message)
    bench.issuer.answer("00", de38="A12345")
    return message


def test_a_request_and_its_answer_are_kept_on_both_sides(bench: Any) -> None:
    approved(bench)
    assert passed(bench) == ASKED + ANSWERED


def test_they_are_read_as_messages(bench: Any) -> None:
    approved(bench)
    with bench.engine().begin() as connection:
        kept = messages_of(connection, 1)
    masked = {**bench.message(), "2": "950402******0018"}
    assert [each.message for each in kept[:2]] == [masked, masked]
    assert (kept[2].message.text(38), kept[3].message.text(39)) == ("A12345", "00")
    assert [each.at for each in kept] == sorted(each.at for each in kept)


def test_what_was_refused_here_is_kept_with_its_answer(bench: Any) -> None:
    bench.ask(bench.message(de2="9504030000000017"))
    assert passed(bench) == [("in", "test", "0200"), ("out", "test", "0210")]


def test_what_never_left_has_no_message_to_its_destination(bench: Any) -> None:
    bench.issuer.up = False
    bench.ask(bench.message())
    assert passed(bench) == [("in", "test", "0200"), ("out", "test", "0210")]


def test_the_reversal_of_what_went_unanswered_is_kept_with_its_repeat(bench: Any) -> None:
    bench.ask(bench.message())
    bench.issuer.fail(SILENT)
    bench.issuer.fail(SILENT)
    bench.clock.advance(1)
    bench.issuer.answer("00")
    assert passed(bench) == [
        *ASKED,
        ("out", "test", "0210"),
        ("out", "issuer", "0420"),
        ("out", "issuer", "0421"),
        ("in", "issuer", "0430"),
    ]


def test_no_more_than_a_few_unanswered_repeats_are_kept(bench: Any) -> None:
    bench.issuer.script = lambda message: SILENT
    bench.ask(bench.message())
    for _ in range(20):
        bench.clock.advance(60)
    (owed,) = bench.rows("owed")
    assert owed["attempts"] > 10
    assert len(passed(bench)) == 6


def test_a_terminals_reversal_is_kept_with_what_it_reverses(bench: Any) -> None:
    message = approved(bench)
    bench.ask(bench.reversal(message))
    bench.issuer.answer("00")
    assert passed(bench)[4:] == [
        ("in", "test", "0420"),
        ("out", "test", "0430"),
        ("out", "issuer", "0420"),
        ("in", "issuer", "0430"),
    ]


def test_a_reversal_that_came_first_is_kept_with_its_original(bench: Any) -> None:
    message = bench.message()
    bench.ask(bench.reversal(message))
    bench.ask(message)
    assert passed(bench)[:3] == [
        ("in", "test", "0420"),
        ("out", "test", "0430"),
        ("in", "test", "0200"),
    ]


def test_a_repeat_is_kept_and_goes_nowhere(bench: Any) -> None:
    approved(bench)
    bench.ask(bench.message("0201", de7="1124103605"))
    assert passed(bench)[4:] == [("in", "test", "0201"), ("out", "test", "0210")]


def test_an_advice_is_kept_with_what_its_destination_said(bench: Any) -> None:
    bench.issuer.script = lambda message: answer_to(message, "14")
    bench.ask(bench.message("0220"))
    assert passed(bench) == [
        ("in", "test", "0220"),
        ("out", "test", "0230"),
        ("out", "issuer", "0220"),
        ("in", "issuer", "0230"),
    ]


def test_no_secret_of_a_message_is_kept(bench: Any) -> None:
    bench.ask(
        bench.message(
            de35=TRACK, de45="B9504020000000018^NOBODY/A^2912101", de55="9F2608AABBCCDDEEFF0011"
        )
    )
    bench.issuer.answer("00", de44="card 9504020000000018")
    kept = json.dumps(bench.rows("switch_messages"))
    for secret in ("9504020000000018", "2912101", "NOBODY", "AABBCCDD"):
        assert secret not in kept


@pytest.mark.parametrize("dialect", ["gab87", "iso87-binary", "iso93-ascii"])
def test_the_marks_of_the_dialect_are_followed(dialect: str) -> None:
    keeper = Keeper("issuer", load_dialect(dialect))
    message = Message(
        {
            "t": "0200",
            "2": "9504020000000018",
            "35": TRACK,
            "52": "A1B2C3D4E5F60718",
            "64": "0011223344556677",
        }
    )
    masked = keeper.masked(message)
    assert masked["2"] == "950402******0018"
    assert "9504020000000018" not in json.dumps(masked)
    assert "A1B2" not in json.dumps(masked)
    assert "64" not in masked


@given(
    st.text(alphabet='0159 %"\\é\x01\uff11', max_size=24),
    st.sampled_from(["42", "43", "44", "54", "102"]),
)
def test_what_is_written_quickly_is_what_is_written_the_long_way(value: str, key: str) -> None:
    keeper = Keeper("issuer", load_dialect("gab87"))
    message = {"t": "0200", "2": "9504020000000018", "11": "000001", key: value}
    assert json.loads(keeper.text(message)) == keeper.masked(message)
    assert keeper.masked(message) == dict(mask_message(message, load_dialect("gab87")))


def test_sub_fields_are_written_too() -> None:
    keeper = Keeper("core")
    message = {"t": "0200", "48": {"01": "1001", "09": "card 9504020000000018"}}
    written = '{"t":"0200","48":{"01":"1001","09":"card 950402******0018"}}'
    assert keeper.text(message) == written


def test_a_row_says_which_dialect_describes_it() -> None:
    row = Keeper("issuer", load_dialect("gab87")).row("now", IN, {"t": "0210", "39": "00"}, "late")
    assert row == ("now", "in", "issuer", "gab87", "0210", '{"t":"0210","39":"00"}', "late")


def test_an_outage_of_the_journal_loses_no_answer_for_a_message(bench: Any) -> None:
    approved(bench)
    bench.store.let_pass, bench.store.refuse = 1, 1
    assert bench.ask(bench.message("0201")).code == "00"
