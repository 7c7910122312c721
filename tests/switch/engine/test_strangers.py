"""What the engine does with terminals it does not know, and with answers that come too late."""

from __future__ import annotations

from typing import Any

import pytest

from switch.link import CloseLineError, NoAnswerError

SILENT = NoAnswerError("no answer within 6 s")


@pytest.mark.parametrize("profile", ["05", "ignore", "close"])
def test_an_unknown_terminal_is_what_its_listener_says_counted_and_alarmed(
    bench: Any, profile: str
) -> None:
    bench.unknown_terminal = profile
    asked = bench.ask(bench.message(de41="XXX00001"))
    if profile == "close":
        with pytest.raises(CloseLineError, match="unknown terminal XXX00001"):
            assert asked.answer
    elif profile == "ignore":
        assert asked.nothing
    else:
        assert (asked.code, asked.answer.text(15)) == ("05", "1124")
    assert bench.counted == ["terminal unknown at test"]
    told = bench.logged.entries[-1]
    assert (told["log_level"], told["reason"]) == ("error", "unknown terminal XXX00001")
    assert bench.rows("transactions") == []


def test_an_answer_that_comes_late_is_kept_with_its_transaction_and_says_how_late(
    bench: Any,
) -> None:
    message = bench.message()
    bench.ask(message)
    bench.issuer.fail(SILENT)
    late = bench.answer_to(message, "00", de38="A12345")
    for number in range(7):
        bench.transactions.stray("issuer", late, f"it came {number}.2 s late")
    bench.transactions.stray("issuer", bench.answer_to(bench.message(de11="000777"), "00"), "no")
    reversal = bench.answer_to(bench.reversal(message), "00")
    bench.transactions.stray("issuer", reversal, "not kept: there are enough")
    kept = [(r["mti"], r["note"]) for r in bench.rows("switch_messages") if r["note"]]
    assert kept == [("0210", f"it came {number}.2 s late") for number in range(5)]
    assert bench.only()["state"] == "in_doubt"


def test_a_late_answer_to_a_reversal_is_kept_with_the_original(bench: Any) -> None:
    message = bench.message()
    bench.ask(message)
    bench.issuer.answer("00", de38="A12345")
    reversal = bench.reversal(message)
    bench.ask(reversal)
    bench.transactions.stray("issuer", bench.answer_to(bench.issuer.asked[-1], "00"), "late")
    assert [r["mti"] for r in bench.rows("switch_messages") if r["note"]] == ["0430"]
